"""Tests the sizes of pictures as people write them and as the code holds them."""

import argparse

import pytest

from ganlib import sizes
from ganlib.cli import image_size


@pytest.mark.parametrize(
    ("text", "size", "said"),
    [
        ("64", 64, "64"),
        ("64x32", (32, 64), "64x32"),
        ("32X64", (64, 32), "32x64"),
        (" 64×32 ", (32, 64), "64x32"),
        ("64x64", 64, "64"),
    ],
)
def test_width_by_height_becomes_height_and_width(text, size, said):
    assert image_size(text) == sizes.parsed(text) == size and sizes.written(size) == said


@pytest.mark.parametrize("text", ["", "0", "64x0", "0x64", "-64", "64x", "x64", "64x32x3", "64 32", "6.4", "sixty", "123456"])
def test_what_is_no_size_is_refused_in_a_sentence(text):
    with pytest.raises(argparse.ArgumentTypeError, match="is not a size such as 64, or 64x32 for 64 pixels across and 32 down"):
        image_size(text)


def test_parts_of_a_size():
    assert sizes.height_width(64) == (64, 64) and sizes.height_width((32, 64)) == (32, 64)
    assert sizes.size_of(32, 64) == (32, 64) and sizes.size_of(64, 64) == 64
    assert sizes.pixels(28) == 784 and sizes.pixels((32, 64)) == 2048
