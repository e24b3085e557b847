"""Runs the waiting jobs in a thread, one at a time, in order of arrival."""

import logging
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context, copy_context
from typing import Any

from studio.jobs.job import Job
from studio.jobs.running import PATIENCE, Cause, Launch, Outcome, Running
from studio.jobs.store import JobStore

log = logging.getLogger(__name__)


class JobQueue:
    """Runs the waiting jobs of `records`, one at a time. Callers must hold `lock`, except for `close`.

    `launch` runs train.py (`train_process.train`), for at most `slice_minutes` at a time unless None. A job ends when
    `is_full()`: the disk limit is reached.
    """

    def __init__(
        self,
        records: JobStore,
        lock: threading.RLock,
        device: str,
        launch: Launch,
        slice_minutes: float | None,
        is_full: Callable[[], bool],
    ):
        self._records, self._lock, self._is_full = records, lock, is_full
        self._device, self._launch, self._slice = device, launch, slice_minutes
        self._turn, self._closed = threading.Condition(lock), False
        waiting = sorted((job for job in records if job.state == "waiting"), key=lambda job: job.changed)
        self._queue = [job.id for job in waiting]
        self._contexts: dict[str, Context] = {}  # of the requests that queued jobs: ZeroGPU charges the requesting visitor
        self.running: Running | None = None
        self._thread = threading.Thread(target=self._work, name="jobs", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """The number of waiting jobs."""
        return len(self._queue)

    def place(self, job: Job) -> int | None:
        """Returns the job's place in the queue, from 1; None if it doesn't wait."""
        return self._queue.index(job.id) + 1 if job.id in self._queue else None

    def put(self, job: Job, first: bool = False) -> None:
        """Queues a job, at the end or `first`."""
        self._queue.insert(0 if first else len(self._queue), job.id)
        self._contexts[job.id] = copy_context()
        job.reason, job.detail, job.ended = None, "", None
        self._records.set_state(job, "waiting")
        self._turn.notify_all()

    def drop(self, job: Job) -> None:
        """Removes a job from the queue, if it waits."""
        with suppress(ValueError):
            self._queue.remove(job.id)
            self._contexts.pop(job.id, None)  # jobs queued by an earlier server have none

    def runs(self, job: Job) -> bool:
        return self.running is not None and self.running.job is job

    def end(self, cause: Cause, number: int = signal.SIGTERM) -> None:
        """Ends the running job. The caller has checked, holding `lock`, that there is one."""
        assert self.running is not None
        self.running.end(cause, number)
        self._records.set_state(self.running.job, "stopping")

    def close(self) -> None:
        """Interrupts the running job after it has saved, and starts no other."""
        with self._lock:
            self._closed = True
            self._turn.notify_all()
            if self.running:
                self.end("close")
        self._thread.join(PATIENCE + 10)

    def _work(self) -> None:
        while running := self._next():
            try:
                outcome = self._contexts.pop(running.job.id, copy_context()).run(running.run, self._on_event)
            except Exception:  # the next job must run
                log.exception("a job could not be run")
                outcome = Outcome("failed", "crashed")
            self._finish(running, outcome)

    def _next(self) -> Running | None:
        with self._turn:
            while not self._queue and not self._closed:
                self._turn.wait()
            if self._closed:
                return None
            job = self._records.find(self._queue.pop(0))
            assert job is not None  # deleting a job removes it from the queue first
            self.running = Running(job, self._device, self._launch, self._slice)
            job.begun = job.begun or time.time()
            self._records.set_state(job, "running")
            return self.running

    def _on_event(self, job: Job, event: dict[str, Any]) -> None:
        with self._lock:
            job.update(event)
            if event["event"] == "begun":
                job.changes = {}
                self._records.set_state(job, job.state)
            if event["event"] == "snapshot":
                self._records.keep(job)
                if self._is_full():
                    self.end("full")

    def _finish(self, running: Running, outcome: Outcome) -> None:
        with self._lock:
            job, self.running = running.job, None
            if running.cause == "delete":
                self._records.remove(job)
            elif outcome.state == "waiting":
                self.put(job, first=True)
            else:
                self._records.finish(job, outcome)
