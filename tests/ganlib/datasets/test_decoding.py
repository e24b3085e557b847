"""Tests decoding: pictures of every kind become squares of pixels, and broken ones are reported."""

import logging
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sources import BLUE, GREEN, RED, WHITE, column, picture

from ganlib import UserError
from ganlib.datasets import BUILT_IN, ReadOptions, load
from ganlib.datasets.decoding import Crop, Preparation, prepare, preview, upright_size
from ganlib.datasets.pixels.opening import NoHeic, open_image


def only(path: Path, image: Image.Image, size: int = 16, channels: int | None = 3, **save: object) -> np.ndarray:
    """What a folder with this one image gives, (C, S, S)."""
    path.parent.mkdir(exist_ok=True)
    image.save(path, **save)
    (result,) = load(str(path.parent), size, channels).images
    return result


def test_centre_square(folder):
    stripes = Image.new("RGB", (48, 16))
    for index, colour in enumerate((RED, GREEN, BLUE)):
        stripes.paste(colour, (16 * index, 0, 16 * index + 16, 16))
    assert (only(folder / "a.png", stripes) == column(GREEN)).all()
    assert (only(folder / "a.png", stripes.transpose(Image.Transpose.ROTATE_90)) == column(GREEN)).all()


def test_exif_orientation(folder):
    image = picture(RED)
    image.paste(BLUE, (0, 8, 16, 16))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise: its top is the right
    upright = only(folder / "a.png", image, exif=exif)
    assert (upright[:, :, :8] == column(BLUE)).all()
    assert (upright[:, :, 8:] == column(RED)).all()


def test_large_jpeg_keeps_its_place(folder):
    image = picture(RED, (1024, 768))
    image.paste(BLUE, (512, 0, 1024, 768))
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    result = only(folder / "a.jpg", image, exif=exif, quality=95).astype(int)
    assert abs(result[:, :, :7] - column(BLUE)).max() < 6
    assert abs(result[:, :, 9:] - column(RED)).max() < 6


def test_large_jpeg_stays_sharp(folder):
    x, y = np.meshgrid(np.arange(512), np.arange(512))
    waves = Image.fromarray((127.5 + 60 * np.sin(x / 4) + 60 * np.cos(y / 5)).astype(np.uint8))
    result = only(folder / "a.jpg", waves, size=64, channels=1, quality=95)
    with Image.open(folder / "a.jpg") as image:
        expected = np.asarray(image.resize((64, 64), Image.Resampling.LANCZOS)).astype(int)
    assert abs(result[0] - expected).max() < 16
    assert abs(result[0] - expected).mean() < 2


@pytest.mark.parametrize("value", [0, 0x00FF, 0x8000, 0xFFFF])
@pytest.mark.parametrize(("name", "mode"), [("a.png", "I;16"), ("a.tif", "I;16B"), ("a.pgm", "I")])
def test_sixteen_bits_are_scaled_not_clipped(folder, name, mode, value):
    depth = {"I;16": "<u2", "I;16B": ">u2", "I": "<i4"}[mode]
    image = Image.frombytes(mode, (16, 16), np.full((16, 16), value, depth).tobytes())
    image.save(folder / name)
    (result,) = load(str(folder), 16, options=ReadOptions(levels=(0, 0xFFFF))).images
    assert result.shape == (1, 16, 16)
    assert (result == round(value / 257)).all()


def netpbm(kind, values, most):
    """A PGM or PPM, binary (P5, P6) or as text (P2, P3)."""
    height, width = values.shape[:2]
    text = " # a comment 7\n".join(map(str, values.ravel().tolist())).encode()
    return b"%s\n%d %d\n%d\n" % (kind.encode(), width, height, most) + (
        values.astype(">u2").tobytes() if kind in ("P5", "P6") else text
    )


