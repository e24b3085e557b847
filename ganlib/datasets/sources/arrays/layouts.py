"""How the numbers of a row lie in its picture, and which numbers are black and white."""

import math
from collections.abc import Callable, Iterable

import numpy as np

from ganlib import UserError
from ganlib.datasets.decoding import MIN_SIDE
from ganlib.datasets.pixels import levels
from ganlib.datasets.sources.arrays.rows import Rows

CHANNELS = (1, 3, 4)
EIGHT_BITS = (0.0, 255.0)
# Of the first that holds all values of a set and whose upper part they reach; else the set has its own range.
USUAL = ((0.0, 1.0), (-1.0, 1.0), EIGHT_BITS)
REACHED = 1 / 8  # of the upper end
BEYOND = 0.02  # of a usual range, by which resized pictures of floats lie outside

Layout = Callable[[np.ndarray], np.ndarray]  # from rows to uint8 or other (n, H, W) or (n, H, W, C)


def side_and_channels(numbers: int) -> tuple[int, int] | None:
    """Returns those of a square picture of so many numbers, grey or RGB; None where there is none."""
    for channels in (1, 3):
        side = math.isqrt(max(0, numbers) // channels)
        if side * side * channels == numbers and side >= MIN_SIDE:
            return side, channels
    return None


def layout_of(rows: Rows) -> Layout:
    """Returns how rows become pictures: (N, H, W), (N, H, W, C), (N, C, H, W) or flat ones. Raises UserError for others."""
    shape = rows.shape[1:]
    if len(shape) == 1 and len(rows) != shape[0] and (square := side_and_channels(*shape)):
        return _flat(rows, *square)
    if len(shape) == 2 and min(shape) >= MIN_SIDE:
        if len(rows) == shape[0] != shape[1]:
            side, other = shape
            raise UserError(
                f"{rows.said} has the shape {side}x{side}x{other}: {other} pictures of {side}x{side} in MATLAB's order, or "
                f"{side} of {side}x{other}? Save the former as {other}x{side}x{side}, the latter as {side}x{side}x{other}x1."
            )
        return lambda piece: piece
    if len(shape) == 3 and shape[2] in CHANNELS and min(shape[:2]) >= MIN_SIDE:
        return lambda piece: piece[..., 0] if shape[2] == 1 else piece
    if len(shape) == 3 and shape[0] in CHANNELS and min(shape[1:]) >= MIN_SIDE:
        return lambda piece: piece[:, 0] if shape[0] == 1 else piece.transpose(0, 2, 3, 1)
    raise UserError(
        f"{rows.said} has the shape {'x'.join(map(str, rows.shape))}, which is none of pictures: give N x H x W, "
        f"N x H x W x C or N x C x H x W with C 1, 3 or 4 and sides from {MIN_SIDE}, or N rows of square pictures."
    )


def _flat(rows: Rows, side: int, channels: int) -> Layout:
    """Returns the layout of flat rows. Those in colour hold planes or pixels: neighbours are more alike in the right order."""
    if channels == 1:
        return lambda piece: piece.reshape(-1, side, side)

    def by_planes(piece: np.ndarray) -> np.ndarray:
        return piece.reshape(-1, channels, side, side).transpose(0, 2, 3, 1)

    def by_pixels(piece: np.ndarray) -> np.ndarray:
        return piece.reshape(-1, side, side, channels)

    some = next(rows.pieces())[:64].astype(np.float64)
    return min((by_pixels, by_planes), key=lambda order: _roughness(order(some)))


def _roughness(pictures: np.ndarray) -> float:
    return float(np.abs(np.diff(pictures, axis=1)).mean() + np.abs(np.diff(pictures, axis=2)).mean())


def levels_of(all_rows: Iterable[Rows]) -> tuple[float, float]:
    """Returns which values of a set are black and white: a usual range, else the set's own."""
    low, high, integers, some = math.inf, -math.inf, True, []
    for rows in all_rows:
        integers &= rows.dtype.kind != "f"
        for piece in rows.pieces():
            values = piece[np.isfinite(piece)] if piece.dtype.kind == "f" else piece
            if values.size:
                low, high = min(low, float(values.min())), max(high, float(values.max()))
                some.append(values.ravel()[:: max(1, values.size // levels.MOST_VALUES)].astype(np.float64))
    if not some:
        raise UserError(f"{rows.said} holds no number; give other pictures.")
    for black, white in USUAL:
        beyond = 0 if integers else BEYOND * (white - black)
        if black - beyond <= low and REACHED * white < high <= white + beyond:
            return black, white
    return levels.range_of(some)
