"""Decodes one image file to a given size and number of channels."""

import math
from dataclasses import dataclass
from os import PathLike
from typing import BinaryIO, Literal

import numpy as np
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from ganlib import UserError
from ganlib.datasets import levels, transparency
from ganlib.datasets.options import CHECKER
from ganlib.sizes import Size, height_width

# Raster formats only: Pillow's EPS starts Ghostscript, and other decoders are rarely fuzzed.
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "PPM")
HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")  # of an ISO media file's first box
MODES = {1: "L", 3: "RGB", 4: "RGBA"}
COLOURED = 12  # levels between the channels of a coloured picture; less is the noise of a JPEG
MIN_SIDE = 8
MAX_PIXELS = 100_000_000


class NoHeic(UserError):
    """A HEIC picture where pillow-heif is not installed."""


class Unusable(ValueError):
    """A picture that can't be used. `reason` is a key of sentences.REASONS."""

    def __init__(self, reason: str, sentence: str):
        super().__init__(reason, sentence)  # both, since it passes between processes
        self.reason = reason

    def __str__(self) -> str:
        return self.args[1]


@dataclass(frozen=True)
class Crop:
    """A rectangle of an upright picture, in pixels."""

    left: int
    top: int
    width: int
    height: int

    @classmethod
    def centred(cls, width: int, height: int, aspect: float = 1.0) -> "Crop":
        """Returns the largest centred rectangle of a picture of this size; `aspect` is its width by its height."""
        across, down = min(width, max(1, round(height * aspect))), min(height, max(1, round(width / aspect)))
        return cls((width - across) // 2, (height - down) // 2, across, down)

    def within(self, width: int, height: int) -> bool:
        """Whether it lies inside a picture of this size."""
        inside = self.left + self.width <= width and self.top + self.height <= height
        return min(self.left, self.top) >= 0 and min(self.width, self.height) > 0 and inside

    def scaled(self, factor: float, width: int, height: int) -> "Crop":
        """Returns the same part of the picture scaled by `factor` to `width` x `height`."""
        across = min(max(1, round(self.width * factor)), width)
        down = min(max(1, round(self.height * factor)), height)
        left, top = round(self.left * factor), round(self.top * factor)
        return Crop(min(left, width - across), min(top, height - down), across, down)


@dataclass(frozen=True)
class Preparation:
    """How every picture of a set becomes uint8 (channels, height, width)."""

    height: int
    width: int
    channels: int  # 1, 3, or 4 with straight alpha
    fit: Literal["crop", "pad", "stretch"] = "crop"
    background: str = "white"
    levels: tuple[float, float] | None = None  # None: all that the picture's type can hold
    frames: str = "first"

    @classmethod
    def of(cls, size: Size, channels: int) -> "Preparation":
        """Returns that of pictures of this size, cropped to the middle, transparency on white."""
        return cls(*height_width(size), channels)


@dataclass(frozen=True)
class Facts:
    """What a file held before it was prepared, for the summary and for what is decided for the whole set."""

    width: int  # upright
    height: int
    frames: int
    colour: bool
    levels: np.ndarray | None  # some values of a picture of more than 8 bits; None for others
    transparent: np.ndarray | None  # of a picture that is transparent in part: see transparency.content; None for others


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


def pictures_of(image: Image.Image, how: Preparation) -> list[np.ndarray]:
    """Returns the pictures of a file, prepared: of an animation or a file of many pages the frames that `how.frames` says."""
    chosen = chosen_frames(getattr(image, "n_frames", 1), how.frames)
    if chosen == [0]:
        return [prepare(image, how)]
    made = []
    for number in chosen:
        image.seek(number)
        made.append(prepare(image.copy(), how))
    return made


def chosen_frames(there: int, frames: str) -> list[int]:
    """Returns the numbers of the frames to take of `there`: the first, all, or so many, evenly spaced."""
    wanted = {"first": 1, "all": there}.get(frames) or int(frames)
    return [index * there // wanted for index in range(wanted)] if wanted < there else list(range(there))


def facts(image: Image.Image, how: Preparation) -> Facts:
    """Returns what a file held. Call it before `prepare`, which may decode at a smaller size. Raises as `prepare` does."""
    check_size(image)
    width, height = upright_size(image)
    deep, see_through = levels.is_deep(image), image.has_transparency_data
    return Facts(
        width,
        height,
        getattr(image, "n_frames", 1),
        how.channels == 1 and _has_colour(image),
        levels.some_values(image) if deep else None,
        transparency.content(image) if see_through else None,
    )


def check_size(image: Image.Image) -> None:
    """Raises Unusable for an image smaller than MIN_SIDE or larger than MAX_PIXELS."""
    if min(image.size) < MIN_SIDE:
        raise Unusable("too small", f"{image.width}x{image.height}, smaller than {MIN_SIDE} pixels a side")
    if image.width * image.height > MAX_PIXELS:
        raise Unusable("too large", f"{image.width}x{image.height}, more than {MAX_PIXELS:,} pixels")


def _has_colour(image: Image.Image) -> bool:
    """Whether an image is coloured, seen at a small size."""
    if image.mode in ("1", "L", "LA", "F") or image.mode.startswith("I"):
        return False
    small = np.asarray(image.convert("RGB").resize((16, 16), Image.Resampling.BOX)).astype(int)
    return bool((small.max(2) - small.min(2)).max() > COLOURED)


def prepare(image: Image.Image, how: Preparation, crop: Crop | None = None) -> np.ndarray:
    """Returns `crop` of the upright `image` (None: all or the middle, as `how.fit` says) as uint8 (channels, height, width).

    Raises Unusable when the image is smaller than MIN_SIDE or larger than MAX_PIXELS, OSError when it is truncated.
    """
    check_size(image)
    # Decoded at twice the size, for the final Lanczos step; a smaller crop needs a larger image.
    zoom = min(image.size) / min(crop.width, crop.height) if crop else 1
    image, factor = _upright(image, math.ceil(2 * max(how.height, how.width) * zoom))
    if crop:
        crop = crop.scaled(factor, *image.size)
    elif how.fit == "crop":
        crop = Crop.centred(*image.size, how.width / how.height)
    if crop:
        image = image.crop((crop.left, crop.top, crop.left + crop.width, crop.top + crop.height))
    image = _eight_bit(image, how)
    size = (how.width, how.height)
    if how.fit == "pad":
        image = ImageOps.pad(image.convert("RGBA"), size, Image.Resampling.LANCZOS, color=(0, 0, 0, 0))
    else:
        image = image.resize(size, Image.Resampling.LANCZOS)
    image = transparency.flattened(image, how.background) if image.mode == "RGBA" and how.channels < 4 else image
    pixels = np.asarray(image.convert(MODES[how.channels]))
    return np.ascontiguousarray(pixels.reshape(how.height, how.width, how.channels).transpose(2, 0, 1))


def preview(image: Image.Image, most: int) -> Image.Image:
    """Returns the whole upright `image` as RGB, neither side longer than `most` pixels. Raises Pillow's errors."""
    image, _ = _upright(image, most)
    image = _eight_bit(image, Preparation.of(most, 3)).convert("RGB")
    image.thumbnail((most, most), Image.Resampling.LANCZOS)
    return image


def _upright(image: Image.Image, least: int) -> tuple[Image.Image, float]:
    """Returns `image` with its EXIF orientation applied, and its scale: a JPEG is decoded at 1/2, 1/4 or 1/8 where that leaves
    `least` pixels on its shorter side, which is much faster."""
    width = image.width
    image.draft(None, (least, least))
    return ImageOps.exif_transpose(image), image.width / width


def _eight_bit(image: Image.Image, how: Preparation) -> Image.Image:
    """Converts any mode to 8 bits a channel: L, RGB, or RGBA where transparency is still to be laid on a background."""
    if levels.is_deep(image):
        image = levels.eight_bits(image, how.levels)
    if not image.has_transparency_data:
        return image.convert(MODES[min(how.channels, 3)])
    image = image.convert("RGBA")
    if how.channels == 4 or how.background == CHECKER:
        return image
    return transparency.flattened(image, how.background).convert(MODES[how.channels])
