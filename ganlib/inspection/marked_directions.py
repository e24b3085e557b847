"""A direction of the latent from a few marked samples: "more like these, less like those".

The difference of the means of both kinds, which is Fisher's linear discriminant (1936, Annals of Eugenics 7(2)) for latents
whose covariance is that of white noise. A few marks can't tell more: ridge regression of the mark on z (Hoerl and Kennard 1970,
Technometrics 12(1)) goes into the same direction as its penalty grows.
"""

from dataclasses import dataclass

import numpy as np

from ganlib import UserError

LEAST = 1e-9  # length of a difference; a shorter one is rounding


@dataclass(frozen=True)
class MarkedDirection:
    """The step from the samples to be less like to those to be more like."""

    step: np.ndarray  # float64 (dim,), of length 1
    more: int  # samples of either kind
    less: int
    right: int | None  # how many of the more * less pairs stand in order when left out; None where a kind has one sample


def from_marks(more: np.ndarray, less: np.ndarray) -> MarkedDirection:
    """Returns the direction from latents `less` (M, dim) toward latents `more` (N, dim).

    Raises UserError unless there are both kinds and their means differ.
    """
    if not len(more) or not len(less):
        raise UserError("Mark samples of both kinds: some to be more like, and some to be less like.")
    difference = more.mean(0, dtype=np.float64) - less.mean(0, dtype=np.float64)
    if (length := np.linalg.norm(difference)) < LEAST:
        raise UserError("The marked samples are the same; mark different ones.")
    right = None if min(len(more), len(less)) < 2 else _in_order(more, less)
    return MarkedDirection(difference / length, len(more), len(less), right)


def _in_order(more: np.ndarray, less: np.ndarray) -> int:
    """Returns how many pairs of a latent of either kind stand in order along the direction of the other latents.

    Leave-pair-out cross-validation (Airola et al. 2011, Computational Statistics & Data Analysis 55(4)); chance is right half
    the time.
    """
    (above, above_rest), (below, below_rest) = _with_rest(more), _with_rest(less)
    own = (above * above_rest).sum(1)[:, None] + (below * below_rest).sum(1)
    return int((own > above_rest @ below.T + above @ below_rest.T).sum())


def _with_rest(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns latents (N, dim) and for each the mean of the others."""
    exact = z.astype(np.float64)
    return exact, (exact.sum(0) - exact) / (len(z) - 1)
