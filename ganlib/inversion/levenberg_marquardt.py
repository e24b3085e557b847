"""Levenberg-Marquardt by finite differences: finds latents whose images match given pictures, by forward passes only.

Levenberg 1944, Marquardt 1963, with Broyden's rank-one update between finite differences (Broyden 1965; Madsen, Nielsen &
Tingleff 2004, section 3.5); projection into a generator's latent space is that of Zhu et al. 2016 (iGAN, arXiv:1609.03552),
section 3.1, the prior on z that of Creswell & Bharath 2016 (arXiv:1611.05644). N counts searches, K is the length of z, D the
number of values of an image (channels * height * width). Pixels are in grey levels, 0 to 255, of any float dtype.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

Draw = Callable[[np.ndarray, np.ndarray | None], np.ndarray]  # z (N, K), labels (N,) or None -> pixels (N, D)

STEP = 0.05  # of the finite differences, in units of z
COLUMNS = 16  # derivatives computed anew in each step, in turn
FACTORS = (0.1, 1.0, 10.0)  # of the damping, tried in each step
FIRST_DAMPING = 0.1  # relative to the mean of the diagonal of the normal equations' matrix
LEAST, MOST = 1e-4, 1e3  # damping
TOO_SMALL = 1e-12  # squared length of a step without information


@dataclass(frozen=True)
class Goal:
    """What N searches have to match. The cost of z is

        sum of weights * (G(z) - pixels)^2 / sum of weights + prior^2 * mean of z^2,

    in squared grey levels: at weight 1 the mean squared error of the picture, plus the prior.

    Args:
        pixels: (N, D), in grey levels.
        weights: (N, D), 0 for pixels that don't count; None: all count the same.
        prior: in grey levels; 0 for a picture as near as possible, larger for a likelier z.
        bound: largest absolute value of z, 1 for uniform latents; None for normal ones.
    """

    pixels: np.ndarray
    weights: np.ndarray | None = None
    prior: float = 0.0
    bound: float | None = None

    def of(self, chosen: np.ndarray) -> "Goal":
        """Returns the goal of the `chosen` searches, by number; a number may come repeatedly."""
        weights = None if self.weights is None else self.weights[chosen]
        return replace(self, pixels=self.pixels[chosen], weights=weights)

    def shares(self) -> np.ndarray:
        """Returns each pixel's share of the error, (N, D) or (1, 1); the shares of a picture sum to 1."""
        if self.weights is None:
            return np.full((1, 1), 1 / self.pixels.shape[1], self.pixels.dtype)
        sums = self.weights.sum(1, keepdims=True)
        return (self.weights / np.maximum(sums, np.finfo(self.weights.dtype).tiny)).astype(self.pixels.dtype)

    def errors(self, drawn: np.ndarray) -> np.ndarray:
        """Returns the root mean squared error of each `drawn` image (N, D) in grey levels, by the weights, (N,)."""
        return np.sqrt((self.shares() * (drawn - self.pixels) ** 2).sum(1))

    def costs(self, z: np.ndarray, drawn: np.ndarray) -> np.ndarray:
        """Returns the costs (N,) of z (N, K) and its images (N, D)."""
        return self.errors(drawn) ** 2 + self.prior**2 * (z**2).mean(1)


@dataclass(frozen=True)
class Search:
    """N searches after the same number of steps."""

    z: np.ndarray  # (N, K)
    labels: np.ndarray | None  # (N,)
    drawn: np.ndarray  # (N, D), the images of z
    jacobian: np.ndarray  # (N, K, D), its derivatives by z; 0 where none is known yet
    damping: np.ndarray  # (N,)
    column: int = 0  # the next derivative to be computed

    def of(self, chosen: np.ndarray) -> "Search":
        """Returns the `chosen` searches, by number."""
        labels = None if self.labels is None else self.labels[chosen]
        arrays = (self.z[chosen], labels, self.drawn[chosen], self.jacobian[chosen], self.damping[chosen])
        return Search(*arrays, self.column)


