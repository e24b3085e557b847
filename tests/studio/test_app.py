"""The door, app.py, in a process of its own: what it says of a mistake, and how it ends."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]


def app(*arguments):
    """How app.py ends: its code and what it said of it."""
    ended = subprocess.run(
        [sys.executable, "app.py", *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    return ended.returncode, ended.stderr.strip()


def test_a_port_that_is_taken(checkpoints, make_run):
    make_run()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, said = app("--host", "127.0.0.1", "--port", port, "--checkpoints", checkpoints)
    assert (code, said) == (2, f"Can't listen at 127.0.0.1, port {port}; try another --port.")


def test_a_folder_that_is_not_there(tmp_path):
    code, said = app("--checkpoints", tmp_path / "none")
    assert (code, said) == (2, f"There is no folder {tmp_path / 'none'}; give --checkpoints a folder of runs.")