@pytest.mark.parametrize("most", [1023, 4095, 65535])
@pytest.mark.parametrize("kind", ["P5", "P6", "P2", "P3"])
def test_the_values_of_netpbm_are_those_of_the_file(folder, kind, most):
    shape = (16, 16) if kind in ("P2", "P5") else (16, 16, 3)
    values = np.random.default_rng(0).integers(0, 1024, shape)
    (folder / "a.pnm").write_bytes(netpbm(kind, values, most))
    (result,) = load(str(folder), 16, options=ReadOptions(levels=(0, 1023))).images
    expected = (values * 255 / 1023 + 0.5).astype(np.uint8).reshape(16, 16, -1).transpose(2, 0, 1)
    assert (result == expected).all()


@pytest.mark.parametrize("kind", ["P5", "P6", "P2", "P3"])
def test_netpbm_that_ends_too_soon_is_left_out(folder, kind):
    picture(GREEN).save(folder / "whole.png")
    values = np.full((16, 16) if kind in ("P2", "P5") else (16, 16, 3), 4000)
    (folder / "a.pnm").write_bytes(netpbm(kind, values, 4095)[:-40])
    images = load(str(folder), 16)
    assert len(images) == 1 and sum(images.summary.left_out.values()) == 1


@pytest.mark.parametrize("value", ["-5", "5000", "99999999999", "abc"])
def test_netpbm_as_text_with_a_value_that_none_can_be_is_left_out(folder, value):
    picture(GREEN).save(folder / "whole.png")
    (folder / "a.pgm").write_text(f"P2 16 16 4095\n{value} " + "7 " * 255)
    assert load(str(folder), 16).summary.left_out == {"damaged": 1}


def test_runs_of_before_read_netpbm_as_they_did(folder):
    values = np.random.default_rng(0).integers(0, 4096, (16, 16))
    (folder / "a.pgm").write_bytes(netpbm("P5", values, 4095))
    (result,) = load(str(folder), 16, options=ReadOptions(levels=(0, 65535), decoding=2)).images
    assert abs(result[0].astype(int) - values * 255 / 4095).max() <= 0.51


def test_floats_of_a_portable_float_map(folder):
    values = np.linspace(-3, 5, 256, dtype=np.float32).reshape(16, 16)
    (folder / "a.pfm").write_bytes(b"Pf\n16 16\n-1.0\n" + values[::-1].astype("<f4").tobytes())
    (result,) = load(str(folder), 16, options=ReadOptions(levels=(-3, 5))).images
    assert (result[0] == ((values + 3) * 255 / 8 + 0.5).astype(np.uint8)).all()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.avif", "AVIF"),
        ("a.ico", "ICO"),
        ("a.jp2", "JPEG2000"),
        ("a.j2k", "JPEG2000"),
        ("a.tga", "TGA"),
        ("a.jpe", "JPEG"),
        ("a.jfif", "JPEG"),
        ("a.pnm", "PPM"),
        ("no ending", "WEBP"),
        ("wrong.txt", "PNG"),
    ],
)
def test_formats_are_read_whatever_the_file_is_called(folder, name, kind):
    picture(BLUE, (32, 32)).save(folder / name, kind)
    picture(GREEN, (32, 32)).save(folder / "z.png")
    images = load(str(folder), 16, 3)
    assert len(images) == images.summary.files == 2 and not images.summary.left_out
    assert abs(images.images[0].astype(int) - column(BLUE)).max() < 12


def test_transparent_palette_lies_on_white(folder):
    image = Image.new("P", (16, 16), 1)
    image.putpalette([0, 0, 0, *RED])
    image.paste(0, (0, 0, 16, 8))
    result = only(folder / "a.png", image, transparency=0)
    assert (result[:, :8] == column(WHITE)).all()
    assert (result[:, 8:] == column(RED)).all()


def test_grey_with_alpha_lies_on_white(folder):
    result = only(folder / "a.png", Image.new("LA", (16, 16), (0, 128)), channels=None)
    assert result.shape == (1, 16, 16)
    assert (result == 127).all()


def test_cmyk_jpeg(folder):
    result = only(folder / "a.jpg", Image.new("CMYK", (16, 16), (0, 255, 255, 0)))
    assert abs(result.astype(int) - column(RED)).max() < 6


