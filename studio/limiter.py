"""Limits how many threads do one kind of work at once; more would only share the cores."""

import threading

from ganlib import UserError

PATIENCE = 60.0  # seconds that a request waits


class Limiter:
    """Context manager that admits `most` threads at once. Raises UserError in one that waited `patience` seconds.

    `work` completes the error's sentence: "lab reports are being written".
    """

    def __init__(self, most: int, work: str, patience: float = PATIENCE):
        self._room, self._work, self._patience = threading.Semaphore(most), work, patience

    def __enter__(self) -> None:
        if not self._room.acquire(timeout=self._patience):
            raise UserError(f"Too many {self._work} right now; try again in a minute.")

    def __exit__(self, *_: object) -> None:
        self._room.release()
