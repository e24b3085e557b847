"""Tests arrays of .npz files that are memory-mapped from the cache folder."""

import numpy as np
import pytest

from ganlib.datasets import load
from ganlib.datasets.mapping import mapped


@pytest.fixture
def archive(tmp_path):
    np.savez_compressed(tmp_path / "set.npz", images=np.arange(3000, dtype=np.uint8).reshape(30, 10, 10), labels=np.arange(30))
    return tmp_path / "set.npz"


def whole(array):
    return array.shape == (30, 10, 10) and np.array_equal(array.ravel(), np.arange(3000, dtype=np.uint8))


def test_it_is_unpacked_once(archive, cache_root):
    first = mapped(archive, "images")
    assert isinstance(first, np.memmap) and whole(first)
    (file,) = (cache_root / "unpacked").iterdir()
    before = file.stat()
    assert whole(mapped(archive, "images")) and file.stat() == before
    with pytest.raises(ValueError):
        first[0] = 0


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY", "half"])
def test_a_damaged_file_is_unpacked_again(archive, cache_root, content):
    mapped(archive, "images")
    (file,) = (cache_root / "unpacked").iterdir()
    file.write_bytes(file.read_bytes()[:1500] if content == "half" else content)
    again = mapped(archive, "images")
    assert isinstance(again, np.memmap) and whole(again)


def test_other_content_under_the_same_name_is_another_file(archive):
    mapped(archive, "images")
    np.savez_compressed(archive, images=np.zeros(4, np.uint8))
    assert mapped(archive, "images").tolist() == [0] * 4


def test_without_a_cache_it_is_in_memory(archive, cache_root):
    cache_root.parent.mkdir(parents=True, exist_ok=True)
    cache_root.write_text("a file, not a folder")
    found = mapped(archive, "images")
    assert not isinstance(found, np.memmap) and whole(found)


@pytest.mark.parametrize("split", ["train", "test"])
def test_a_shipped_set_takes_no_memory(split):
    digits = load("digits", split=split).images
    assert isinstance(digits, np.memmap) and not digits.flags.writeable
