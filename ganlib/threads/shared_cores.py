"""Keeps a training on a CPU fast beside busy processes: its threads keep to the cores that are left, and wait asleep.

Each operation of a step waits for the last of its threads, and OpenMP's threads wait awake, for milliseconds. Where another
process has taken a core, those that wait often hold up the one they wait for. Fewer threads would help too, but add up in
another order, so that a resumed run would no longer equal an uninterrupted one. Which cores threads run on changes no number.
"""

import contextlib
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import torch

SECONDS = 1.0  # between two looks
IDLE = 0.5  # of a core's time in use, at most, where it is taken back
AGAIN = (
    30.0  # seconds after which cores that were left are tried again, since what takes an idle core may leave a busy one alone
)
STAT = Path("/proc/stat")


class Usage(NamedTuple):
    """How long cores have been in use, in seconds since an arbitrary moment."""

    now: float
    own: float  # by this process, on all cores
    cores: dict[int, float]  # by any process


def usage() -> Usage:
    """Reads the times of now. Raises OSError where the system (not Linux) doesn't tell."""
    return Usage(time.monotonic(), time.process_time(), busy_seconds(STAT.read_text()))


def busy_seconds(stat: str) -> dict[int, float]:
    """Returns the seconds in which each core was not idle, from the text of /proc/stat (man 5 proc_stat): all but idle, iowait
    and steal. "Guest" is a part of "user"."""
    lines = [line.split() for line in stat.splitlines() if line.startswith("cpu") and line[3].isdigit()]
    tick = os.sysconf("SC_CLK_TCK")
    return {int(name[3:]): sum(int(times[place]) for place in (0, 1, 2, 5, 6)) / tick for name, *times in lines}


class SharedCores:
    """A context in which `watch`, called after each step, moves this process's threads to cores that others leave, and back.

    Does nothing on systems other than Linux, with one thread or core, and for `wanted` False. Trainings that take turns in a
    process share one, which each of them enters and exits.
    """

    def __init__(self, wanted: bool = True, read: Callable[[], Usage] = usage):
        self._wanted = wanted and hasattr(os, "sched_getaffinity") and STAT.exists()
        self._read = read
        self._moves = os.getpid()  # so that two trainings which leave a core at once seldom choose the same one
        self._team: _SecondTeam | None = None
        self._entered = 0  # times more than exited

    def __enter__(self) -> "SharedCores":
        self._entered += 1
        if self._entered > 1:
            return self
        self._cores = self._kept = sorted(os.sched_getaffinity(0)) if self._wanted else []
        self._threads = min(len(self._cores), torch.get_num_threads())
        self._before = self._read() if self._threads > 1 else None
        return self

    def __exit__(self, *_: object) -> None:
        self._entered -= 1
        if not self._entered and self._kept != self._cores:
            self._move(self._cores)

    def watch(self) -> None:
        """Looks at the cores, if the last look is a second ago."""
        if self._before is None or time.monotonic() - self._before.now < SECONDS:
            return
        before, now = self._before, self._read()
        self._before, seconds = now, now.now - before.now
        used = {core: (now.cores.get(core, 0.0) - before.cores.get(core, 0.0)) / seconds for core in self._cores}
        if self._kept == self._cores:
            others = sum(used.values()) - (now.own - before.own) / seconds
            left = max(1, len(self._cores) - round(others))
            if left < self._threads:
                self._moves += 1  # another choice than last time, in case the other process can't move
                self._again_at = now.now + AGAIN
                self._move([self._cores[(self._moves + place) % len(self._cores)] for place in range(left)])
        elif now.now > self._again_at or min(used[core] for core in self._cores if core not in self._kept) < IDLE:
            self._move(self._cores)

    def _move(self, cores: list[int]) -> None:
        """Lets this process's threads run on these cores only, and wait asleep; or on all cores, and wait as usual."""
        self._kept = cores
        if self._team:
            self._team.end()
        self._team = None if cores == self._cores else _SecondTeam()
        if self._team:
            self._team.start()
        for thread in os.listdir("/proc/self/task"):
            with contextlib.suppress(OSError):  # it has just ended, or the system won't have it
                os.sched_setaffinity(int(thread), cores)


class _SecondTeam:
    """Makes GNU's OpenMP, which torch for Linux brings, send waiting threads to sleep after microseconds. It does so while it
    has more threads than cores (manual of libgomp, GOMP_SPINCOUNT), such as those of a second team, which has nothing to do."""

    def __init__(self):
        self._begun, self._ended = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._hold, name="second team", daemon=True)

    def start(self) -> None:
        self._thread.start()
        self._begun.wait()

    def end(self) -> None:
        self._ended.set()
        self._thread.join()

    def _hold(self) -> None:
        torch.zeros(2**20).add_(1)  # by all threads of a team of its own, which lives as long as this thread
        self._begun.set()
        self._ended.wait()
