"""Writes frames as an animated WebP, a GIF or an MP4 film, with a caption below them."""

import io
import tempfile
from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ganlib import UserError
from ganlib.pictures import INK, PAPER, checkerboard, composed, has_alpha, pixelated
from ganlib.sizes import size_of

KINDS = {"webp": "image/webp", "gif": "image/gif", "mp4": "video/mp4"}
LEAST_WIDTH = 256  # pixels: room for a caption; some players reject smaller videos
BT709 = 1  # H.264's code for HD colours; browsers guess if it is missing
PALETTE_PIXELS = 2**16  # sampled to choose a GIF's palette
CLEAR = 255  # the palette's number for transparency in a GIF
HALF = 128  # alpha from which a GIF shows a pixel


def animate(frames: np.ndarray, seconds: float, kind: str, caption: str = "", scale: int = 1) -> bytes:
    """Encodes `frames`, uint8 (N, C, H, W), C 1, 3 or 4, as a file of `kind` that shows each for an equal part of `seconds`.

    Frames are enlarged by `scale`, or by the smallest integer that makes them 256 pixels wide, whichever is larger: with
    sharp pixels for small pictures, smoothed for large ones. `caption` is drawn below. WebP (lossless) and GIF loop for ever;
    a frame is shown for 11 ms (WebP) or 20 ms (GIF) at least, below which browsers slow down, even if that exceeds `seconds`.
    Pillow merges a frame with an equal one before it and adds their times: same duration, fewer frames. (A WebP whose
    frames are all equal becomes a still picture without a duration.) MP4 is H.264 in yuv420p with even sides.
    Of RGBA frames, WebP keeps alpha; GIF, which has no partial alpha, shows pixels with an alpha of 128 or more; MP4 shows
    them over a checkerboard.
    Raises ValueError for an unknown kind or no frames, UserError without PyAV.
    """
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {kind!r}.")
    if not len(frames):
        raise ValueError("There are no frames.")
    width = frames.shape[3]
    scale = max(scale, -(-LEAST_WIDTH // width))
    return WRITERS[kind](Sheets(frames, scale, caption_strip(caption, width * scale)), seconds)


@dataclass(frozen=True)
class Sheets:
    """Iterates over the enlarged frames with the caption below, made one at a time: uint8 (height, width, 3), 4 of RGBA."""

    frames: np.ndarray
    scale: int
    strip: np.ndarray

    @property
    def transparent(self) -> bool:
        return has_alpha(self.frames)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of each sheet."""
        height, width = self.frames.shape[2:]
        return height * self.scale + len(self.strip), width * self.scale

    def __len__(self) -> int:
        return len(self.frames)

    def __iter__(self) -> Iterator[np.ndarray]:
        height, width = self.frames.shape[2:]
        resample = Image.Resampling.NEAREST if pixelated(size_of(height, width)) else Image.Resampling.BICUBIC
        mode, strip = ("RGBA", _with_alpha(self.strip)) if self.transparent else ("RGB", self.strip)
        for frame in self.frames:
            picture = Image.fromarray(frame[0] if len(frame) == 1 else np.ascontiguousarray(frame.transpose(1, 2, 0)))
            picture = picture.convert(mode).resize((width * self.scale, height * self.scale), resample)
            yield np.concatenate([np.asarray(picture), strip])


def _with_alpha(strip: np.ndarray) -> np.ndarray:
    return np.concatenate([strip, np.full((*strip.shape[:2], 1), 255, np.uint8)], 2)


# ------------------------------------------------------------------------------------------------------- writers


def _webp(sheets: Sheets, seconds: float) -> bytes:
    pictures = map(Image.fromarray, sheets)
    times = _times(len(sheets), seconds, 1000, 11)
    return _saved(pictures, "WEBP", times, lossless=True, method=1, quality=20, kmax=0)  # 50: 7 % smaller, twice as slow


def _gif(sheets: Sheets, seconds: float) -> bytes:
    """Uses one palette for all frames and no dithering, so that static pixels don't flicker."""
    palette, pictures = _in_greys(sheets) if sheets.frames.shape[1] == 1 else _in_colours(sheets)
    times = [10 * time for time in _times(len(sheets), seconds, 100, 2)]
    if sheets.transparent:  # 2: clear a frame before the next
        return _saved(pictures, "GIF", times, palette=palette, disposal=2, transparency=CLEAR)
    return _saved(pictures, "GIF", times, palette=palette, disposal=1)  # 1: keep the frame below the next


def _saved(pictures: Iterator[Image.Image], kind: str, times: list[int], **settings: Any) -> bytes:
    """Encodes `pictures` with Pillow, each shown for its milliseconds of `times`, in a loop."""
    file = io.BytesIO()
    next(pictures).save(file, kind, save_all=True, append_images=pictures, duration=times, loop=0, **settings)
    return file.getvalue()


def _in_colours(sheets: Sheets) -> tuple[list[int], Iterator[Image.Image]]:
    """Returns a palette for all sheets (768 numbers at most) and the sheets quantised to it: up to 256 colours, or, of RGBA, up
    to 255 and the number CLEAR for what is transparent."""
    height, width = sheets.size
    step = int(np.ceil((len(sheets) * height * width / PALETTE_PIXELS) ** 0.5))
    pixels = np.concatenate([sheet[::step, ::step] for sheet in sheets])
    if sheets.transparent:
        pixels = pixels[pixels[..., 3] >= HALF][None] if (pixels[..., 3] >= HALF).any() else pixels
    colours = CLEAR if sheets.transparent else 256
    chosen = Image.fromarray(np.ascontiguousarray(pixels[..., :3])).quantize(colours, Image.Quantize.MEDIANCUT, kmeans=1)
    palette = chosen.getpalette() or []
    if sheets.transparent:  # its free places hold its first colour, so that none of them is chosen
        palette = (palette + palette[:3] * 256)[: 3 * CLEAR] + palette[:3]
        chosen.putpalette(palette)

    def quantised(sheet: np.ndarray) -> Image.Image:
        picture = Image.fromarray(np.ascontiguousarray(sheet[..., :3])).quantize(palette=chosen, dither=Image.Dither.NONE)
        if sheets.transparent:
            picture = Image.fromarray(np.where(sheet[..., 3] >= HALF, np.asarray(picture), np.uint8(CLEAR)))
            picture.putpalette(palette)
        return picture

    return palette, map(quantised, sheets)


def _in_greys(sheets: Sheets) -> tuple[list[int], Iterator[Image.Image]]:
    """As `_in_colours`, for grey pictures: 240 greys and 16 steps from ink to paper. Pillow's quantiser, which uses six
    bits of a colour, would give 64 greys."""
    colours = np.concatenate([np.linspace((0, 0, 0), (255, 255, 255), 240), np.linspace(_INK, _PAPER, 16)])
    palette, red = np.rint(colours).astype(int).flatten().tolist(), np.arange(256)
    grey = np.rint(red / 255 * 239).astype(np.uint8)  # palette index by red value
    inked = np.rint(np.interp(red, (_INK[0], _PAPER[0]), (240, 255))).astype(np.uint8)

    def numbered(sheet: np.ndarray) -> Image.Image:
        picture = Image.fromarray(np.where(np.ptp(sheet, 2) == 0, grey[sheet[..., 0]], inked[sheet[..., 0]]))
        picture.putpalette(palette)
        return picture

    return palette, map(numbered, sheets)


def _mp4(sheets: Sheets, seconds: float) -> bytes:
    try:
        import av
    except ImportError as error:
        raise UserError("MP4 files need PyAV; run `pip install av`, or choose webp or gif.") from error
    rate = len(sheets) / Fraction(seconds).limit_denominator(1000)
    with tempfile.TemporaryDirectory() as folder:  # faststart needs a file on disk
        path = Path(folder, "animation.mp4")
        with av.open(path, "w", options={"movflags": "faststart"}) as container:
            stream = container.add_stream("libx264", rate=rate, options={"crf": "16", "preset": "fast"})
            stream.height, stream.width = (side + side % 2 for side in sheets.size)
            stream.pix_fmt, stream.time_base, stream.codec_context.time_base = "yuv420p", 1 / rate, 1 / rate
            stream.codec_context.colorspace = stream.codec_context.color_primaries = stream.codec_context.color_trc = BT709
            for i, sheet in enumerate(map(_opaque, sheets)):
                frame = av.VideoFrame.from_ndarray(_even(sheet), format="rgb24")
                frame = frame.reformat(format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG")
                frame.pts, frame.time_base = i, 1 / rate
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
        return path.read_bytes()


WRITERS = {"webp": _webp, "gif": _gif, "mp4": _mp4}


def _times(num: int, seconds: float, unit: int, least: int) -> list[int]:
    """Returns the integer duration of each of `num` frames, `unit` a second, `least` or more; their sum is exact."""
    ends = np.rint(np.arange(num + 1) * max(seconds * unit / num, least)).astype(int)
    return [int(time) for time in np.diff(ends)]


def _opaque(sheet: np.ndarray) -> np.ndarray:
    """Returns a sheet (height, width, 3), of RGBA over a checkerboard."""
    return composed(sheet.transpose(2, 0, 1), checkerboard(*sheet.shape[:2])).transpose(1, 2, 0)


def _even(sheet: np.ndarray) -> np.ndarray:
    """Pads `sheet` with a line at the right and bottom to even sides."""
    height, width = sheet.shape[:2]
    even = np.full((height + height % 2, width + width % 2, 3), _PAPER, np.uint8)
    even[:height, :width] = sheet
    return even


# ------------------------------------------------------------------------------------------------------- caption

_INK, _PAPER = (tuple(bytes.fromhex(colour.removeprefix("#"))) for colour in (INK, PAPER))
# Pillow's own font has little beyond ASCII; for other characters these system fonts are tried.
FONTS = {"NotoSansCJK-Regular.ttc": 2, "PingFang.ttc": 0, "msyh.ttc": 0, "wqy-microhei.ttc": 0, "DejaVuSans.ttf": 0}
SPELLED = {"ψ": "psi", "σ": "sigma", "×": "x", "–": "-", "—": "-", "→": "->"}


def caption_strip(caption: str, width: int) -> np.ndarray:
    """Draws `caption` as uint8 (height, width, 3), wrapped to `width`; height 0 for an empty one.

    Characters that no font has are spelled in ASCII, or become a question mark.
    """
    caption = " ".join(caption.split())
    if not caption:
        return np.empty((0, width, 3), np.uint8)
    size = min(max(width // 20, 14), 22)
    font, caption = _lettered(caption, size)
    margin, leading = size // 2, round(1.4 * size)
    lines = _wrapped(caption, font, width - 2 * margin)
    strip = Image.new("RGB", (width, 2 * margin + leading * len(lines)), PAPER)
    draw = ImageDraw.Draw(strip)
    for i, line in enumerate(lines):
        draw.text((margin, margin + leading * (i + 0.5)), line, fill=INK, font=font, anchor="lm")
    return np.asarray(strip)


def _lettered(text: str, size: int) -> tuple[ImageFont.FreeTypeFont, str]:
    """Returns the font that can draw the most characters of `text`, and the text with the others replaced."""
    drawable = [(font, {letter for letter in set(text) if _draws(font, letter)}) for font in _fonts(size)]
    font, letters = max(drawable, key=lambda pair: len(pair[1]))
    return font, "".join(letter if letter in letters else SPELLED.get(letter, "?") for letter in text)


@lru_cache(maxsize=16)
def _fonts(size: int) -> list[ImageFont.FreeTypeFont]:
    default = ImageFont.load_default(size)
    assert isinstance(default, ImageFont.FreeTypeFont)  # always, when a size is given
    fonts = [default]
    for name, index in FONTS.items():
        try:
            fonts.append(ImageFont.truetype(name, size, index))
        except OSError:
            continue
    return fonts


def _draws(font: ImageFont.FreeTypeFont, letter: str) -> bool:
    """Whether `font` has a glyph for `letter`, rather than the box for a missing one."""
    if not letter.isprintable() or letter == "\uffff":
        return False
    mask, lacking = font.getmask(letter), font.getmask("\uffff")
    return letter == " " or (mask.size != lacking.size or bytes(mask) != bytes(lacking))


def _wrapped(text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    """Wraps `text` to lines of at most `width` pixels, between words, or within a word that is longer than a line."""
    lines = []
    while text:
        fit = bisect(range(1, len(text) + 1), float(width), key=lambda num: font.getlength(text[:num]))
        if fit < len(text):
            fit = max(text.rfind(" ", 0, fit + 1), 0) or max(fit, 1)
        lines.append(text[:fit])
        text = text[fit:].lstrip()
    return lines
