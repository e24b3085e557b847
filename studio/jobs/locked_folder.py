"""Locks a folder for one server; a second server uses the next folder."""

import os
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from ganlib import UserError

MOST = 100  # folders that are tried


class LockedFolder:
    """Locks `path`, or the first of `path`-2, -3, ... that no other server uses. Raises UserError if there is none."""

    def __init__(self, path: Path):
        for number in range(1, MOST):
            self.path = path if number == 1 else path.with_name(f"{path.name}-{number}")
            self._lock = FileLock(self.path / ".lock", thread_local=False)  # another thread may release it
            try:
                self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
                self._lock.acquire(timeout=0)
                return
            except Timeout:
                continue
            except OSError as error:
                raise UserError(f"{self.path} can't be written ({error.strerror}); name another folder with --jobs.") from error
        raise UserError(f"{path} and all folders beside it are used by other servers; name another with --jobs.")

    def bytes(self) -> int:
        """Returns the size of the folder in bytes."""
        total = 0
        for folder, _, names in os.walk(self.path):
            for name in names:
                with suppress(OSError):  # deleted meanwhile
                    total += Path(folder, name).lstat().st_size
        return total

    def release(self) -> None:
        self._lock.release()
