"""A file of an image -> a picture of the wanted size and channels, or an exception that says why not."""

from os import PathLike
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps

# Raster formats only: Pillow's EPS would start Ghostscript, and others are rarely tested against hostile files.
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "PPM")
MIN_SIDE = 8
MAX_PIXELS = 100_000_000


def open_image(file: PathLike | BinaryIO) -> Image.Image:
    """The header of an image; its pixels are read later. Raises OSError, or what else a broken file leads to."""
    return Image.open(file, formats=FORMATS)


def prepare(image: Image.Image, size: int, channels: int) -> np.ndarray:
    """The upright centre square of `image`, uint8 (channels, size, size); an animation gives its first frame.

    Raises ValueError when it is smaller than MIN_SIDE or larger than MAX_PIXELS, OSError when it is truncated.
    """
    if min(image.size) < MIN_SIDE:
        raise ValueError(f"{image.width}x{image.height}, smaller than {MIN_SIDE} pixels a side")
    if image.width * image.height > MAX_PIXELS:
        raise ValueError(f"{image.width}x{image.height}, more than {MAX_PIXELS:,} pixels")
    # A JPEG can be decoded at 1/2, 1/4 or 1/8 at a fraction of the cost; twice the size leaves Lanczos the last step.
    image.draft(None, (2 * size, 2 * size))
    image = _centre_square(ImageOps.exif_transpose(image))
    image = _eight_bit(image).convert("L" if channels == 1 else "RGB")
    pixels = np.asarray(image.resize((size, size), Image.Resampling.LANCZOS))
    return np.ascontiguousarray(pixels.reshape(size, size, channels).transpose(2, 0, 1))


def _centre_square(image: Image.Image) -> Image.Image:
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    return image.crop((left, top, left + side, top + side))


def _eight_bit(image: Image.Image) -> Image.Image:
    """Any mode with 8 bits a channel, and opaque: what is transparent lies on white."""
    if image.mode.startswith("I"):  # 16 bits; `convert` would clip them at 255
        return Image.fromarray((np.asarray(image).clip(0, 65535) >> 8).astype(np.uint8))
    if image.mode == "F":
        raise ValueError("floating-point pixels, whose range is unknown")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image
