"""Tests Ctrl-C while a command is still being imported."""

import os
import signal
import subprocess
import sys
import time
from itertools import product
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
COMMANDS = {
    "train.py": ["train.py", "--dataset", "digits", "--images", "64", "--out", "run"],
    "app.py": ["app.py", "--jobs", "jobs", "--runtime", "off", "--port", "1"],
    "sample": ["-m", "ganlib.sample", "run"],
    "evaluate": ["-m", "ganlib.evaluate", "run"],
    "export": ["-m", "ganlib.export", "run"],
}
LIBRARIES = ["libtorch_cpu", "libtorch_python"]  # early and late in the import of torch

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="sees in /proc what a process has loaded"),
]


def restore_sigint():
    """Restores the default action of Ctrl-C, which background processes of a shell ignore."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def loaded(process, library):
    """Waits until the process has loaded a library."""
    while library not in Path(f"/proc/{process.pid}/maps").read_text():
        assert process.poll() is None
        time.sleep(0.001)


@pytest.mark.parametrize(
    ("command", "library"),
    [*product(("train.py", "app.py"), LIBRARIES), *product(("sample", "evaluate", "export"), LIBRARIES[:1])],
)
def test_it_ends_quietly(tmp_path, command, library):
    process = subprocess.Popen(
        [sys.executable, *(ROOT / part if part == command else part for part in COMMANDS[command])],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
        preexec_fn=restore_sigint,
    )  # fmt: skip
    loaded(process, library)
    process.send_signal(signal.SIGINT)
    said, problems = process.communicate(timeout=60)
    assert problems == "Interrupted.\n"
    # The app's page stands before torch is imported, whose libraries are loaded before that.
    page = command == "app.py" and library == LIBRARIES[1]
    assert said.startswith("Open ") if page else not said
    assert process.returncode == 130 and not list(tmp_path.iterdir())
