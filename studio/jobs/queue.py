"""Runs the waiting jobs in a thread, one at a time, in the order in which they came."""

import logging
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context, copy_context
from typing import Any

from studio.jobs.job import Job
from studio.jobs.running import PATIENCE, Launch, Outcome, Running, Wish
from studio.jobs.store import JobStore

log = logging.getLogger(__name__)


class JobQueue:
    """Runs the jobs of `records` that wait, one at a time. Whoever asks anything of it holds `lock`, but for `close`.

    `launch` runs train.py (`train_process.train`), for `slice_minutes` a time where there is such a limit. A job ends where
    `is_full` is true of the disk.
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
        self._contexts: dict[str, Context] = {}  # of the questions that queued jobs: ZeroGPU lends to who asked
        self.running: Running | None = None
        self._thread = threading.Thread(target=self._work, name="jobs", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._queue)

    def place(self, job: Job) -> int | None:
        """Of a job in the queue, from 1 on; None for one that doesn't wait."""
        return self._queue.index(job.id) + 1 if job.id in self._queue else None

    def put(self, job: Job, first: bool = False) -> None:
        """Lets a job wait, before all others or behind them."""
        self._queue.insert(0 if first else len(self._queue), job.id)
        self._contexts[job.id] = copy_context()
        job.reason, job.detail, job.ended = None, "", None
        self._records.enter(job, "waiting")
        self._turn.notify_all()

    def drop(self, job: Job) -> None:
        """Takes a job out of the queue, if it waits there."""
        with suppress(ValueError):
            self._queue.remove(job.id)
            self._contexts.pop(job.id, None)  # one that waited before the server started has none

    def runs(self, job: Job) -> bool:
        return self.running is not None and self.running.job is job

    def end(self, wish: Wish, number: int = signal.SIGTERM) -> None:
        """Asks the running job to end. There is one: whoever holds `lock` has just seen it."""
        assert self.running is not None
        self.running.end(wish, number)
        self._records.enter(self.running.job, "stopping")

    def close(self) -> None:
        """Interrupts what runs, after it has saved, and runs nothing any more."""
        with self._lock:
            self._closed = True
            self._turn.notify_all()
            if self.running:
                self.end("close")
        self._thread.join(PATIENCE + 10)

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
            while not self._queue and not self._closed:
                self._turn.wait()
            if self._closed:
                return None
            job = self._records.find(self._queue.pop(0))
            assert job is not None  # one that is deleted leaves the queue first
            self.running = Running(job, self._device, self._launch, self._slice)
            job.begun = job.begun or time.time()
            self._records.enter(job, "running")
            return self.running

    def _saw(self, job: Job, event: dict[str, Any]) -> None:
        with self._lock:
            job.saw(event)
            if event["event"] == "begun":
                job.changes = {}
                self._records.enter(job, job.state)
            if event["event"] == "snapshot" and self._is_full():
                self.end("full")

    def _leave(self, running: Running, outcome: Outcome) -> None:
        with self._lock:
            job, self.running = running.job, None
            if running.wish == "delete":
                self._records.remove(job)
            elif outcome.state == "waiting":
                self.put(job, first=True)
            else:
                self._records.settle(job, outcome)
