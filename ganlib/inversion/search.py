"""The search for the latents of given pictures by Levenberg-Marquardt: from one start, and from others where that ends far.

A picture that is found near, or far nearer than any mixture of samples comes, is probably one of the run's own, and what keeps
it is a local minimum or the label of another: there the next start is tried, and basin hopping (Wales & Doye 1997,
doi:10.1021/jp970984n) searches again from beside the best latent so far. What stays far leaves large residuals, of whose
curvature Levenberg-Marquardt knows nothing (Dennis & Schnabel 1983, section 10.2): there Adam goes on along gradients.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ganlib.inversion.gradient import adam
from ganlib.inversion.levenberg_marquardt import Draw, Goal, Search, begin, grey_levels, step
from ganlib.inversion.starts import Bank
from ganlib.networks.family import Generator

TOGETHER = 128  # images in one forward pass, which stay in a core's cache
PICTURES, VALUES = 32, 2**24  # searched at once, at most: the pictures, and the values of their Jacobians in memory

VERSION = 6  # of the search, kept with errors that it found: add 1 whenever it finds others

SOFTNESS = (*[16] * 4, *[8] * 5, *[4] * 9, *[2] * 6)  # of the first steps; 1 from then on
ROUND, WORTH = 4, 0.04  # steps in which each derivative is computed once; the share of its cost by which they must lower it
ROUNDS = 25  # at softness 1, at most
POOR = 12.0  # grey levels; above, the search begins again from the other starts, or descends
STEPS, RATES = 600, (0.1, 0.005)  # of a descent by Adam
STUCK = 3.0  # grey levels; above, so does one of a picture that is as near as an own sample's, from the next start
LIKE_OWN = 0.23  # of the mixture's error; own samples are found within this share of it, other pictures seldom
# Grey levels: what is nearer than the first takes the hop, and what is like an own sample nearer than the second.
HOPS = ((3.0, 4.0), (3.0, 4.0), (2.5, 3.0), (2.5, 3.0), (2.0, 2.5), *[(1.5, 2.5)] * 4, *[(1.0, 2.5)] * 8)
SAME = 0.5  # grey levels; nearer, it is found: rounding to whole levels alone makes 0.29
HOP = 0.6  # standard deviation of a hop, in units of z
SEED = 577  # of the hops


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

    def costs(self, prior: float) -> np.ndarray:
        """Returns the cost of each latent, (N,), as `Goal` has it."""
        return self.errors**2 + prior**2 * (self.z**2).mean(1)

    def or_better(self, chosen: np.ndarray, others: "Found", prior: float) -> "Found":
        """Returns what was found, with that of `others` for the `chosen` pictures, by number, where its cost is lower."""
        lower = others.costs(prior) < self.costs(prior)[chosen]
        source = np.arange(len(self.z))
        source[chosen[lower]] = len(self.z) + np.flatnonzero(lower)
        return Found.joined([self, others]).only(source)

    def only(self, chosen: Sequence[int] | np.ndarray) -> "Found":
        """Returns what was found for the `chosen` pictures, by number."""
        rows = list(chosen)
        return Found(self.z[rows], None if self.labels is None else self.labels[rows], self.drawn[rows], self.errors[rows])

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


def found_in_turn(generator: Generator, goal: Goal, bank: Bank, labels: np.ndarray | None = None) -> Iterator[Found]:
    """Finds the latent of each picture of `goal`, float32, with its label: that in `labels` (N,), or the best for None. Yields
    some pictures at a time. The generator is in evaluation mode."""
    together = max(1, min(PICTURES, VALUES // (2 * bank.z.shape[1] * goal.pixels.shape[1])))
    for start in range(0, len(goal.pixels), together):
        chosen = np.arange(start, min(start + together, len(goal.pixels)))
        yield _of_some(generator, goal.of(chosen), bank, None if labels is None else labels[chosen])


def find(generator: Generator, goal: Goal, bank: Bank, labels: np.ndarray | None = None) -> Found:
    """Finds all at once what `found_in_turn` yields."""
    return Found.joined(list(found_in_turn(generator, goal, bank, labels)))


def _of_some(generator: Generator, goal: Goal, bank: Bank, labels: np.ndarray | None) -> Found:
    draw, starts = drawing(generator), bank.starts(goal, labels)
    found = _from(draw, goal, *starts.numbered(0))
    stuck = (found.errors > STUCK) & (found.errors < LIKE_OWN * starts.apart)
    far = (found.errors > POOR) & (starts.labels is not None)  # other starts are worth it for their labels
    for number in range(1, starts.z.shape[1]):
        if len(poor := np.flatnonzero(far | stuck if number == 1 else far)):
            found = found.or_better(poor, _from(draw, goal.of(poor), *starts.of(poor).numbered(number)), goal.prior)
    if len(poor := np.flatnonzero(found.errors > POOR)):
        found = found.or_better(poor, _descended(generator, goal.of(poor), found.only(poor)), goal.prior)
    return _hopped(draw, goal, found, starts.apart)


def _descended(generator: Generator, goal: Goal, here: Found) -> Found:
    """Descends from what was found, one latent for each picture."""
    z = adam(generator, here.z, here.labels, goal, STEPS, RATES)
    values = drawing(generator)(z, here.labels)
    return Found(z, here.labels, grey_levels(values), goal.errors(values))


def _hopped(draw: Draw, goal: Goal, found: Found, apart: np.ndarray) -> Found:
    """Searches again from beside each latent that is near, by itself or compared with its mixture's error in `apart` (N,), but
    not yet the same. All pictures take the same hops, so that what is found of one doesn't depend on the others."""
    hops = HOP * np.random.default_rng(SEED).standard_normal((len(HOPS), found.z.shape[1]), np.float32)
    for (near, near_of_own), hop in zip(HOPS, hops, strict=True):
        limit = np.where(found.errors < LIKE_OWN * apart, near_of_own, near)
        chosen = np.flatnonzero((found.errors > SAME) & (found.errors < limit))
        if not len(chosen):
            break
        aim, here = goal.of(chosen), found.only(chosen)
        found = found.or_better(chosen, _from(draw, aim, aim.within(here.z + hop), here.labels), goal.prior)
    return found


def _from(draw: Draw, goal: Goal, z: np.ndarray, labels: np.ndarray | None) -> Found:
    """Searches from these latents, one for each picture."""
    search = begin(draw, z, labels)
    for softness in SOFTNESS:
        search = step(draw, search, goal, softness)
    return Found.of(_ended(draw, search, goal), goal)


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
