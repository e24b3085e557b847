"""Tests that freed memory goes back to the system."""

import ctypes
import platform
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ganlib.threads import memory

ROOT = Path(__file__).parents[3]
BLOCK, BLOCKS = 100_000, 500  # bytes; smaller blocks than glibc maps separately


def own_memory():
    """Returns the bytes of this process that aren't backed by files."""
    return 1024 * int(re.search(r"RssAnon:\s*(\d+) kB", Path("/proc/self/status").read_text())[1])


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="is for glibc")
def test_memory_below_a_block_in_use_is_returned():
    library = ctypes.CDLL(None)
    library.malloc.restype, library.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    library.free.argtypes = [ctypes.c_void_p]
    *blocks, last = [library.malloc(BLOCK) for _ in range(BLOCKS)]
    for block in (*blocks, last):
        ctypes.memset(block, 1, BLOCK)
    for block in blocks:
        library.free(block)
    before = own_memory()
    memory.return_memory()
    assert before - own_memory() > BLOCK * BLOCKS / 2
    library.free(last)


ARENAS = """
import ctypes, sys, threading
from ganlib.threads import memory

if sys.argv[1:]:
    memory.share_memory()
begun = threading.Barrier(8)

def take():
    begun.wait()
    return bytearray(10_000)

threads = [threading.Thread(target=take) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
ctypes.CDLL(None).malloc_stats()
"""


@pytest.mark.slow
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="is for glibc")
def test_threads_share_memory():
    def arenas(*shared):
        command = [sys.executable, "-c", ARENAS, *shared]
        return subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stderr.count("Arena ")

    assert arenas("shared") == 2 < arenas()
