"""Tests that a training keeps freed tensor memory for reuse."""

import platform
import subprocess
import sys

import pytest

# Creates and frees a large tensor repeatedly; memory that was returned to the system causes new page faults.
REPEATED = """
import resource, sys, torch
from ganlib.threads import memory

if sys.argv[1] == "kept":
    memory.keep_memory()
for _ in range(10):
    torch.ones(2**24)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    torch.ones(2**24)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc is told to keep memory")
def test_kept_memory_is_not_asked_for_again():
    def pages_asked_for(how: str) -> int:
        command = [sys.executable, "-c", REPEATED, how]
        return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    assert pages_asked_for("kept") < 100 < 1000 < pages_asked_for("given back")
