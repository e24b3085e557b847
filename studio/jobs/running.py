"""Runs one job: its processes of train.py one after the other, their events, and how they are stopped."""

import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from studio.jobs import train_process
from studio.jobs.job import Job

PATIENCE = 60.0  # seconds in which a process that was asked to end may save
GRACE = 900.0  # seconds beyond its minutes that a process may read pictures and save

Launch = Callable[[list[str], Path, Mapping[str, str]], Iterator[dict[str, Any]]]
Wish = Literal["pause", "stop", "close", "again", "delete", "full", "stuck"]
STATES = {"pause": "paused", "stop": "stopped", "close": "interrupted", "again": "waiting", "delete": "stopped"}
TOLD = {"disk": "disk_full", "memory": "out_of_memory"}
BLAMED = {"full": "disk_limit", "stuck": "stuck"}


@dataclass(frozen=True)
class Outcome:
    """What a job became, with the key of the reason why it failed and what train.py said of it."""

    state: str
    reason: str | None = None
    detail: str = ""


class Running:
    """One job under way on a device. Safe to use from several threads.

    `launch` runs train.py (`train_process.train`), for `slice_minutes` a time where there is such a limit.
    """

    def __init__(self, job: Job, device: str, launch: Launch, slice_minutes: float | None):
        self.job, self._device, self._launch, self._slice = job, device, launch, slice_minutes
        self.wish: Wish | None = None  # what is to become of it, where somebody asked
        self._pid: int | None = None
        self._lock = threading.Lock()

    def run(self, saw: Callable[[Job, dict[str, Any]], None]) -> Outcome:
        """Trains until the job's length is reached or it ends otherwise, in as many stretches as that takes. `saw` is told
        every event."""
        while True:
            seen = {}
            for event in self._stretch():
                seen[event["event"]] = event
                saw(self.job, event)
            outcome = self._outcome(seen)
            if outcome.state != "finished" or self._slice is None or self.job.complete:
                return outcome

    def end(self, wish: Wish, number: int = signal.SIGTERM) -> None:
        """Asks it to end, so that it becomes what is wished; one that doesn't is killed after a while."""
        with self._lock:
            if self.wish != "delete":  # after which nothing else matters
                self.wish = wish
            if self._pid:
                train_process.end(self._pid, number)
                self._later(PATIENCE, wish)

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
                        if self.wish:  # it came before there was a process
                            train_process.end(self._pid, signal.SIGTERM)
                yield event
        finally:
            with self._lock:
                self._pid = None
            if watchdog:
                watchdog.cancel()

    def _outcome(self, seen: dict[str, dict[str, Any]]) -> Outcome:
        """What a stretch led to, by the last event of each kind."""
        wish, ended = self.wish, seen["ended"]
        code = ended["code"]
        if wish in BLAMED:
            return Outcome("failed", BLAMED[wish])
        if "finished" in seen and code == 0 and (wish is None or self.job.complete):
            return Outcome("finished")
        if wish and code <= 0:
            return Outcome(STATES[wish])
        if "refused" in seen:  # a device that was to be lent
            return Outcome("interrupted", "no_gpu", ended["said"])
        if "stopped" in seen and code == 0:  # somebody else's signal
            return Outcome("interrupted")
        if "diverged" in seen:
            return Outcome("failed", "diverged", seen["diverged"].get("message", ""))
        reason = _reason(ended, seen.get("failed", {}).get("reason"))
        return Outcome("failed", reason, ended["said"] if reason == "refused" else "")

    def _later(self, seconds: float, wish: Wish) -> threading.Timer:
        """Kills the process of now in some seconds, if it is still there."""
        timer = threading.Timer(seconds, self._kill, [self._pid, wish])
        timer.daemon = True
        timer.start()
        return timer

    def _kill(self, pid: int, wish: Wish) -> None:
        with self._lock:
            if self._pid == pid:
                self.wish = self.wish or wish
                train_process.end(pid, signal.SIGKILL)


def _reason(ended: dict[str, Any], told: str | None) -> str:
    """The key of why a process of train.py failed: as it told, or else by how it ended."""
    code, said = ended["code"], ended["said"].lower()
    if code < 0:
        return "killed"
    if told in TOLD:
        return TOLD[told]
    if "no space left" in said or "disk is full" in said:
        return "disk_full"
    if "memory" in said:
        return "out_of_memory"
    return "refused" if code == 2 else "crashed"
