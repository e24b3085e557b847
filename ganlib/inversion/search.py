"""The search for the latents of given pictures: several starts race, the best go on, all by Levenberg-Marquardt."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from ganlib.inversion.levenberg_marquardt import Draw, Goal, Search, begin, grey_levels, step
from ganlib.inversion.starts import Bank
from ganlib.networks.family import Generator

TOGETHER = 128  # images in one forward pass, which stay in a core's cache
PICTURES, VALUES = 32, 2**24  # searched at once, at most: the pictures, and the values of their Jacobians in memory

SOFTNESS = (16, 16, 16, 8, 8, 8, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 2, 2, 2, 2)  # of the first steps; 1 from then on
STARTS = {0: 4, 6: 2, 12: 1}  # of each picture, from these steps on
ROUND, WORTH = 4, 0.04  # steps in which each derivative is computed once; the share of its cost by which they must lower it
ROUNDS = 15  # at softness 1, at most


@dataclass(frozen=True)
class Found:
    """What was found for N pictures."""

    z: np.ndarray  # float32 (N, K)
    labels: np.ndarray | None  # (N,)
    drawn: np.ndarray  # float32 (N, D), in grey levels
    errors: np.ndarray  # (N,) root mean squared, in grey levels

    @classmethod
    def of(cls, search: Search, goal: Goal) -> "Found":
        """Returns what a search has found."""
        return cls(search.z, search.labels, grey_levels(search.values), goal.errors(search.values))

    @classmethod
    def joined(cls, parts: "list[Found]") -> "Found":
        """Returns what several searches found, one after the other."""
        labels = None if parts[0].labels is None else np.concatenate([part.labels for part in parts])
        z, drawn, errors = (np.concatenate([getattr(part, name) for part in parts]) for name in ("z", "drawn", "errors"))
        return cls(z, labels, drawn, errors)


def drawing(generator: Generator) -> Draw:
    """Returns the function that draws with `generator` (in evaluation mode): float32 values before tanh, (N, D)."""

    def draw(z: np.ndarray, labels: np.ndarray | None) -> np.ndarray:
        rows = torch.from_numpy(np.ascontiguousarray(z)).split(TOGETHER)
        classes = [None] * len(rows) if labels is None else torch.from_numpy(np.ascontiguousarray(labels)).split(TOGETHER)
        with torch.inference_mode():
            parts = [generator.before_tanh(*each).flatten(1).numpy() for each in zip(rows, classes, strict=True)]
        return np.concatenate(parts)

    return draw


def found_in_turn(draw: Draw, goal: Goal, bank: Bank, labels: np.ndarray | None = None) -> Iterator[Found]:
    """Finds the latent of each picture of `goal`, float32, with its label: that in `labels` (N,), or the best for None. Yields
    some pictures at a time."""
    together = max(1, min(PICTURES, VALUES // (STARTS[0] * bank.z.shape[1] * goal.pixels.shape[1])))
    for start in range(0, len(goal.pixels), together):
        chosen = np.arange(start, min(start + together, len(goal.pixels)))
        yield _of_some(draw, goal.of(chosen), bank, None if labels is None else labels[chosen])


def find(draw: Draw, goal: Goal, bank: Bank, labels: np.ndarray | None = None) -> Found:
    """Finds all at once what `found_in_turn` yields."""
    return Found.joined(list(found_in_turn(draw, goal, bank, labels)))


def _of_some(draw: Draw, goal: Goal, bank: Bank, labels: np.ndarray | None) -> Found:
    numbers = bank.nearest(goal, STARTS[0], labels)
    pictures = np.repeat(np.arange(len(numbers)), numbers.shape[1])  # the number of each search's picture
    search = begin(draw, bank.z[numbers.ravel()], None if bank.labels is None else bank.labels[numbers.ravel()])
    for number, softness in enumerate(SOFTNESS):
        if number in STARTS:
            best = _best(search, goal.of(pictures), len(goal.pixels), STARTS[number])
            search, pictures = search.of(best), pictures[best]
        search = step(draw, search, goal.of(pictures), softness)
    return Found.of(_ended(draw, search, goal), goal)


def _best(search: Search, goal: Goal, num: int, count: int) -> np.ndarray:
    """Returns the numbers of the `count` searches of the lowest cost for each of `num` pictures, in the pictures' order."""
    costs = goal.costs(search.z, search.values).reshape(num, -1)
    first = np.argsort(costs, 1, kind="stable")[:, :count]
    return (first + np.arange(num)[:, None] * costs.shape[1]).ravel()


def _ended(draw: Draw, search: Search, goal: Goal) -> Search:
    """Goes on from each latent, one for each picture, while that is worth it."""
    ended, going = search, np.arange(len(search.z))
    for _ in range(ROUNDS):
        aim = goal.of(going)
        before = aim.costs(search.z, search.values)
        for _ in range(ROUND):
            search = step(draw, search, aim)
        ended = ended.replaced(going, search)
        worth = np.flatnonzero(aim.costs(search.z, search.values) < (1 - WORTH) * before)
        if not len(worth):
            break
        going, search = going[worth], search.of(worth)
    return ended
