"""A clock that can be paused, so that a training which takes turns with others counts only its own seconds."""

import time


class Stopwatch:
    """Runs from its creation on, except between `pause` and `go`."""

    def __init__(self):
        self._paused = 0.0  # seconds of all pauses that are over
        self._paused_at: float | None = None

    def now(self) -> float:
        """Returns the seconds since an arbitrary moment, without the pauses."""
        return (time.monotonic() if self._paused_at is None else self._paused_at) - self._paused

    def pause(self) -> None:
        if self._paused_at is None:
            self._paused_at = time.monotonic()

    def go(self) -> None:
        if self._paused_at is not None:
            self._paused += time.monotonic() - self._paused_at
            self._paused_at = None
