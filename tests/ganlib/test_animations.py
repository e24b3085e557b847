"""Tests animations as read by Pillow and PyAV: frames, durations, pixels, and the caption."""

import io
import sys

import av
import numpy as np
import pytest
from PIL import Image, ImageFont

from ganlib import UserError, animations, pictures
from ganlib.animations import KINDS, animate, caption_strip

CHANNELS = pytest.mark.parametrize("channels", [1, 3])
LOOPING = pytest.mark.parametrize("kind", ["webp", "gif"])
PAPER, INK = (250, 249, 246), (22, 24, 29)
CAPTION = "mnist, epoch 12, seeds 1 2 3, slerp, 48 frames in 3 s"


def moving(num=7, channels=3, size=28, width=None):
    """Returns frames of a bright square that moves over a gradient."""
    y, x = np.mgrid[:size, : width or size]
    shades = np.stack([3 * x + y, 2 * y + 40, x + 2 * y])[:channels] % 200
    frames = np.repeat(shades[None], num, 0).astype(np.uint8)
    for i, frame in enumerate(frames):
        frame[:, i + 2 : i + 8, i + 3 : i + 9] = 230
    return frames


def read(content):
    """Returns the frames (N, H, W, 3) of a WebP or GIF, the milliseconds of each, and the loop count."""
    with Image.open(io.BytesIO(content)) as picture:
        frames, times = [], []
        for i in range(picture.n_frames):
            picture.seek(i)
            frames.append(np.asarray(picture.convert("RGB")))
            times.append(picture.info["duration"])
        return np.stack(frames), times, picture.info.get("loop")


def watch(content):
    """Returns the frames (N, H, W, 3) of an MP4, their presentation times in seconds, and the duration."""
    with av.open(io.BytesIO(content)) as container:
        stream = container.streams.video[0]
        frames = list(container.decode(stream))
        assert stream.codec_context.name == "h264" and stream.codec_context.pix_fmt == "yuv420p"
        images = np.stack([frame.to_ndarray(format="rgb24", src_colorspace="ITU709") for frame in frames])
        return images, [float(frame.pts * frame.time_base) for frame in frames], float(stream.duration * stream.time_base)


