"""Lays out pictures: grids, PNG and WebP files, and loss curves as SVG; from uint8 arrays (N, C, H, W).

C is 1 (grey), 3 (RGB) or 4 (RGBA: straight colour, as in PNG, with alpha).
"""

import io
import json
import zlib
from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from ganlib.sizes import Size, height_width, size_of

RGBA = 4  # channels of pictures with transparency
COLOURS = {1: "grey", 3: "colour", RGBA: "colour with transparency"}  # by channels
GUTTER = 2
GROUND = 128  # mid-grey, distinct from black and from white backgrounds
CHECKS, CHECK_SIDE = (112, 144), 8  # greys and pixels of the checkerboard behind transparency, as in studio.css
SETTINGS_KEY = "ganlib"  # the PNG text chunk that holds the settings as JSON


def to_uint8(images: np.ndarray) -> np.ndarray:
    """Converts images in [-1, 1] to uint8 in [0, 255], rounded."""
    return np.clip(np.rint((images + 1) * 127.5), 0, 255).astype(np.uint8)


def pixelated(image_size: Size) -> bool:
    """Whether pictures of this size are enlarged with sharp pixels rather than smoothed."""
    return max(height_width(image_size)) <= 32


def scale_for(image_size: Size) -> int:
    """Returns the integer factor that enlarges a picture to about 96 pixels on its longer side: 28 -> 3, 64 -> 2, 128 -> 1."""
    return max(1, round(96 / max(height_width(image_size))))