def test_one_bit(folder):
    image = Image.new("1", (16, 16), 0)
    image.paste(1, (0, 0, 16, 8))
    assert only(folder / "a.png", image, channels=None)[0, :, 0].tolist() == 8 * [255] + 8 * [0]


def test_animation_gives_its_first_frame(folder):
    frames = {"save_all": True, "append_images": [picture(BLUE)]}
    assert (only(folder / "a.gif", picture(RED), **frames) == column(RED)).all()


@pytest.mark.parametrize("name", ["a.ppm", "a.bmp", "a.tiff", "A.PNG"])
def test_plain_formats(folder, name):
    assert (only(folder / name, picture(GREEN)) == column(GREEN)).all()


def test_shrinking_is_antialiased(folder):
    checkerboard = Image.fromarray((np.indices((256, 256)).sum(0) % 2 * 255).astype(np.uint8))
    result = only(folder / "a.png", checkerboard, size=16, channels=1).astype(int)
    assert abs(result - 127).max() <= 3


def test_channels_follow_the_pixels(folder):
    picture((9, 9, 9)).save(folder / "a.png")
    assert load(str(folder), 16).images.tolist() == np.full((1, 1, 16, 16), 9).tolist()
    assert load(str(folder), 16, 3).images.shape == (1, 3, 16, 16)
    picture(RED, (80, 80)).save(folder / "b.png")
    assert load(str(folder)).images.shape == (2, 3, 64, 64)
    assert load(str(folder), 16, 1).images[:, 0, 0, 0].tolist() == [9, 76]


@pytest.mark.slow
def test_broken_files_are_skipped_counted_and_named(folder, caplog):
    picture(GREEN).save(folder / "good.png")
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8))
    noise.save(folder / "truncated.jpg")
    (folder / "truncated.jpg").write_bytes((folder / "truncated.jpg").read_bytes()[:2000])
    (folder / "empty.png").touch()
    (folder / "text.jpg").write_text("no image at all")
    (folder / "drawing.svg").write_text("<svg/>")
    (folder / "drawing.png").write_text("<svg/>")
    picture(size=(1, 1)).save(folder / "dot.png")
    Image.new("1", (20_000, 20_000)).save(folder / "bomb.png")
    Image.new("1", (11_000, 10_000)).save(folder / "huge.png")
    ignored = [".hidden.png", ".DS_Store", "Thumbs.db", "notes.txt", "__MACOSX/a.png"]
    (folder / "__MACOSX").mkdir()
    for name in ignored:
        (folder / name).write_bytes(b"ignored")
    os.mkfifo(folder / "pipe.png")

    for _ in range(2):  # decoded, then from the cache
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            images = load(str(folder), 16).images
        assert (images == column(GREEN)).all()
        (record,) = caplog.records
        message = record.getMessage()
        assert "pictures: skipped 8 of 9 files: 'bomb.png' (" in message
        assert "'dot.png' (1x1, smaller than 8 pixels a side)" in message
        assert "'drawing.png' (a drawing in SVG: export it as PNG)" in message
        assert message.endswith(", ...")

    (folder / "good.png").unlink()
    with pytest.raises(UserError, match=r"No image in pictures can be used, for example 'bomb\.png'"):
        load(str(folder))


def test_no_number_of_a_picture_can_be_infinite(folder, caplog):
    """All that is trained on has 8 bits; a picture without a finite value is refused by name."""
    Image.fromarray(np.full((16, 16), np.nan, np.float32)).save(folder / "nan.tif")
    picture(GREEN).save(folder / "good.png")
    with caplog.at_level(logging.WARNING):
        images = load(str(folder), 16).images
    assert images.dtype == np.uint8 and len(images) == 1
    assert "'nan.tif' (no finite value among its pixels)" in caplog.text


def test_pictures_keep_their_order(folder):
    for value in range(100):
        Image.new("L", (8, 8) if value % 2 else (300, 300), value).save(folder / f"{value:03}.png")
    assert load(str(folder), 8).images[:, 0, 0, 0].tolist() == list(range(100))


