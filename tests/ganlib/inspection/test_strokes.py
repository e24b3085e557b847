"""Tests the measures of strokes against drawn bars, discs and rings, whose values are known."""

import numpy as np
import pytest

from ganlib import datasets
from ganlib.inspection.strokes import SCALE, lengths, loops, mean_distances, stroke_measures, thinned

SIZE = 28
FINE = 8  # subpixels along a side


def picture(inside):
    """Returns the antialiased picture, uint8 (1, 1, SIZE, SIZE), of where `inside(x, y)` holds, in pixels from the centre."""
    at = (np.arange(SIZE * FINE) + 0.5) / FINE - SIZE / 2
    fine = inside(at[None, :], at[:, None]).astype(float)
    coarse = fine.reshape(SIZE, FINE, SIZE, FINE).mean((1, 3))
    return np.rint(255 * coarse).astype(np.uint8)[None, None]


def bar(length, thickness, degrees=0.0):
    """A vertical bar, sheared to the right by an angle."""
    shear = np.tan(np.radians(degrees))
    return picture(lambda x, y: (np.abs(y) < length / 2) & (np.abs(x + shear * y) < thickness / 2))


def measure(images):
    return {name: values[0] for name, values in stroke_measures(images).items()}


@pytest.mark.parametrize("degrees", [-30, -10, 0, 15, 35])
def test_slant_is_the_angle_of_the_shear(degrees):
    found = measure(bar(18, 4, degrees))
    assert found["slant"] == pytest.approx(degrees, abs=0.3)
    assert found["width"] == pytest.approx(
        4, abs=1.5
    )  # pixels are smeared by one at each side; along the shear: the same whatever the slant
    assert found["height"] == pytest.approx(18, abs=0.5)


@pytest.mark.parametrize("thickness", [2, 3, 4, 5])
def test_thickness_of_a_bar(thickness):
    assert measure(bar(18, thickness))["thickness"] == pytest.approx(thickness, abs=0.5)


@pytest.mark.parametrize("length", [8, 14, 20])
def test_the_length_of_a_bar_is_that_of_its_skeleton(length):
    found = measure(bar(length, 2))
    assert found["length"] == pytest.approx(length - 2, abs=1)  # from the middle of one end to that of the other
    assert found["loops"] == 0


def test_a_ring_has_the_length_of_its_middle_and_one_loop():
    found = measure(picture(lambda x, y: np.abs(np.hypot(x, y) - 8) < 1.5))
    assert found["length"] == pytest.approx(2 * np.pi * 8, rel=0.08)  # steps on a grid are longer than the arc
    assert found["thickness"] == pytest.approx(3, abs=0.5)
    assert found["width"] == pytest.approx(19, abs=1)
    assert found["loops"] == 1


def test_loops_of_an_eight_and_of_two_bars():
    rings = picture(lambda x, y: (np.abs(np.hypot(x, y - 5) - 5) < 1) | (np.abs(np.hypot(x, y + 5) - 5) < 1))
    bars = picture(lambda x, y: (np.abs(np.abs(x) - 6) < 1.5) & (np.abs(y) < 8))
    assert [measure(rings)["loops"], measure(bars)["loops"]] == [2, -1]


def test_a_picture_without_strokes_measures_zero():
    empty = np.full((2, 1, SIZE, SIZE), [[[[0]]], [[[9]]]], np.uint8)
    assert all((values == 0).all() and values.shape == (2,) for values in stroke_measures(empty).values())


def test_skeletons_are_thin_and_keep_the_topology():
    """Of real digits: no 2 x 2 block is left, the Euler number stays, and thinning again changes nothing."""
    digits = datasets.load("mnist", SIZE, 1, split="test").images[:40]
    masks = np.pad(digits[:, 0] > 127, ((0, 0), (1, 1), (1, 1)))
    skeletons = thinned(masks)
    blocks = skeletons[:, 1:, 1:] & skeletons[:, :-1, 1:] & skeletons[:, 1:, :-1] & skeletons[:, :-1, :-1]
    assert (skeletons <= masks).all() and not blocks.any()
    assert np.array_equal(loops(skeletons), loops(masks))
    assert np.array_equal(thinned(skeletons), skeletons)


def test_distances_are_euclidean():
    """Against the distance to every background pixel."""
    masks = np.zeros((2, 12, 15), bool)
    masks[:, 1:-1, 1:-1] = np.random.default_rng(0).random((2, 10, 13)) < 0.9
    for mask, mean in zip(masks, mean_distances(masks, masks), strict=True):
        inside, outside = np.argwhere(mask), np.argwhere(~mask)
        nearest = np.linalg.norm(inside[:, None] - outside, axis=2).min(1)
        assert mean == pytest.approx(nearest.mean(), rel=1e-12)


def test_length_of_a_staircase_counts_no_corner_twice():
    path = np.zeros((1, 6, 6), bool)
    path[0, [1, 1, 2, 3, 4], [1, 2, 2, 3, 4]] = True  # right, down, then two diagonals
    assert lengths(path)[0] == pytest.approx(2 + 2 * np.sqrt(2))


def test_a_batch_measures_each_picture_as_alone():
    images = np.concatenate([bar(10 + i % 9, 2 + i % 3, i % 20) for i in range(70)])  # more than one batch of enlarged pictures
    together = stroke_measures(images)
    for i in (0, 37, 69):
        alone = measure(images[i : i + 1])
        assert all(together[name][i] == pytest.approx(value, abs=1e-9) for name, value in alone.items())
    assert SCALE == 4  # Morpho-MNIST's
