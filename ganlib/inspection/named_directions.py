"""Directions of the latent by what they move: regressions of measured attributes on z.

For z with a standard normal distribution the least squares of an attribute on z is the mean gradient E[∇a] (Stein 1981, Annals
of Statistics 9(6), lemma 1), whatever the generator. Directions by supervision, and their orthogonalisation: InterFaceGAN (Shen
et al. 2020, arXiv:1907.10786, section 3.2), which separates two classes; walks for continuous attributes: Jahanian et al. 2020
(arXiv:1907.07171). The attributes of a run with classes are regressed within each class.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from ganlib import UserError
from ganlib.inspection.attributes import Measured

LEAST_R2 = 0.3  # of a direction that is offered
ALONE = 1e-3  # of its length that is left of a direction when others are kept; less is rounding and noise


@dataclass(frozen=True)
class NamedDirections:
    """Regressions of attributes on the latents of a snapshot."""

    names: tuple[str, ...]
    gradients: np.ndarray  # (A, dim), in standard deviations of the attribute for each unit of z
    r2: np.ndarray  # (A,), the share of the attribute's variance that is explained on fresh samples

    @property
    def offered(self) -> tuple[str, ...]:
        """The attributes that are explained well enough."""
        return tuple(name for name, r2 in zip(self.names, self.r2, strict=True) if r2 >= LEAST_R2)

    def direction(self, name: str, keep: Collection[str] = ()) -> np.ndarray:
        """Returns the step of length 1 that raises the attribute `name` most, (dim,), among those that leave the attributes
        `keep` at their place to first order. Raises UserError if they leave no direction."""
        gradient, kept = self._gradient(name), np.array([self._gradient(other) for other in keep])
        if len(kept):
            gradient = gradient - np.linalg.pinv(kept) @ (kept @ gradient)
        if (left := np.linalg.norm(gradient)) <= ALONE * np.linalg.norm(self._gradient(name)):
            raise UserError(f"Nothing moves {name} and keeps {', '.join(keep)}; keep fewer.")
        return gradient / left

    def effects(self, direction: np.ndarray) -> dict[str, float]:
        """Returns how far a step moves each attribute to first order, in its standard deviations."""
        return dict(zip(self.names, (self.gradients @ direction).tolist(), strict=True))

    def correlations(self) -> np.ndarray:
        """Returns the correlations of what z explains of the attributes, (A, A): the cosines of their gradients."""
        lengths = np.linalg.norm(self.gradients, axis=1, keepdims=True)
        unit = self.gradients / np.maximum(lengths, 1e-12)
        return unit @ unit.T

    def _gradient(self, name: str) -> np.ndarray:
        if name not in self.names:
            raise UserError(f"{name!r} is not measured; choose from {', '.join(self.names)}.")
        return self.gradients[self.names.index(name)]


def regress(z: np.ndarray, values: Measured, labels: np.ndarray | None, num: int) -> NamedDirections:
    """Regresses attributes (N,) on latents (N, dim): the first `num` samples fit, the others judge.

    An attribute that doesn't vary is left out.
    """
    inputs = z.astype(np.float64)
    names = tuple(name for name, value in values.items() if value[:num].std() > 1e-9)
    targets = np.stack([values[name] for name in names], 1)
    old = _centred(inputs[:num], labels, slice(num)), _centred(targets[:num], labels, slice(num))
    deviations = np.maximum(old[1].std(0), 1e-12)
    solved = np.linalg.lstsq(old[0], old[1] / deviations, rcond=None)[0]
    fresh = slice(num, len(z))
    new = _centred(inputs[fresh], labels, fresh), _centred(targets[fresh], labels, fresh) / deviations
    errors = np.square(new[1] - new[0] @ solved).sum(0)
    return NamedDirections(names, solved.T, 1 - errors / np.maximum(np.square(new[1]).sum(0), 1e-12))


def _centred(values: np.ndarray, labels: np.ndarray | None, part: slice) -> np.ndarray:
    """Returns values (N, F) less their mean, that of each label where there are labels."""
    if labels is None:
        return values - values.mean(0)
    centred = values.copy()
    for label in np.unique(labels[part]):
        of_label = labels[part] == label
        centred[of_label] -= values[of_label].mean(0)
    return centred
