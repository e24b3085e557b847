"""Shards of a batch for distributed training, and random numbers that don't depend on the number of processes."""

from dataclasses import dataclass

import torch
from torch import Tensor

MIN_ROWS = 2  # of a shard: batch norm sees no variance in one


@dataclass(frozen=True)
class Shard:
    """The `rows` of a batch of `whole` images that one process computes; its means count `weight` in those of the batch."""

    whole: int
    rows: slice
    weight: float

    @classmethod
    def of(cls, whole: int, rank: int = 0, world: int = 1) -> "Shard":
        """That of process `rank` of `world`, as equal as can be. Each computes all of a batch that is too small to split."""
        if world == 1 or whole < MIN_ROWS * world:
            return cls(whole, slice(0, whole), 1 / world)
        start, end = (whole * number // world for number in (rank, rank + 1))
        return cls(whole, slice(start, end), (end - start) / whole)


class BatchRng:
    """Random numbers for the images of a batch, a row for each, from a `generator` whose state is saved.

    With a shard, the rows of the whole batch are drawn and those of the shard returned: all processes of a training keep
    the same state of the generator, and see the numbers that one process alone would see.
    """

    def __init__(self, generator: torch.Generator, shard: Shard | None = None):
        self._generator, self._shard = generator, shard

    def uniform(self, num: int, *shape: int, dtype: torch.dtype | None = None) -> Tensor:
        """(num, *shape) from [0, 1)."""
        return self._own(torch.rand(self._whole(num), *shape, dtype=dtype, **self._from()))

    def normal(self, num: int, *shape: int, dtype: torch.dtype | None = None) -> Tensor:
        """(num, *shape) of mean 0 and variance 1."""
        return self._own(torch.randn(self._whole(num), *shape, dtype=dtype, **self._from()))

    def integers(self, below: int, num: int, *shape: int) -> Tensor:
        """(num, *shape) from 0 on."""
        return self._own(torch.randint(below, (self._whole(num), *shape), **self._from()))

    def _from(self) -> dict:
        return {"device": self._generator.device, "generator": self._generator}

    def _whole(self, num: int) -> int:
        return num if self._shard is None else self._shard.whole

    def _own(self, drawn: Tensor) -> Tensor:
        return drawn if self._shard is None else drawn[self._shard.rows]
