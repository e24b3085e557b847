"""Tests that a seed determines its latents, and that pictures keep every pixel."""

import io
import json
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from PIL import Image

from ganlib import latents, pictures


def test_a_seed_is_a_promise():
    """The first numbers of PCG64(1): a change would alter the picture of every published seed."""
    assert latents.sample(1, 3, 1)[0] == pytest.approx([1.7291036, -1.4284534, 1.0277448], abs=1e-6)


@pytest.mark.parametrize("distribution", ["normal", "uniform"])
def test_the_first_latents_do_not_depend_on_how_many(distribution):
    few, many = latents.sample(3, 100, 5, distribution), latents.sample(500, 100, 5, distribution)
    assert np.array_equal(few, many[:3])
    assert few.dtype == np.float32
    assert not np.array_equal(few, latents.sample(3, 100, 6, distribution))


def test_distributions():
    normal, uniform = latents.sample(1000, 50, 0), latents.sample(1000, 50, 0, "uniform")
    assert normal.mean() == pytest.approx(0, abs=0.02) and normal.std() == pytest.approx(1, abs=0.02)
    assert uniform.min() >= -1 and uniform.max() <= 1 and uniform.std() == pytest.approx(3**-0.5, abs=0.02)


def test_truncation_multiplies():
    z = latents.sample(4, 8, 0)
    assert np.allclose(latents.truncate(z, 0.5), z / 2)
    assert not latents.truncate(z, 0).any()
    assert latents.truncate(z, 0.5).dtype == np.float32


def test_rows_by_label():
    z, labels, columns = latents.rows_by_label(latents.sample(3, 5, 0), 4)
    assert z.shape == (12, 5) and columns == 3
    assert labels.tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]
    assert np.array_equal(z[:3], z[9:])


@pytest.mark.parametrize(("classes", "num", "columns"), [(0, 64, 8), (10, 80, 8), (100, 64, 8)])
def test_fixed(classes, num, columns):
    z, labels, found = latents.fixed(classes, 7, seed=2)
    assert z.shape == (num, 7) and found == columns
    assert labels is None if classes == 0 else labels.max() < classes


def test_to_uint8():
    assert pictures.to_uint8(np.array([-1, 1, 0, -2, 2, -1 + 2 / 255])).tolist() == [0, 255, 128, 0, 255, 1]


@pytest.mark.parametrize("channels", [1, 3])
def test_grid_keeps_every_pixel(channels):
    images = np.random.default_rng(0).integers(0, 256, (5, channels, 6, 6)).astype(np.uint8)
    sheet = np.asarray(pictures.grid(images, 3)).reshape(2 + 2 * 8, 2 + 3 * 8, channels)
    for i, image in enumerate(images):
        top, left = 2 + i // 3 * 8, 2 + i % 3 * 8
        assert np.array_equal(sheet[top : top + 6, left : left + 6].transpose(2, 0, 1), image)
    assert (sheet[:2] == 128).all() and (sheet[:, :2] == 128).all()
    assert (sheet[10:16, 18:24] == 128).all()  # the sixth cell is empty


def test_small_pictures_are_scaled_by_repeating_pixels():
    images = np.random.default_rng(0).integers(0, 256, (4, 1, 28, 28)).astype(np.uint8)
    once, thrice = np.asarray(pictures.grid(images, 2)), np.asarray(pictures.grid(images, 2, 3))
    assert np.array_equal(thrice, once.repeat(3, 0).repeat(3, 1))
    assert [pictures.scale_for(size) for size in (28, 32, 64, 96, 128)] == [3, 3, 2, 1, 1]


def test_png_carries_its_settings():
    content = pictures.png(Image.new("L", (4, 4)), {"run": "数字", "seed": 1})
    with Image.open(io.BytesIO(content)) as picture:
        assert json.loads(picture.text["ganlib"]) == {"run": "数字", "seed": 1}


def test_webp_is_lossless():
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (20, 20, 3)).astype(np.uint8))
    with Image.open(io.BytesIO(pictures.webp(noise))) as picture:
        assert np.array_equal(np.asarray(picture.convert("RGB")), np.asarray(noise))


def test_a_webp_that_was_changed_is_known():
    whole = pictures.webp(Image.fromarray(np.random.default_rng(0).integers(0, 256, (20, 20)).astype(np.uint8)))
    assert pictures.is_whole_webp(whole)
    for place in range(len(whole)):
        changed = whole[:place] + bytes([whole[place] ^ 1 << place % 8]) + whole[place + 1 :]
        assert not pictures.is_whole_webp(whole[:place])
        if pictures.is_whole_webp(changed):  # a bit that doesn't affect the pixels
            with Image.open(io.BytesIO(whole)) as before, Image.open(io.BytesIO(changed)) as after:
                assert np.array_equal(before.convert("RGB"), after.convert("RGB"))
    without = io.BytesIO()
    Image.new("L", (4, 4)).save(without, "WEBP", lossless=True)  # as written by older versions
    assert pictures.is_whole_webp(without.getvalue())


def history(num=100):
    return [{"images": 100 * i, "g_loss": 1 + i / num, "d_loss": 2 - i / num} for i in range(1, num + 1)]


def test_curves_draw_every_point_in_order():
    svg = ElementTree.fromstring(pictures.curves(history()))
    d_line, g_line = svg.findall("{http://www.w3.org/2000/svg}polyline")
    points = np.array([[float(value) for value in point.split(",")] for point in g_line.get("points").split()])
    assert len(points) == 100
    assert (np.diff(points[:, 0]) > 0).all() and (np.diff(points[:, 1]) <= 0).all()  # rising: y falls
    assert "stroke-dasharray" in d_line.attrib and "stroke-dasharray" not in g_line.attrib
    assert float(svg.get("data-last")) == 10_000


def test_curves_words_are_translated_and_escaped():
    text = pictures.curves(history(), {"generator": "生成器 <损失>"})
    assert "生成器 &lt;损失&gt;" in text
    ElementTree.fromstring(text)


@pytest.mark.parametrize("lines", [[], history(1), [{"images": 5, "g_loss": 0.0, "d_loss": 0.0}]])
def test_curves_of_next_to_nothing(lines):
    ElementTree.fromstring(pictures.curves(lines))


def test_one_spike_does_not_flatten_the_curves():
    lines = [*history(), {"images": 10_001, "g_loss": 1e6, "d_loss": 1.0}]
    svg = ElementTree.fromstring(pictures.curves(lines))
    heights = [
        float(point.split(",")[1]) for point in svg.findall("{http://www.w3.org/2000/svg}polyline")[0].get("points").split()
    ]
    assert max(heights) - min(heights) > 50
