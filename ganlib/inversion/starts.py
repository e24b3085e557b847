"""Where searches start: at the run's own samples that are nearest to each picture, and between them.

The samples' combination that is nearest to a picture is that of locally linear embedding (Roweis & Saul 2000); how far it is
from the picture tells the likeliest label, as nearest feature spaces do (Li & Lu 1999).
"""

from dataclasses import dataclass

import numpy as np

from ganlib import latents
from ganlib.inversion.levenberg_marquardt import Draw, Goal, grey_levels
from ganlib.latents import Distribution

SEED = 1618  # of the samples
NEIGHBOURS = 64  # samples of a label that are combined, at most
RIDGE = 0.03  # of their weights, relative to the mean of the diagonal


@dataclass(frozen=True)
class Starts:
    """S latents for each of N pictures, the most promising first."""

    z: np.ndarray  # (N, S, K)
    labels: np.ndarray | None  # (N, S)
    apart: np.ndarray  # (N,) how far the mixture of samples of the first is from the picture, in grey levels

    def of(self, chosen: np.ndarray) -> "Starts":
        """Returns those of the `chosen` pictures, by number."""
        return Starts(self.z[chosen], None if self.labels is None else self.labels[chosen], self.apart[chosen])

    def numbered(self, number: int) -> tuple[np.ndarray, np.ndarray | None]:
        """Returns the start of this number of each picture: z (N, K) and the labels (N,)."""
        return self.z[:, number], None if self.labels is None else self.labels[:, number]


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

    def starts(self, goal: Goal, labels: np.ndarray | None = None) -> Starts:
        """Returns three starts for each picture: the combination of the nearest samples of its likeliest label, that of the
        next label, and the nearest sample of the likeliest. Without labels, or where `labels` (N,) are given: the combination
        of the nearest samples, and the nearest two."""
        near = self._nearest_of_each_label(goal)
        names = np.broadcast_to(np.arange(near.shape[1]), near.shape[:2])
        if labels is not None and self.labels is not None:
            near, names = near[np.arange(len(labels)), labels][:, None], labels[:, None]
        combined, apart = self._combined(goal, near)
        order = np.argsort(apart, 1, kind="stable")[:, :2]
        each = np.arange(len(order))[:, None]
        samples = self.z[near[each[:, 0], order[:, 0], :2]]
        z = np.concatenate([combined[each, order], samples], 1)[:, :3]
        places = np.concatenate([order, order[:, :1], order[:, :1]], 1)[:, : z.shape[1]]
        return Starts(z, None if self.labels is None else names[each, places], apart.min(1))

    def nearest(self, goal: Goal, count: int) -> np.ndarray:
        """Returns the numbers of each picture's `count` nearest samples by the goal's weights, nearest first, (N, count)."""
        return np.argsort(self._distances(goal), 1, kind="stable")[:, :count]

    def around(self, goal: Goal, label: int | None) -> np.ndarray:
        """Returns the numbers of the samples nearest to the goal's only picture: that of `label` and that of any other label,
        where there are such; without labels the two nearest."""
        order = self.nearest(goal, len(self.z))[0]
        if self.labels is None:
            return order[:2]
        same = self.labels[order] == label
        return np.concatenate([order[same][:1], order[~same][:1]])

    def _distances(self, goal: Goal) -> np.ndarray:
        """Returns the squared distances of each picture from the samples by the goal's weights, up to a constant for each."""
        shares = np.broadcast_to(goal.shares(), goal.pixels.shape)
        return shares @ (self.drawn**2).T - 2 * (shares * goal.pixels) @ self.drawn.T

    def _nearest_of_each_label(self, goal: Goal) -> np.ndarray:
        """Returns the numbers of the nearest samples of each label, (N, labels, M), nearest first; without labels of all."""
        distances = self._distances(goal)
        kinds = np.zeros(len(self.z), int) if self.labels is None else self.labels
        members = [np.flatnonzero(kinds == kind) for kind in range(kinds.max() + 1)]
        count = min([NEIGHBOURS, *map(len, members)])
        order = [of[np.argsort(distances[:, of], 1, kind="stable")[:, :count]] for of in members]
        return np.stack(order, 1)

    def _combined(self, goal: Goal, near: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Returns the latents of the combinations of the samples `near` (N, C, M), (N, C, K), and how far these combinations of
        images are from the pictures, (N, C). Their weights w, of sum 1, make sum_i p_i (w'X - x)_i^2 + ridge |w|^2 least."""
        scale, ridge = np.sqrt(goal.shares()), np.eye(near.shape[2], dtype=self.z.dtype)
        found, apart = [], []
        for numbers in near.transpose(1, 0, 2):
            off = (self.drawn[numbers] - goal.pixels[:, None]) * scale[:, None]
            gram = off @ off.transpose(0, 2, 1)
            mean = np.maximum(np.diagonal(gram, axis1=1, axis2=2).mean(1), np.finfo(gram.dtype).eps)
            weights = np.linalg.solve(gram + (RIDGE * mean)[:, None, None] * ridge, np.ones((*gram.shape[:2], 1), gram.dtype))
            weights = (weights / weights.sum(1, keepdims=True)).transpose(0, 2, 1)
            found.append((weights @ self.z[numbers])[:, 0])
            apart.append(np.linalg.norm((weights @ off)[:, 0], axis=1))
        z = np.stack(found, 1).astype(self.z.dtype)
        return goal.within(z), np.stack(apart, 1)
