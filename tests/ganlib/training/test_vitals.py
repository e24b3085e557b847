"""Tests the vitals of a training on samples with a known relation to the training pictures."""

import numpy as np
import pytest

from ganlib.metrics.vitals import SAMPLES, Vitals

RNG = np.random.default_rng(0)
PICTURES = RNG.integers(0, 256, (400, 1, 12, 12), np.uint8)


def test_samples_like_real_pictures():
    vitals = Vitals(PICTURES)
    found = vitals.of(RNG.integers(0, 256, (vitals.num, 1, 12, 12), np.uint8))
    assert vitals.num == SAMPLES and found == pytest.approx({"diversity": 1, "apart": 1, "nearest": 1}, abs=0.02)


def test_a_single_picture():
    found = Vitals(PICTURES).of(np.repeat(RNG.integers(0, 256, (1, 1, 12, 12), np.uint8), SAMPLES, 0))
    assert found == pytest.approx({"diversity": 0, "apart": 0, "nearest": 1}, abs=0.1)


def test_few_but_different_pictures():
    found = Vitals(PICTURES).of(np.tile(RNG.integers(0, 256, (8, 1, 12, 12), np.uint8), (SAMPLES // 8, 1, 1, 1)))
    assert found["diversity"] > 0.8 and found["apart"] < 0.01


@pytest.mark.parametrize("flip", [False, True])
def test_training_pictures(flip):
    vitals = Vitals(PICTURES, flip)
    repeated = PICTURES[RNG.permutation(len(PICTURES))[:SAMPLES]]
    found = vitals.of(repeated[..., ::-1] if flip else repeated)
    assert found["nearest"] == pytest.approx(0, abs=1e-3) and found["diversity"] == pytest.approx(1, abs=0.05)


def test_what_cannot_be_compared_is_left_out():
    assert Vitals(PICTURES[:4]).of(PICTURES[:4]) == {}
    assert Vitals(np.repeat(PICTURES[:1], 50, 0)).of(PICTURES[:50]) == {}
    pairs = np.repeat(PICTURES[:25], 2, 0)  # each picture twice: the nearest other has distance 0
    assert Vitals(pairs).of(PICTURES[:50]).keys() == {"diversity"}
