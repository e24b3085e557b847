"""Tests the size at which pictures are drawn where none is asked for: small ones at about their own."""

import numpy as np
import pytest
from PIL import Image

from ganlib.datasets import ReadOptions, load, opened


def noise(width, height, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def save(folder, *sizes):
    for number, (width, height) in enumerate(sizes):
        Image.fromarray(noise(width, height, number)).save(folder / f"{number}.png")
    return str(folder)


@pytest.mark.parametrize(
    ("sizes", "drawn"),
    [
        ([(16, 16)] * 3, 16),
        ([(8, 8), (12, 12)], 16),
        ([(28, 28)] * 3, 28),
        ([(16, 16), (17, 17)], 28),
        ([(32, 32)] * 3, 32),
        ([(20, 200)] * 3, 28),  # cropped to 20 pixels a side
        ([(33, 33)] * 3, 64),
        ([(16, 16)] * 3 + [(400, 300)], 64),
        ([(300, 300)], 64),
    ],
)
def test_small_pictures_are_drawn_small(folder, sizes, drawn):
    images = load(save(folder, *sizes))
    assert images.images.shape[2:] == (drawn, drawn) == images.summary.size


def test_pictures_that_fit_exactly_are_not_changed(folder):
    images = load(save(folder, (28, 28), (28, 28)))
    assert np.array_equal(images.images[1], noise(28, 28, 1).transpose(2, 0, 1))
    assert "enlarged" not in images.summary.facts()["notes"]


def test_arrays_are_drawn_at_their_size(tmp_path):
    pictures = np.random.default_rng(0).integers(0, 256, (9, 28, 28), np.uint8)
    np.savez(tmp_path / "course.npz", x_train=pictures, y_train=np.arange(9))
    assert np.array_equal(load(str(tmp_path / "course.npz")).images[:, 0], pictures)


def test_what_is_kept_of_a_picture_counts(folder):
    source = save(folder, (20, 30), (20, 30))
    sizes = {fit: opened(source, ReadOptions(fit=fit)).natural_size() for fit in ("crop", "pad", "stretch")}
    assert sizes == {"crop": 28, "pad": 32, "stretch": 32}


def test_a_network_that_draws_other_sizes_chooses_among_these(folder):
    found = opened(save(folder, (20, 20), (24, 24)))
    assert [found.natural_size(sizes) for sizes in ((32, 64), (16, 28, 32, 64), (64, 96), (96,))] == [32, 28, 64, 64]


def test_files_that_are_no_pictures_do_not_count(folder):
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50))
    Image.new("RGB", (300, 4)).save(folder / "line.png")
    assert opened(save(folder, (16, 16))).natural_size() == 16


def test_the_size_is_kept_with_the_set(folder, cache_root):
    source = save(folder, (16, 16), (16, 16))
    assert opened(source).natural_size() == 16
    (kept,) = (cache_root / "sides").iterdir()
    kept.write_text("")  # cut short
    assert opened(source).natural_size() == 16 and kept.read_text() == "16"
    Image.fromarray(noise(32, 32)).save(folder / "more.png")
    assert opened(source).natural_size() == 32
