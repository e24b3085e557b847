"""The history of a run as its trainer writes it, and how that reads."""

import time
from collections.abc import Mapping
from typing import Any

from ganlib.runs.run import Run
from ganlib.training import health


class HistoryWriter:
    """The `lines` of a run's history, as a training that stands at `images` finds and goes on with them, and the `reading`
    of them. After the run was rewound, another one is due."""

    def __init__(self, run: Run, images: int):
        self.run, self.lines = run, run.history()
        self.reading = health.read(self.lines, run.config)
        self.time_from(images)

    def time_from(self, images: int) -> None:
        """Makes now, after `images` images, the moment from which the next speed counts."""
        self._since, self._images = time.monotonic(), images

    def speed(self, images: int) -> float:
        """Images a second up to now, after `images` images."""
        return (images - self._images) / max(time.monotonic() - self._since, 1e-9)

    def write(self, line: Mapping[str, Any]) -> None:
        """Adds a line, from which on the next speed counts."""
        self.run.append_history(line)
        self.lines.append(dict(line))
        self.time_from(line["images"])

    def read(self) -> health.Reading:
        """Reads the run's health anew."""
        self.reading = health.read(self.lines, self.run.config)
        return self.reading

    @property
    def window(self) -> int:
        """The images after which the lines begin that a verdict is taken from."""
        return self.lines[-health.WINDOW]["images"]
