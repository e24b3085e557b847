"""Which pictures of a run are drawn: `num` of each seed, the labels in turn; in batches, so that few are in memory at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np
from torch import nn

from ganlib import latents
from ganlib.runs.config import Config
from ganlib.runs.run import Snapshot
from ganlib.sampling.images import BATCH, draw


@dataclass(frozen=True)
class Place:
    """One picture: the latent `index` of `seed`, drawn with `label` (None for a run without labels)."""

    seed: int
    index: int
    label: int | None


@dataclass(frozen=True)
class Batch:
    """Pictures that are drawn in one call of the generator."""

    places: list[Place]
    z: np.ndarray  # (N, dim), not truncated

    @property
    def labels(self) -> np.ndarray | None:
        """The labels, (N,); None for a run without labels."""
        return None if self.places[0].label is None else np.array([place.label for place in self.places])


@dataclass(frozen=True)
class Samples:
    """The first `num` pictures of each of `seeds` at a snapshot of a run, with `labels` in turn."""

    run: str  # its name, as it is shown
    config: Config
    snapshot: Snapshot
    seeds: tuple[int, ...]
    num: int
    labels: tuple[int, ...]  # none for a run without labels
    truncation: float = 1.0

    def __len__(self) -> int:
        return len(self.seeds) * self.num

    def places(self) -> Iterator[Place]:
        """Yields the pictures, seed by seed."""
        turn = self.labels or (None,)
        for seed in self.seeds:
            for index in range(self.num):
                yield Place(seed, index, turn[index % len(turn)])

    def batches(self) -> Iterator[Batch]:
        """Yields all pictures with their latents, always in the same batches: the last bit of a picture may depend on those
        that it is drawn with."""
        recipe, places = self.config.recipe, self.places()
        each = (latents.sample(self.num, recipe.latent_dim, seed, recipe.latent) for seed in self.seeds)
        rows = chain.from_iterable(each)
        while part := list(islice(places, BATCH)):
            yield Batch(part, np.stack(list(islice(rows, len(part)))))

    def draw(self, generator: nn.Module, batch: Batch) -> np.ndarray:
        """Draws the images of a batch, uint8 (N, C, H, W)."""
        return draw(generator, latents.truncate(batch.z, self.truncation), batch.labels)


def seeds_text(seeds: Sequence[int]) -> str:
    """Returns seeds as they are typed: "7", "1,5,10-20"."""
    ends: list[list[int]] = []
    for seed in seeds:
        if ends and seed == ends[-1][1] + 1:
            ends[-1][1] = seed
        else:
            ends.append([seed, seed])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in ends)
