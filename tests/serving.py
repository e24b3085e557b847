"""Runs app.py in its own process."""

import socket
import time
from pathlib import Path
from urllib.request import urlopen

import prefork
import pytest

ROOT = Path(__file__).parents[1]


def start_app(checkpoints, folder, runtime="off", options=(), **environment):
    """The process of an app over a folder of runs, which writes into another, and its address."""
    port, log = free_port(), folder / "log"
    options = ["--host", "127.0.0.1", "--port", port, "--checkpoints", checkpoints, "--jobs", folder / "jobs", *options]
    process = prefork.start(
        "app.py", *options, "--runtime", runtime,  # the tests take nothing from the network
        stdout=log, stderr=log, environment={"GRADIO_TEMP_DIR": str(folder)} | environment,
    )  # fmt: skip
    return process, address(process, port, log)


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def address(process, port, log):
    """That of an app, once it answers; the test fails with its log where it doesn't."""
    url, deadline = f"http://127.0.0.1:{port}", time.monotonic() + 180
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urlopen(url, timeout=10).close()
            return url
        except OSError:
            time.sleep(0.2)
    process.kill()
    pytest.fail(f"app.py did not start: {log.read_text()}")
