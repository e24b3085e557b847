"""Limits how much of one kind of work is done at once: more would only share the cores."""

import threading

from ganlib import UserError

PATIENCE = 60.0  # seconds that a question waits for its turn


class Limiter:
    """Lets `most` threads at once into its `with`; the others wait. Raises UserError for one that waited `patience` seconds.

    `work` is what is done there, as the sentence of that error has it: "lab reports are being written".
    """

    def __init__(self, most: int, work: str, patience: float = PATIENCE):
        self._room, self._work, self._patience = threading.Semaphore(most), work, patience

    def __enter__(self) -> None:
        if not self._room.acquire(timeout=self._patience):
            raise UserError(f"Too many {self._work} right now; try again in a minute.")

    def __exit__(self, *_: object) -> None:
        self._room.release()
