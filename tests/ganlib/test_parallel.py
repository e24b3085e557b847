"""Several processes on one training: their shares, that they equal one process, and what becomes of the rest when one dies."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import shapes
from parallel_games import CASES, STEPS, exactly, play, save

from ganlib import files
from ganlib.batches import Batches
from ganlib.shares import Draws, Share

HERE = Path(__file__).parent
TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2"]


@pytest.mark.parametrize("last", ["joined", "kept", "dropped"])
@pytest.mark.parametrize("world", [2, 3])
def test_every_picture_once_an_epoch(last, world):
    images = shapes(100 if last == "kept" else 96)
    images.labels[:] = np.arange(len(images))
    batches = Batches(images, 16, seed=1, last=last)
    seen, place = [], 0
    while place < len(images):
        shares = [Share.of(batches.size(place), rank, world) for rank in range(world)]
        if shares[0].rows == shares[1].rows:  # too short to be shared
            shares = shares[:1]
        seen += [label for share in shares for label in batches.at(place, share.rows)[1].tolist()]
        place += shares[0].whole
    assert sorted(seen) == list(range(len(images)))


@pytest.mark.parametrize("whole", [2, 5, 6, 7, 64])
def test_weighted_means_of_shares_are_the_mean_of_the_batch(whole):
    values = torch.randn(whole, dtype=torch.float64, generator=torch.Generator().manual_seed(whole))
    shares = [Share.of(whole, rank, 3) for rank in range(3)]
    mean = sum(share.weight * values[share.rows].mean() for share in shares)
    assert mean.item() == pytest.approx(values.mean().item(), rel=1e-12)


def test_shares_draw_what_one_process_draws():
    def drawn(share, num):
        draws = Draws(torch.Generator().manual_seed(1), share)
        return [draws.uniform(num, 1, 2), draws.normal(num, 3, dtype=torch.float64), draws.integers(9, num)]

    parts = [drawn(Share.of(7, rank, 2), num) for rank, num in enumerate((3, 4))]
    for whole, *halves in zip(drawn(None, 7), *parts, strict=True):
        assert torch.equal(whole, torch.cat(halves))


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """Each case by two processes from the beginning, and by two who go on where one stopped."""
    folder = tmp_path_factory.mktemp("games")
    with exactly():
        for name, case in CASES.items():
            (folder / f"{name} by two").mkdir()
            save(play(case.game(), STEPS // 2), folder / f"{name} by one, then two" / "alone.safetensors")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parents[1])]), "OMP_NUM_THREADS": "1"}
    done = subprocess.run([*TORCHRUN, HERE / "parallel_games.py", folder], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


def assert_equal_up_to_rounding(ours, game):
    theirs = game.state()[0]
    assert ours.keys() == theirs.keys()
    assert torch.equal(ours["rng"], theirs["rng"])
    for name, tensor in theirs.items():
        assert torch.allclose(ours[name].double(), tensor.double(), rtol=1e-6 if name == "sums" else 1e-9, atol=1e-11), name


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_two_processes_end_with_the_weights_of_one(played, name):
    tensors, settings = files.read_tensors(played / f"{name} by two" / "whole.safetensors")
    with exactly():
        game = play(CASES[name].game())
    assert settings["images"] == game.images
    assert_equal_up_to_rounding(tensors, game)


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_a_run_goes_on_with_another_number_of_processes(played, name):
    with exactly():
        whole, game = play(CASES[name].game()), CASES[name].game()
        game.load_state(*files.read_tensors(played / f"{name} by two" / "half.safetensors"))
        play(game, STEPS // 2)
    assert_equal_up_to_rounding(game.state()[0], whole)
    assert_equal_up_to_rounding(files.read_tensors(played / f"{name} by one, then two" / "whole.safetensors")[0], whole)
