"""The digits that ship: what the run holds, and how good 10,000 samples of it are.

python -m pytest tests/ganlib/test_shipped.py -s      # prints the figures
"""

import itertools
from pathlib import Path

import numpy as np
import pytest

from benchmarks.quality import NUM, Judge, frechet_distance, samples
from ganlib import latents, sample
from ganlib.runs import Run

CHECKPOINTS = Path(__file__).parents[2] / "checkpoints"
EACH = NUM // 10  # samples of a class


@pytest.fixture(scope="module")
def run():
    return Run.open(CHECKPOINTS / "mnist")


def test_files_are_small_and_complete(run):
    files = [path for path in CHECKPOINTS.rglob("*") if path.is_file() and path.name != "state.safetensors"]
    assert max(path.stat().st_size for path in files) < 10_000_000
    assert sum(path.stat().st_size for path in files) < 120_000_000
    assert len(run.snapshots()) >= 8
    assert run.snapshots()[0].images == 0
    assert run.config.weights_dtype == "float16"
    assert [path.stem for path in sorted(run.path.glob("grids/*.webp"))] == [s.path.stem for s in run.snapshots()]


def test_every_snapshot_opens_and_differs_from_the_last(run):
    z, labels = latents.sample(10, run.config.recipe.latent_dim, 0), np.arange(10)
    images = [sample.draw(run.generator(snapshot), z, labels).astype(int) for snapshot in run.snapshots()]
    assert all(abs(before - after).mean() > 1 for before, after in itertools.pairwise(images))
    assert run.discriminator().num_classes == 10


def test_card_says_how_it_was_made(run):
    card = (run.path / "README.md").read_text()
    for word in ("cc-by-sa-3.0", "python train.py --dataset mnist", "Hardware", "Time", f"{run.snapshot().images:,}"):
        assert word in card


def test_no_two_samples_of_a_class_are_alike(run):
    images, labels = samples(run, run.snapshot())
    for label in range(10):
        some = images[labels == label].reshape(EACH, -1).astype(np.float64)
        squares = (some**2).sum(1)
        distances = squares[:, None] + squares - 2 * some @ some.T + np.diag(np.full(EACH, np.inf))
        assert np.sqrt(distances.min() / 784) > 5  # grey levels, root mean square; two real ones are 9.6 apart


@pytest.mark.slow
def test_quality(run):
    judge = Judge()
    agreement, distance = judge.scores(run, run.snapshot())
    assert judge.accuracy >= 0.99
    assert agreement >= 0.98
    assert distance <= 2 * judge.floor


def test_frechet_distance_of_gaussians():
    """Between N(0, 1) and N(3, 4) in each of five dimensions: 5 (9 + (2 - 1)^2)."""
    rng = np.random.default_rng(0)
    a, b = rng.normal(0, 1, (200_000, 5)), rng.normal(3, 2, (200_000, 5))
    assert frechet_distance(a, b) == pytest.approx(50, rel=0.01)
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-6)
