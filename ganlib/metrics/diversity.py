"""Diversity: how much samples differ from each other, which falls when a generator collapses."""

import numpy as np
import torch
from torch.nn import functional as F

PAIRS, BATCH = 2_000, 250
WINDOW, SIGMA = 11, 1.5  # pixels
C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


def diversity(images: np.ndarray, labels: np.ndarray | None = None, seed: int = 0) -> float:
    """Returns 1 - mean SSIM of 2,000 random pairs: 0 if all images are equal, 1 if no two share any structure.

    Odena et al. 2017 (arXiv:1610.09585), section 4.2, but with one scale: these images are too small for five.

    Args:
        images: uint8 (N, C, H, W), two or more, of 11 pixels or more.
        labels: (N,); both images of a pair then have the same label, which reveals the collapse of a class.
        seed: seeds the choice of pairs.
    """
    rng = np.random.default_rng(seed)
    first = rng.integers(0, len(images), PAIRS)
    second = np.array([_other(rng, i, labels, len(images)) for i in first])
    parts = [
        ssim(torch.from_numpy(images[first[i : i + BATCH]]), torch.from_numpy(images[second[i : i + BATCH]]))
        for i in range(0, PAIRS, BATCH)
    ]
    return 1 - float(torch.cat(parts).mean())


def _other(rng: np.random.Generator, i: int, labels: np.ndarray | None, num: int) -> int:
    candidates = np.arange(num) if labels is None else np.flatnonzero(labels == labels[i])
    candidates = candidates[candidates != i]
    return int(rng.choice(candidates)) if len(candidates) else i


def ssim(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Returns the structural similarity (N,) of uint8 images (N, C, H, W), a mean over pixels and channels: 1 if equal.

    Wang et al. 2004 (doi:10.1109/TIP.2003.819861), eq. (13), with its Gaussian window of 11 pixels and deviation 1.5.
    """
    a, b = a.double(), b.double()
    mean_a, mean_b = _windowed(a), _windowed(b)
    var_a, var_b = _windowed(a * a) - mean_a**2, _windowed(b * b) - mean_b**2
    cov = _windowed(a * b) - mean_a * mean_b
    similar = (2 * mean_a * mean_b + C1) * (2 * cov + C2) / ((mean_a**2 + mean_b**2 + C1) * (var_a + var_b + C2))
    return similar.mean((1, 2, 3))


def _windowed(images: torch.Tensor) -> torch.Tensor:
    line = torch.exp(-((torch.arange(WINDOW, dtype=images.dtype) - WINDOW // 2) ** 2) / (2 * SIGMA**2))
    line /= line.sum()
    channels = images.shape[1]
    across = F.conv2d(images, line.expand(channels, 1, 1, WINDOW), groups=channels)
    return F.conv2d(across, line[:, None].expand(channels, 1, WINDOW, 1), groups=channels)
