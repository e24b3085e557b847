"""Where searches start: at the run's own samples that are nearest to each picture, of several labels."""

from dataclasses import dataclass

import numpy as np

from ganlib import latents
from ganlib.inversion.levenberg_marquardt import Draw, Goal, grey_levels
from ganlib.latents import Distribution

SEED = 1618  # of the samples
OTHER_LABELS = 2  # starts at least that are kept for other labels than the nearest sample's, where there are labels


@dataclass(frozen=True)
class Bank:
    """Samples of a generator."""

    z: np.ndarray  # (B, K)
    labels: np.ndarray | None  # (B,)
    drawn: np.ndarray  # (B, D), in grey levels

    @classmethod
    def of(cls, draw: Draw, num: int, dim: int, num_classes: int = 0, distribution: Distribution = "normal") -> "Bank":
        """Draws `num` samples, the labels in turn."""
        z, labels = latents.sample(num, dim, SEED, distribution), np.arange(num) % num_classes if num_classes else None
        return cls(z, labels, grey_levels(draw(z, labels)))

    def nearest(self, goal: Goal, count: int, labels: np.ndarray | None = None) -> np.ndarray:
        """Returns the numbers of the `count` nearest samples of each picture by the goal's weights, nearest first, (N, count).

        `labels` (N,) restricts each picture to samples of its label. Else, where there are labels and `count` is larger,
        OTHER_LABELS of the samples have other labels than the nearest one's.
        """
        shares = np.broadcast_to(goal.shares(), goal.pixels.shape)
        distances = shares @ (self.drawn**2).T - 2 * (shares * goal.pixels) @ self.drawn.T
        if labels is not None and self.labels is not None:
            distances = np.where(self.labels == labels[:, None], distances, np.inf)
        order = np.argsort(distances, 1, kind="stable")
        if labels is not None or self.labels is None or count <= OTHER_LABELS:
            return order[:, :count]
        same = self.labels[order] == self.labels[order[:, :1]]
        taken = ~same | (same.cumsum(1) <= count - OTHER_LABELS)
        first = np.argsort(~taken, 1, kind="stable")[:, :count]
        return np.take_along_axis(order, first, 1)
