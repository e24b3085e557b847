"""Draws, truncates and interpolates latents; on the CPU, so that a seed gives the same picture on every machine.

Latents are float32 arrays (N, dim). The first n of a seed are the same however many are drawn. `lerp` interpolates linearly,
through vectors shorter than those seen in training; `slerp` interpolates along the arc.
"""

from collections.abc import Callable
from typing import Literal

import numpy as np

Distribution = Literal["normal", "uniform"]
Mode = Literal["slerp", "lerp"]
SAME = 1e-6  # radians below which the arc is the straight line
OPPOSITE = 1e-4  # radians from a half-turn within which no great circle is the shortest


def sample(num: int, dim: int, seed: int, distribution: Distribution = "normal") -> np.ndarray:
    """Draws `num` latents of length `dim`: N(0, 1), or uniform on [-1, 1]. Returns float32 (num, dim)."""
    rng = np.random.Generator(np.random.PCG64(seed))
    if distribution == "normal":
        return rng.standard_normal((num, dim), dtype=np.float32)
    return 2 * rng.random((num, dim), dtype=np.float32) - 1


def truncate(z: np.ndarray, truncation: float) -> np.ndarray:
    """Returns z times `truncation`: 1 leaves z as it is, 0 gives the zero latent, whose image is the same for every seed."""
    return z * np.float32(truncation)


def fixed(
    num_classes: int, dim: int, seed: int, distribution: Distribution = "normal"
) -> tuple[np.ndarray, np.ndarray | None, int]:
    """Returns the fixed latents of a run's previews: z (N, dim), labels (N,) or None, and the columns of their grid.

    Up to 16 classes: a row per class, a column per latent, eight columns. Else 64 latents, eight by eight.
    """
    if 0 < num_classes <= 16:
        return rows_by_label(sample(8, dim, seed, distribution), num_classes)
    labels = np.arange(64) % num_classes if num_classes else None
    return sample(64, dim, seed, distribution), labels, 8


def rows_by_label(z: np.ndarray, num_classes: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Repeats z (columns, dim) for each class: z (num_classes * columns, dim), labels 0 0 0 1 1 1 ..., and `columns`."""
    columns = len(z)
    return np.tile(z, (num_classes, 1)), np.repeat(np.arange(num_classes), columns), columns


# ------------------------------------------------------------------------------------------------- interpolation


def lerp(a: np.ndarray, b: np.ndarray, t: float | np.ndarray) -> np.ndarray:
    """Interpolates linearly from a (dim,) at t = 0 to b (dim,) at t = 1. t (T,) -> float32 (T, dim), a number -> (dim,)."""
    return _weighted(a, b, 1 - np.asarray(t, np.float64), t)


def slerp(a: np.ndarray, b: np.ndarray, t: float | np.ndarray) -> np.ndarray:
    """Interpolates along the arc from a (dim,) at t = 0 to b (dim,) at t = 1. t (T,) -> float32 (T, dim), a number -> (dim,).

    Shoemake 1985, section 3.3: sin((1 - t) w) / sin(w) a + sin(t w) / sin(w) b, w the angle between a and b; between two
    latents of equal norm the norm stays the same. Without an angle (0 degrees, a latent of zeros, one dimension) it is
    `lerp`. At 180 degrees no arc is the shortest; it takes the one through `_perpendicular(a)`.
    """
    a, b, t = (np.asarray(array, np.float64) for array in (a, b, t))
    angle = _angle(a, b)
    if angle < SAME or len(a) == 1:
        return lerp(a, b, t)
    if np.pi - angle < OPPOSITE:
        middle = _perpendicular(a) * (np.linalg.norm(a) + np.linalg.norm(b)) / 2
        return np.where(t[..., None] < 0.5, slerp(a, middle, 2 * t), slerp(middle, b, 2 * t - 1))
    return _weighted(a, b, np.sin((1 - t) * angle) / np.sin(angle), np.sin(t * angle) / np.sin(angle))


INTERPOLATIONS: dict[Mode, Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]] = {"slerp": slerp, "lerp": lerp}


def path(keys: np.ndarray, frames: int, mode: Mode = "slerp", closed: bool = True) -> np.ndarray:
    """Returns `frames` latents, float32 (frames, dim), that pass through `keys` (K, dim) at equal distances in time.

    A closed path returns from the last key toward the first and stops one frame before it, so that it loops without a
    pause; an open one ends on the last key. A key that falls on a frame is met exactly. Raises ValueError for an unknown mode.
    """
    if mode not in INTERPOLATIONS:
        raise ValueError(f"mode must be one of {', '.join(INTERPOLATIONS)}, not {mode!r}.")
    steps, whole = _steps(len(keys), frames, closed)
    before = steps // whole
    latents = np.empty((frames, keys.shape[1]), np.float32)
    for i in np.unique(before):
        after = (i + 1) % len(keys) if closed else min(i + 1, len(keys) - 1)
        latents[before == i] = INTERPOLATIONS[mode](keys[i], keys[after], steps[before == i] % whole / whole)
    return latents


def path_labels(labels: np.ndarray, frames: int, closed: bool = True) -> np.ndarray:
    """Returns the label of each frame (frames,) for keys with `labels` (K,): the nearest key's, at a tie the later one's."""
    steps, whole = _steps(len(labels), frames, closed)
    return np.asarray(labels)[(2 * steps + whole) // (2 * whole) % len(labels)]


def _steps(keys: int, frames: int, closed: bool) -> tuple[np.ndarray, int]:
    """Returns each frame's position in integer steps, and the steps per key: integers, so that keys are met exactly."""
    return np.arange(frames) * (keys if closed else keys - 1), frames if closed else max(frames - 1, 1)


def _weighted(a: np.ndarray, b: np.ndarray, of_a: float | np.ndarray, of_b: float | np.ndarray) -> np.ndarray:
    """of_a * a + of_b * b for weights of any shape, computed in float64."""
    a, b, of_a, of_b = (np.asarray(array, np.float64) for array in (a, b, of_a, of_b))
    return (of_a[..., None] * a + of_b[..., None] * b).astype(np.float32)


def _angle(a: np.ndarray, b: np.ndarray) -> float:
    """The angle between a and b in [0, pi]; 0 where one of them has no direction. Exact near 0 and pi, as arccos isn't."""
    lengths = np.linalg.norm(a), np.linalg.norm(b)
    if min(lengths) == 0:
        return 0.0
    a, b = a / lengths[0], b / lengths[1]
    return 2 * float(np.arctan2(np.linalg.norm(a - b), np.linalg.norm(a + b)))


def _perpendicular(a: np.ndarray) -> np.ndarray:
    """Returns a unit vector perpendicular to a (dim > 1), the same for -a: a's entries swapped in pairs, (-a1, a0, -a3, a2,
    ...), which has the same likelihood as a."""
    even = len(a) // 2 * 2
    swapped = np.zeros_like(a)
    swapped[0:even:2], swapped[1:even:2] = -a[1:even:2], a[0:even:2]
    if not swapped.any():
        swapped[0] = 1  # a is nothing but its unpaired last entry
    return swapped / np.linalg.norm(swapped) * np.sign(swapped[np.abs(swapped).argmax()])
