"""Tests the pictures and weights of a drag, and that the latent follows them."""

import numpy as np

from ganlib.inversion.editing import HEAVY, LIGHT, dragged, followed, proposed
from ganlib.inversion.levenberg_marquardt import Goal, grey_levels
from ganlib.inversion.starts import Bank


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


def test_what_may_not_move_is_neither_dragged_nor_covered():
    image, movable = np.arange(64, dtype=np.uint8).reshape(1, 8, 8), np.zeros((8, 8), bool)
    movable[:, :4] = True
    pixels, weights = dragged(image, [(3, 4, 3, 2), (6, 4, 1, 4)], 1, movable)
    assert (pixels[0, :, 4:] == image[0, :, 4:]).all() and (weights[0, :, 4:] == HEAVY).all()
    assert pixels[0, 2, 3] == image[0, 4, 3] and weights[0, 2, 3] == HEAVY  # the movable half of the first disc went along
    assert weights[0, 4, 3] == 0 and weights[0, 4, 1] == LIGHT  # the second disc may not move


def draw(z, labels):
    """A generator that draws a bright blob at z, a wide one for label 1."""
    y, x = np.mgrid[:16, :16]
    away = (x - z[:, :1, None]) ** 2 + (y - z[:, 1:2, None]) ** 2
    wide = np.where(np.zeros(len(z)) if labels is None else labels, 32, 8)[:, None, None]
    return np.arctanh((1.98 * np.exp(-away / wide) - 0.99).reshape(len(z), -1))


def test_a_painted_picture_gets_proposals_from_here_and_from_samples():
    grid = np.mgrid[4:12:2, 4:12:2].reshape(2, -1).T.astype(float)
    z, labels = np.concatenate([grid, grid]), np.repeat([0, 1], len(grid))
    bank = Bank(z, labels, grey_levels(draw(z, labels)))
    goal = Goal(grey_levels(draw(np.array([[8.5, 7.0]]), np.array([0]))), None, 1.0)
    found = proposed(draw, np.array([[6.0, 6.0]]), np.array([0]), goal, bank)
    assert found.labels.tolist() == [0, 0, 0, 1]
    assert np.allclose(found.z[[0, 2]], [[8.5, 7]], atol=0.05)
    assert (found.z[1] ** 2).sum() < (found.z[0] ** 2).sum() and found.errors[1] > found.errors[0]
    without = proposed(draw, np.array([[6.0, 6.0]]), None, goal, Bank(z, None, bank.drawn))
    assert without.labels is None and len(without.z) == 4


def test_a_latent_follows_a_drag():
    """Dragging the blob moves z by as much."""
    z = np.array([[5.0, 6.0]])
    image = np.rint(grey_levels(draw(z, None))).astype(np.uint8).reshape(1, 16, 16)
    pixels, weights = dragged(image, [(5, 6, 8, 8)], 4)
    goal = Goal(pixels.reshape(1, -1).astype(float), weights.reshape(1, -1).astype(float))
    assert np.allclose(followed(draw, z, None, goal).z, [[8, 8]], atol=0.3)
