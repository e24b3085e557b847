"""Gives every pytest-xdist worker its share of the cores and its own local Hub, and tests a way to call train.py.

More threads than cores would only wait for each other. huggingface_hub reads its settings at import, so they are set before.
"""

import gc
import os
import socket
import sys
import tempfile

gc.disable()  # until all tests are collected

# Only in a worker: workers inherit what the main process sets.
if workers := os.environ.get("PYTEST_XDIST_WORKER_COUNT"):
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // int(workers))))  # read as torch is imported

hub_socket = socket.socket()
hub_socket.bind(("127.0.0.1", 0))  # connections are refused until `hub_server` serves
hub_home = tempfile.TemporaryDirectory(prefix="hub-")
os.environ |= {
    "HF_ENDPOINT": f"http://127.0.0.1:{hub_socket.getsockname()[1]}",
    "HF_HUB_DISABLE_XET": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HOME": hub_home.name,
    "HF_TOKEN": "hf_someone",
}

import pytest  # noqa: E402
from hub_server import HubServer  # noqa: E402


def pytest_collection_finish():
    """What was imported and collected stays. Python's garbage collector would search it again and again, for a twentieth of the
    time of short tests."""
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def _hub_server():
    hub_socket.listen()
    with HubServer(listening=hub_socket) as server:
        yield server


@pytest.fixture
def hub_server(_hub_server, tmp_path, monkeypatch):
    """The local Hub without repositories and failures, and an empty cache of the client."""
    _hub_server.clear()
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub-cache"))
    return _hub_server


@pytest.fixture
def call(tmp_path, monkeypatch, capsys):
    """A function that runs train.py's `main` in an empty folder; returns what it printed: (out, err)."""
    import train
    from ganlib.cli import run_command
    from ganlib.training import previews

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GANLIB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(previews, "STATISTICS_PIXELS", 0)

    def call(*arguments, code=0):
        monkeypatch.setattr(sys, "argv", ["train.py", *map(str, arguments)])
        with pytest.raises(SystemExit) as ending:
            run_command(train.main)
        printed = capsys.readouterr()
        assert (ending.value.code or 0) == code, printed.err
        return printed

    return call


@pytest.fixture
def registered():
    """The tables of losses, networks and recipes, which get back their contents when the test has ended."""
    from ganlib.networks import FAMILIES
    from ganlib.objectives.losses import LOSSES
    from ganlib.planning import registration

    tables = (LOSSES, FAMILIES, registration._own)
    before = [dict(table) for table in tables]
    yield
    for table, contents in zip(tables, before, strict=True):
        table.clear()
        table.update(contents)
