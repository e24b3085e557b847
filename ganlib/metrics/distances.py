"""Distances between sets of images or of their features: Fréchet, sliced Wasserstein; plain functions of arrays."""

import numpy as np
import torch
from torch.nn import functional as F

from ganlib.sizes import Size, size_of

SMALLEST = 16  # pixels along the shorter side of a Laplacian pyramid's last level, at least
PATCH, PATCHES = 7, 16  # side in pixels, and patches per image and level
DIRECTIONS, ROUNDS = 128, 4  # projections per round, and rounds
KERNEL = torch.tensor([1.0, 4.0, 6.0, 4.0, 1.0]) / 16


def frechet_distance(a: np.ndarray, b: np.ndarray) -> float:
    """||m_a - m_b||^2 + tr(S_a + S_b - 2 (S_a S_b)^(1/2)) of Gaussians fitted to features (N, F) (Heusel et al. 2017, eq. (6)).

    tr (S_a S_b)^(1/2) is the sum of the square roots of the eigenvalues of R S_b R^T with S_a = R^T R, here of a QR
    decomposition of the features less their mean, which is cheaper than a root and shorter for N < F.
    """
    (mean_a, root_a), (mean_b, root_b) = ((x.mean(0), (x - x.mean(0)) / np.sqrt(len(x) - 1)) for x in (a, b))
    if len(a) > a.shape[1]:
        root_a = np.linalg.qr(root_a, mode="r")
    product = root_a @ root_b.T  # (., N_b); its own product is R S_b R^T
    cross = np.sqrt(np.linalg.eigvalsh(product @ product.T).clip(0)).sum()
    return float(((mean_a - mean_b) ** 2).sum() + (root_a**2).sum() + (root_b**2).sum() - 2 * cross)


def sliced_wasserstein(a: np.ndarray, b: np.ndarray, seed: int = 0) -> dict[Size, float]:
    """Returns the sliced Wasserstein distance, times 1,000, at each level of the Laplacian pyramid, by its size in pixels.

    Karras et al. 2018 (arXiv:1710.10196), section 5 and its published code: 7x7 patches, `PATCHES` from each image at
    each level, normalised per channel, and 512 random directions. It needs no network. Like FID it falls with the number
    of images.

    Args:
        a, b: uint8 images (N, C, H, W), as many of each. A side of 28 pixels is padded to 32; levels go down to 16 or more.
        seed: seeds the positions of the patches and the directions.
    """
    rng = torch.Generator().manual_seed(seed)
    distances = {}
    for level_a, level_b in zip(_pyramid(a), _pyramid(b), strict=True):
        size = size_of(*level_a.shape[2:])
        patches_a, patches_b = _patches(level_a, rng), _patches(level_b, rng)
        rounds = [_sliced(patches_a, patches_b, rng) for _ in range(ROUNDS)]
        distances[size] = 1000 * sum(rounds) / ROUNDS
    return distances


def _pyramid(images: np.ndarray) -> list[torch.Tensor]:
    """Returns the levels of a Laplacian pyramid, the largest first: the details of each size, and the smallest image."""
    level = torch.from_numpy(images).float() / 127.5 - 1
    down, across = (2 if side == 28 else 0 for side in level.shape[2:])
    level = F.pad(level, (across, across, down, down), value=-1.0)
    levels = []
    while min(level.shape[2:]) // 2 >= SMALLEST:
        smaller = _blur(level)[:, :, ::2, ::2]
        larger = torch.zeros_like(level)
        larger[:, :, ::2, ::2] = 4 * smaller
        levels.append(level - _blur(larger))
        level = smaller
    return [*levels, level]


def _blur(images: torch.Tensor) -> torch.Tensor:
    channels = images.shape[1]
    kernel = torch.outer(KERNEL, KERNEL).expand(channels, 1, 5, 5)
    return F.conv2d(F.pad(images, (2, 2, 2, 2), mode="reflect"), kernel, groups=channels)


def _patches(level: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
    """Draws `PATCHES` patches of each image, normalised per channel over all of them: (N * PATCHES, C * 49)."""
    num, _, height, width = level.shape
    y, x = (torch.randint(0, side - PATCH + 1, (num, PATCHES, 1, 1), generator=rng) for side in (height, width))
    steps = torch.arange(PATCH)
    image = torch.arange(num)[:, None, None, None]
    patches = level.permute(0, 2, 3, 1)[image, y + steps[:, None], x + steps].flatten(0, 1)  # (N * PATCHES, 7, 7, C)
    mean, deviation = patches.mean((0, 1, 2)), patches.std((0, 1, 2), correction=0)
    return ((patches - mean) / deviation.clamp(min=1e-8)).flatten(1)


def _sliced(a: torch.Tensor, b: torch.Tensor, rng: torch.Generator) -> float:
    directions = torch.randn(DIRECTIONS, a.shape[1], generator=rng)
    directions /= directions.norm(dim=1, keepdim=True)
    ordered = (np.sort((directions @ patches.T).numpy(), 1) for patches in (a, b))  # several times as fast as torch's
    return float(torch.from_numpy(np.subtract(*ordered)).abs().mean())


def least_apart(images: np.ndarray) -> float:
    """Returns the smallest root mean square difference, in grey levels, between two of uint8 images (N, C, H, W)."""
    flat = images.reshape(len(images), -1).astype(np.float64)
    squares = (flat**2).sum(1)
    distances = squares[:, None] + squares - 2 * flat @ flat.T
    np.fill_diagonal(distances, np.inf)
    return float(np.sqrt(max(distances.min(), 0) / flat.shape[1]))
