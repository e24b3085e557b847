"""Tests pictures of more than 8 bits: one range for the whole set, and every kind of file that holds such values."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image
from sources import swapped

from ganlib.datasets import ReadOptions, load
from ganlib.datasets.decoding import Preparation, prepare
from ganlib.datasets.pixels.levels import range_of
from ganlib.datasets.pixels.opening import open_image

tifffile = pytest.importorskip("tifffile")

RAMP = np.linspace(0, 4095, 32 * 32).astype(np.uint16).reshape(32, 32)  # a scan of 12 bits
COLOURS = np.stack([RAMP, RAMP[::-1], RAMP // 2], -1)
SIGNED = RAMP.astype(np.int16) - 1024  # a computed tomography's
EXPECTED = ((RAMP.astype(float) * 255 / 4095) + 0.5).astype(np.uint8)


def drawn(content: bytes, levels: tuple[float, float], channels: int = 1, **settings) -> np.ndarray:
    with open_image(io.BytesIO(content)) as image:
        return prepare(image, Preparation(32, 32, channels, levels=levels, **settings))


def tiff(values: np.ndarray, **settings) -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, values, **settings)
    return file.getvalue()


@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("white_is_zero", [False, True])
@pytest.mark.parametrize(
    ("values", "levels"),
    [
        (RAMP, (0, 4095)),
        (SIGNED, (-1024, 3071)),
        ((RAMP // 16 - 128).astype(np.int8), (-128, 127)),
        (RAMP.astype(np.uint32) * 1000, (0, 4_095_000)),
        (RAMP.astype(np.uint32) * 1_000_000, (0, 4_095_000_000)),
        (SIGNED.astype(np.int32), (-1024, 3071)),
        (RAMP.astype(np.float32) / 4095, (0, 1)),
        (RAMP.astype(np.float64) / 4095, (0, 1)),
    ],
    ids=["uint16", "int16", "int8", "uint32", "large uint32", "int32", "float32", "float64"],
)
def test_grey_tiffs_of_every_type_and_byte_order(byteorder, white_is_zero, values, levels):
    content = tiff(values, byteorder=byteorder, photometric="miniswhite" if white_is_zero else "minisblack")
    expected = 255 - EXPECTED if white_is_zero else EXPECTED
    assert abs(drawn(content, levels)[0].astype(int) - expected).max() <= 1


@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_colour_tiffs_of_16_bits(byteorder, planar):
    values = COLOURS.transpose(2, 0, 1) if planar == "separate" else COLOURS
    content = tiff(values, byteorder=byteorder, photometric="rgb", planarconfig=planar)
    expected = np.stack([EXPECTED, EXPECTED[::-1], (COLOURS[..., 2] * (255 / 4095) + 0.5).astype(np.uint8)])
    assert abs(drawn(content, (0, 4095), 3).astype(int) - expected).max() <= 1


@pytest.mark.parametrize("kind", [0, 1, 2], ids=["unspecified", "premultiplied", "straight"])
@pytest.mark.parametrize("colours", [1, 3])
def test_of_further_channels_of_16_bits_alpha_alone_is_transparency(kind, colours):
    colour, alpha = COLOURS[..., :colours] * 16, (RAMP.T // 2 + 2000) * 16
    stored = (colour * (alpha[..., None] / 65535)).round().astype(np.uint16) if kind == 1 else colour
    photometric = "rgb" if colours == 3 else "minisblack"
    content = tiff(np.dstack([stored, alpha]), photometric=photometric, planarconfig="contig", extrasamples=[kind])
    found = drawn(content, (0, 65535), 4).astype(int)
    assert abs(found[:3] - (colour.transpose(2, 0, 1) / 257)).max() <= 1
    assert abs(found[3] - (alpha / 257 if kind else 255)).max() <= 1


def test_bands_that_are_no_colours_are_refused():
    with pytest.raises(ValueError, match="7 channels that are no colours"):
        open_image(io.BytesIO(tiff(np.dstack([RAMP] * 7), photometric="minisblack", planarconfig="contig")))


def test_cmyk_of_16_bits_as_it_looks():
    inks = np.dstack([65535 - COLOURS * 16, np.zeros_like(RAMP)])
    found = drawn(tiff(inks, photometric="separated"), (0, 65535), 3)
    assert abs(found.astype(int) - COLOURS.transpose(2, 0, 1) * 16 / 257).max() <= 1


def test_colours_of_16_bits_stand_upright():
    lying = np.rot90(COLOURS)  # by a quarter to the left; 6 turns it to the right
    content = tiff(lying, photometric="rgb", extratags=[(274, "H", 1, 6, True)])
    assert np.array_equal(drawn(content, (0, 4095), 3), drawn(tiff(COLOURS, photometric="rgb"), (0, 4095), 3))


@pytest.mark.parametrize("write", ["palette", "tiff", "png"])
def test_a_profile_of_palettes_and_of_16_bits_is_converted(write):
    image = Image.fromarray((COLOURS // 16).astype(np.uint8)).quantize(32).convert("RGB")
    pixels, file = np.asarray(image), io.BytesIO()
    if write == "palette":
        image.quantize(32).save(file, "PNG", icc_profile=swapped())
    elif write == "tiff":
        file.write(tiff(pixels.astype(np.uint16) * 257, photometric="rgb", iccprofile=swapped()))
    else:
        profile = chunk(b"iCCP", b"swapped\0\0" + zlib.compress(swapped()))
        rows = [row.astype(">u2").tobytes() for row in pixels.astype(np.uint16) * 257]
        content = written_png(16, 2, rows, 32)
        file.write(content[:33] + profile + content[33:])  # behind the header
    found, expected = drawn(file.getvalue(), (0, 65535), 3).astype(int), pixels.transpose(2, 0, 1)
    assert abs(found - expected[::-1]).max() <= 3
    before = drawn(file.getvalue(), (0, 65535), 3, version=3).astype(int)
    assert abs(before - expected).max() <= 1, "runs of earlier versions go on with what they saw"


def test_the_preview_in_a_raw_file_is_not_taken_for_the_picture(tmp_path):
    with tifffile.TiffWriter(tmp_path / "camera.dng") as file:
        file.write(np.zeros((16, 16, 3), np.uint8), photometric="rgb", subfiletype=1, subifds=1)
        file.write(np.zeros((64, 64, 3), np.uint8), photometric="rgb", subfiletype=0)
    Image.new("RGB", (32, 32)).save(tmp_path / "developed.png")
    images = load(str(tmp_path), 16)
    assert len(images) == 1 and images.summary.left_out == {"damaged": 1}
    with pytest.raises(ValueError, match="the preview in a camera's raw file; develop it"):
        open_image(tmp_path / "camera.dng")


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def written_png(bits: int, kind: int, rows: list[bytes], width: int, *clear: int) -> bytes:
    """A PNG of these packed rows, `clear` transparent; `kind` 0 is grey, 2 colour, 4 grey with alpha, 6 colour with alpha."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, len(rows), bits, kind, 0, 0, 0))
    transparency = chunk(b"tRNS", struct.pack(f">{len(clear)}H", *clear)) if clear else b""
    data = chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows)))
    return b"\x89PNG\r\n\x1a\n" + head + transparency + data + chunk(b"IEND", b"")