def grid(images: np.ndarray, columns: int, scale: int = 1) -> Image.Image:
    """Lays uint8 images (N, C, H, W) out row by row, `columns` to a row, with gutters of 2 pixels at `scale` 1: grey, of RGBA
    transparent.

    The last row may be short. `scale` repeats pixels for small pictures and interpolates larger ones.
    """
    n, channels, height, width = images.shape
    rows, ground = -(-n // columns), 0 if has_alpha(images) else GROUND
    sheet = np.full((GUTTER + rows * (height + GUTTER), GUTTER + columns * (width + GUTTER), channels), ground, np.uint8)
    for i, image in enumerate(images):
        top, left = GUTTER + i // columns * (height + GUTTER), GUTTER + i % columns * (width + GUTTER)
        sheet[top : top + height, left : left + width] = image.transpose(1, 2, 0)
    picture = Image.fromarray(sheet[:, :, 0] if channels == 1 else sheet)
    if scale == 1:
        return picture
    resample = Image.Resampling.NEAREST if pixelated(size_of(height, width)) else Image.Resampling.BICUBIC
    return picture.resize((picture.width * scale, picture.height * scale), resample)


def as_picture(image: np.ndarray) -> Image.Image:
    """Returns one uint8 image (C, H, W) as a picture of its own, at its own size."""
    return Image.fromarray(image[0] if len(image) == 1 else image.transpose(1, 2, 0))


def png(picture: Image.Image, settings: Mapping | None = None) -> bytes:
    """Encodes `picture` as PNG, with `settings` as JSON in the text chunk `SETTINGS_KEY`."""
    info = PngInfo()
    if settings:
        info.add_itxt(SETTINGS_KEY, json.dumps(settings, ensure_ascii=False))
    file = io.BytesIO()
    picture.save(file, "PNG", pnginfo=info)
    return file.getvalue()


def webp(picture: Image.Image) -> bytes:
    """Encodes `picture` as lossless WebP, with a checksum of its pixels in the XMP chunk."""
    file = io.BytesIO()
    picture.save(file, "WEBP", lossless=True, exact=True, xmp=_checksum(picture))
    return file.getvalue()


def is_whole_webp(content: bytes) -> bool:
    """Whether `content` is a WebP file whose pixels match their checksum, if it has one."""
    try:
        with Image.open(io.BytesIO(content), formats=["WEBP"]) as picture:
            return picture.info.get("xmp", b"") in (b"", _checksum(picture))
    except (OSError, ValueError, Image.DecompressionBombError):
        return False


def _checksum(picture: Image.Image) -> bytes:
    transparent = picture.mode == "RGBA" and np.asarray(picture)[..., 3].min() < 255  # WebP drops alpha where all is opaque
    return f"crc32 {zlib.crc32(picture.convert('RGBA' if transparent else 'RGB').tobytes())}".encode()


# ---------------------------------------------------------------------------------------------- transparency


def has_alpha(images: np.ndarray) -> bool:
    """Whether images (..., C, H, W) are RGBA."""
    return images.shape[-3] == RGBA


def premultiplied(images: np.ndarray) -> np.ndarray:
    """Returns uint8 RGBA (..., 4, H, W) with c * a / 255 for each colour c, so that all that is invisible is equal; others as
    they are."""
    return np.concatenate([composed(images, 0), images[..., 3:, :, :]], -3) if has_alpha(images) else images


def composed(images: np.ndarray, ground: int | np.ndarray = GROUND) -> np.ndarray:
    """Returns uint8 RGBA (..., 4, H, W) as RGB (..., 3, H, W) over a grey `ground`, one level or (H, W); others as they are.

    c * a + g * (1 - a), Porter and Duff 1984, "over", with a = alpha / 255, rounded.
    """
    if not has_alpha(images):
        return images
    colour, alpha = images[..., :3, :, :].astype(np.uint16), images[..., 3:, :, :].astype(np.uint16)
    return ((colour * alpha + np.asarray(ground, np.uint16) * (255 - alpha) + 127) // 255).astype(np.uint8)


def checkerboard(height: int, width: int) -> np.ndarray:
    """Returns the usual sign for transparency, uint8 (H, W) of two greys."""
    y, x = np.ogrid[:height, :width]
    return np.where((y // CHECK_SIDE + x // CHECK_SIDE) % 2, *CHECKS).astype(np.uint8)


def opaque(picture: Image.Image) -> Image.Image:
    """Returns `picture` as RGB, what is transparent over the checkerboard: for what can't show transparency."""
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    pixels = np.asarray(picture.convert("RGBA")).transpose(2, 0, 1)
    return Image.fromarray(composed(pixels, checkerboard(picture.height, picture.width)).transpose(1, 2, 0))


# ---------------------------------------------------------------------------------------------------- curves

GENERATOR, DISCRIMINATOR, INK, PAPER = "#C23D22", "#3454A4", "#16181D", "#FAF9F6"
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 240, 44, 12, 12, 28


def curves(history: Sequence[Mapping], words: Mapping[str, str] | None = None) -> str:
    """Plots the losses of a run over images seen, as SVG text: G solid in vermilion, D dashed in indigo.

    The colours are CSS variables with a fallback, so that the plot follows a page's theme and also works as a file.
    `history` holds objects with `images`, `g_loss` and `d_loss`; `words` translates the three labels.
    """
    defaults = {"images": "images seen", "generator": "generator loss", "discriminator": "discriminator loss"}
    words = {key: escape(word) for key, word in (defaults | dict(words or {})).items()}
    images = np.array([line["images"] for line in history], float)
    losses = {key: np.array([line[key] for line in history], float).clip(-1e9, 1e9) for key in ("g_loss", "d_loss")}
    last = images.max(initial=1)
    low, high = _span(np.concatenate([*losses.values(), [0.0]]))

    def x(value):
        return LEFT + (WIDTH - LEFT - RIGHT) * value / last

    def y(value):
        return TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / (high - low)

    def line(key):
        return " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x(images), y(losses[key].clip(low, high)), strict=True))

    ticks = "".join(
        f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(t):.1f}" y2="{y(t):.1f}" stroke="currentColor" stroke-opacity=".15"/>'
        f'<text x="{LEFT - 8}" y="{y(t) + 4:.1f}" text-anchor="end">{t:g}</text>'
        for t in _ticks(low, high)
    ) + "".join(
        f'<text x="{x(t):.1f}" y="{HEIGHT - 8}" text-anchor="{"end" if t == last else "middle"}">{_thousands(t)}</text>'
        for t in _ticks(0, last)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="curves" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'data-left="{LEFT}" data-width="{WIDTH - LEFT - RIGHT}" data-last="{last:g}" '
        f'font-family="ui-monospace, monospace" font-size="11" fill="currentColor" color="var(--ink, {INK})">'
        f"<title>{words['generator']}, {words['discriminator']}</title>"
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="var(--paper, {PAPER})"/>{ticks}'
        f'<polyline points="{line("d_loss")}" fill="none" stroke="var(--discriminator, {DISCRIMINATOR})" '
        'stroke-width="1.5" stroke-dasharray="5 3"/>'
        f'<polyline points="{line("g_loss")}" fill="none" stroke="var(--generator, {GENERATOR})" stroke-width="1.5"/>'
        f'<line class="cursor" x1="{LEFT}" x2="{LEFT}" y1="{TOP}" y2="{HEIGHT - BOTTOM}" stroke="currentColor" '
        'visibility="hidden"/>'
        f'<g font-family="sans-serif"><text x="{LEFT + 8}" y="{TOP + 10}" fill="var(--generator, {GENERATOR})">— '
        f'{words["generator"]}</text><text x="{LEFT + 8}" y="{TOP + 26}" fill="var(--discriminator, {DISCRIMINATOR})">- - '
        f'{words["discriminator"]}</text><text x="{WIDTH - RIGHT}" y="{TOP + 10}" text-anchor="end" '
        f'fill-opacity=".65">{words["images"]}</text></g></svg>'
    )


def _span(values: np.ndarray) -> tuple[float, float]:
    """Returns the y range: from 0 or below to 10 % above the 99th percentile, so that one spike doesn't flatten the rest."""
    low, high = np.percentile(values, [1, 99])
    low, high = min(0.0, float(low)), max(1.0, float(high))
    return low, high + 0.1 * (high - low)


def _ticks(low: float, high: float, about: int = 4) -> list[float]:
    """Returns round numbers (1, 2 or 5 times a power of ten) that divide [low, high] into about `about` parts."""
    step = (high - low) / about
    power = 10 ** np.floor(np.log10(step))
    step = power * min((1, 2, 5, 10), key=lambda m: abs(m * power - step))
    return [float(round(t, 10)) for t in np.arange(np.ceil(low / step) * step, high + step * 1e-6, step)]


def _thousands(number: float) -> str:
    for unit, suffix in ((1e6, "M"), (1e3, "k")):
        if number >= unit:
            return f"{number / unit:g}{suffix}"
    return f"{number:g}"
