"""Tests a full disk during preparation: an error names the place, nothing partial stays, and a retry with room works."""

import contextlib
import resource

import pytest
from conftest import shapes_in

from ganlib import UserError, datasets

PIXELS = 3 * 100 * 28 * 28  # bytes of the shapes, before their colours are found to be equal


@contextlib.contextmanager
def room_for(size):
    """No file can have more bytes: the kernel refuses the rest, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("room", [10, PIXELS // 2, PIXELS - 1], ids=["little", "half", "all but a byte"])
def test_it_is_told_and_leaves_nothing(folder, cache_root, room):
    pictures = str(shapes_in(folder))
    told = rf"^Cannot write {cache_root / 'images'} .* name another folder in GANLIB_CACHE\.$"
    with pytest.raises(UserError, match=told), room_for(room):
        datasets.load(pictures, 28)
    assert not list((cache_root / "images").iterdir())
    assert len(datasets.load(pictures, 28)) == 100


def test_what_is_prepared_needs_no_more_room(folder, cache_root):
    pictures = str(shapes_in(folder))
    whole = datasets.load(pictures, 28)
    with room_for(0):
        again = datasets.load(pictures, 28)
    assert (again.images == whole.images).all() and again.fingerprint == whole.fingerprint
