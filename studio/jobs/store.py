"""Loads, saves and deletes the jobs of this server, each in its own folder."""

import logging
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ganlib import UserError
from studio.jobs.job import ENDED, RECORD, Job, Materials, digest
from studio.jobs.keeping import Keeping
from studio.jobs.locked_folder import LockedFolder
from studio.jobs.request import TrainingRequest
from studio.jobs.running import Outcome

log = logging.getLogger(__name__)


class JobStore:
    """The jobs in `folder`, or in `folder`-2 if another server uses that, and their copies in `keep`. Not safe to use from
    several threads."""

    def __init__(self, folder: Path, keep: Path | None = None):
        self._own = LockedFolder(Path(folder))
        self.folder = self._own.path
        self._keeping = Keeping(self.folder, keep) if keep else None
        self._jobs = {job.id: job for job in self._read()}

    def __iter__(self) -> Iterator[Job]:
        return iter(self._jobs.values())

    def find(self, id: Any) -> Job | None:
        return self._jobs.get(id) if isinstance(id, str) else None

    def add(self, visitor: str, order: TrainingRequest, materials: Materials) -> Job:
        """Creates a visitor's job with its materials in its folder. Raises UserError."""
        id = secrets.token_urlsafe(16)
        job = Job(id, self.folder / id, digest(visitor), order, created=time.time(), links=materials.links)
        try:
            job.folder.mkdir()
            materials.put(job.folder)
        except OSError as error:
            self.remove(job)
            raise UserError("The server's disk is full; try again later.") from error
        self._jobs[id] = job
        return job

    def forget(self, job: Job) -> None:
        """Removes the job from the list; its files stay until `remove`."""
        self._jobs.pop(job.id, None)

    def remove(self, job: Job) -> None:
        """Deletes the job's files."""
        shutil.rmtree(job.folder, ignore_errors=True)
        self.keep(job)

    def keep(self, job: Job) -> None:
        """Has the job's files copied to where they are kept, in the background."""
        if self._keeping:
            self._keeping.note(job.id)

    def set_state(self, job: Job, state: str) -> None:
        """Sets the job's state and saves its record."""
        job.state, job.changed = state, time.time()
        try:
            if job.id in self._jobs:
                job.save()
                self.keep(job)
        except OSError:  # a full disk: the job stays listed until the server ends
            log.exception("the record of a job could not be written")

    def finish(self, job: Job, outcome: Outcome) -> None:
        """Records a job's outcome. Deletes its uploaded pictures if it has ended, unless a remedy may need them."""
        job.reason, job.detail = outcome.reason, outcome.detail
        if outcome.state in ENDED:
            job.ended = time.time()
            if outcome.reason != "diverged":
                job.forget_pictures()
        self.set_state(job, outcome.state)

    def bytes(self) -> int:
        """Returns the size of the folder in bytes."""
        return self._own.bytes()

    def release(self) -> None:
        """Completes the copies and releases the folder."""
        if self._keeping:
            self._keeping.close()
        self._own.release()

    def _read(self) -> Iterator[Job]:
        """Yields the jobs that an earlier server left in the folder; skips anything else."""
        for record in self.folder.glob(f"*/{RECORD}"):
            try:
                job = Job.read(record.parent)
                job.restore_links()
            except Exception:
                log.exception("a job could not be read")
                continue
            if job.state in ("running", "stopping"):
                job.state, job.changed = "interrupted", time.time()
                job.restore_progress()
            yield job