def begin(draw: Draw, z: np.ndarray, labels: np.ndarray | None) -> Search:
    """Starts a search at each z. Never start at z = 0, where the images of a generator with batch norm don't change with z."""
    drawn = draw(z, labels)
    jacobian = np.zeros((*z.shape, drawn.shape[1]), z.dtype)
    return Search(z, labels, drawn, jacobian, np.full(len(z), FIRST_DAMPING, z.dtype))


def step(draw: Draw, search: Search, goal: Goal, columns: int = COLUMNS) -> Search:
    """Returns the searches after one step, which never raises a cost: N * (`columns` + 3) forward passes.

    `columns` K computes all derivatives anew.
    """
    search = _refreshed(draw, search, min(columns, search.z.shape[1]))
    tried = _candidates(search, goal)
    n, factors, k = tried.shape
    repeated = np.repeat(np.arange(n), factors)
    labels = None if search.labels is None else search.labels[repeated]
    drawn = draw(tried.reshape(-1, k), labels)
    costs = goal.of(repeated).costs(tried.reshape(-1, k), drawn).reshape(n, factors)
    best = np.argmin(np.where(np.isfinite(costs), costs, np.inf), 1)
    each = np.arange(n)
    better = costs[each, best] < goal.costs(search.z, search.drawn)
    z, drawn = tried[each, best], drawn.reshape(n, factors, -1)[each, best]
    damping = search.damping * np.where(better, np.asarray(FACTORS)[best], FACTORS[-1]).astype(search.damping.dtype)
    return replace(
        search,
        z=np.where(better[:, None], z, search.z),
        drawn=np.where(better[:, None], drawn, search.drawn),
        jacobian=_broyden(search, z, drawn),
        damping=damping.clip(LEAST, MOST),
    )


def _refreshed(draw: Draw, search: Search, columns: int) -> Search:
    """Returns the searches with the next derivatives by forward differences: (G(z + h e_i) - G(z)) / h."""
    n, k = search.z.shape
    chosen = (search.column + np.arange(columns)) % k
    moved = np.repeat(search.z[:, None], columns, 1)
    moved[:, np.arange(columns), chosen] += STEP
    labels = None if search.labels is None else np.repeat(search.labels, columns)
    drawn = draw(moved.reshape(-1, k), labels).reshape(n, columns, -1)
    jacobian = search.jacobian.copy()
    jacobian[:, chosen] = (drawn - search.drawn[:, None]) / search.z.dtype.type(STEP)
    return replace(search, jacobian=jacobian, column=int((search.column + columns) % k))


def _candidates(search: Search, goal: Goal) -> np.ndarray:
    """Returns z after a step with each damping, (N, 3, K): (A + m mean(diag A) I) d = -b, with A = J S J' + prior^2 / K I and
    b = J S (G(z) - x) + prior^2 / K z, S the pixels' shares."""
    k = search.z.shape[1]
    shared = search.jacobian * goal.shares()[:, None]
    pull = goal.prior**2 / k
    identity = np.eye(k, dtype=search.z.dtype)
    matrix = shared @ search.jacobian.transpose(0, 2, 1) + pull * identity
    slope = (shared @ (search.drawn - goal.pixels)[:, :, None])[:, :, 0] + pull * search.z
    scale = np.maximum(np.diagonal(matrix, axis1=1, axis2=2).mean(1), np.finfo(search.z.dtype).tiny)
    damping = (search.damping * scale)[:, None] * np.asarray(FACTORS, search.z.dtype)
    damped = matrix[:, None] + damping[:, :, None, None] * identity
    moved = (
        search.z[:, None] - np.linalg.solve(damped, np.broadcast_to(slope[:, None, :, None], (*damped.shape[:3], 1)))[..., 0]
    )
    return moved if goal.bound is None else moved.clip(-goal.bound, goal.bound)


def _broyden(search: Search, z: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Returns the Jacobians corrected along the steps to z, whose images are `drawn`: J + d (y - J'd)' / d'd, y the change."""
    moved = z - search.z
    missed = drawn - search.drawn - (moved[:, None] @ search.jacobian)[:, 0]
    along = moved / np.maximum((moved**2).sum(1, keepdims=True), TOO_SMALL)
    return search.jacobian + along[:, :, None] * missed[:, None]
