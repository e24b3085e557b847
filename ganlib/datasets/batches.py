"""Shuffled batches of an image set, on the device that trains with them."""

import torch
from torch import Tensor

from ganlib import UserError
from ganlib.batch_order import BatchOrder, LastBatch
from ganlib.datasets.image_set import ImageSet
from ganlib.datasets.placement import place

CPU = torch.device("cpu")


class Batches:
    """Endless shuffled batches of an image set, indexed by the number of images seen.

    Args:
        images: the set.
        batch_size, seed, last: as those of `BatchOrder`. Raises UserError when there is no batch.
        device: where the batches are needed.
    """

    def __init__(self, images: ImageSet, batch_size: int, seed: int, last: LastBatch = "joined", device: torch.device = CPU):
        self.images = images
        try:
            self._order = BatchOrder(len(images), batch_size, seed, last)
        except ValueError as error:
            raise UserError(
                f"{images.name} holds {len(images)} images, too few for a batch of {batch_size}; choose a smaller --batch-size."
            ) from error
        self.placement = place(images, device)

    def size(self, images_seen: int) -> int:
        """Returns the number of images in the batch that follows `images_seen` images."""
        return self._order.size(images_seen)

    def at(self, images_seen: int, rows: slice = slice(None)) -> tuple[Tensor, Tensor | None]:
        """Returns these `rows` of the batch that follows `images_seen` images: uint8 (N, C, S, S) and labels (N,) or None,
        on the device."""
        return self.placement.rows(self._order.at(images_seen, rows))

    def number(self, images_seen: int) -> int:
        """Returns the number of batches before the one at `images_seen`."""
        return self._order.number(images_seen)
