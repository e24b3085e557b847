"""Latents: where every picture starts. Drawn on the CPU, so that a seed means the same picture on every machine.

Latents are float32 arrays (N, dim). The first n of a seed are the same however many are drawn.
"""

from typing import Literal

import numpy as np

Distribution = Literal["normal", "uniform"]


def sample(num: int, dim: int, seed: int, distribution: Distribution = "normal") -> np.ndarray:
    """`num` latents of length `dim`: N(0, 1), or uniform on [-1, 1]. Float32 (num, dim)."""
    rng = np.random.Generator(np.random.PCG64(seed))
    if distribution == "normal":
        return rng.standard_normal((num, dim), dtype=np.float32)
    return 2 * rng.random((num, dim), dtype=np.float32) - 1


def truncate(z: np.ndarray, truncation: float) -> np.ndarray:
    """z times `truncation`: 1 as trained, 0 the one image in the middle of all. The same images, moved toward it."""
    return z * np.float32(truncation)


def fixed(
    num_classes: int, dim: int, seed: int, distribution: Distribution = "normal"
) -> tuple[np.ndarray, np.ndarray | None, int]:
    """The latents that a run is followed by: z (N, dim), labels (N,) or None, and the columns of their grid.

    Up to 16 classes: a row per class, a column per latent, eight columns. Else 64 latents, eight by eight.
    """
    if 0 < num_classes <= 16:
        return rows_by_label(sample(8, dim, seed, distribution), num_classes)
    labels = np.arange(64) % num_classes if num_classes else None
    return sample(64, dim, seed, distribution), labels, 8


def rows_by_label(z: np.ndarray, num_classes: int) -> tuple[np.ndarray, np.ndarray, int]:
    """z (columns, dim) once for each class: z (num_classes * columns, dim), labels 0 0 0 1 1 1 ..., and `columns`."""
    columns = len(z)
    return np.tile(z, (num_classes, 1)), np.repeat(np.arange(num_classes), columns), columns
