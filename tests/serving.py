"""The real door, app.py, in a process of its own."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).parents[1]


def start_app(checkpoints, folder, runtime="off", options=(), **environment):
    """The process of an app over a folder of runs, which writes into another, and its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "app.py", "--host", "127.0.0.1", "--port", str(port), "--checkpoints", str(checkpoints)]
    command += ["--jobs", str(folder / "jobs")]
    command += ["--runtime", str(runtime), *options]  # the tests take nothing from the network
    log = open(folder / "log", "w")  # noqa: SIM115 - the process writes to it
    environment = os.environ | {"GRADIO_TEMP_DIR": str(folder)} | environment
    process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env=environment)
    url, deadline = f"http://127.0.0.1:{port}", time.monotonic() + 180
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urlopen(url, timeout=10).close()
            return process, url
        except OSError:
            time.sleep(0.2)
    process.kill()
    pytest.fail(f"app.py did not start: {(folder / 'log').read_text()}")
