"""Pictures of more than 8 bits a channel: the values they hold, and how a range of them becomes 8 bits."""

from collections.abc import Sequence

import numpy as np
from PIL import ExifTags, Image

MOST_VALUES = 4096  # taken of each picture
CLIPPED = 0.1  # per cent of the values at each end that the set's own range leaves out
ORIENTATION = ExifTags.Base.Orientation
# Keys of an image's `info`, set as it is opened: values (H, W) or (H, W, C) that its mode can't hold; zero is white; the 32
# bits of mode I have no sign.
VALUES, WHITE_IS_ZERO, UNSIGNED = "values", "white_is_zero", "unsigned"


def is_deep(image: Image.Image) -> bool:
    """Whether an image has more than 8 bits a channel: Pillow's modes I, I;16 and F, or values beside it."""
    return VALUES in image.info or image.mode.startswith("I") or image.mode == "F"


def is_transparent(image: Image.Image) -> bool:
    """Whether a picture of more than 8 bits has transparency."""
    return _values(image)[1] is not None


def some_values(image: Image.Image) -> np.ndarray:
    """Returns up to MOST_VALUES finite values of an image, evenly spaced, and its least and greatest, as float64."""
    colour, _ = _values(image)
    values = colour.astype(np.float64).ravel()
    values = values[np.isfinite(values)]
    if not len(values):
        raise ValueError("no finite value among its pixels")
    return np.concatenate([values[:: max(1, len(values) // MOST_VALUES)], [values.min(), values.max()]])


def range_of(values: Sequence[np.ndarray]) -> tuple[float, float]:
    """Returns the range of a whole set: all but the outermost CLIPPED per cent at each end of the `values` of its pictures."""
    low, high = np.percentile(np.concatenate(values), [CLIPPED, 100 - CLIPPED])
    return (float(low), float(high)) if low < high else (min(float(low), 0.0), max(float(low), 1.0))  # one value, as it looks


def eight_bits(image: Image.Image, levels: tuple[float, float] | None) -> Image.Image:
    """Returns an image of 8 bits a channel, L, RGB, or RGBA with the picture's own transparency: the values from `levels[0]` to
    `levels[1]` (None: the picture's own range) become 0 to 255, others are clipped; the other way where zero is white."""
    colour, alpha = _values(image)
    drawn = as_bytes(colour, levels or range_of([some_values(image)]))
    made = Image.fromarray(255 - drawn if image.info.get(WHITE_IS_ZERO) else drawn)
    if alpha is not None:
        made = made.convert("RGBA")
        made.putalpha(Image.fromarray(alpha))
    if turned := image.getexif().get(ORIENTATION):
        made.getexif()[ORIENTATION] = turned
    if profile := image.info.get("icc_profile"):
        made.info["icc_profile"] = profile
    return made


def full_range(image: Image.Image) -> tuple[float, float]:
    """Returns the range of the type of an image's values; of floats their own."""
    colour, _ = _values(image)
    if colour.dtype.kind not in "iu":
        return range_of([some_values(image)])
    limits = np.iinfo(colour.dtype)
    return float(limits.min), float(limits.max)


def as_bytes(values: np.ndarray, levels: tuple[float, float]) -> np.ndarray:
    """Returns values of any real type as uint8: those from `levels[0]` to `levels[1]` become 0 to 255, others are clipped."""
    low, high = levels
    values = np.nan_to_num(values.astype(np.float64), nan=low, posinf=high, neginf=low)
    return ((values.clip(low, high) - low) * (255 / (high - low)) + 0.5).astype(np.uint8)


def high_bytes(image: Image.Image) -> Image.Image:
    """Returns what versions before drew of 16 bits: the high byte of each value."""
    if image.mode == "F":
        raise ValueError("floating-point pixels, whose range is unknown")
    if not image.mode.startswith("I"):
        return image
    return Image.fromarray((np.asarray(image).clip(0, 65535) >> 8).astype(np.uint8))


def _values(image: Image.Image) -> tuple[np.ndarray, np.ndarray | None]:
    """Returns a picture's values, (H, W) or (H, W, 3), and its alpha as uint8 (H, W), None for an opaque one."""
    values = image.info.get(VALUES)
    if values is None:
        values = np.asarray(image).view(np.uint32) if image.info.get(UNSIGNED) else np.asarray(image)
        clear = image.info.get("transparency")
        return values, np.where(values == clear, 0, 255).astype(np.uint8) if isinstance(clear, int) else None
    if values.ndim == 2 or values.shape[2] == 3:
        clear = image.info.get("transparency")
        apart = (values != np.array(clear)).any(-1) if values.ndim == 3 and isinstance(clear, tuple) else None
        return values, None if apart is None else apart.astype(np.uint8) * 255
    if values.shape[2] not in (2, 4):
        raise ValueError(f"{values.shape[2]} channels of more than 8 bits")
    alpha = values[..., -1].astype(np.float64) * (255 / np.iinfo(values.dtype).max) if values.dtype.kind == "u" else None
    colour = values[..., 0] if values.shape[2] == 2 else values[..., :3]
    return colour, None if alpha is None else (alpha + 0.5).astype(np.uint8)
