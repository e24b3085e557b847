"""Finds pictures that are the same, or nearly: by their digests, and by the correlation of their thumbnails."""

import numpy as np

SIGHT = 16  # side in pixels of a thumbnail
# Correlation of two thumbnails above which they are near duplicates. A picture saved as a worse JPEG, shrunk or with less
# contrast stays above; different faces stay below 0.95, and different ones of MNIST, its most similar digits, below 0.994.
NEAR = 0.995
MOST_COMPARED = 5_000  # pictures of a set whose thumbnails are compared; among more, only the same pixels are found
ROWS = 512  # thumbnails compared with all others at a time


def unit(levels: np.ndarray) -> np.ndarray:
    """Centres and normalises thumbnails (..., n), so that an inner product is a correlation; a flat one becomes zeros."""
    levels = levels.astype(np.float32) - levels.mean(-1, keepdims=True, dtype=np.float32)
    length = np.linalg.norm(levels, axis=-1, keepdims=True)
    return np.divide(levels, length, out=np.zeros_like(levels), where=length > 1)


def copies(sights: np.ndarray, digests: np.ndarray) -> int:
    """Returns how many images are the same as an earlier one, or nearly: by their digests, (N,), and where no more than
    MOST_COMPARED are given also by their thumbnails, (N, n)."""
    _, first = np.unique(digests, return_index=True)
    same = len(digests) - len(first)
    if len(digests) > MOST_COMPARED:
        return same
    sights = sights[np.sort(first)]
    near = 0
    for start in range(0, len(sights), ROWS):
        alike = sights[start : start + ROWS] @ sights.T >= NEAR
        near += int(np.tril(alike, start - 1).any(1).sum())
    return same + near


def less_shared(sights: np.ndarray) -> np.ndarray:
    """Returns thumbnails (N, n) less what all have in common, such as the ground beside padded pictures, normalised anew."""
    apart = sights - sights.mean(0)
    length = np.linalg.norm(apart, axis=-1, keepdims=True)
    return np.divide(apart, length, out=np.zeros_like(apart), where=length > 1e-3)


def thumbnails(images: np.ndarray) -> np.ndarray:
    """Returns those of images, uint8 (N, C, H, W), as float32 (N, n): the means of about SIGHT x SIGHT blocks of each, all
    channels, normalised."""
    down, across = (max(1, -(-side // SIGHT)) for side in images.shape[2:])
    height, width = images.shape[2] // down * down, images.shape[3] // across * across
    blocks = images[:, :3, :height, :width].reshape(len(images), -1, height // down, down, width // across, across)
    return unit(blocks.mean((1, 3, 5), dtype=np.float32).reshape(len(images), -1))
