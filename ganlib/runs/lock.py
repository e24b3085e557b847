"""One trainer to a run: who trains it holds a lock, which goes with the process however that ends. Readers need none."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from ganlib import UserError

LOCK = ".lock"  # in the run's folder, while it is trained; hidden, so neither listed nor published


class RunLock:
    """The right to write to a run's training, taken and given back as often as one likes.

    As a context manager it is held at least until the end of the block, and then given back.
    """

    def __init__(self, folder: Path):
        self._folder = Path(folder)
        self._lock = FileLock(self._folder / LOCK, thread_local=False)

    def take(self) -> None:
        """Takes it, unless it is held already. Raises UserError where another process has it, or nothing can be written."""
        if self._lock.is_locked:
            return
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise UserError(f"{self._folder} is being trained already; wait for its end, or stop it.") from None
        except OSError as error:
            raise UserError(f"{self._folder} can't be written ({error.strerror}); choose a folder that can.") from error

    def give_back(self) -> None:
        if not self._lock.is_locked:
            return
        with suppress(OSError):  # while it is held: who opened this file in between finds it gone, and looks again
            (self._folder / LOCK).unlink()
        self._lock.release(force=True)

    @contextmanager
    def lasting(self) -> Iterator[None]:
        """Takes it for longer than the block; where the block fails, it is given back."""
        self.take()
        try:
            yield
        except BaseException:
            self.give_back()
            raise

    def __enter__(self) -> "RunLock":
        self.take()
        return self

    def __exit__(self, *_: object) -> None:
        self.give_back()
