"""Tests lists of names on the command line, which may hold commas."""

import argparse

import pytest

from ganlib.cli import names_list, written_names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("cat,dog", ("cat", "dog")),
        (" cat , dog", ("cat", "dog")),
        ('"cat, black",dog', ("cat, black", "dog")),
        ('5" disk', ('5" disk',)),
    ],
)
def test_names(text, names):
    assert names_list(text) == names
    assert names_list(written_names(names)) == names


@pytest.mark.parametrize("text", ["", ",", "cat,,dog", "cat\rdog,\n"])
def test_no_names(text):
    with pytest.raises(argparse.ArgumentTypeError, match="is not a list of names"):
        names_list(text)
