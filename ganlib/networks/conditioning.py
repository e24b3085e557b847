"""Labels as inputs of a network: concatenated vectors and planes (Mirza & Osindero 2014, arXiv:1411.1784)."""

import torch
from torch.nn import functional as F


def with_label(z: torch.Tensor, labels: torch.Tensor | None, num_classes: int) -> torch.Tensor:
    """Concatenates z (N, dim) with the labels (N,) as one-hot vectors: (N, dim + num_classes); without classes returns z."""
    if not num_classes:
        return z
    assert labels is not None  # a network with classes always gets labels
    return torch.cat([z, F.one_hot(labels, num_classes).to(z.dtype)], dim=1)


def with_planes(images: torch.Tensor, labels: torch.Tensor | None, num_classes: int) -> torch.Tensor:
    """Concatenates images (N, C, H, W) with one-hot planes of the labels: (N, C + num_classes, H, W)."""
    if not num_classes:
        return images
    assert labels is not None
    planes = F.one_hot(labels, num_classes).to(images.dtype)[:, :, None, None]
    return torch.cat([images, planes.expand(-1, -1, *images.shape[2:])], dim=1)