def test_colour_pngs_of_16_bits_keep_all_of_them():
    rows = [row.astype(">u2").tobytes() for row in COLOURS]
    expected = (COLOURS * (255 / 4095) + 0.5).astype(np.uint8).transpose(2, 0, 1)
    assert abs(drawn(written_png(16, 2, rows, 32), (0, 4095), 3).astype(int) - expected).max() <= 1


def test_colour_of_16_bits_that_grey_leaves_out_is_told(tmp_path):
    for name, values in {"colour": COLOURS, "grey": np.stack([RAMP] * 3, -1)}.items():
        (tmp_path / f"{name}.png").write_bytes(written_png(16, 2, [row.astype(">u2").tobytes() for row in values], 32))
    assert (
        "Colour is left out, since grey was asked for. Pictures that have some: 1."
        in load(str(tmp_path), 32, 1).summary.paragraph
    )


@pytest.mark.parametrize("bits", [2, 4, 8, 16])
def test_the_transparent_level_of_greys(bits):
    values = np.arange(16) * (2**bits - 1) // 15
    packed = {
        2: lambda: [int(a * 64 + b * 16 + c * 4 + d) for a, b, c, d in values.reshape(-1, 4)],
        4: lambda: [int(a * 16 + b) for a, b in values.reshape(-1, 2)],
        8: lambda: values.tolist(),
        16: lambda: list(values.astype(">u2").tobytes()),
    }[bits]()
    content = written_png(bits, 0, [bytes(packed)] * 16, 16, int(values[6]))
    with open_image(io.BytesIO(content)) as image:
        alpha = prepare(image, Preparation(16, 16, 4, levels=(0, 2**bits - 1)))[3]
    assert np.array_equal(alpha[0] == 0, values == values[6])