# Sources that are not there


def test_empty_folder(folder):
    (folder / "notes.txt").touch()
    with pytest.raises(UserError, match=r"no images in .*pictures.*\.jpg"):
        load(str(folder))


@pytest.mark.parametrize("source", ["nowhere/at/all", "", "x" * 5000, "nul\0"])
def test_unknown_source_lists_what_there_is(source):
    with pytest.raises(UserError, match=r"mnist, fashion-mnist, cifar10, digits.*folder or \.zip.*hub:OWNER/NAME"):
        load(source)


def test_misspelt_name():
    with pytest.raises(UserError, match=r"did you mean mnist\?"):
        load("mnits")


@pytest.mark.parametrize("shape", [(0, 1), (-1, None), (10**6, None), (16, 2), (16, 0)])
def test_impossible_shapes(shape):
    with pytest.raises(UserError):
        load("digits", *shape)


def test_natural_shapes_are_known_without_loading():
    shapes = {name: (kind.image_size, kind.channels, len(kind.class_names)) for name, kind in BUILT_IN.items()}
    assert shapes["mnist"] == shapes["fashion-mnist"] == shapes["digits"] == (28, 1, 10)
    assert shapes["cifar10"] == (32, 3, 10)


def gradient(path, size=(400, 300), **save):
    """A picture whose red grows to the right, and whose green grows downwards."""
    x, y = np.meshgrid(np.linspace(0, 255, size[0]), np.linspace(0, 255, size[1]))
    Image.fromarray(np.stack([x, y, 0 * x], 2).astype(np.uint8)).save(path, **save)
    return path


@pytest.mark.parametrize(("name", "save"), [("a.png", {}), ("a.jpg", {"quality": 95})])
def test_a_square_of_ones_own(tmp_path, name, save):
    path = gradient(tmp_path / name, **save)
    for left, top, side in [(100, 0, 100), (390, 290, 10), (0, 0, 300), (37, 61, 200)]:
        with open_image(path) as image:
            seen = prepare(image, Preparation.of(8, 3), Crop(left, top, side, side))
        middle = np.array([255 * (left + side / 2) / 400, 255 * (top + side / 2) / 300])
        np.testing.assert_allclose(seen[:2].mean((1, 2)), middle, atol=3)


def test_the_centre_is_the_square_that_nobody_moved(tmp_path):
    path = gradient(tmp_path / "a.png", (401, 300))
    with open_image(path) as image, open_image(path) as again:
        np.testing.assert_array_equal(
            prepare(image, Preparation.of(64, 3)), prepare(again, Preparation.of(64, 3), Crop.centred(401, 300))
        )


def test_squares_and_previews_lie_in_the_upright_picture(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise: its left is the top
    path = gradient(tmp_path / "a.jpg", exif=exif, quality=95)
    with open_image(path) as image:
        assert upright_size(image) == (300, 400)
        assert prepare(image, Preparation.of(8, 3), Crop(0, 300, 100, 100))[0].min() > 180
    with open_image(path) as image:
        small = preview(image, 80)
    assert small.size == (60, 80) and small.getpixel((30, 78))[0] > 230


@pytest.mark.parametrize("square", [(-1, 0, 10), (0, -1, 10), (0, 0, 0), (0, 0, -5), (0, 0, 31), (25, 0, 10), (0, 35, 10)])
def test_squares_that_lie_elsewhere(square):
    assert not Crop(*square, square[2]).within(30, 40) and Crop(20, 30, 10, 10).within(30, 40)


def test_heic_is_read_by_its_extra(tmp_path, monkeypatch):
    heif = pytest.importorskip("pillow_heif")
    heif.register_heif_opener()
    picture(RED, (32, 32)).save(tmp_path / "photo.heic", quality=90)
    assert abs(load(str(tmp_path), 16).images.astype(int) - column(RED)).max() < 12
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(NoHeic, match="pip install pillow-heif"):
        open_image(tmp_path / "photo.heic")
