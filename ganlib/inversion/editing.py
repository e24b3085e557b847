"""Edits an image by its latent: what is painted or dragged becomes a picture and weights, to which the solver goes from the z
at hand. Brushes are those of Zhu et al. 2016 (iGAN), section 4.1; handles and targets those of Pan et al. 2023 (DragGAN)."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ganlib.inversion.levenberg_marquardt import Draw, Goal, begin, step
from ganlib.inversion.search import Found
from ganlib.inversion.starts import Bank

HEAVY, LIGHT = 20.0, 1.0  # weights of a dragged patch and of what must stay, and of what should stay
STEPS = 24  # of Levenberg-Marquardt
LIKELY, LIKELIER = 8.0, 4.0  # the prior of the likelier proposal: at least, in grey levels, and times the chosen one

Pair = tuple[float, float, float, float]  # x and y of a handle, x and y of its target, in pixels from the top left


def dragged(
    image: np.ndarray, pairs: Sequence[Pair], radius: float, movable: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the picture and the weights, both float32 (C, H, W), that ask for `image` with a disc around each handle moved to
    its target. Where a disc was, anything may appear: weight 0; the rest should stay. Where `movable`, bool (H, W), is false,
    nothing is taken from or put to, and all must stay; None: everything may move."""
    free = np.ones(image.shape[1:], bool) if movable is None else movable
    pixels, weights = image.astype(np.float32), np.full(image.shape, LIGHT, np.float32)
    weights[:, ~free] = HEAVY
    y, x = np.mgrid[: image.shape[1], : image.shape[2]]
    discs = [free & (np.hypot(x - pair[0], y - pair[1]) <= radius) for pair in pairs]
    for disc in discs:
        weights[:, disc] = 0
    for pair, disc in zip(pairs, discs, strict=True):
        rows, columns = np.nonzero(disc)
        down, right = rows + round(pair[3] - pair[1]), columns + round(pair[2] - pair[0])
        inside = (down >= 0) & (down < image.shape[1]) & (right >= 0) & (right < image.shape[2])
        inside[inside] = free[down[inside], right[inside]]
        pixels[:, down[inside], right[inside]] = image[:, rows[inside], columns[inside]]
        weights[:, down[inside], right[inside]] = HEAVY
    return pixels, weights


def followed(draw: Draw, z: np.ndarray, labels: np.ndarray | None, goal: Goal, steps: int = STEPS) -> Found:
    """Goes from z (N, K) toward the goal by Levenberg-Marquardt; labels stay."""
    search = begin(draw, z, labels)
    for _ in range(steps):
        search = step(draw, search, goal)
    return Found.of(search, goal)


def proposed(draw: Draw, z: np.ndarray, labels: np.ndarray | None, goal: Goal, bank: Bank) -> Found:
    """Proposes up to four ways to the goal's only picture: from `z` (1, K), the same with a heavier prior, and from the nearest
    samples of its label and of another, in this order."""
    near = bank.around(goal, None if labels is None else int(labels[0]))
    starts = np.concatenate([z, bank.z[near]])
    classes = None if labels is None or bank.labels is None else np.concatenate([labels, bank.labels[near]])
    likelier = replace(goal, prior=max(LIKELY, LIKELIER * goal.prior))
    found = followed(draw, starts, classes, goal.of(np.zeros(len(starts), int)))
    return Found.joined([found.only([0]), followed(draw, z, labels, likelier), found.only(range(1, len(starts)))])
