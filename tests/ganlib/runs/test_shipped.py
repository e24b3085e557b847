"""Tests the shipped runs: their contents, and the quality of the digits."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from ganlib import datasets, latents, sample, scoring
from ganlib.metrics import least_apart
from ganlib.runs.run import Run

CHECKPOINTS = Path(__file__).parents[3] / "checkpoints"
RUNS = ("mnist", "anime-faces")


@pytest.fixture(scope="module")
def run():
    return Run.open(CHECKPOINTS / "mnist")


def test_files_are_small():
    files = [path for name in RUNS for path in (CHECKPOINTS / name).rglob("*") if path.is_file()]
    sizes = [path.stat().st_size for path in files if path.name != "state.safetensors"]
    assert max(sizes) < 10_000_000
    assert sum(sizes) < 120_000_000


@pytest.mark.parametrize("name", RUNS)
def test_a_run_is_complete(name):
    run = Run.open(CHECKPOINTS / name)
    assert len(run.snapshots()) >= 8
    assert run.snapshots()[0].images == 0
    assert run.config.weights_dtype == "float16"
    assert [path.stem for path in sorted(run.path.glob("grids/*.webp"))] == [s.path.stem for s in run.snapshots()]


@pytest.mark.slow
@pytest.mark.parametrize("name", RUNS)
def test_every_snapshot_opens_and_differs_from_the_last(name):
    run = Run.open(CHECKPOINTS / name)
    z, labels = latents.sample(10, run.config.recipe.latent_dim, 0), sample.labels_for(run.config, 10, None)
    images = [sample.draw(run.generator(snapshot), z, labels).astype(int) for snapshot in run.snapshots()]
    assert all(abs(before - after).mean() > 1 for before, after in itertools.pairwise(images))
    assert run.discriminator().num_classes == run.config.num_classes


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("mnist", ("cc-by-sa-3.0", "python train.py --dataset mnist")),
        ("anime-faces", ("crawled from the web by their collector, no licence stated", "--dataset anime-faces-96.zip")),
        ("anime-faces-green", ("benchmarks/green_hair.py", "no licence stated", "--init-from checkpoints/anime-faces")),
    ],
)
def test_card_says_how_it_was_made(name, words):
    run = Run.open(CHECKPOINTS / name)
    card = (run.path / "README.md").read_text()
    for word in (*words, "Hardware", "Time", f"{run.snapshot().images:,}"):
        assert word in card


def test_no_two_of_64_faces_are_alike():
    run = Run.open(CHECKPOINTS / "anime-faces")
    faces = sample.draw(run.generator(), latents.sample(64, run.config.recipe.latent_dim, scoring.SEED))
    assert least_apart(faces) > 25  # grey levels, root mean square; of 64 pictures of the set the nearest two are 48 apart


def test_the_child_of_the_faces_draws_those_of_its_parent_with_green_hair():
    parent, child = (Run.open(CHECKPOINTS / name) for name in ("anime-faces", "anime-faces-green"))
    assert child.config.parent_lineage == child.config.lineage == parent.config.lineage
    z = latents.sample(32, parent.config.recipe.latent_dim, scoring.SEED)
    before, after = (sample.draw(run.generator(), z) for run in (parent, child))
    red, green, blue = np.stack([images[:, :, :21, 16:48].mean((2, 3)) for images in (before, after)]).transpose(2, 0, 1)
    greener = green - np.maximum(red, blue)
    assert np.median(greener[0]) < 0 < np.quantile(greener[1], 0.1)
    assert np.corrcoef(before.mean((1, 2, 3)), after.mean((1, 2, 3)))[0, 1] > 0.5  # light stays light, dark stays dark


@pytest.mark.slow
def test_no_two_samples_of_a_class_are_alike(run):
    images, labels = scoring.samples(run, run.snapshot(), 5_000, datasets.load("mnist"))
    for label in range(10):
        assert least_apart(images[labels == label]) > 5  # grey levels, root mean square; two real ones are 9.6 apart


@pytest.mark.slow
def test_quality(run):
    data, digits = scoring.Data.of(run), ["digits"]
    scores = scoring.score(run, run.snapshot(), data, digits, 5_000)
    real = scoring.score_real(run, data, digits, 5_000)
    assert real["agreement"][0] >= 0.993 and scores["agreement"][0] >= 0.994
    assert scores["digit_distance"][0] <= 1.5 * real["digit_distance"][0]
    assert scores["balance"][0] > 0.999
