"""Opens an image file of any format that is read, and mends what Pillow 12.3 misreads of some."""

import logging
import re
from collections.abc import Sequence
from os import PathLike
from typing import Any, BinaryIO

import numpy as np
from PIL import Image, UnidentifiedImageError

from ganlib import UserError
from ganlib.datasets.pixels.levels import ORIENTATION, UNSIGNED, VALUES, WHITE_IS_ZERO

logging.getLogger("PIL.TiffImagePlugin").setLevel(logging.CRITICAL)  # it logs what it raises, for each file

# Raster formats only: Pillow's EPS starts Ghostscript, and other decoders are rarely fuzzed.
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "PPM", "AVIF", "ICO", "JPEG2000", "TGA")
HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")  # of an ISO media file's first box
TIFF = (b"II*\0", b"MM\0*")
# Keys of an image's `info`: the part that its first frame draws; the values that decoding 3 took in place of VALUES
COVERED, FORMER = "covered", "former"
# TIFF tags: bits of each channel; 0 where zero is white; 1 for values without a sign, 2 for signed ones
BITS, PHOTOMETRIC, SAMPLE_FORMAT, PLAIN, SIGNED = 258, 262, 339, 1, 2
KIND, PREVIEW, FURTHER, PROFILE, ICC = 254, 1, 330, 34675, "icc_profile"  # what a page is; pages below it; a colour profile
COLOURS = {0: 1, 1: 1, 2: 3, 5: 4}  # channels of white-is-zero, black-is-zero, RGB and CMYK; others are refused
PREMULTIPLIED, STRAIGHT = 1, 2  # kinds of alpha among further channels
RAW = "the preview in a camera's raw file; develop it and save it as JPEG or PNG"


class NoHeic(UserError):
    """A HEIC picture where pillow-heif is not installed."""


class OtherKind(UnidentifiedImageError):
    """A file of a known kind that is no picture. The message says which, and what to do."""


class NoTiff(UserError):
    """A TIFF that only tifffile reads, where it is not installed."""


def open_image(file: PathLike[str] | BinaryIO) -> Image.Image:
    """Reads the header of an image; its pixels are read later. Raises NoHeic, NoTiff, OSError, or any of Pillow's errors."""
    try:
        image = Image.open(file, formats=FORMATS)
    except UnidentifiedImageError:
        head = _head(file)
        if head[4:8] == b"ftyp" and head[8:12] in HEIC_BRANDS:
            return _open_heic(file)
        if head[:4] in TIFF:
            return _open_tiff(file)
        raise
    if image.format == "PNG":
        _mend_png(image, file)
    elif image.format == "PPM":
        _mend_netpbm(image, file)
    elif image.format == "TIFF":
        return _mended_tiff(image, file)
    elif image.format == "GIF":
        covered = image.tile[0].extents if image.tile else None
        image.info[COVERED] = covered if covered != (0, 0, *image.size) else None
    return image


def whole(image: Image.Image) -> Image.Image:
    """Returns an image, transparent where the first frame of an animation draws nothing: Pillow fills in some colour there."""
    covered = image.info.get(COVERED)
    if not covered:
        return image
    made = Image.new("RGBA", image.size)
    made.paste(image.convert("RGBA").crop(covered), covered)
    return made


def _head(file: PathLike[str] | BinaryIO) -> bytes:
    if isinstance(file, PathLike):
        with open(file, "rb") as opened:
            return opened.read(12)
    file.seek(0)
    head = file.read(12)
    file.seek(0)
    return head


def _content(file: PathLike[str] | BinaryIO) -> bytes:
    if isinstance(file, PathLike):
        with open(file, "rb") as opened:
            return opened.read()
    file.seek(0)
    return file.read()


def _open_heic(file: PathLike[str] | BinaryIO) -> Image.Image:
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        raise NoHeic("HEIC pictures need a package that is not here: pip install pillow-heif, or save them as JPEG") from None
    register_heif_opener()
    return Image.open(file, formats=("HEIF",))


def _mend_png(image: Image.Image, file: PathLike[str] | BinaryIO) -> None:
    """Scales the transparent level of greys of 2 and 4 bits, as Pillow scales the greys, and keeps all 16 bits of colours."""
    layout = str(image.tile[0].args) if image.tile else ""  # type: ignore[attr-defined]
    clear = image.info.get("transparency")
    if layout in ("L;2", "L;4") and isinstance(clear, int):
        image.info["transparency"] = clear * 255 // (2 ** int(layout[-1]) - 1)
    elif layout in ("RGB;16B", "RGBA;16B", "LA;16B"):
        import torch
        from torchvision.io import ImageReadMode, decode_png

        content = torch.frombuffer(bytearray(_content(file)), dtype=torch.uint8)
        image.info[VALUES] = decode_png(content, ImageReadMode.UNCHANGED).numpy().transpose(1, 2, 0)
        if not isinstance(file, PathLike):
            file.seek(0)


