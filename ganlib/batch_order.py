"""The order of the training data: a function of the seed and of the number of images seen, nothing else."""

import math
from functools import lru_cache
from typing import Literal

import numpy as np

LastBatch = Literal["joined", "kept", "dropped"]


class BatchOrder:
    """The indices of the images in the batch that follows a number of images seen.

    Args:
        num: images in the set.
        batch_size: images per batch.
        seed: seeds the permutations, a new one each epoch.
        last: how to treat the images that don't fill an epoch's last batch: "joined" fills it from the next permutation,
            "kept" makes a short batch of them (but not of a single one, which has no variance for batch norm), "dropped"
            leaves them out.

    Raises ValueError when there is no batch.
    """

    def __init__(self, num: int, batch_size: int, seed: int, last: LastBatch = "joined"):
        self._num, self._batch_size, self._seed, self._last = num, batch_size, seed, last
        over = num % batch_size
        self._epoch = num - (over if last == "dropped" or (last == "kept" and over == 1) else 0)
        if not self._epoch:
            raise ValueError(f"{num} images make no batch of {batch_size}")
        self._order = lru_cache(maxsize=2)(self._permutation)

    def _permutation(self, epoch: int) -> np.ndarray:
        return np.random.Generator(np.random.PCG64([self._seed, epoch])).permutation(self._num)

    def size(self, images_seen: int) -> int:
        """Returns the number of images in the batch that follows `images_seen` images."""
        return min(self._batch_size, self._epoch - images_seen % self._epoch) if self._last == "kept" else self._batch_size

    def at(self, images_seen: int, rows: slice = slice(None)) -> np.ndarray:
        """Returns the indices of the images in these `rows` of the batch that follows `images_seen` images."""
        batch = np.arange(images_seen, images_seen + self.size(images_seen))
        epochs, places = np.divmod(batch[rows], self._epoch)
        return np.concatenate([self._order(int(epoch))[places[epochs == epoch]] for epoch in np.unique(epochs)])

    def number(self, images_seen: int) -> int:
        """Returns the number of batches before the one at `images_seen`."""
        if self._last == "joined":
            return images_seen // self._batch_size
        epoch, place = divmod(images_seen, self._epoch)
        return epoch * math.ceil(self._epoch / self._batch_size) + place // self._batch_size
