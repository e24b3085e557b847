"""The search for the latents of given pictures: several starts race, the best go on, and Levenberg-Marquardt ends it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from ganlib.inversion import gradient
from ganlib.inversion.levenberg_marquardt import Draw, Goal, begin, step
from ganlib.inversion.starts import Bank

SAMPLES = 4096  # among which starts are looked for
TOGETHER = 128  # images in one forward pass, which stay in a core's cache
PICTURES = 32  # searched at once: their Jacobians are in memory


@dataclass(frozen=True)
class Heat:
    """One round of the race: how many starts of each picture run, for how many steps of Adam, at which first and last rate."""

    starts: int
    steps: int
    rates: tuple[float, float]


RACE = (Heat(8, 25, (0.2, 0.2)), Heat(2, 100, (0.2, 0.02)))
POLISH = 10  # steps of Levenberg-Marquardt at the end, at most, each with all derivatives
WORTH = 0.05  # of its cost, by which a step must lower it for another


@dataclass(frozen=True)
class Found:
    """What was found for N pictures."""

    z: np.ndarray  # float32 (N, K)
    labels: np.ndarray | None  # (N,)
    drawn: np.ndarray  # float32 (N, D), in grey levels
    errors: np.ndarray  # (N,) root mean squared, in grey levels

    @classmethod
    def joined(cls, parts: "list[Found]") -> "Found":
        """Returns what several searches found, one after the other."""
        labels = None if parts[0].labels is None else np.concatenate([part.labels for part in parts])
        z, drawn, errors = (np.concatenate([getattr(part, name) for part in parts]) for name in ("z", "drawn", "errors"))
        return cls(z, labels, drawn, errors)


def drawing(generator: nn.Module) -> Draw:
    """Returns the function that draws float32 images of `generator` (in evaluation mode) in grey levels, (N, D)."""

    def draw(z: np.ndarray, labels: np.ndarray | None) -> np.ndarray:
        rows = torch.from_numpy(np.ascontiguousarray(z)).split(TOGETHER)
        classes = [None] * len(rows) if labels is None else torch.from_numpy(np.ascontiguousarray(labels)).split(TOGETHER)
        with torch.inference_mode():
            return np.concatenate(
                [127.5 * (generator(*each).flatten(1).numpy() + 1) for each in zip(rows, classes, strict=True)]
            )

    return draw


def find(
    generator: nn.Module,
    goal: Goal,
    bank: Bank,
    labels: np.ndarray | None = None,
    race: tuple[Heat, ...] = RACE,
    polish: int = POLISH,
) -> Found:
    """Finds the latent of each picture of `goal`, float32, with its label: that in `labels` (N,), or the best for None."""
    return Found.joined(list(found_in_turn(generator, goal, bank, labels, race, polish)))


def found_in_turn(
    generator: nn.Module,
    goal: Goal,
    bank: Bank,
    labels: np.ndarray | None = None,
    race: tuple[Heat, ...] = RACE,
    polish: int = POLISH,
) -> Iterator[Found]:
    """Yields what `find` finds for each PICTURES pictures."""
    for start in range(0, len(goal.pixels), PICTURES):
        chosen = np.arange(start, min(start + PICTURES, len(goal.pixels)))
        given = None if labels is None else labels[chosen]
        yield _of_some(generator, goal.of(chosen), bank, given, race, polish)


def _of_some(
    generator: nn.Module, goal: Goal, bank: Bank, given: np.ndarray | None, race: tuple[Heat, ...], polish: int
) -> Found:
    draw = drawing(generator)
    numbers = bank.nearest(goal, race[0].starts, given)
    runners = _Runners(bank.z[numbers], None if bank.labels is None else bank.labels[numbers])
    for heat in race:
        z, labels, goals = *runners.best(heat.starts).flat(), goal.of(np.repeat(np.arange(len(numbers)), heat.starts))
        z = gradient.adam(generator, z, labels, goals, heat.steps, heat.rates)
        costs = goals.costs(z, draw(z, labels))
        runners = _Runners.of(len(numbers), z, labels, costs)
    return _polished(draw, *runners.best(1).flat(), goal, polish)


def _polished(draw: Draw, z: np.ndarray, labels: np.ndarray | None, goal: Goal, steps: int) -> Found:
    """Goes on from each z while that is worth it."""
    found, drawn = z.copy(), draw(z, labels)
    going, search = np.arange(len(z)), begin(draw, z, labels)
    for _ in range(steps):
        before = goal.of(going).costs(search.z, search.drawn)
        search = step(draw, search, goal.of(going), z.shape[1])
        found[going], drawn[going] = search.z, search.drawn
        worth = np.flatnonzero(goal.of(going).costs(search.z, search.drawn) < (1 - WORTH) * before)
        if not len(worth):
            break
        going, search = going[worth], search.of(worth)
    return Found(found, labels, drawn, goal.errors(drawn))


@dataclass(frozen=True)
class _Runners:
    """Several searches of each of N pictures."""

    z: np.ndarray  # (N, S, K)
    labels: np.ndarray | None  # (N, S)
    costs: np.ndarray | None = None  # (N, S); None: in order

    @classmethod
    def of(cls, n: int, z: np.ndarray, labels: np.ndarray | None, costs: np.ndarray) -> "_Runners":
        """Returns those of N pictures from arrays of N * S."""
        return cls(z.reshape(n, -1, z.shape[1]), None if labels is None else labels.reshape(n, -1), costs.reshape(n, -1))

    def best(self, num: int) -> "_Runners":
        """Returns each picture's `num` searches of the lowest cost."""
        if self.costs is None:
            return self
        first = np.argsort(self.costs, 1, kind="stable")[:, :num]
        labels = None if self.labels is None else np.take_along_axis(self.labels, first, 1)
        return _Runners(np.take_along_axis(self.z, first[:, :, None], 1), labels)

    def flat(self) -> tuple[np.ndarray, np.ndarray | None]:
        """Returns z (N * S, K) and labels (N * S,)."""
        return self.z.reshape(-1, self.z.shape[2]), None if self.labels is None else self.labels.reshape(-1)
