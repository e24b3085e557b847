"""Caches the history and health of a run during training: appends lines with its speed, and reads its health from them."""

from collections.abc import Mapping
from typing import Any

from ganlib.runs.run import Run
from ganlib.training import health
from ganlib.training.stopwatch import Stopwatch


class HistoryWriter:
    """Keeps the `lines` of a run's history and the `reading` of its health. It doesn't notice other changes of the file: after
    `Run.rewind`, create a new one. `clock` is the trainer's."""

    def __init__(self, run: Run, images: int, clock: Stopwatch):
        self.run, self.lines, self._clock = run, run.history(), clock
        self.reading = health.read(self.lines, run.config)
        self.restart_clock(images)

    def restart_clock(self, images: int) -> None:
        """Starts the measurement of the speed, at `images` images."""
        self._since, self._images = self._clock.now(), images

    def speed(self, images: int) -> float:
        """Returns the images per second since the clock was started, at `images` images."""
        return (images - self._images) / max(self._clock.now() - self._since, 1e-9)

    def write(self, line: Mapping[str, Any]) -> None:
        """Appends a line and restarts the clock."""
        self.run.append_history(line)
        self.lines.append(dict(line))
        self.restart_clock(line["images"])

    def read_health(self) -> health.Reading:
        """Reads the run's health from all lines so far."""
        self.reading = health.read(self.lines, self.run.config)
        return self.reading

    @property
    def window_start(self) -> int:
        """The images seen at the first line of the window of a verdict."""
        return self.lines[-health.WINDOW]["images"]
