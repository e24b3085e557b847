"""Runs one job: starts its processes of train.py one after another, handles their events, and stops them."""

import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from studio.jobs import train_process
from studio.jobs.job import Job

PATIENCE = 60.0  # seconds to save after a signal, before the process is killed
GRACE = 900.0  # seconds beyond the job's minutes to read pictures and save

Launch = Callable[[list[str], Path, Mapping[str, str]], Iterator[dict[str, Any]]]
Cause = Literal["pause", "stop", "close", "again", "delete", "full", "stuck"]
STATES = {"pause": "paused", "stop": "stopped", "close": "interrupted", "again": "waiting", "delete": "stopped"}
REPORTED = {"disk": "disk_full", "memory": "out_of_memory"}
BLAMED = {"full": "disk_limit", "stuck": "stuck"}


@dataclass(frozen=True)
class Outcome:
    """The state in which a job ended, the key of the reason if it failed, and train.py's message."""

    state: str
    reason: str | None = None
    detail: str = ""


class Running:
    """A job running on a device. Thread-safe.

    `launch` runs train.py (`train_process.train`), for at most `slice_minutes` at a time unless None.
    """

    def __init__(self, job: Job, device: str, launch: Launch, slice_minutes: float | None):
        self.job, self._device, self._launch, self._slice = job, device, launch, slice_minutes
        self.cause: Cause | None = None  # why the job was asked to end
        self._pid: int | None = None
        self._lock = threading.Lock()

    def run(self, on_event: Callable[[Job, dict[str, Any]], None]) -> Outcome:
        """Trains, in as many processes as needed, until the job's length is reached or it ends otherwise. Calls `on_event` with
        every event."""
        while True:
            seen = {}
            for event in self._stretch():
                seen[event["event"]] = event
                on_event(self.job, event)
            outcome = self._outcome(seen)
            if outcome.state != "finished" or self._slice is None or self.job.complete:
                return outcome

    def end(self, cause: Cause, number: int = signal.SIGTERM) -> None:
        """Sends a signal to end the job; kills it if it hasn't ended after PATIENCE seconds."""
        with self._lock:
            if self.cause != "delete":  # deletion overrides everything else
                self.cause = cause
            if self._pid:
                train_process.end(self._pid, number)
                self._later(PATIENCE, cause)

    def _stretch(self) -> Iterator[dict[str, Any]]:
        job = self.job
        seconds = min(job.remaining, 60 * self._slice if self._slice else job.remaining)
        watchdog = None
        try:
            for event in self._launch(job.arguments(self._device, seconds), job.folder, job.environment()):
                if event["event"] == "launched":
                    with self._lock:
                        self._pid = event["pid"]
                        watchdog = self._later(seconds + GRACE, "stuck")
                        if self.cause:  # `end` was called before the process existed
                            train_process.end(self._pid, signal.SIGTERM)
                yield event
        finally:
            with self._lock:
                self._pid = None
            if watchdog:
                watchdog.cancel()

    def _outcome(self, seen: dict[str, dict[str, Any]]) -> Outcome:
        """Returns the outcome of a process, from the last event of each kind."""
        cause, ended = self.cause, seen["ended"]
        code = ended["code"]
        if cause in BLAMED:
            return Outcome("failed", BLAMED[cause])
        if "finished" in seen and "stopped" not in seen and code == 0 and (cause is None or self.job.complete):
            return Outcome("finished")
        if cause and code <= 0:
            return Outcome(STATES[cause])
        if "refused" in seen:  # ZeroGPU gave no device
            return Outcome("interrupted", "no_gpu", ended["said"])
        if "stopped" in seen and code == 0:  # by a signal from elsewhere
            return Outcome("interrupted")
        if "diverged" in seen:
            return Outcome("failed", "diverged", seen["diverged"].get("message", ""))
        reason = _reason(ended, seen.get("failed", {}).get("reason"))
        return Outcome("failed", reason, ended["said"] if reason == "refused" else "")

    def _later(self, seconds: float, cause: Cause) -> threading.Timer:
        """Kills the current process after some seconds, if it still runs."""
        timer = threading.Timer(seconds, self._kill, [self._pid, cause])
        timer.daemon = True
        timer.start()
        return timer

    def _kill(self, pid: int, cause: Cause) -> None:
        with self._lock:
            if self._pid == pid:
                self.cause = self.cause or cause
                train_process.end(pid, signal.SIGKILL)


def _reason(ended: dict[str, Any], reported: str | None) -> str:
    """Returns the key of why train.py failed: the reason it reported, or else from its exit code and last message."""
    code, said = ended["code"], ended["said"].lower()
    if code < 0:
        return "killed"
    if reported in REPORTED:
        return REPORTED[reported]
    if "no space left" in said or "disk is full" in said:
        return "disk_full"
    if "memory" in said:
        return "out_of_memory"
    return "refused" if code == 2 else "crashed"
