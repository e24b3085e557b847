"""Tests the run lock: a second trainer is refused, readers aren't, and the lock leaves nothing behind."""

import io
import os
import subprocess
import sys
import zipfile
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from conftest import plan, shapes, shapes_in, untrained

from ganlib import UserError, evaluate, hub, sample
from ganlib.runs.lock import LOCK
from ganlib.runs.run import Run
from ganlib.training.trainer import Trainer
from studio.drawing import downloads
from studio.library import Library

CPU = torch.device("cpu")
HOLD = "import sys; from ganlib.runs.lock import RunLock; lock = RunLock(sys.argv[1]); lock.acquire(); print('held', flush=True); sys.stdin.read()"


@contextmanager
def trained_elsewhere(path):
    """Another process trains the run; yields it, and kills it in the end."""
    root = Path(__file__).parents[3]
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, path], cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ
    )
    try:
        assert holder.stdout.readline() == b"held\n"
        yield holder
    finally:
        holder.kill()
        holder.communicate()


@pytest.fixture
def run(train):
    return train(length=32)[0]


def files_of(path):
    return {file.relative_to(path): file.read_bytes() for file in path.rglob("*") if file.is_file() and file.name != LOCK}


@pytest.mark.slow
def test_a_second_trainer_is_refused_and_changes_nothing(run):
    before = files_of(run.path)
    with trained_elsewhere(run.path) as holder:
        with pytest.raises(UserError, match="is being trained already; wait for its end, or stop it"):
            Trainer(Run.open(run.path), shapes(), CPU, resume=True)
        assert files_of(run.path) == before
        holder.kill()  # as with kill -9: the lock ends with its process
        holder.wait()
        run.config = plan(shapes(), length=64)
        list(Trainer(run, shapes(), CPU, resume=True).events())
    assert run.snapshot().images == 64
    assert not (run.path / LOCK).exists()


@pytest.mark.slow
def test_two_trainers_in_one_process(run):
    first = Trainer(run, shapes(), CPU, resume=True)
    with pytest.raises(UserError, match="is being trained already"):
        Trainer(Run.open(run.path), shapes(), CPU, resume=True)
    list(first.events())
    Trainer(Run.open(run.path), shapes(), CPU, resume=True)


def test_a_trainer_that_fails_to_begin_leaves_the_run_to_others(run):
    (run.path / "state.safetensors").write_bytes(b"cut")
    for _ in range(2):
        with pytest.raises(UserError, match=r"state\.safetensors"):
            Trainer(Run.open(run.path), shapes(), CPU, resume=True)


@pytest.mark.slow
def test_of_two_that_begin_the_same_run_one_comes_too_late(tmp_path):
    path = tmp_path / "run"
    path.mkdir()
    with trained_elsewhere(path), pytest.raises(UserError, match="is being trained already"):
        Run.create(path, plan(shapes()))
    Run.create(path, plan(shapes()))  # the leftover lock file of a killed process is no run
    with pytest.raises(UserError, match="already exists"):
        Run.create(path, plan(shapes()))


@pytest.mark.slow
def test_a_run_that_is_trained_can_be_seen_sampled_measured_and_published(tmp_path, hub_server):
    run, pictures = untrained(tmp_path / "runs" / "run"), shapes_in(tmp_path / "pictures")
    with trained_elsewhere(run.path):
        sample.main([str(run.path), "--num", "4", "--out", str(tmp_path / "x.png")])
        evaluate.main([str(run.path), "--num", "100", "--metrics", "diversity", "--dataset", str(pictures)])
        hub.push(run.path, "someone/run")
        packed = zipfile.ZipFile(io.BytesIO(downloads.packed(run.path))).namelist()
        assert len(Library(tmp_path / "runs").find("run").snapshots) == 2
        assert (run.path / LOCK).exists()
    assert (tmp_path / "x.png").exists() and run.scores()["snapshots"]
    assert "run/config.json" in packed and not [name for name in packed if LOCK in name]
    assert LOCK not in hub_server.files("someone/run")
