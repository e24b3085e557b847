"""How glibc keeps the memory that is freed: for a training all of it, for a server as little as possible."""

import ctypes
import platform
from functools import cache

# Parameters of glibc's mallopt during training: free bytes above which the heap is trimmed, and the size from which a block
# is mapped separately.
ALLOCATION = {-1: 2**31 - 1, -3: 2**30}  # M_TRIM_THRESHOLD, M_MMAP_THRESHOLD
M_ARENA_MAX, ARENAS = -8, 2


def keep_memory() -> None:
    """Makes glibc reuse freed memory for the life of this process. By default it returns large blocks to the system, which
    clears each page before its next use: a tenth of a training step. Does nothing with other C libraries."""
    if library := _glibc():
        for parameter, value in ALLOCATION.items():
            library.mallopt(parameter, value)


def share_memory() -> None:
    """Makes glibc's threads take their memory from two arenas. By default nearly each has its own, which keeps what is freed
    between blocks in use. Call before they begin. Does nothing with other C libraries."""
    if library := _glibc():
        library.mallopt(M_ARENA_MAX, ARENAS)


def return_memory() -> None:
    """Makes glibc return all freed memory to the system, also between blocks in use. Does nothing with other C libraries."""
    if library := _glibc():
        library.malloc_trim(0)


@cache
def _glibc() -> ctypes.CDLL | None:
    return ctypes.CDLL(None) if platform.libc_ver()[0] == "glibc" else None