def test_the_transparent_colour_of_16_bits():
    rows = [row.astype(">u2").tobytes() for row in COLOURS]
    alpha = drawn(written_png(16, 2, rows, 32, *map(int, COLOURS[3, 5])), (0, 4095), 4)[3]
    assert np.argwhere(alpha == 0).tolist() == [[3, 5]]


@pytest.mark.parametrize("kind", [0, 4, 6], ids=["grey with a transparent level", "grey", "colour"])
def test_white_sprites_of_16_bits_get_a_background_under_which_they_show(folder, kind):
    y, x = np.mgrid[:32, :32]
    for number in range(4):
        disc = np.where((x - 10 - number) ** 2 + (y - 16) ** 2 < 49, 65535, 0)
        values = disc if kind == 0 else np.stack([np.full_like(disc, 65535)] * (kind // 2 - 1 + (kind == 6)) + [disc], -1)
        rows = [row.astype(">u2").tobytes() for row in values]
        (folder / f"{number}.png").write_bytes(written_png(16, kind, rows, 32, *([0] if kind == 0 else [])))
    images = load(str(folder), 32)
    assert images.reading.background == "black" and len(np.unique(images.images)) > 1
    assert images.images[0, 0, 16, 10] == 255 and images.images[0, 0, 0, 0] == 0


def scan(folder, name: str, low: int, high: int) -> None:
    values = np.linspace(low, high, 32 * 32).astype(np.uint16).reshape(32, 32)
    Image.fromarray(values).save(folder / name)


def test_one_range_for_the_whole_set(folder):
    for number in range(10):
        scan(folder, f"{number}.png", 200 + number, 3000 + number)
    scan(folder, "dim.png", 200, 1600)
    images = load(str(folder), 32)
    low, high = images.reading.levels
    assert 200 <= low < 210 and 2990 < high <= 3009
    assert images.images[:-1].max() == 255 and images.images.min() == 0
    assert 120 < images.images[-1].max() < 136, "half as bright, as it was"
    assert "Levels from" in images.summary.paragraph and images.summary.levels == (low, high)
    asked = load(str(folder), 32, options=ReadOptions(levels=(0, 4095)))
    assert asked.images.max() == round(3009 * 255 / 4095) and asked.fingerprint != images.fingerprint


def test_eight_bits_beside_sixteen_are_left_alone(folder):
    scan(folder, "scan.png", 0, 4095)
    Image.new("L", (32, 32), 100).save(folder / "plain.png")
    plain, _ = load(str(folder), 32).images
    assert (plain == 100).all()


def test_the_range_leaves_outliers_out():
    values = np.concatenate([np.linspace(0, 1000, 10_000), [65535]])
    low, high = range_of([values])
    assert low == pytest.approx(1, abs=0.5) and high == pytest.approx(999, abs=1)
    assert [range_of([np.full(10, value)]) for value in (7.0, 0.5, 0.0, -3.0)] == [(0, 7), (0, 1), (0, 1), (-3, 1)]
