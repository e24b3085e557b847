"""Levenberg-Marquardt by finite differences: finds latents whose images match given pictures, by forward passes only.

Levenberg 1944, Marquardt 1963, with Broyden's update between finite differences (Broyden 1965; Madsen, Nielsen & Tingleff
2004, section 3.5) by all secants of a step at once (Schnabel 1983, multiple secant equations). Projection into a generator's
latent space is that of Zhu et al. 2016 (iGAN, arXiv:1609.03552), section 3.1, the prior on z that of Creswell & Bharath 2016
(arXiv:1611.05644). N counts searches, K is the length of z, D the number of values of an image (channels * height * width).
Pixels are in grey levels, 0 to 255, of any float dtype.

A search sees the values u of an image before the generator's tanh. Where u is -30, as on the ground of a digit, the pixel does
not change with z, so that a stroke that is missing there has no slope. The `softness` s, from large to 1, compares tanh(u / s)
instead: a continuation (Allgower & Georg 1990) from a smoother problem to the plain one.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

Draw = Callable[[np.ndarray, np.ndarray | None], np.ndarray]  # z (N, K), labels (N,) or None -> values before tanh (N, D)

PRIOR = 1.0  # grey levels, as a rule: as near as possible, but of two latents equally near the likelier one
STEP = 0.05  # of the finite differences, in units of z
COLUMNS = 16  # derivatives computed anew in each step, in turn
FACTORS = (0.1, 1.0, 10.0)  # of the damping, tried in each step
FAILED = 3.0  # the damping's factor where none of them lowers the cost; derivatives of earlier steps may be the cause
FIRST_DAMPING = 0.1  # relative to the mean of the diagonal of the normal equations' matrix
LEAST, MOST = 1e-4, 10.0  # damping
ALIKE = 1e-3  # relative to the mean squared length of a step's secants, what is added so that parallel ones can be told apart
TOO_SMALL = 1e-12  # squared length of secants without information
LEVELS = 127.5  # grey levels of a unit of tanh
FULL = 0.99  # of the range of tanh, from which on a pixel is white, and below its negative black; farther is as good


def grey_levels(values: np.ndarray) -> np.ndarray:
    """Returns the pixels of values before tanh."""
    return LEVELS * (np.tanh(values) + 1)


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

    def within(self, z: np.ndarray) -> np.ndarray:
        """Returns the nearest z within the bound."""
        return z if self.bound is None else z.clip(-self.bound, self.bound)

    def shares(self) -> np.ndarray:
        """Returns each pixel's share of the error, (N, D) or (1, 1); the shares of a picture sum to 1."""
        if self.weights is None:
            return np.full((1, 1), 1 / self.pixels.shape[1], self.pixels.dtype)
        sums = self.weights.sum(1, keepdims=True)
        return (self.weights / np.maximum(sums, np.finfo(self.weights.dtype).tiny)).astype(self.pixels.dtype)

    def residuals(self, values: np.ndarray, softness: float = 1.0) -> np.ndarray:
        """Returns how far `values` before tanh (N, D) are from the pixels, in grey levels: G(z) - x at softness 1. Softened,
        127.5 (tanh(u / s) - tanh(t / s)) with t of the pixel; 0 where a white or black pixel is as white or black as that."""
        if softness == 1:
            return grey_levels(values) - self.pixels
        apart = LEVELS * (np.tanh(values / softness) - np.tanh(self._aims() / softness))
        return np.where(self._reached(values), 0, apart)

    def slopes(self, values: np.ndarray, softness: float = 1.0) -> np.ndarray:
        """Returns the derivatives of the residuals by the values before tanh, (N, D)."""
        slopes = LEVELS / softness * (1 - np.tanh(values / softness) ** 2)
        return slopes if softness == 1 else np.where(self._reached(values), 0, slopes)

    def _aims(self) -> np.ndarray:
        return np.arctanh((self.pixels / LEVELS - 1).clip(-FULL, FULL))

    def _reached(self, values: np.ndarray) -> np.ndarray:
        wanted = self.pixels / LEVELS - 1
        return ((wanted <= -FULL) & (values < self._aims())) | ((wanted >= FULL) & (values > self._aims()))

    def errors(self, values: np.ndarray, softness: float = 1.0) -> np.ndarray:
        """Returns the root mean squared residual of each image in grey levels, by the weights, (N,)."""
        return np.sqrt((self.shares() * self.residuals(values, softness) ** 2).sum(1))

    def costs(self, z: np.ndarray, values: np.ndarray, softness: float = 1.0) -> np.ndarray:
        """Returns the costs (N,) of z (N, K) with these values before tanh (N, D)."""
        return self.errors(values, softness) ** 2 + self.prior**2 * (z**2).mean(1)


