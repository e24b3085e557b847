"""Appends to the history of a run while it is trained, with its speed, and reads the run's health from it."""

import time
from collections.abc import Mapping
from typing import Any

from ganlib.runs.run import Run
from ganlib.training import health


class HistoryWriter:
    """The `lines` of the history of a run that stands at `images`, and the `reading` of its health from them. It knows of no
    lines but those that it read at first and wrote since: after `Run.rewind`, make a new one."""

    def __init__(self, run: Run, images: int):
        self.run, self.lines = run, run.history()
        self.reading = health.read(self.lines, run.config)
        self.restart_clock(images)

    def restart_clock(self, images: int) -> None:
        """Measures the next speed from now on, after `images` images."""
        self._since, self._images = time.monotonic(), images

    def speed(self, images: int) -> float:
        """Images a second up to now, after `images` images."""
        return (images - self._images) / max(time.monotonic() - self._since, 1e-9)

    def write(self, line: Mapping[str, Any]) -> None:
        """Adds a line, and measures the next speed from it on."""
        self.run.append_history(line)
        self.lines.append(dict(line))
        self.restart_clock(line["images"])

    def read_health(self) -> health.Reading:
        """Reads the run's health from all lines so far."""
        self.reading = health.read(self.lines, self.run.config)
        return self.reading

    @property
    def window_start(self) -> int:
        """The images after which the first of those lines was written that a verdict is taken from."""
        return self.lines[-health.WINDOW]["images"]
