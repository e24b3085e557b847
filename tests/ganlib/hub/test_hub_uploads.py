"""Tests uploads during training: failures are retried, and the training never waits."""

import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import untrained

from ganlib import hub
from ganlib.hub import __main__ as command
from ganlib.hub.uploads import Uploads
from ganlib.runs.run import Run
from ganlib.training.events import SnapshotSaved, Stopped

SERVER = Path(__file__).parents[2] / "hub_server.py"


@pytest.fixture
def run(tmp_path):
    return untrained(tmp_path / "run", moments=(0,))


def grow(run: Run, images: int) -> SnapshotSaved:
    """Adds a snapshot; returns the trainer's event."""
    return SnapshotSaved(run.save_snapshot(run.generator(), images), run.save_grid(images, b"RIFF"))


def uploads(run, pause=0.05, **settings):
    return Uploads(run, hub.Repository("someone/shapes", **settings), first_pause=pause)


def wait_for(condition, seconds=10):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.fixture
def run_and_hub(run, hub_server):
    hub.Repository("someone/shapes").prepare()
    return run, hub_server


@pytest.mark.slow
def test_each_snapshot_goes_up_when_it_is_there(run_and_hub):
    run, hub_server = run_and_hub
    following = uploads(run)
    for images in (16, 32):
        following.handle(Stopped(images))
        following.handle(grow(run, images))
        wait_for(lambda: f"snapshots/{images:09d}.safetensors" in hub_server.files("someone/shapes"))  # noqa: B023
    following.close()
    assert following.wait()
    assert hub_server.commits("someone/shapes")[1:] == ["epoch 0.16, 16 images", "epoch 0.32, 32 images"]
    sent = sum(request.startswith("PUT /lfs") for request in hub_server.requests)
    assert sent == 3 + 2 + 1  # three snapshots, two kinds of grid, the discriminator: each once


@pytest.mark.slow
def test_a_server_that_fails_twice_and_then_works(run_and_hub, caplog):
    run, hub_server = run_and_hub
    hub_server.fail("POST .*/commit/", times=2)
    following = uploads(run, pause=0.3)
    started = time.monotonic()
    for images in (16, 32, 48):  # all while the first attempt fails
        following.handle(grow(run, images))
    assert time.monotonic() - started < 1
    wait_for(lambda: len(hub_server.commits("someone/shapes")) == 2)
    following.close()
    assert following.wait()
    assert hub_server.commits("someone/shapes")[1:] == ["epoch 0.48, 48 images"]
    assert [float(pause) for pause in re.findall(r"Another try in (\d+) seconds; the training goes on", caplog.text)] == [0, 1]
    assert "HTTP 503" in caplog.text and "hf_someone" not in caplog.text


def test_a_token_that_is_taken_back_ends_in_the_command_that_finishes(run_and_hub, monkeypatch, capsys):
    run, hub_server = run_and_hub
    following = uploads(run, revision="v2", private=False)
    monkeypatch.setenv("HF_TOKEN", "hf_reader")
    following.handle(grow(run, 16))
    following.close()
    assert not following.wait()
    left = capsys.readouterr().err.splitlines()[-1]
    assert left.startswith(f"Not all of {run.path} is on the Hub. The token may not do this with someone/shapes")
    assert left.endswith(f"Finish with: python -m ganlib.hub push {run.path} someone/shapes --revision v2")
    monkeypatch.setenv("HF_TOKEN", "hf_someone")
    command.main(shlex.split(left.rpartition("ganlib.hub ")[2]))
    assert "snapshots/000000016.safetensors" in hub_server.files("someone/shapes", "v2")


@pytest.mark.slow
def test_a_server_that_dies_in_mid_upload(run, hub_server, tmp_path, monkeypatch, capsys):
    """The upload thread survives; once the server is back, the printed command uploads the rest."""
    sleep = time.sleep
    monkeypatch.setattr(time, "sleep", lambda seconds: sleep(min(seconds, 0.02)))  # also shortens the client's pauses

    def serve(port, *more):
        words = [sys.executable, str(SERVER), "--port", str(port), "--folder", str(tmp_path / "hub"), *more]
        server = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=os.environ)
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", server.stdout.readline().strip())
        return server

    dying = serve(0, "--die-at", "PUT /lfs")
    port = int(hub.Repository("someone/shapes").address.split(":")[2].partition("/")[0])
    following = uploads(run)
    following.handle(grow(run, 16))
    assert dying.wait(20) == 1
    following.close()
    assert not following.wait()
    left = capsys.readouterr().err.splitlines()[-1]
    assert "The Hub can't be reached for someone/shapes" in left
    server = serve(port)
    try:
        command.main(shlex.split(left.rpartition("ganlib.hub ")[2]))
        assert [s.images for s in Run.open(tmp_path / "hub/someone/shapes").snapshots()] == [0, 16]
    finally:
        server.terminate()
        server.wait(10)
