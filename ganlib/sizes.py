"""The size of a picture: a number of pixels for a square, else a pair of height and width."""

import re
from math import prod

Size = int | tuple[int, int]  # a square's side, or (height, width) in pixels, in the order of a tensor's axes


def height_width(size: Size) -> tuple[int, int]:
    """Returns the height and the width of a size."""
    return (size, size) if isinstance(size, int) else size


def pixels(size: Size) -> int:
    """Returns the number of pixels of a picture."""
    return prod(height_width(size))


def size_of(height: int, width: int) -> Size:
    """Returns the size of pictures of this height and width: an int for squares."""
    return height if height == width else (height, width)


def written(size: Size) -> str:
    """Writes a size as people do: 64 for a square, 64x32 for 64 pixels across and 32 down."""
    height, width = height_width(size)
    return str(height) if height == width else f"{width}x{height}"


def parsed(text: str) -> Size:
    """Parses 64 or 64x32, width by height. Raises ValueError."""
    found = re.fullmatch(r"(\d{1,5})(?:[xX×](\d{1,5}))?", text.strip())
    if not found:
        raise ValueError(f"{text!r} is no size such as 64, or 64x32 for 64 pixels across and 32 down")
    width = int(found[1])
    return size_of(int(found[2] or width), width)
