"""Tests the pictures and weights of a drag, and that the latent follows them."""

import numpy as np

from ganlib.inversion.editing import HEAVY, LIGHT, dragged, followed
from ganlib.inversion.levenberg_marquardt import Goal, grey_levels


def test_a_patch_is_taken_along_and_what_it_leaves_is_free():
    image = np.arange(100, dtype=np.uint8).reshape(1, 10, 10)
    pixels, weights = dragged(image, [(2, 3, 6, 4)], 0.5)
    assert pixels[0, 4, 6] == image[0, 3, 2] and weights[0, 4, 6] == HEAVY
    assert weights[0, 3, 2] == 0 and weights[0, 0, 0] == LIGHT
    assert (np.delete(pixels.ravel(), 46) == np.delete(image.ravel(), 46)).all()


def test_a_target_outside_asks_for_nothing():
    image = np.zeros((3, 8, 8), np.uint8)
    _, weights = dragged(image, [(1, 1, 20, 1)], 1)
    assert weights.max() == LIGHT and (weights == 0).sum() == 3 * 5


def test_a_latent_follows_a_drag():
    """A generator that draws a bright blob at z: dragging it moves z by as much."""
    y, x = np.mgrid[:16, :16]

    def draw(z, labels):
        away = (x - z[:, :1, None]) ** 2 + (y - z[:, 1:2, None]) ** 2
        return np.arctanh((1.98 * np.exp(-away / 8) - 0.99).reshape(len(z), -1))

    z = np.array([[5.0, 6.0]])
    image = np.rint(grey_levels(draw(z, None))).astype(np.uint8).reshape(1, 16, 16)
    pixels, weights = dragged(image, [(5, 6, 8, 8)], 4)
    goal = Goal(pixels.reshape(1, -1).astype(float), weights.reshape(1, -1).astype(float))
    assert np.allclose(followed(draw, z, None, goal).z, [[8, 8]], atol=0.3)
