"""Tests transparent pictures: the background that is chosen for a set, asked-for ones, a fourth channel, partial frames."""

import io
import struct

import numpy as np
import pytest
from PIL import Image
from sources import BLUE, GREEN, RED, WHITE, column, swapped

from ganlib.datasets import ReadOptions, load
from ganlib.datasets.decoding import Preparation, prepare
from ganlib.datasets.options import BEFORE
from ganlib.datasets.pixels.opening import open_image


def icon(colour: tuple[int, int, int], size: int = 32) -> Image.Image:
    """A disc on nothing; what is under the transparent pixels must not matter."""
    y, x = np.mgrid[:size, :size] - size / 2 + 0.5
    alpha = np.where(x**2 + y**2 < (size / 3) ** 2, 255, 0).astype(np.uint8)
    image = Image.new("RGB", (size, size), colour)
    image.putalpha(Image.fromarray(alpha))
    return image


@pytest.mark.parametrize(
    ("colours", "background"),
    [
        ([WHITE] * 4, "black"),
        ([(0, 0, 0)] * 4, "white"),
        ([RED, GREEN, BLUE], "white"),
        ([WHITE, (0, 0, 0)], "#808080"),
    ],
    ids=["white", "black", "coloured", "white and black"],
)
def test_content_shows_on_the_background_that_is_chosen(folder, colours, background):
    for number, colour in enumerate(colours):
        icon(colour).save(folder / f"{number}.png")
    images = load(str(folder), 16, 3)
    assert images.reading.background == background
    assert f"laid on {background}" in images.summary.paragraph
    for picture in images.images.astype(int):
        assert abs(picture[:, 8, 8] - picture[:, 0, 0]).max() > 60


@pytest.mark.parametrize(
    ("background", "corner"), [("white", WHITE), ("black", (0, 0, 0)), ("#102030", (16, 32, 48)), ("checker", (153,) * 3)]
)
def test_backgrounds_that_are_asked_for(folder, background, corner):
    icon(RED).save(folder / "a.png")
    (picture,) = load(str(folder), 16, options=ReadOptions(background=background)).images
    assert tuple(picture[:, 0, 0]) == corner and tuple(picture[:, 8, 8]) == RED
    assert (np.ptp(picture[0, 0]) > 40) == (background == "checker")


def test_alpha_is_a_fourth_channel(folder):
    icon(RED).save(folder / "a.png")
    Image.new("RGB", (32, 32), BLUE).save(folder / "opaque.png")
    images = load(str(folder), 16, options=ReadOptions(alpha=True))
    drawn, opaque = images.images
    assert images.images.shape == (2, 4, 16, 16)
    assert drawn[3, 0, 0] == 0 and drawn[3, 8, 8] == 255 and tuple(drawn[:3, 8, 8]) == RED
    assert (opaque[3] == 255).all() and (opaque[:3] == column(BLUE)).all()
    assert "Transparency is drawn as a fourth channel." in images.summary.paragraph


def test_a_palette_with_transparency(folder):
    image = Image.new("P", (16, 16), 1)
    image.putpalette([*RED, *WHITE])
    image.paste(0, (0, 0, 16, 8))
    image.save(folder / "a.png", transparency=0)
    (picture,) = load(str(folder), 16, 3).images
    assert tuple(picture[:, 12, 4]) == WHITE and tuple(picture[:, 2, 4]) == (0, 0, 0), "white content, so black under it"


def test_a_gif_whose_first_frame_covers_a_part(folder):
    """The rest is transparent: Pillow fills it with the first colour of the palette."""
    frame, file = Image.new("P", (20, 20), 1), io.BytesIO()
    frame.putpalette([*RED, *GREEN])
    frame.save(file, "GIF")
    content = bytearray(file.getvalue())
    start = content.index(b"\x2c")
    content[6:10], content[start + 1 : start + 5] = struct.pack("<HH", 40, 40), struct.pack("<HH", 10, 10)
    with open_image(io.BytesIO(bytes(content))) as image:
        alpha = prepare(image, Preparation(40, 40, 4))[3]
    assert (alpha[12:28, 12:28] == 255).all() and alpha[:8].max() == alpha[:, 32:].max() == 0
    (folder / "a.gif").write_bytes(content)
    assert load(str(folder), 16, 3).reading.background in ("white", "black", "#808080")


def test_a_colour_profile_is_converted_to_srgb(folder):
    image = Image.new("RGB", (16, 16), (200, 120, 60))
    for name, profile in {"broken": b"no profile", "plain": None, "swapped": swapped()}.items():
        image.save(folder / f"{name}.png", icc_profile=profile)
    broken, plain, converted = load(str(folder), 8).images.astype(int)
    assert (broken == column((200, 120, 60))).all() and (plain == broken).all()
    assert abs(converted - column((60, 120, 200))).max() <= 2
    before = load(str(folder), 8, options=BEFORE).images
    assert (before == column((200, 120, 60))).all(), "runs of earlier versions go on with what they saw"


def test_cmyk_as_it_looks(folder):
    Image.new("CMYK", (16, 16), (0, 255, 255, 0)).save(folder / "red.jpg", quality=95)
    Image.new("CMYK", (16, 16), (0, 0, 0, 255)).save(folder / "black.tif")
    black, red = load(str(folder), 8, 3).images.astype(int)
    assert black.max() < 40 and red[0].min() > 200 and red[1:].max() < 60
