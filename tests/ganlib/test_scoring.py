"""Tests which samples a snapshot is measured by."""

from dataclasses import replace

import numpy as np
import pytest
from conftest import TINY, shapes, shapes_in, untrained

from ganlib import evaluate, latents, scoring
from ganlib.metrics.judged import SEED
from ganlib.sampling import draw


@pytest.fixture
def rare():
    """100 pictures, of which three are of the second class."""
    return replace(shapes(100), labels=np.isin(np.arange(100), (8, 40, 77)).astype(np.int64))


def test_each_class_is_drawn_as_often_as_in_the_set(tmp_path, rare):
    run = untrained(tmp_path / "run")
    images, labels = scoring.samples(run, run.snapshot(), 100, rare)
    assert np.bincount(labels).tolist() == [97, 3]
    z = latents.sample(100, run.config.recipe.latent_dim, SEED)
    np.testing.assert_array_equal(images, draw(run.generator(run.snapshot()), z, labels))


@pytest.mark.parametrize("counts", [[1000, 1000], [200, 1], [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]])
def test_among_the_first_too(counts):
    labels = np.random.default_rng(0).permutation(np.repeat(np.arange(len(counts)), counts))
    drawn = scoring.in_proportion(labels, 10_000)
    for num in (128, 1_000, 2_048, 10_000):
        found, share = np.bincount(drawn[:num], minlength=len(counts)), np.array(counts) / sum(counts)
        assert np.abs(found - num * share).max() <= 3
    assert (scoring.in_proportion(labels, 500) == drawn[:500]).all()


def test_labels_come_in_turn_where_the_pictures_have_none(tmp_path, rare):
    run = untrained(tmp_path / "run")
    _, labels = scoring.samples(run, run.snapshot(), 5, replace(rare, labels=None, class_names=None))
    assert labels.tolist() == [0, 1, 0, 1, 0]


def test_a_generator_without_labels_gets_none(tmp_path, rare):
    run = untrained(tmp_path / "run", recipe=replace(TINY, conditional=False))
    assert scoring.samples(run, run.snapshot(), 5, rare)[1] is None


@pytest.mark.slow
def test_it_is_said_and_measures_with_labels_in_turn_are_not_kept_beside(tmp_path, capsys):
    run = untrained(tmp_path / "run")
    run.save_scores(
        {"dataset": "shapes", "num": 100}, {0: {"swd": (9.0, 100)}, 320: {"swd": (8.0, 100)}}
    )  # by a former version
    data = str(shapes_in(tmp_path / "shapes"))
    for epoch in ("0", "3.2"):
        evaluate.main([str(run.path), "--num", "100", "--metrics", "swd", "--epoch", epoch, "--dataset", data])
        assert capsys.readouterr().out.strip().endswith("training images of shapes, each class as often as there")
    found = run.scores()
    assert found["reference"]["labels"] == scoring.IN_PROPORTION
    assert [found["snapshots"][name]["swd"]["value"] in (9.0, 8.0) for name in ("000000000", "000000320")] == [False, False]
    assert "each class as often as there:" in (run.path / "README.md").read_text()