def _mend_netpbm(image: Image.Image, file: PathLike[str] | BinaryIO) -> None:
    """Keeps values of more than 8 bits as the file has them: Pillow scales greys to 16 bits, and colours to 8."""
    codec, _, offset, layout = image.tile[0]  # type: ignore[attr-defined]
    if not isinstance(layout, tuple) or layout[-1] < 256:
        return
    shape = (image.height, image.width, 3) if image.mode == "RGB" else (image.height, image.width)
    count, body = int(np.prod(shape)), _content(file)[offset:]
    if codec == "ppm":
        values = np.frombuffer(body[: 2 * count], ">u2", len(body[: 2 * count]) // 2).astype(np.int32).clip(max=layout[-1])
    else:
        values = np.array(re.sub(rb"#[^\r\n]*", b" ", body).split()[:count]).astype(np.int32)
        if ((values < 0) | (values > layout[-1])).any():
            raise ValueError(f"values that are not from 0 to {layout[-1]}")
    if len(values) < count:
        raise OSError("image file is truncated")
    image.info[VALUES] = values.reshape(shape)
    if not isinstance(file, PathLike):
        file.seek(0)


def as_before(image: Image.Image, decoding: int) -> Image.Image:
    """Returns an image as decoding 2 or 3 read it (`ReadOptions.decoding`)."""
    if decoding < 4:
        deep = VALUES in image.info or image.mode.startswith("I")
        if image.mode == "P" or deep:
            image.info.pop(ICC, None)
        if deep and image.mode == "RGB":
            image.info.pop("transparency", None)
        if FORMER in image.info:
            image.info[VALUES] = image.info.pop(FORMER)
            image.getexif().pop(ORIENTATION, None)
    if decoding < 3:
        if image.format == "PPM":
            image.info.pop(VALUES, None)
        image.info.pop(UNSIGNED, None)
    return image


def _mended_tiff(image: Image.Image, file: PathLike[str] | BinaryIO) -> Image.Image:
    """Returns a TIFF with what Pillow leaves out of its `info`, or opened otherwise where Pillow misreads its values."""
    tags: Any = image.tag_v2  # type: ignore[attr-defined]
    if tags.get(KIND, 0) & PREVIEW and FURTHER in tags:
        raise ValueError(RAW)
    bits, formats = tags.get(BITS, (1,)), tags.get(SAMPLE_FORMAT, (PLAIN,))
    if SIGNED in formats and image.mode == "L":
        return _open_tiff(file)  # Pillow reads int8 as unsigned
    if max(bits) > 8 and len(bits) > 1:
        return _open_tiff(file)  # Pillow drops the low 8 bits, and scrambles separate planes
    if max(bits) > 8:
        image.info[WHITE_IS_ZERO] = tags.get(PHOTOMETRIC) == 0
        image.info[UNSIGNED] = image.mode == "I" and max(bits) == 32 and PLAIN in formats
    return image


def _open_tiff(file: PathLike[str] | BinaryIO) -> Image.Image:
    """Opens a TIFF that Pillow can't read whole: of several channels of 16 bits, of 64 bits, of a rare byte order."""
    try:
        from tifffile import TiffFile
    except ImportError:
        raise NoTiff("a TIFF of this kind needs a package that is not here: pip install tifffile, or save it as PNG") from None
    if not isinstance(file, PathLike):
        file.seek(0)
    with TiffFile(file) as opened:
        page = opened.pages.first
        if len(opened.pages) > 1:
            raise ValueError("a TIFF of several pages of this kind; save each as a file of its own")
        if page.subfiletype & PREVIEW and page.subifds:
            raise ValueError(RAW)
        if page.photometric not in COLOURS:
            raise ValueError("a TIFF that is neither grey nor RGB nor CMYK; save it as RGB")
        values, further = page.asarray(), page.extrasamples
        planes, photometric = page.planarconfig == 2, int(page.photometric)
        profile, turned = (page.tags.valueof(tag) for tag in (PROFILE, int(ORIENTATION)))
    values = values.transpose(1, 2, 0) if planes and values.ndim == 3 else values
    if values.ndim not in (2, 3):
        raise ValueError(f"a TIFF of {values.ndim} dimensions")
    image = _of_values(values, COLOURS[photometric], further)
    image.info[WHITE_IS_ZERO] = photometric == 0
    if profile:
        image.info[ICC] = profile
    if turned:
        image.getexif()[ORIENTATION] = turned
    image.format = "TIFF"
    return image


def _of_values(values: np.ndarray, colours: int, further: Sequence[int]) -> Image.Image:
    """Returns an image that holds `values`, (H, W) or (H, W, C): the first `colours` channels, and of the `further` ones, whose
    kinds a TIFF names, alpha alone. CMYK has 8 bits, as Pillow reads it."""
    height, width = values.shape[:2]
    if colours == COLOURS[5]:
        eight = values[..., :colours] >> 8 * (values.dtype.itemsize - 1)
        return Image.fromarray(eight.astype(np.uint8), "CMYK")
    image = Image.new("L" if values.ndim == 2 else "RGB", (width, height))
    image.info[FORMER] = np.ascontiguousarray(values)
    if values.ndim == 3:
        if colours == 1 and values.shape[2] > 2:
            raise ValueError(f"{values.shape[2]} channels that are no colours; save those that are to be seen as RGB")
        alphas = [colours + place for place, kind in enumerate(further) if kind in (PREMULTIPLIED, STRAIGHT)][:1]
        kept = values[..., [*range(colours), *alphas]]
        if alphas and further[alphas[0] - colours] == PREMULTIPLIED:
            kept = _straight(kept)
        values = kept[..., 0] if kept.shape[2] == 1 else kept
    image.info[VALUES] = np.ascontiguousarray(values)
    return image


def _straight(values: np.ndarray) -> np.ndarray:
    """Returns integers (H, W, C) whose colour is multiplied by alpha, the last channel, with colour as it is."""
    colour, alpha = values[..., :-1].astype(np.float64), values[..., -1:].astype(np.float64)
    most = np.iinfo(values.dtype).max
    colour = np.divide(colour * most, alpha, out=np.zeros_like(colour), where=alpha > 0).round().clip(0, most)
    return np.concatenate([colour.astype(values.dtype), values[..., -1:]], -1)