def enlarged(frames, scale):
    frames = np.repeat(frames, 3 // frames.shape[1], 1).transpose(0, 2, 3, 1)
    return frames.repeat(scale, 1).repeat(scale, 2)


@CHANNELS
def test_webp_keeps_every_pixel_and_the_caption_lies_below(channels):
    frames = moving(channels=channels)
    found, times, loop = read(animate(frames, 2, "webp", CAPTION))
    assert np.array_equal(found[:, :280], enlarged(frames, 10))
    strip = found[:, 280:]
    assert strip.shape[1] > 20 and (strip == strip[0]).all()
    assert (strip[0, 0] == PAPER).all() and strip.min() < 60  # a caption on the background colour
    assert sum(times) == 2000 and max(times) - min(times) <= 1 and loop == 0


@CHANNELS
def test_gif_is_close_to_every_pixel(channels):
    frames = moving(channels=channels)
    found, times, loop = read(animate(frames, 2, "gif", CAPTION))
    wrong = np.abs(found[:, :280].astype(int) - enlarged(frames, 10))
    assert wrong.max() <= 1 if channels == 1 else wrong.mean() < 4
    assert sum(times) == 2000 and max(times) - min(times) <= 10 and loop == 0


@LOOPING
def test_what_stands_still_does_not_flicker(kind):
    found, *_ = read(animate(moving(), 2, kind, CAPTION))
    assert (found[:, 200:] == found[0, 200:]).all()


@CHANNELS
def test_mp4_plays_every_frame_in_time(channels):
    frames = moving(channels=channels)
    found, starts, duration = watch(animate(frames, 2, "mp4", CAPTION))
    assert found.shape[2] == 280 and found.shape[1] % 2 == 0 and len(found) == 7
    assert starts == pytest.approx(np.arange(7) * 2 / 7, abs=1e-3) and duration == pytest.approx(2, abs=2e-3)
    assert np.abs(found[:, :280].astype(int) - enlarged(frames, 10)).mean() < 3
    assert np.abs(found[:, -1].astype(int) - PAPER).max() < 8


def test_mp4_can_be_played_while_it_loads():
    content = animate(moving(), 1, "mp4")
    assert content.index(b"moov") < content.index(b"mdat")


@LOOPING
def test_equal_neighbours_melt_and_keep_their_time(kind):
    frames = moving(4)[[0, 0, 1, 2, 2, 2, 3, 3]]
    found, times, loop = read(animate(frames, 1.6, kind, CAPTION))
    assert len(found) == 4 and times == [400, 200, 600, 400] and loop == 0
    apart, *_ = read(animate(frames[[0, 2, 3, 6]], 1.6, kind, CAPTION))
    assert np.array_equal(found, apart) if kind == "webp" else np.abs(found.astype(int) - apart).mean() < 2


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("num", [1, 2, 5])
def test_a_film_in_which_nothing_happens(kind, num):
    """WebP merges equal frames into a still picture without a duration."""
    content = animate(np.repeat(moving(1), num, 0), 1.5, kind, CAPTION)
    if kind == "mp4":
        found, _, duration = watch(content)
        assert duration == pytest.approx(1.5, abs=2e-3) and len(found) == num
    else:
        found, times, _ = read(content)
        assert times == [1500 if kind == "gif" else 0] and len(found) == 1
    assert np.abs(found[:, :280].astype(int) - enlarged(moving(1), 10)).mean() < 4


@pytest.mark.parametrize("kind", KINDS)
def test_black_frames(kind):
    content = animate(np.zeros((3, 1, 32, 32), np.uint8), 1, kind)
    found = watch(content)[0] if kind == "mp4" else read(content)[0]
    assert found.shape == (3 if kind == "mp4" else 1, 256, 256, 3) and found.max() < 3


@pytest.mark.slow
@pytest.mark.parametrize(("num", "seconds"), [(48, 3), (60, 1.7), (7, 0.33), (3, 10)])
def test_times_add_up(num, seconds):
    for kind, unit in (("webp", 1), ("gif", 10)):
        found, times, _ = read(animate(moving(num, 1, 80), seconds, kind))
        assert len(found) == num and sum(times) == pytest.approx(1000 * seconds, abs=unit)
    found, _, duration = watch(animate(moving(num, 1, 80), seconds, "mp4"))
    assert len(found) == num and duration == pytest.approx(seconds, abs=2e-3)


def test_no_frame_is_too_short_for_browsers():
    """They show a frame of 10 ms or less for 100 ms."""
    frames = moving(20, 1)
    assert read(animate(frames, 0.1, "gif"))[1] == [20] * 20
    assert read(animate(frames, 0.1, "webp"))[1] == [11] * 20


@pytest.mark.slow
@pytest.mark.parametrize(
    ("size", "width", "scale", "expected"),
    [
        (28, 28, 1, (280, 280)),  # at least 256 wide
        (28, 28, 12, (336, 336)),
        (64, 64, 1, (256, 256)),
        (96, 96, 1, (288, 288)),
        (32, 330, 1, (32, 330)),  # a tall strip
        (31, 301, 1, (31, 301)),
    ],
)
def test_sizes(size, width, scale, expected):
    frames = moving(2, 3, size, width)
    for kind in ("webp", "gif"):
        assert read(animate(frames, 1, kind, scale=scale))[0].shape[1:3] == expected
    even = tuple(side + side % 2 for side in expected)
    assert watch(animate(frames, 1, "mp4", scale=scale))[0].shape[1:3] == even


def test_large_pictures_are_enlarged_smoothly():
    frames = moving(1, 3, 64)
    found, *_ = read(animate(frames, 1, "webp"))
    smooth = Image.fromarray(frames[0].transpose(1, 2, 0)).resize((256, 256), Image.Resampling.BICUBIC)
    assert np.array_equal(found[0], np.asarray(smooth))


def test_a_gif_has_colours_for_all_frames():
    """Forty frames of one colour each, all different."""
    colours = np.random.default_rng(0).integers(0, 256, (40, 3)).astype(np.uint8)
    frames = np.broadcast_to(colours[:, :, None, None], (40, 3, 28, 28)).copy()
    found, *_ = read(animate(frames, 4, "gif", CAPTION))
    assert np.abs(found[:, :280].astype(int) - colours[:, None, None]).max() <= 4


@pytest.mark.parametrize("width", [256, 280, 700])
def test_captions_wrap_and_never_touch_the_edge(width):
    one, long = caption_strip("short", width), caption_strip("word " * 60 + "w" * 200, width)
    assert long.shape[0] > 2 * one.shape[0]
    for strip in (one, long):
        assert strip.shape[1:] == (width, 3)
        edges = [strip[:4], strip[-4:], strip[:, :4], strip[:, -4:]]
        assert all((edge == PAPER).all() for edge in edges)
        assert np.abs(strip.astype(int) - INK).sum(2).min() < 60
    assert caption_strip(" \n ", width).shape == (0, width, 3)


def test_captions_that_pillows_font_cannot_draw(monkeypatch):
    """Without another font, characters are transliterated or become question marks; never boxes, never an error."""
    only = [ImageFont.load_default(14)]
    monkeypatch.setattr(animations, "_fonts", lambda size: only)
    assert np.array_equal(caption_strip("数字, ψ 0.8", 280), caption_strip("??, psi 0.8", 280))
    assert np.array_equal(caption_strip("a\0b\ud800c\uffff", 280), caption_strip("a?b?c?", 280))


def test_chinese_captions_are_drawn_where_a_font_is():
    if len(animations._fonts(14)) == 1:
        pytest.skip("no other font on this machine")
    assert not np.array_equal(caption_strip("ψ", 280), caption_strip("psi", 280))


@pytest.mark.parametrize("caption", ["数字" * 40, "\U0001f600 عربي", "\ud800", "<b>&", "é" * 300, "\u200b"])
def test_any_caption_makes_a_file(caption):
    assert len(read(animate(moving(2, 1), 1, "webp", caption))[0]) == 2


# ------------------------------------------------------------------------------------------------- transparency


def fading(num=6, size=28):
    """A coloured disc with a soft edge that wanders over nothing: RGBA."""
    y, x = np.mgrid[:size, :size]
    alpha = [np.clip(255 - 18 * np.hypot(y - 14, x - 6 - 3 * i), 0, 255) for i in range(num)]
    return np.stack([np.stack([7 * x, 5 * y, 90 + 0 * x, a]) for a in alpha]).astype(np.uint8)


def read_alpha(content):
    """Frames (N, H, W, 4) of a WebP or GIF."""
    with Image.open(io.BytesIO(content)) as picture:
        frames = []
        for i in range(picture.n_frames):
            picture.seek(i)
            frames.append(np.asarray(picture.convert("RGBA")))
        return np.stack(frames)


def test_webp_keeps_alpha():
    frames = fading()
    found = read_alpha(animate(frames, 1, "webp", CAPTION))
    expected = frames.transpose(0, 2, 3, 1).repeat(10, 1).repeat(10, 2)
    seen = expected[..., 3] > 0
    assert np.array_equal(found[:, :280, :, 3], expected[..., 3]) and np.array_equal(found[:, :280][seen], expected[seen])
    assert (found[:, 280:, :, 3] == 255).all() and (found[0, -1, 0, :3] == PAPER).all()  # the caption


def test_gif_shows_what_is_more_than_half_opaque():
    frames = fading()
    found = read_alpha(animate(frames, 1, "gif", CAPTION))
    expected = frames.transpose(0, 2, 3, 1).repeat(10, 1).repeat(10, 2)
    seen = expected[..., 3] >= 128
    assert np.array_equal(found[:, :280, :, 3] == 255, seen) and set(np.unique(found[..., 3])) == {0, 255}
    assert np.abs(found[:, :280][seen].astype(int) - expected[seen])[:, :3].mean() < 4


def test_mp4_shows_a_checkerboard_behind():
    frames = fading()
    found, *_ = watch(animate(frames, 1, "mp4"))
    clear = frames[0, 3].repeat(10, 0).repeat(10, 1) == 0
    board = np.repeat(pictures.checkerboard(280, 280)[..., None], 3, 2)
    assert clear.mean() > 0.3 and np.abs(found[0][clear].astype(int) - board[clear]).mean() < 3
    assert np.abs(found[0, 145, 65].astype(int) - frames[0, :3, 14, 6]).max() < 12


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("alpha", [0, 255])
def test_films_of_nothing_and_of_opaque_rgba(kind, alpha):
    frames = fading()
    frames[:, 3] = alpha
    frames[:, :3, :12, :12] = np.arange(6)[:, None, None, None] * 40  # something moves
    content = animate(frames, 1, kind)
    if kind == "mp4":
        assert len(watch(content)[0]) == 6
        return
    found = read_alpha(content)
    assert set(np.unique(found[..., 3])) == {alpha}
    assert len(found) == 6 if alpha else len(found) >= 1


def test_mistakes():
    with pytest.raises(ValueError, match="webp, gif, mp4"):
        animate(moving(), 1, "avi")
    with pytest.raises(ValueError, match="no frames"):
        animate(moving()[:0], 1, "gif")


def test_mp4_without_pyav(monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(UserError, match="pip install av"):
        animate(moving(), 1, "mp4")
    assert animate(moving(), 1, "gif")
