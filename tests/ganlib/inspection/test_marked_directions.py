"""Tests directions from marked samples: in closed form, and that what agrees is told from chance."""

import numpy as np
import pytest

from ganlib import UserError
from ganlib.inspection.marked_directions import from_marks

DIM = 6


def test_the_difference_of_the_means():
    z = np.zeros((4, DIM), np.float32)
    z[:2, 1], z[2:, 1], z[[0, 2], 3] = 2, -1, 5
    found = from_marks(z[:2], z[2:])
    assert found.step == pytest.approx(np.eye(DIM)[1])
    assert (found.more, found.less) == (2, 2)


def test_ridge_regression_of_the_mark_goes_into_the_same_direction():
    z = np.random.default_rng(0).standard_normal((9, DIM))
    mark = np.array([1.0] * 4 + [-1.0] * 5)
    inputs, targets = z - z.mean(0), mark - mark.mean()
    ridge = np.linalg.solve(inputs.T @ inputs + 1e9 * np.eye(DIM), inputs.T @ targets)
    assert from_marks(z[:4], z[4:]).step == pytest.approx(ridge / np.linalg.norm(ridge), abs=1e-6)


def test_pairs_that_are_left_out_tell_agreement_from_chance():
    rng = np.random.default_rng(0)
    apart, orders = 4 * np.eye(DIM)[2], []
    z = rng.standard_normal((12, DIM))
    assert from_marks(z[:6] + apart, z[6:] - apart).right == 36
    for _ in range(200):
        z = rng.standard_normal((8, 64))
        orders.append(from_marks(z[:3], z[3:]).right / 15)
    assert np.mean(orders) == pytest.approx(0.5, abs=0.06)
    assert from_marks(z[:1], z[1:]).right is None


def test_marks_that_tell_nothing():
    z = np.ones((2, DIM))
    for more, less in ((z, z[:0]), (z[:0], z)):
        with pytest.raises(UserError, match="both kinds"):
            from_marks(more, less)
    with pytest.raises(UserError, match="the same"):
        from_marks(z[:1], z[1:])
