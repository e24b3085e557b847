"""The lock of a run while it is trained: one trainer at a time. It ends with its process, however that does."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from ganlib import UserError

LOCK = ".lock"  # in the run's folder, while it is trained; hidden, so neither listed nor published


class RunLock:
    """The lock of the run in `folder`, which may be acquired and released many times.

    As a context manager it is held until the end of the block, whether it was held before or not.
    """

    def __init__(self, folder: Path):
        self._folder = Path(folder)
        self._lock = FileLock(self._folder / LOCK, thread_local=False)

    def acquire(self) -> None:
        """Acquires it, unless this holds it. Raises UserError where another process does, or nothing can be written."""
        if self._lock.is_locked:
            return
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise UserError(f"{self._folder} is being trained already; wait for its end, or stop it.") from None
        except OSError as error:
            raise UserError(f"{self._folder} can't be written ({error.strerror}); choose a folder that can.") from error

    def release(self) -> None:
        if not self._lock.is_locked:
            return
        with suppress(OSError):  # while it is held: a process that opened the file meanwhile finds it gone, and tries again
            (self._folder / LOCK).unlink()
        self._lock.release(force=True)

    @contextmanager
    def kept_unless_error(self) -> Iterator[None]:
        """Acquires it for longer than the block; where the block fails, it is released."""
        self.acquire()
        try:
            yield
        except BaseException:
            self.release()
            raise

    def __enter__(self) -> "RunLock":
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
