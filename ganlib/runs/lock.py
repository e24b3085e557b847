"""The lock of a folder while it is written: of a run while it is trained, of samples while they are drawn.

It is released when its process ends, also by a crash.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from ganlib import UserError

LOCK = ".lock"  # in the run's folder while it is trained; hidden, so neither listed nor uploaded


class RunLock:
    """The lock of the run in `folder`, or of another folder that one process at a time may write; it can be acquired and
    released repeatedly. `work` completes the error's sentence.

    As a context manager it is released at the end of the block, even if it was held before.
    """

    def __init__(self, folder: Path, work: str = "is being trained"):
        self._folder, self._work = Path(folder), work
        self._lock = FileLock(self._folder / LOCK, thread_local=False)

    def acquire(self) -> None:
        """Acquires it, unless it is held here. Raises UserError if another process holds it or the folder is not writable."""
        if self._lock.is_locked:
            return
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise UserError(f"{self._folder} {self._work} already; wait for its end, or stop it.") from None
        except OSError as error:
            raise UserError(f"{self._folder} can't be written ({error.strerror}); choose a folder that can.") from error

    def release(self) -> None:
        if not self._lock.is_locked:
            return
        with suppress(OSError):  # while held: a process that has opened the file finds it deleted and retries
            (self._folder / LOCK).unlink()
        self._lock.release(force=True)

    @contextmanager
    def kept_unless_error(self) -> Iterator[None]:
        """Acquires it and keeps it after the block; releases it if the block raises."""
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
