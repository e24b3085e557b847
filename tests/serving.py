"""The real door, app.py, in a process of its own."""

import socket
import time
from pathlib import Path
from urllib.request import urlopen

import prefork
import pytest

ROOT = Path(__file__).parents[1]


def start_app(checkpoints, folder, runtime="off", options=(), **environment):
    """The process of an app over a folder of runs, which writes into another, and its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--host", "127.0.0.1", "--port", port, "--checkpoints", checkpoints, "--jobs", folder / "jobs", *options]
    process = prefork.start(
        "app.py", *options, "--runtime", runtime,  # the tests take nothing from the network
        stdout=folder / "log", stderr=folder / "log", environment={"GRADIO_TEMP_DIR": str(folder)} | environment,
    )  # fmt: skip
    url, deadline = f"http://127.0.0.1:{port}", time.monotonic() + 180
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urlopen(url, timeout=10).close()
            return process, url
        except OSError:
            time.sleep(0.2)
    process.kill()
    pytest.fail(f"app.py did not start: {(folder / 'log').read_text()}")
