"""Shards of a batch for distributed training, and random numbers that don't depend on the number of processes."""

from dataclasses import dataclass

import torch
from torch import Tensor

MIN_ROWS = 2  # of a shard: batch norm needs two for a variance


@dataclass(frozen=True)
class Shard:
    """The `rows` of a batch of `whole` images that one process computes. `weight` is the weight of its means in the batch's."""

    whole: int
    rows: slice
    weight: float

    @classmethod
    def of(cls, whole: int, rank: int = 0, world: int = 1) -> "Shard":
        """Returns the shard of process `rank` of `world`, of nearly equal size; a batch too small to split is not split."""
        if world == 1 or whole < MIN_ROWS * world:
            return cls(whole, slice(0, whole), 1 / world)
        start, end = (whole * number // world for number in (rank, rank + 1))
        return cls(whole, slice(start, end), (end - start) / whole)


class BatchRng:
    """Draws random numbers for the images of a batch, one row per image, from a `generator` whose state is saved.

    With a shard, draws the rows of the whole batch and returns those of the shard: the generator has the same state in all
    processes, and the numbers are those of a single process.
    """

    def __init__(self, generator: torch.Generator, shard: Shard | None = None):
        self._generator, self._shard = generator, shard

    def uniform(self, num: int, *shape: int, dtype: torch.dtype | None = None) -> Tensor:
        """Returns (num, *shape), uniform on [0, 1)."""
        return self._own(torch.rand(self._whole(num), *shape, dtype=dtype, **self._from()))

    def normal(self, num: int, *shape: int, dtype: torch.dtype | None = None) -> Tensor:
        """Returns (num, *shape) from N(0, 1)."""
        return self._own(torch.randn(self._whole(num), *shape, dtype=dtype, **self._from()))

    def integers(self, below: int, num: int, *shape: int) -> Tensor:
        """Returns (num, *shape), integers from 0 to `below` - 1."""
        return self._own(torch.randint(below, (self._whole(num), *shape), **self._from()))

    def _from(self) -> dict:
        return {"device": self._generator.device, "generator": self._generator}

    def _whole(self, num: int) -> int:
        return num if self._shard is None else self._shard.whole

    def _own(self, drawn: Tensor) -> Tensor:
        return drawn if self._shard is None else drawn[self._shard.rows]
