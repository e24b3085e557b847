"""Pictures of more than 8 bits a channel: the values they hold, and how a range of them becomes 8 bits."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

MOST_VALUES = 4096  # taken of each picture
CLIPPED = 0.1  # per cent of the values at each end that the set's own range leaves out
WHOLE = (0.0, 65535.0)  # of 16 bits


def is_deep(image: Image.Image) -> bool:
    """Whether an image has more than 8 bits a channel: Pillow's modes I, I;16 and F."""
    return image.mode.startswith("I") or image.mode == "F"


def some_values(image: Image.Image) -> np.ndarray:
    """Returns up to MOST_VALUES finite values of an image, evenly spaced, and its least and greatest, as float64."""
    values = np.asarray(image).astype(np.float64).ravel()
    values = values[np.isfinite(values)]
    if not len(values):
        raise ValueError("no finite value among its pixels")
    return np.concatenate([values[:: max(1, len(values) // MOST_VALUES)], [values.min(), values.max()]])


def range_of(values: Sequence[np.ndarray]) -> tuple[float, float]:
    """Returns the range of a whole set: all but the outermost CLIPPED per cent at each end of the `values` of its pictures."""
    low, high = np.percentile(np.concatenate(values), [CLIPPED, 100 - CLIPPED])
    return (float(low), float(high)) if low < high else (float(low), float(low) + 1)


def eight_bits(image: Image.Image, levels: tuple[float, float] | None) -> Image.Image:
    """Returns a grey image of 8 bits: the values from `levels[0]` to `levels[1]` become 0 to 255, others are clipped."""
    return Image.fromarray(as_bytes(np.asarray(image), levels or WHOLE))


def as_bytes(values: np.ndarray, levels: tuple[float, float]) -> np.ndarray:
    """Returns values of any real type as uint8: those from `levels[0]` to `levels[1]` become 0 to 255, others are clipped."""
    low, high = levels
    values = np.nan_to_num(values.astype(np.float64), nan=low, posinf=high, neginf=low)
    return ((values.clip(low, high) - low) * (255 / (high - low)) + 0.5).astype(np.uint8)
