"""Keeps the training set on the GPU where it fits, else copies each batch from main memory or from the disk.

A set that fits is copied to the GPU once; a batch then transfers its indices only, 8 bytes an image. A larger set stays in
main memory or on the disk; the images of a batch are gathered into page-locked memory and copied asynchronously. No thread
prefetches: a step never waits for the device, which still computes earlier steps while the next batch is gathered.
"""

import numpy as np
import torch
from torch import Tensor

from ganlib.datasets import ImageSet

ROOM = 1 / 4  # share of a device's free memory for the set; networks and gradients need the rest
PART = 2**26  # bytes copied at a time, so that a memory-mapped set is never in memory as a whole


class HostImages:
    """A set that stays in main memory or on the disk; each batch is copied to `device`."""

    def __init__(self, images: ImageSet, device: torch.device):
        self._set, self._device = images, device

    def rows(self, chosen: np.ndarray) -> tuple[Tensor, Tensor | None]:
        """Returns the images with these indices, uint8 (N, C, S, S), and their labels (N,) or None, on the device."""
        labels = self._set.labels
        return self._sent(self._set.images[chosen]), None if labels is None else self._sent(labels[chosen])

    def _sent(self, rows: np.ndarray) -> Tensor:
        tensor = torch.from_numpy(rows)
        tensor = tensor.pin_memory() if self._device.type == "cuda" else tensor
        return tensor.to(self._device, non_blocking=True)


class DeviceImages:
    """A set that is held in the memory of `device`."""

    def __init__(self, images: ImageSet, device: torch.device):
        self._device, self._images = device, torch.empty(images.images.shape, dtype=torch.uint8, device=device)
        step = max(1, PART // images.images[0].nbytes)
        for start in range(0, len(images), step):
            part = slice(start, start + step)
            self._images[part] = torch.from_numpy(np.array(images.images[part]))
        self._labels = None if images.labels is None else torch.from_numpy(np.array(images.labels)).to(device)

    def rows(self, chosen: np.ndarray) -> tuple[Tensor, Tensor | None]:
        """As `HostImages.rows`."""
        places = torch.from_numpy(chosen).to(self._device, non_blocking=True)
        return self._images[places], None if self._labels is None else self._labels[places]


def place(images: ImageSet, device: torch.device) -> HostImages | DeviceImages:
    """Holds the set on `device` where it is a GPU with room for it, else on the host."""
    there = device.type == "cuda" and fits(images, torch.cuda.mem_get_info(device)[0])
    return (DeviceImages if there else HostImages)(images, device)


def fits(images: ImageSet, free: int) -> bool:
    """Whether a set fits on a device with `free` bytes of free memory."""
    return images.images.nbytes <= ROOM * free
