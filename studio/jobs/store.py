"""Loads, saves and deletes the jobs of this server, each in a folder of its own."""

import logging
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ganlib import UserError
from studio.jobs.job import ENDED, RECORD, Job, Materials, digest
from studio.jobs.locked_folder import LockedFolder
from studio.jobs.request import TrainingRequest
from studio.jobs.running import Outcome

log = logging.getLogger(__name__)


class JobStore:
    """The jobs in `folder`, or in `folder`-2 where another server has that. Not safe to use from several threads."""

    def __init__(self, folder: Path):
        self._own = LockedFolder(Path(folder))
        self.folder = self._own.path
        self._jobs = {job.id: job for job in self._read()}

    def __iter__(self) -> Iterator[Job]:
        return iter(self._jobs.values())

    def find(self, id: Any) -> Job | None:
        return self._jobs.get(id) if isinstance(id, str) else None

    def add(self, visitor: str, order: TrainingRequest, materials: Materials) -> Job:
        """A new job of a visitor, with all that it is made from in its folder. Raises UserError."""
        id = secrets.token_urlsafe(16)
        job = Job(id, self.folder / id, digest(visitor), order, created=time.time())
        try:
            job.folder.mkdir()
            materials.put(job.folder)
        except OSError as error:
            self.remove(job)
            raise UserError("The server's disk is full; try again later.") from error
        self._jobs[id] = job
        return job

    def forget(self, job: Job) -> None:
        """Knows it no longer; its files stay until `remove`."""
        self._jobs.pop(job.id, None)

    def remove(self, job: Job) -> None:
        """Deletes its files."""
        shutil.rmtree(job.folder, ignore_errors=True)

    def enter(self, job: Job, state: str) -> None:
        """Says in which state it is from now on."""
        job.state, job.changed = state, time.time()
        try:
            if job.id in self._jobs:
                job.save()
        except OSError:  # a full disk: the job is known as long as the server lives
            log.exception("the record of a job could not be written")

    def settle(self, job: Job, outcome: Outcome) -> None:
        """What became of a job. With its end uploaded pictures go, unless a remedy may need them."""
        job.reason, job.detail = outcome.reason, outcome.detail
        if outcome.state in ENDED:
            job.ended = time.time()
            if outcome.reason != "diverged":
                job.forget_pictures()
        self.enter(job, outcome.state)

    def bytes(self) -> int:
        """Of all that lies in the folder."""
        return self._own.bytes()

    def release(self) -> None:
        """Gives the folder free."""
        self._own.release()

    def _read(self) -> Iterator[Job]:
        """The jobs that a server left in the folder; what is none is left alone."""
        for record in self.folder.glob(f"*/{RECORD}"):
            try:
                job = Job.read(record.parent)
            except Exception:
                log.exception("a job could not be read")
                continue
            if job.state in ("running", "stopping"):
                job.state, job.changed = "interrupted", time.time()
                job.catch_up()
            yield job
