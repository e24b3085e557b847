"""Decodes one image file to a given size and number of channels."""

import math
from dataclasses import dataclass
from os import PathLike
from typing import BinaryIO

import numpy as np
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from ganlib import UserError

# Raster formats only: Pillow's EPS starts Ghostscript, and other decoders are rarely fuzzed.
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "PPM")
HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")  # of an ISO media file's first box
MIN_SIDE = 8
MAX_PIXELS = 100_000_000


class NoHeic(UserError):
    """A HEIC picture where pillow-heif is not installed."""


@dataclass(frozen=True)
class Square:
    """A square of an upright picture, in pixels."""

    left: int
    top: int
    side: int

    @classmethod
    def centred(cls, width: int, height: int) -> "Square":
        """Returns the largest centred square of a picture of this size."""
        side = min(width, height)
        return cls((width - side) // 2, (height - side) // 2, side)

    def within(self, width: int, height: int) -> bool:
        """Whether it lies inside a picture of this size."""
        right, bottom = self.left + self.side, self.top + self.side
        return min(self.left, self.top) >= 0 < self.side and right <= width and bottom <= height

    def scaled(self, factor: float, width: int, height: int) -> "Square":
        """Returns the same part of the picture scaled by `factor` to `width` x `height`."""
        side = min(max(1, round(self.side * factor)), width, height)
        left, top = round(self.left * factor), round(self.top * factor)
        return Square(min(left, width - side), min(top, height - side), side)


def open_image(file: PathLike[str] | BinaryIO) -> Image.Image:
    """Reads the header of an image; its pixels are read later. Raises NoHeic, OSError, or any of Pillow's errors."""
    try:
        return Image.open(file, formats=FORMATS)
    except UnidentifiedImageError:
        if not _is_heic(file):
            raise
        return _open_heic(file)


def _is_heic(file: PathLike[str] | BinaryIO) -> bool:
    if isinstance(file, PathLike):
        with open(file, "rb") as opened:
            begins = opened.read(12)
    else:
        file.seek(0)
        begins = file.read(12)
        file.seek(0)
    return begins[4:8] == b"ftyp" and begins[8:12] in HEIC_BRANDS


def _open_heic(file: PathLike[str] | BinaryIO) -> Image.Image:
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        raise NoHeic("HEIC pictures need a package that is not here: pip install pillow-heif, or save them as JPEG") from None
    register_heif_opener()
    return Image.open(file, formats=("HEIF",))


def upright_size(image: Image.Image) -> tuple[int, int]:
    """Returns width and height after the EXIF orientation is applied; a PNG is decoded to find it."""
    lying = image.getexif().get(ExifTags.Base.Orientation) in (5, 6, 7, 8)
    return (image.height, image.width) if lying else image.size


def prepare(image: Image.Image, size: int, channels: int, square: Square | None = None) -> np.ndarray:
    """Returns a square of the upright `image` (None: the centre) as uint8 (channels, size, size); of an animation, its first
    frame.

    Raises ValueError when the image is smaller than MIN_SIDE or larger than MAX_PIXELS, OSError when it is truncated.
    """
    if min(image.size) < MIN_SIDE:
        raise ValueError(f"{image.width}x{image.height}, smaller than {MIN_SIDE} pixels a side")
    if image.width * image.height > MAX_PIXELS:
        raise ValueError(f"{image.width}x{image.height}, more than {MAX_PIXELS:,} pixels")
    # Decoded at twice the size, for the final Lanczos step; a smaller square needs a larger image.
    zoom = min(image.size) / square.side if square else 1
    image, factor = _upright(image, math.ceil(2 * size * zoom))
    square = square.scaled(factor, *image.size) if square else Square.centred(*image.size)
    image = image.crop((square.left, square.top, square.left + square.side, square.top + square.side))
    image = _eight_bit(image).convert("L" if channels == 1 else "RGB")
    pixels = np.asarray(image.resize((size, size), Image.Resampling.LANCZOS))
    return np.ascontiguousarray(pixels.reshape(size, size, channels).transpose(2, 0, 1))


def preview(image: Image.Image, most: int) -> Image.Image:
    """Returns the whole upright `image` as RGB, neither side longer than `most` pixels. Raises Pillow's errors."""
    image, _ = _upright(image, most)
    image = _eight_bit(image).convert("RGB")
    image.thumbnail((most, most), Image.Resampling.LANCZOS)
    return image


def _upright(image: Image.Image, least: int) -> tuple[Image.Image, float]:
    """Returns `image` with its EXIF orientation applied, and its scale: a JPEG is decoded at 1/2, 1/4 or 1/8 where that leaves
    `least` pixels on its shorter side, which is much faster."""
    width = image.width
    image.draft(None, (least, least))
    return ImageOps.exif_transpose(image), image.width / width


def _eight_bit(image: Image.Image) -> Image.Image:
    """Converts any mode to 8 bits a channel, with transparency composited on white."""
    if image.mode.startswith("I"):  # 16 bits; `convert` would clip them at 255
        return Image.fromarray((np.asarray(image).clip(0, 65535) >> 8).astype(np.uint8))
    if image.mode == "F":
        raise ValueError("floating-point pixels, whose range is unknown")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image
