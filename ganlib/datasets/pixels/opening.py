"""Opens an image file of any format that is read, and mends what Pillow 12.3 misreads of some."""

from os import PathLike
from typing import BinaryIO

import numpy as np
from PIL import Image, UnidentifiedImageError

from ganlib import UserError
from ganlib.datasets.pixels.levels import VALUES, WHITE_IS_ZERO

# Raster formats only: Pillow's EPS starts Ghostscript, and other decoders are rarely fuzzed.
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "PPM", "AVIF", "ICO", "JPEG2000", "TGA")
HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")  # of an ISO media file's first box
TIFF = (b"II*\0", b"MM\0*")
COVERED = "covered"  # key of an image's `info`: the part that its first frame draws
# TIFF tags: bits of each channel; 0 where zero is white; 2 for signed values
BITS, PHOTOMETRIC, SAMPLE_FORMAT, SIGNED = 258, 262, 339, 2


class NoHeic(UserError):
    """A HEIC picture where pillow-heif is not installed."""


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
    elif image.format == "TIFF" and SIGNED in image.tag_v2.get(SAMPLE_FORMAT, ()) and image.mode == "L":  # type: ignore[attr-defined]
        return _open_tiff(file)  # Pillow reads int8 as unsigned
    elif image.format == "TIFF" and max(image.tag_v2.get(BITS, (1,))) > 8:  # type: ignore[attr-defined]
        if len(image.tag_v2[BITS]) > 1:  # type: ignore[attr-defined]
            return _open_tiff(file)  # Pillow drops the low 8 bits, and scrambles separate planes
        image.info[WHITE_IS_ZERO] = image.tag_v2.get(PHOTOMETRIC) == 0  # type: ignore[attr-defined]
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
        values = page.asarray()
        planes, white_is_zero = page.planarconfig == 2, page.photometric == 0
    values = values.transpose(1, 2, 0) if planes and values.ndim == 3 else values
    if values.ndim not in (2, 3):
        raise ValueError(f"a TIFF of {values.ndim} dimensions")
    height, width = values.shape[:2]
    image = Image.new("L" if values.ndim == 2 else "RGB", (width, height))
    image.info.update({VALUES: np.ascontiguousarray(values), WHITE_IS_ZERO: white_is_zero})
    image.format = "TIFF"
    return image
