"""Turns at what the cores can do: more at once would only share them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ganlib import UserError

PATIENCE = 60  # seconds that a question waits for its turn


@contextmanager
def turn(turns: threading.Semaphore) -> Iterator[None]:
    """One of `turns`. Raises UserError where it doesn't come."""
    if not turns.acquire(timeout=PATIENCE):
        raise UserError("Too many visitors draw right now; try again in a minute.")
    try:
        yield
    finally:
        turns.release()
