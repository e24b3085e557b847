"""Tests one file of several pictures as a data set: an animation, a TIFF of several pages."""

import pickle

import numpy as np
import pytest
from PIL import Image

from ganlib import UserError
from ganlib.datasets import ReadOptions, load
from ganlib.datasets.sources import open_source


def frame(number):
    return Image.fromarray(np.random.default_rng(number).integers(0, 256, (16, 16, 3), np.uint8))


def save(path, frames, **settings):
    frames[0].save(path, save_all=True, append_images=frames[1:], **settings)
    return str(path)


FRAMES = [frame(number) for number in range(10)]
EXPECTED = np.stack([np.asarray(one).transpose(2, 0, 1) for one in FRAMES])


@pytest.mark.parametrize("name", ["a.tif", "a.webp", "a.png", "film"])
def test_its_frames_are_the_set(tmp_path, name):
    kind = {"a.webp": {"lossless": True}, "film": {"format": "TIFF"}}.get(name, {})
    images = load(save(tmp_path / name, FRAMES, **kind))
    assert np.array_equal(images.images, EXPECTED) and images.name == name.partition(".")[0]
    assert "One file of 10 pictures: 10 of them are taken (--frames N takes N, evenly spaced)." in images.summary.paragraph


def test_a_gif_gives_the_same_frames_as_in_a_folder(folder):
    source = save(folder / "a.gif", FRAMES)
    images = load(source)
    assert len(images) == 10 and images.fingerprint == load(str(folder), options=ReadOptions(frames="all")).fingerprint


def test_so_many_frames_evenly_spaced(tmp_path):
    source = save(tmp_path / "a.tif", FRAMES)
    assert np.array_equal(load(source, options=ReadOptions(frames="5")).images, EXPECTED[::2])
    assert len(load(source, options=ReadOptions(frames="99"))) == 10


def test_pages_of_a_scan_have_one_range_of_levels(tmp_path):
    """Taken of all pages: the first one alone is dark."""
    pages = [Image.fromarray(np.full((16, 16), value, np.uint16)) for value in (100, 200, 4000)]
    images = load(save(tmp_path / "scan.tif", pages))
    assert images.reading.levels[1] > 3900 and images.images.max((1, 2, 3)).tolist() == [0, 7, 255]


def test_frames_are_read_in_other_processes_too(tmp_path):
    items = list(open_source(save(tmp_path / "a.gif", FRAMES), ReadOptions()).items())
    assert [item.name for item in items[:2]] == ["a.gif[0]", "a.gif[1]"]
    for item in reversed(items):
        copy = pickle.loads(pickle.dumps(item.open))
        assert copy().convert("RGB").tobytes() == item.open().convert("RGB").tobytes()


@pytest.mark.parametrize("name", ["a.png", "a.gif", "a.tif", "a.jpg"])
def test_a_single_picture_is_no_set(tmp_path, name):
    frame(0).save(tmp_path / name)
    with pytest.raises(UserError, match=f"{name} is no .zip or other data set but a single picture, too few .* or a TIFF"):
        load(str(tmp_path / name))


def test_a_damaged_picture_is_no_set(tmp_path):
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50))
    with pytest.raises(
        UserError, match=r"a\.png is no \.zip or other data set, and no picture that can be read \(not an image\)"
    ):
        load(str(tmp_path / "a.png"))