@dataclass(frozen=True)
class Search:
    """N searches after the same number of steps."""

    z: np.ndarray  # (N, K)
    labels: np.ndarray | None  # (N,)
    values: np.ndarray  # (N, D), the images of z before tanh
    jacobian: np.ndarray  # (N, K, D), their derivatives by z; 0 where none is known yet
    damping: np.ndarray  # (N,)
    column: int = 0  # the next derivative to be computed

    def of(self, chosen: np.ndarray) -> "Search":
        """Returns the `chosen` searches, by number."""
        labels = None if self.labels is None else self.labels[chosen]
        arrays = (self.z[chosen], labels, self.values[chosen], self.jacobian[chosen], self.damping[chosen])
        return Search(*arrays, self.column)

    def replaced(self, chosen: np.ndarray, others: "Search") -> "Search":
        """Returns the searches with z and values of `others` in the place of the `chosen` ones."""
        z, values = self.z.copy(), self.values.copy()
        z[chosen], values[chosen] = others.z, others.values
        return replace(self, z=z, values=values)


def begin(draw: Draw, z: np.ndarray, labels: np.ndarray | None) -> Search:
    """Starts a search at each z. Never start at z = 0, where the images of a generator with batch norm don't change with z."""
    values = draw(z, labels)
    jacobian = np.zeros((*z.shape, values.shape[1]), z.dtype)
    return Search(z, labels, values, jacobian, np.full(len(z), FIRST_DAMPING, z.dtype))


def step(draw: Draw, search: Search, goal: Goal, softness: float = 1.0, columns: int = COLUMNS) -> Search:
    """Returns the searches after one step, which never raises a cost at its softness: N * (`columns` + 3) forward passes.

    `columns` K computes all derivatives anew.
    """
    search = _refreshed(draw, search, min(columns, search.z.shape[1]))
    tried = _candidates(search, goal, softness)
    n, factors, k = tried.shape
    repeated = np.repeat(np.arange(n), factors)
    labels = None if search.labels is None else search.labels[repeated]
    values = draw(tried.reshape(-1, k), labels)
    costs = goal.of(repeated).costs(tried.reshape(-1, k), values, softness).reshape(n, factors)
    best = np.argmin(np.where(np.isfinite(costs), costs, np.inf), 1)
    each = np.arange(n)
    better = costs[each, best] < goal.costs(search.z, search.values, softness)
    values = values.reshape(n, factors, -1)
    damping = search.damping * np.where(better, np.asarray(FACTORS)[best], FAILED).astype(search.damping.dtype)
    return replace(
        search,
        z=np.where(better[:, None], tried[each, best], search.z),
        values=np.where(better[:, None], values[each, best], search.values),
        jacobian=_updated(search, tried, values),
        damping=damping.clip(LEAST, MOST),
    )


def _refreshed(draw: Draw, search: Search, columns: int) -> Search:
    """Returns the searches with the next derivatives by forward differences: (u(z + h e_i) - u(z)) / h."""
    n, k = search.z.shape
    chosen = (search.column + np.arange(columns)) % k
    moved = np.repeat(search.z[:, None], columns, 1)
    moved[:, np.arange(columns), chosen] += STEP
    labels = None if search.labels is None else np.repeat(search.labels, columns)
    values = draw(moved.reshape(-1, k), labels).reshape(n, columns, -1)
    jacobian = search.jacobian.copy()
    jacobian[:, chosen] = (values - search.values[:, None]) / search.z.dtype.type(STEP)
    return replace(search, jacobian=jacobian, column=int((search.column + columns) % k))


def _candidates(search: Search, goal: Goal, softness: float) -> np.ndarray:
    """Returns z after a step with each damping, (N, 3, K): (A + m mean(diag A) I) d = -b, with A = J S J' + prior^2 / K I and
    b = J S r + prior^2 / K z, r the residuals, J their derivatives and S the pixels' shares."""
    k = search.z.shape[1]
    scale = np.sqrt(goal.shares())
    scaled = search.jacobian * (scale * goal.slopes(search.values, softness))[:, None]
    pull = goal.prior**2 / k
    identity = np.eye(k, dtype=search.z.dtype)
    matrix = scaled @ scaled.transpose(0, 2, 1) + pull * identity
    slope = (scaled @ (scale * goal.residuals(search.values, softness))[:, :, None])[:, :, 0] + pull * search.z
    mean = np.maximum(np.diagonal(matrix, axis1=1, axis2=2).mean(1), np.finfo(search.z.dtype).tiny)
    damping = (search.damping * mean)[:, None] * np.asarray(FACTORS, search.z.dtype)
    damped = matrix[:, None] + damping[:, :, None, None] * identity
    moved = (
        search.z[:, None] - np.linalg.solve(damped, np.broadcast_to(slope[:, None, :, None], (*damped.shape[:3], 1)))[..., 0]
    )
    return goal.within(moved)


def _updated(search: Search, tried: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Returns the Jacobians with the least change that makes them tell what the steps to `tried` (N, 3, K) have changed, where
    `values` (N, 3, D) are: J + T' (T T' + e I)^-1 (Y - T J), T the steps and Y the changes."""
    moved = tried - search.z[:, None]
    missed = values - search.values[:, None] - moved @ search.jacobian
    products = moved @ moved.transpose(0, 2, 1)
    alike = np.maximum(ALIKE * np.diagonal(products, axis1=1, axis2=2).mean(1), TOO_SMALL)
    told = np.linalg.solve(products + alike[:, None, None] * np.eye(moved.shape[1], dtype=moved.dtype), missed)
    return search.jacobian + moved.transpose(0, 2, 1) @ told
