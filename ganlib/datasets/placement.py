"""Keeps the training set on the GPU where it fits, else copies each batch from main memory or from the disk.

A GPU with room for the whole set gets it once, and then a batch costs the transfer of its numbers, 8 bytes an image. A larger
set stays where it is, on the disk maybe; the images of a batch are gathered into page-locked memory, from which they are
copied while this process goes on. No thread fetches them ahead: a step reads nothing back, so that the device still computes
the steps before while the next batch is gathered.
"""

import numpy as np
import torch
from torch import Tensor

from ganlib.datasets import ImageSet

ROOM = 1 / 4  # of a device's free memory that a set may take; the networks and their gradients need the rest
PART = 2**26  # bytes that are copied at a time, so that a memory-mapped set is never in memory as a whole


class HostImages:
    """A set that stays in main memory or on the disk; what a batch needs of it is copied to `device`."""

    def __init__(self, images: ImageSet, device: torch.device):
        self._set, self._device = images, device

    def rows(self, chosen: np.ndarray) -> tuple[Tensor, Tensor | None]:
        """The images with these numbers, uint8 (N, C, S, S), and their labels (N,) or None, on the device."""
        labels = self._set.labels
        return self._sent(self._set.images[chosen]), None if labels is None else self._sent(labels[chosen])

    def _sent(self, rows: np.ndarray) -> Tensor:
        tensor = torch.from_numpy(rows)
        tensor = tensor.pin_memory() if self._device.type == "cuda" else tensor
        return tensor.to(self._device, non_blocking=True)


class DeviceImages:
    """A set that lies on `device`."""

    def __init__(self, images: ImageSet, device: torch.device):
        self._device, self._images = device, torch.empty(images.images.shape, dtype=torch.uint8, device=device)
        step = max(1, PART // images.images[0].nbytes)
        for start in range(0, len(images), step):
            part = slice(start, start + step)
            self._images[part] = torch.from_numpy(np.array(images.images[part]))
        self._labels = None if images.labels is None else torch.from_numpy(np.array(images.labels)).to(device)

    def rows(self, chosen: np.ndarray) -> tuple[Tensor, Tensor | None]:
        """As those of `Gathered`."""
        places = torch.from_numpy(chosen).to(self._device, non_blocking=True)
        return self._images[places], None if self._labels is None else self._labels[places]


def place(images: ImageSet, device: torch.device) -> HostImages | DeviceImages:
    """The set where it is quickest at hand for `device`."""
    there = device.type == "cuda" and fits(images, torch.cuda.mem_get_info(device)[0])
    return (DeviceImages if there else HostImages)(images, device)


def fits(images: ImageSet, free: int) -> bool:
    """Whether a device with so many `free` bytes has room for a set beside all else."""
    return images.images.nbytes <= ROOM * free
