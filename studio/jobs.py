"""The training jobs of the page: they belong to the server, run one after the other, and outlive the page and the server.

A job is `python train.py` in a folder of its own. To pause or to stop is to send a signal, upon which train.py saves a
snapshot and its state; to continue is `--resume`. Whoever knows a job's id may look at it; only the visitor who began it may
do more.
"""

import logging
import secrets
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from contextvars import Context, copy_context
from pathlib import Path
from typing import Any

from ganlib import UserError
from ganlib.runs import Run
from studio import processes
from studio.folders import OwnFolder
from studio.job import ENDED, IDLE, RECORD, Job, Materials, digest
from studio.limits import Limits
from studio.orders import Order
from studio.remedies import changes
from studio.running import PATIENCE, Launch, Outcome, Running, Wish

SWEEP = 300.0  # seconds from one sweep to the next
ABSENT = "There is no job with this id; it may have been deleted."

log = logging.getLogger(__name__)


class Jobs:
    """The jobs in a folder, and the thread that runs them on `device`, the first come first. Safe to use from several threads.

    `launch` runs train.py (`processes.train`), for `slice_minutes` a time where there is such a limit. Two servers never
    share a folder: the second takes `folder`-2.
    """

    def __init__(
        self,
        folder: Path,
        limits: Limits,
        device: str = "auto",
        launch: Launch = processes.train,
        slice_minutes: float | None = None,
    ):
        self._own = OwnFolder(Path(folder))
        self.folder = self._own.path
        self.limits, self.device, self.launch, self._slice = limits, device, launch, slice_minutes
        self._lock = threading.RLock()
        self._turn = threading.Condition(self._lock)
        self._closed = threading.Event()
        self._jobs = {job.id: job for job in self._read()}
        self._queue = sorted((id for id, job in self._jobs.items() if job.state == "waiting"), key=self._since)
        self._running: Running | None = None
        self._contexts: dict[str, Context] = {}  # of the questions that queued jobs: ZeroGPU lends to who asked
        self._worker = threading.Thread(target=self._work, name="jobs", daemon=True)
        self._worker.start()
        threading.Thread(target=self._sweep_often, name="sweeper", daemon=True).start()

    # ------------------------------------------------------------------------------------------ what a visitor may do

    def start(self, visitor: str, order: Order, materials: Materials) -> str:
        """Puts a job into the queue; returns its id. Raises UserError where a limit is reached."""
        self.sweep()
        with self._lock:
            self._check_limits(visitor)
            id = secrets.token_urlsafe(16)
            job = Job(id, self.folder / id, digest(visitor), order, created=time.time())
            try:
                job.folder.mkdir()
                materials.put(job.folder)
                self._jobs[id] = job
                self._enqueue(job)
            except OSError as error:
                self._jobs.pop(id, None)
                shutil.rmtree(job.folder, ignore_errors=True)
                raise UserError("The server's disk is full; try again later.") from error
        return id

    def of(self, visitor: Any) -> list[Job]:
        """A visitor's jobs, the newest first."""
        with self._lock:
            owned = [job for job in self._jobs.values() if job.belongs_to(visitor)]
        return sorted(owned, key=lambda job: -job.created)

    def find(self, id: Any, owner: str | None = None) -> Job:
        """The job `id`, of the visitor `owner` where one is named. Raises UserError."""
        job = self._jobs.get(id) if isinstance(id, str) else None
        if job is None:
            raise UserError(ABSENT)
        if owner is not None and not job.belongs_to(owner):
            raise UserError("Only the visitor who began this job may do this.")
        return job

    def place(self, id: str) -> tuple[Path, str] | None:
        """Where the run of a job lies, and its title; None without such a job."""
        job = self._jobs.get(id)
        return (job.path, job.title) if job else None

    def owns(self, visitor: Any, id: str) -> bool:
        """Whether it is the visitor who began the job `id`."""
        job = self._jobs.get(id)
        return job is not None and job.belongs_to(visitor)

    def pause(self, job: Job) -> None:
        """Lets it save and wait until it is resumed."""
        with self._lock:
            if self._runs(job):
                self._end("pause", processes.WHOLE)
            elif job.state == "waiting":
                self._dequeue(job)
                self._enter(job, "paused")

    def stop(self, job: Job) -> None:
        """Ends it for good; everything so far is kept."""
        with self._lock:
            if self._runs(job):
                self._end("stop", processes.WHOLE)
            elif job.state not in ENDED:
                self._dequeue(job)
                self._settle(job, Outcome("stopped"))

    def resume(self, job: Job) -> None:
        """Puts a paused, interrupted or failed job into the queue again. Raises UserError."""
        with self._lock:
            self._check_resumable(job)
            self._enqueue(job)

    def remedy(self, job: Job, kind: str) -> None:
        """Goes on with what `kind` of `remedies.KINDS` changes, before all others that wait. Raises UserError."""
        with self._lock:
            if not self._runs(job):
                self._check_resumable(job)
            job.changes |= changes(Run.open(job.path).config, kind)
            if self._runs(job):
                self._end("again")
            else:
                self._enqueue(job, first=True)

    def delete(self, job: Job) -> None:
        """Forgets it with all its files, running or not."""
        with self._lock:
            self._dequeue(job)
            self._jobs.pop(job.id, None)
            if self._runs(job):  # its files go when its process has ended
                self._end("delete", signal.SIGKILL)
            else:
                shutil.rmtree(job.folder, ignore_errors=True)

    def state(self, job: Job) -> dict[str, Any]:
        """How a job stands; times in seconds."""
        with self._lock:
            running = self._runs(job)
            left = (job.total - job.images) / job.speed if job.total and job.speed else job.remaining
            return {
                "state": job.state,
                "place": self._queue.index(job.id) + 1 if job.id in self._queue else None,
                "images": job.images,
                "total": job.total,
                "minutes": job.order.minutes,
                "seconds": job.seconds,
                "eta": max(0.0, min(left, job.remaining)) if running and job.begun else None,
                "images_per_second": job.speed if running else None,
                "health": job.health,
                "went_back": job.went_back,
                "notes": list(job.notes),
                "reason": job.reason,
                "detail": job.detail,
                "resumable": job.resumable,
                "stretches": job.stretches,
                "begun": job.begun,
                "ended": job.ended,
            }

    def busy(self) -> bool:
        """Whether one runs."""
        return self._running is not None

    def bytes(self) -> int:
        """Of all that lies in the folder."""
        return self._own.bytes()

    def sweep(self) -> None:
        """Deletes what is older than the limits keep it."""
        oldest = time.time() - 3600 * self.limits.kept_hours
        with self._lock:
            for job in [job for job in self._jobs.values() if job.state in IDLE and job.changed < oldest]:
                self.delete(job)

    def close(self) -> None:
        """Interrupts what runs, after it has saved, and gives the folder free."""
        with self._lock:
            self._closed.set()
            self._turn.notify_all()
            if self._running:
                self._end("close")
        self._worker.join(PATIENCE + 10)
        self._own.release()

    # ------------------------------------------------------------------------------------------ the queue

    def _check_limits(self, visitor: str) -> None:
        if len(self.of(visitor)) >= self.limits.jobs:
            raise UserError(f"You may have {self.limits.jobs} trainings here; delete one first.")
        if len(self._queue) >= self.limits.waiting:
            raise UserError("Too many trainings wait already; try again later.")
        if self.bytes() >= self.limits.disk_bytes:
            raise UserError("The room for trainings on this server is used up; try again later.")

    def _check_resumable(self, job: Job) -> None:
        if not job.resumable:
            raise UserError("This training can't be continued: it runs or waits already, or it is over.")

    def _enqueue(self, job: Job, first: bool = False) -> None:
        self._queue.insert(0 if first else len(self._queue), job.id)
        self._contexts[job.id] = copy_context()
        job.reason, job.detail, job.ended = None, "", None
        self._enter(job, "waiting")
        self._turn.notify_all()

    def _dequeue(self, job: Job) -> None:
        with suppress(ValueError):
            self._queue.remove(job.id)
            del self._contexts[job.id]

    def _since(self, id: str) -> float:
        return self._jobs[id].changed

    def _enter(self, job: Job, state: str) -> None:
        job.state, job.changed = state, time.time()
        try:
            if job.id in self._jobs:
                job.save()
        except OSError:  # a full disk: the job is known as long as the server lives
            log.exception("the record of a job could not be written")

    def _settle(self, job: Job, outcome: Outcome) -> None:
        """What became of a job. With its end uploaded pictures go, unless a remedy may need them."""
        job.reason, job.detail = outcome.reason, outcome.detail
        if outcome.state in ENDED:
            job.ended = time.time()
            if outcome.reason != "diverged":
                job.forget_pictures()
        self._enter(job, outcome.state)

    # ------------------------------------------------------------------------------------------ the thread that runs them

    def _work(self) -> None:
        while running := self._next():
            try:
                outcome = self._contexts.pop(running.job.id, copy_context()).run(running.run, self._saw)
            except Exception:  # whatever it was: the next job runs
                log.exception("a job could not be run")
                outcome = Outcome("failed", "crashed")
            self._leave(running, outcome)

    def _next(self) -> Running | None:
        with self._turn:
            while not self._queue and not self._closed.is_set():
                self._turn.wait()
            if self._closed.is_set():
                return None
            job = self._jobs[self._queue.pop(0)]
            self._running = Running(job, self.device, self.launch, self._slice)
            job.begun = job.begun or time.time()
            self._enter(job, "running")
            return self._running

    def _saw(self, job: Job, event: dict[str, Any]) -> None:
        with self._lock:
            job.saw(event)
            if event["event"] == "begun":
                job.changes = {}
                self._enter(job, job.state)
            if event["event"] == "snapshot" and self.bytes() >= self.limits.disk_bytes:
                self._end("full")

    def _leave(self, running: Running, outcome: Outcome) -> None:
        with self._lock:
            job, self._running = running.job, None
            if running.wish == "delete":
                shutil.rmtree(job.folder, ignore_errors=True)
            elif outcome.state == "waiting":
                self._enqueue(job, first=True)
            else:
                self._settle(job, outcome)

    def _runs(self, job: Job) -> bool:
        return self._running is not None and self._running.job is job

    def _end(self, wish: Wish, number: int = signal.SIGTERM) -> None:
        """Asks the running job to end."""
        self._running.end(wish, number)
        self._enter(self._running.job, "stopping")

    # ------------------------------------------------------------------------------------------ what is found, what goes

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

    def _sweep_often(self) -> None:
        while not self._closed.wait(SWEEP):
            self.sweep()
