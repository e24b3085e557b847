"""The size at which pictures of one's own are drawn where none is asked for: small ones at about their own."""

import os
from collections.abc import Collection
from contextlib import suppress

from ganlib.datasets.cache import cache_folder
from ganlib.datasets.decoding import MIN_SIDE
from ganlib.datasets.image_set import Source, digest

FOLDER_IMAGE_SIZE = 64  # of pictures that are not all small
SMALL_SIZES = (16, 28, 32)


def small_size(side: int, sizes: Collection[int]) -> int | None:
    """Returns the smallest of the `sizes` that a network draws in which pictures of this side fit; None for larger ones than
    those of SMALL_SIZES, and for none (0)."""
    fitting = [size for size in sizes if 0 < side <= size <= max(SMALL_SIZES)]
    return min(fitting, default=None)


def side_of(width: int, height: int, fit: str) -> int:
    """Returns the side of the square that a picture becomes if it is neither enlarged nor made smaller."""
    return min(width, height) if fit == "crop" else max(width, height)


def largest_side(source: Source, fit: str) -> int:
    """Returns the largest `side_of` a set's pictures; of a set that is not small that of its first large picture, of one
    without a usable picture 0. It is kept in the cache: looking at every picture of a small set takes a while."""
    kept = cache_folder() / "sides" / digest((source.identity, source.found, fit))
    with suppress(OSError, ValueError):
        return int(kept.read_text())
    side = 0
    for item in source.items():
        with suppress(Exception), item.open() as image:  # Pillow raises nearly any exception for a malformed file
            if min(image.size) >= MIN_SIDE:
                side = max(side, side_of(*image.size, fit))
        if side > max(SMALL_SIZES):
            break
    with suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        partial = kept.with_name(f"{kept.name}.{os.getpid()}")
        partial.write_text(str(side))
        os.replace(partial, kept)
    return side
