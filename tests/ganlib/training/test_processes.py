"""Tests several processes on one training: shares, equality with one process, and the end when one dies."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import shapes
from parallel_gans import CASES, STEPS, exactly, save, take_steps

from ganlib import datasets, files
from ganlib.datasets.batches import Batches
from ganlib.objectives.batch_rng import BatchRng, Shard
from ganlib.runs.run import Run
from ganlib.training.events import Finished
from ganlib.training.trainer import Trainer

HERE = Path(__file__).parents[1]
TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2"]
ENVIRONMENT = {"PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parents[1])]), "OMP_NUM_THREADS": "1"}


@pytest.mark.parametrize("last", ["joined", "kept", "dropped"])
@pytest.mark.parametrize("world", [2, 3])
def test_every_picture_once_an_epoch(last, world):
    images = shapes(100 if last == "kept" else 96)
    images.labels[:] = np.arange(len(images))
    batches = Batches(images, 16, seed=1, last=last)
    seen, place = [], 0
    while place < len(images):
        shares = [Shard.of(batches.size(place), rank, world) for rank in range(world)]
        if shares[0].rows == shares[1].rows:  # too short to be divided
            shares = shares[:1]
        seen += [label for shard in shares for label in batches.at(place, shard.rows)[1].tolist()]
        place += shares[0].whole
    assert sorted(seen) == list(range(len(images)))


@pytest.mark.parametrize("whole", [2, 5, 6, 7, 64])
def test_weighted_means_of_shares_are_the_mean_of_the_batch(whole):
    values = torch.randn(whole, dtype=torch.float64, generator=torch.Generator().manual_seed(whole))
    shares = [Shard.of(whole, rank, 3) for rank in range(3)]
    mean = sum(shard.weight * values[shard.rows].mean() for shard in shares)
    assert mean.item() == pytest.approx(values.mean().item(), rel=1e-12)


def test_shares_draw_what_one_process_draws():
    def drawn(shard, num):
        batch_rng = BatchRng(torch.Generator().manual_seed(1), shard)
        return [batch_rng.uniform(num, 1, 2), batch_rng.normal(num, 3, dtype=torch.float64), batch_rng.integers(9, num)]

    parts = [drawn(Shard.of(7, rank, 2), num) for rank, num in enumerate((3, 4))]
    for whole, *halves in zip(drawn(None, 7), *parts, strict=True):
        assert torch.equal(whole, torch.cat(halves))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Each case by two processes from the start, and by two that resume after one."""
    folder = tmp_path_factory.mktemp("gans")
    with exactly():
        for name, case in CASES.items():
            (folder / f"{name} by two").mkdir()
            save(take_steps(case.gan(), STEPS // 2), folder / f"{name} by one, then two" / "alone.safetensors")
    environment = os.environ | ENVIRONMENT
    done = subprocess.run([*TORCHRUN, HERE / "parallel_gans.py", folder], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


def assert_equal_up_to_rounding(ours, gan):
    theirs = gan.state()[0]
    assert ours.keys() == theirs.keys()
    assert torch.equal(ours["rng"], theirs["rng"])
    for name, tensor in theirs.items():
        assert torch.allclose(ours[name].double(), tensor.double(), rtol=1e-6 if name == "sums" else 1e-9, atol=1e-11), name


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_two_processes_end_with_the_weights_of_one(trained, name):
    tensors, settings = files.read_tensors(trained / f"{name} by two" / "whole.safetensors")
    with exactly():
        gan = take_steps(CASES[name].gan())
    assert settings["images"] == gan.images
    assert_equal_up_to_rounding(tensors, gan)


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_a_run_goes_on_with_another_number_of_processes(trained, name):
    with exactly():
        whole, gan = take_steps(CASES[name].gan()), CASES[name].gan()
        gan.load_state(*files.read_tensors(trained / f"{name} by two" / "half.safetensors"))
        take_steps(gan, STEPS // 2)
    assert_equal_up_to_rounding(gan.state()[0], whole)
    assert_equal_up_to_rounding(files.read_tensors(trained / f"{name} by one, then two" / "whole.safetensors")[0], whole)


# ------------------------------------------------------------------------------------------ the command


def command(folder, *options):
    """Returns the command for train.py with two processes, into `folder`."""
    environment = os.environ | ENVIRONMENT | {"GANLIB_CACHE": str(folder / "cache")}
    streams = {"stdout": (folder / "stdout").open("w"), "stderr": (folder / "stderr").open("w")}
    arguments = [*TORCHRUN, HERE.parents[1] / "train.py", "--device", "cpu", *map(str, options)]
    return subprocess.Popen(arguments, env=environment, cwd=folder, **streams)


@contextmanager
def training(folder):
    """Starts a training without an end; yields it after its third snapshot."""
    options = (
        "--dataset",
        "digits",
        "--recipe",
        "mlp",
        "--batch-size",
        "64",
        "--images",
        "100_000_000",
        "--snapshot-at",
        "1,2",
    )
    process = command(folder, *options, "--out", folder / "run")
    try:
        while process.poll() is None and len(list(folder.glob("run/snapshots/*.safetensors"))) < 3:
            time.sleep(0.05)
        yield process
    finally:
        process.terminate()
        process.wait()


def worker(torchrun, rank):
    """Returns the process id of a rank."""
    for pid in Path(f"/proc/{torchrun.pid}/task/{torchrun.pid}/children").read_text().split():
        if f"\0RANK={rank}\0" in Path(f"/proc/{pid}/environ").read_text():
            return int(pid)


def assert_told_and_resumable(folder):
    said = (folder / "stderr").read_text()
    assert said.count("One of the 2 processes of this training has ended") == 1
    assert f"torchrun --nproc-per-node=2 train.py --resume {folder / 'run'}" in said
    assert 'train.py", line' not in said  # no traceback of train.py; torchrun adds a report
    run = Run.open(folder / "run")
    images = datasets.load("digits")
    saved = files.read_settings(run.checkpoint_files.last)["images"]
    run.config = replace(run.config, images=saved + 640)
    assert saved > 0 and list(Trainer(run, images, torch.device("cpu"), resume=True).events())[-1] == Finished(saved + 640)
    run.check_weights()


on_linux = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="finds processes in /proc")


@on_linux
@pytest.mark.slow
def test_a_dead_process_ends_all_with_a_sentence_and_leaves_a_run_to_resume(tmp_path):
    with training(tmp_path) as torchrun:
        os.kill(worker(torchrun, 1), signal.SIGKILL)
        assert torchrun.wait(60) != 0
    assert_told_and_resumable(tmp_path)


@on_linux
@pytest.mark.slow
@pytest.mark.campaign
def test_the_others_tell_of_the_first_when_it_is_dead(tmp_path):
    with training(tmp_path) as torchrun:
        os.kill(worker(torchrun, 0), signal.SIGKILL)
        assert torchrun.wait(60) != 0
    assert_told_and_resumable(tmp_path)


@pytest.mark.slow
@pytest.mark.campaign
def test_a_signal_saves_and_ends_all(tmp_path):
    with training(tmp_path) as torchrun:
        torchrun.send_signal(signal.SIGTERM)
        torchrun.wait(60)
    (said,) = [line for line in (tmp_path / "stdout").read_text().splitlines() if line.startswith("Saved after")]
    images = files.read_settings(Run.open(tmp_path / "run").checkpoint_files.last)["images"]
    assert f"Saved after {images:,} images. Continue with: python train.py --resume" in said
    assert "processes of this training" not in (tmp_path / "stderr").read_text()


@pytest.mark.slow
@pytest.mark.campaign
@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--dataset", "nowhere"), "There is no dataset 'nowhere'"),
        (("--dataset", "digits", "--epochs", "none"), "argument --epochs"),
        (("--dataset", "digits", "--batch-size", "3"), "A batch of 3 is too small for 2 processes"),
        (("--resume", "nowhere"), "There is no run at nowhere"),
        (("--dataset", "digits", "--device", "cuda:99"), "--device cuda:99 can't be used on this machine"),
    ],
)
def test_a_mistake_is_told_once(tmp_path, options, said):
    assert command(tmp_path, *options).wait(60) != 0
    assert (tmp_path / "stderr").read_text().count(said) == 1
    assert not list(tmp_path.glob("checkpoints/*"))


@pytest.mark.slow
@pytest.mark.campaign
def test_of_two_processes_only_rank_0_prints_and_writes(tmp_path):
    options = ("--dataset", "digits", "--recipe", "mlp", "--batch-size", "64", "--images", "6400", "--out", tmp_path / "run")
    assert command(tmp_path, *options, "--log-to", "json").wait(120) == 0
    kinds = [json.loads(line)["event"] for line in (tmp_path / "stdout").read_text().splitlines()]
    assert kinds.count("begun") == kinds.count("finished") == 1 and kinds[-1] == "finished"
    run = Run.open(tmp_path / "run")
    assert len(run.history()) == kinds.count("progress") > 1
    assert run.config.commands[0].startswith("torchrun --nproc-per-node=2 train.py --device cpu --dataset digits")
    assert run.config.hardware.startswith("2 processes, each on ")
    assert command(tmp_path, "--resume", tmp_path / "run", "--log-to", "json").wait(60) == 0
    assert [json.loads(line) for line in (tmp_path / "stdout").read_text().splitlines()] == [
        {"event": "finished", "images": run.snapshot().images}
    ]
    assert (tmp_path / "stderr").read_text().count("Nothing is left to do") == 1
