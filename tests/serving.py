"""Runs app.py in its own process."""

import socket
import time
from pathlib import Path
from urllib.request import urlopen

import prefork
import pytest

ROOT = Path(__file__).parents[1]


def start_app(checkpoints, folder, runtime="off", options=(), **environment):
    """Starts an app over a folder of runs, which writes to `folder`; returns its process and URL."""
    port, log = free_port(), folder / "log"
    options = ["--host", "127.0.0.1", "--port", port, "--checkpoints", checkpoints, "--jobs", folder / "jobs", *options]
    process = prefork.start(
        "app.py", *options, "--runtime", runtime,  # no network access in tests
        stdout=log, stderr=log, environment={"GRADIO_TEMP_DIR": str(folder)} | environment,
    )  # fmt: skip
    return process, address(process, port, log)


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def address(process, port, log):
    """Waits until the app responds and returns its URL; fails with its log otherwise."""
    url, deadline = f"http://127.0.0.1:{port}", time.monotonic() + 180
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urlopen(url, timeout=10).close()
            return url
        except OSError:
            time.sleep(0.2)
    process.kill()
    pytest.fail(f"app.py did not start: {log.read_text()}")
