"""Decodes one image file to a given size and number of channels."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image, ImageOps

from ganlib.datasets.options import CHECKER
from ganlib.datasets.pixels import levels, transparency
from ganlib.datasets.pixels.levels import ORIENTATION
from ganlib.datasets.pixels.opening import COVERED, as_before, whole
from ganlib.datasets.pixels.profiles import to_srgb
from ganlib.sizes import Size, height_width

MODES = {1: "L", 3: "RGB", 4: "RGBA"}
COLOURED = 12  # levels between the channels of a coloured picture; less is the noise of a JPEG
ANIMATED = ("GIF", "TIFF", "PNG", "WEBP", "AVIF")
MIN_SIDE = 8
MAX_PIXELS = 100_000_000


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
    levels: tuple[float, float] | None = None  # None: the picture's own
    frames: str = "first"
    version: int = 4  # `ReadOptions.decoding`

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


def upright_size(image: Image.Image) -> tuple[int, int]:
    """Returns width and height after the EXIF orientation is applied; a PNG is decoded to find it."""
    lying = image.getexif().get(ORIENTATION) in (5, 6, 7, 8)
    return (image.height, image.width) if lying else image.size


def pictures_of(image: Image.Image, how: Preparation) -> list[np.ndarray]:
    """Returns the pictures of a file, prepared: of an animation or a file of many pages the frames that `how.frames` says."""
    chosen = chosen_frames(frames_in(image), how.frames)
    if chosen == [0]:
        return [prepare(image, how)]
    made = []
    for number in chosen:
        image.seek(number)
        frame = image.copy()
        if number:
            frame.info.pop(COVERED, None)
        made.append(prepare(frame, how))
    return made


def frames_in(image: Image.Image) -> int:
    """Returns the pictures in a file; a phone's photo with a preview, or an icon in several sizes, is one."""
    return getattr(image, "n_frames", 1) if image.format in ANIMATED else 1


def chosen_frames(there: int, frames: str) -> list[int]:
    """Returns the numbers of the frames to take of `there`: the first, all, or so many, evenly spaced."""
    wanted = {"first": 1, "all": there}.get(frames) or int(frames)
    return [index * there // wanted for index in range(wanted)] if wanted < there else list(range(there))


def facts(image: Image.Image, how: Preparation) -> Facts:
    """Returns what a file held. Call it before `prepare`, which may decode at a smaller size. Raises as `prepare` does."""
    check_size(image)
    width, height = upright_size(image)
    image, frames = _as_read(image, how), frames_in(image)
    deep = levels.is_deep(image)
    return Facts(
        width,
        height,
        frames,
        how.channels == 1 and _has_colour(image),
        levels.some_values(image) if deep and how.version > 1 else None,
        _content(image, how),
    )


def _content(image: Image.Image, how: Preparation) -> np.ndarray | None:
    """Returns how far a transparent picture's content stands out (`transparency.content`); None for others."""
    if levels.is_deep(image):
        if how.version < 4 or not levels.is_transparent(image):
            return None
        image = levels.eight_bits(image, how.levels or levels.full_range(image))
    return transparency.content(image) if image.has_transparency_data else None


def _as_read(image: Image.Image, how: Preparation) -> Image.Image:
    """Returns what `how.version` reads of an opened image."""
    image = as_before(image, how.version) if how.version < 4 else image
    return whole(image) if how.version > 1 else image


def check_size(image: Image.Image) -> None:
    """Raises Unusable for an image smaller than MIN_SIDE or larger than MAX_PIXELS."""
    if min(image.size) < MIN_SIDE:
        raise Unusable("too small", f"{image.width}x{image.height}, smaller than {MIN_SIDE} pixels a side")
    if image.width * image.height > MAX_PIXELS:
        raise Unusable("too large", f"{image.width}x{image.height}, more than {MAX_PIXELS:,} pixels")


def _has_colour(image: Image.Image) -> bool:
    """Whether an image is coloured, seen at a small size; one of more than 8 bits by its own range of values."""
    image = levels.eight_bits(image, None) if levels.is_deep(image) else image
    if image.mode in ("1", "L", "LA"):
        return False
    small = np.asarray(image.convert("RGB").resize((16, 16), Image.Resampling.BOX)).astype(int)
    return bool((small.max(2) - small.min(2)).max() > COLOURED)


def prepare(image: Image.Image, how: Preparation, crop: Crop | None = None) -> np.ndarray:
    """Returns `crop` of the upright `image` (None: all or the middle, as `how.fit` says) as uint8 (channels, height, width).

    Raises Unusable when the image is smaller than MIN_SIDE or larger than MAX_PIXELS, OSError when it is truncated.
    """
    check_size(image)
    image = _as_read(image, how)
    if levels.is_deep(image):
        image = levels.eight_bits(image, how.levels) if how.version > 1 else levels.high_bytes(image)
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
    image = levels.eight_bits(image, None) if levels.is_deep(image) else image
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
    image = to_srgb(image) if how.version > 1 else image
    if not image.has_transparency_data:
        return image.convert(MODES[min(how.channels, 3)])
    image = image.convert("RGBA")
    if how.channels == 4 or how.background == CHECKER:
        return image
    return transparency.flattened(image, how.background).convert(MODES[how.channels])
