"""Shuffled batches of an image set, for ever: the place in the data is a function of the number of images seen."""

import math
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from ganlib import UserError
from ganlib.datasets import ImageSet
from ganlib.recipes import LastBatch
from ganlib.stock import stock

CPU = torch.device("cpu")


class Batches:
    """Endless shuffled batches of an image set: the place in the data is a function of the number of images seen.

    Args:
        images: the set.
        batch_size: images a batch.
        seed: of the permutations, a new one each epoch.
        last: what becomes of the images that don't fill an epoch's last batch: "joined" runs through one permutation after
            another without a seam, "kept" makes a short batch of them (but not of a single one, in which batch norm sees
            no variance), "dropped" leaves them out. Raises UserError where that leaves nothing.
        device: where the batches are needed.
    """

    def __init__(self, images: ImageSet, batch_size: int, seed: int, last: LastBatch = "joined", device: torch.device = CPU):
        self.images, self.batch_size, self.seed, self.last = images, batch_size, seed, last
        over = len(images) % batch_size
        self._epoch = len(images) - (over if last == "dropped" or (last == "kept" and over == 1) else 0)
        if not self._epoch:
            raise UserError(
                f"{images.name} holds {len(images)} images, too few for a batch of {batch_size}; choose a smaller --batch-size."
            )
        self.stock = stock(images, device)
        self._order = lru_cache(maxsize=2)(self._permutation)

    def _permutation(self, epoch: int) -> np.ndarray:
        return np.random.Generator(np.random.PCG64([self.seed, epoch])).permutation(len(self.images))

    def size(self, images_seen: int) -> int:
        """How many images the batch has that follows `images_seen` images."""
        return min(self.batch_size, self._epoch - images_seen % self._epoch) if self.last == "kept" else self.batch_size

    def at(self, images_seen: int, rows: slice = slice(None)) -> tuple[Tensor, Tensor | None]:
        """These `rows` of the batch that follows `images_seen` images: uint8 (N, C, S, S) and labels (N,) or None,
        on the device."""
        batch = np.arange(images_seen, images_seen + self.size(images_seen))
        epochs, places = np.divmod(batch[rows], self._epoch)
        chosen = [self._order(int(epoch))[places[epochs == epoch]] for epoch in np.unique(epochs)]
        return self.stock.rows(np.concatenate(chosen))

    def number(self, images_seen: int) -> int:
        """How many batches lie before the one at `images_seen`."""
        if self.last == "joined":
            return images_seen // self.batch_size
        epoch, place = divmod(images_seen, self._epoch)
        return epoch * math.ceil(self._epoch / self.batch_size) + place // self.batch_size
