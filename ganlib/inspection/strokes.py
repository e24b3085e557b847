"""Measures the shape of handwritten strokes: thickness, length, slant, width, height, loops.

The morphometrics of Morpho-MNIST (Castro et al. 2019, JMLR 20(178), arXiv:1809.10780, section 3.1), for whole batches at once.
As there, a picture is enlarged four times and cut at the middle of its range; thickness is twice the mean distance to the
background along the skeleton. The skeleton is Guo and Hall's thinning (1989, CACM 32(3), algorithm A1) in place of the medial
axis, whose spurs lengthen it. Loops, which the paper doesn't measure, come from the Euler number.
"""

import numpy as np
import torch
from torch.nn import functional as F

SCALE = 4  # enlargement before the cut, Morpho-MNIST's
BATCH = 64  # enlarged pictures that fit a processor's cache
TAIL = 0.01  # of the ink that lies beyond each side of the parallelogram: 2 % for two sides
LEAST_RANGE = 32  # grey levels; a picture with a smaller range has no stroke
AROUND = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))  # neighbours, clockwise from above


def stroke_measures(images: np.ndarray) -> dict[str, np.ndarray]:
    """Returns the measures of each picture by name, float64 (N,); 0 for a picture without strokes.

    images: uint8 (N, 1, H, W), bright strokes on black.

    thickness, length, width, height: pixels; the length is the skeleton's. slant: degrees, positive to the right.
    loops: holes, less further pieces of a stroke that is broken.
    """
    parts = [_measured(images[start : start + BATCH, 0]) for start in range(0, len(images), BATCH)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _measured(images: np.ndarray) -> dict[str, np.ndarray]:
    grey, masks = images.astype(np.float64), _masks(images)
    slopes, centres = _slopes(grey)
    widths, heights = _parallelograms(grey, slopes, centres)
    skeletons = thinned(masks)
    found = {
        "thickness": 2 * mean_distances(masks, skeletons) / SCALE,
        "slant": np.degrees(np.arctan(-slopes)),
        "width": widths,
        "height": heights,
        "length": lengths(skeletons) / SCALE,
        "loops": loops(masks).astype(np.float64),
    }
    drawn = np.ptp(images, axis=(1, 2)) >= LEAST_RANGE
    return {name: np.where(drawn, values, 0.0) for name, values in found.items()}


def _slopes(grey: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns the horizontal shear u11 / u02 of central image moments, and the centre's row, (N,) each."""
    rows, columns = np.arange(grey.shape[1])[:, None], np.arange(grey.shape[2])
    mass = np.maximum(grey.sum((1, 2)), 1e-9)
    x, y = (grey * columns).sum((1, 2)) / mass, (grey * rows).sum((1, 2)) / mass
    down, across = rows - y[:, None, None], columns - x[:, None, None]
    u11, u02 = (grey * across * down).sum((1, 2)), (grey * down**2).sum((1, 2))
    return u11 / np.maximum(u02, 1e-9), y


def _parallelograms(grey: np.ndarray, slopes: np.ndarray, centres: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns the width and height of the parallelogram, sheared by `slopes`, that leaves out TAIL of the ink at each side."""
    num, height, width = grey.shape
    rows, columns = np.arange(height)[:, None], (np.arange(SCALE * width) + 0.5) / SCALE - 0.5
    across = columns - slopes[:, None, None] * (rows - centres[:, None, None])
    bins = np.floor(SCALE * across).astype(int)
    bins -= bins.min()
    most = int(bins.max()) + 1
    places = np.arange(num)[:, None, None] * most + bins
    ink = np.bincount(places.ravel(), np.repeat(grey, SCALE, 2).ravel(), num * most).reshape(num, most)
    return _spans(ink) / SCALE, _spans(grey.sum(2))


def _spans(ink: np.ndarray) -> np.ndarray:
    """Returns the distance from the quantile TAIL to the quantile 1 - TAIL of `ink` (N, bins) in units of a bin, (N,)."""
    shares = np.cumsum(ink, 1) / np.maximum(ink.sum(1, keepdims=True), 1e-9)
    edges = np.arange(ink.shape[1] + 1)
    ends = [np.interp([TAIL, 1 - TAIL], np.concatenate([[0], row]), edges) for row in shares]
    return np.array([last - first for first, last in ends])


def _masks(images: np.ndarray) -> np.ndarray:
    """Returns the strokes of enlarged pictures with a background border of one pixel, bool (N, SCALE H + 2, SCALE W + 2)."""
    small = torch.from_numpy(images.astype(np.float32))[:, None]
    large = F.interpolate(small, scale_factor=SCALE, mode="bicubic")[:, 0].numpy()
    low, high = large.min((1, 2), keepdims=True), large.max((1, 2), keepdims=True)
    masks = (large >= (low + high) / 2) & (high - low >= LEAST_RANGE)
    return np.pad(masks, ((0, 0), (1, 1), (1, 1)))


def lengths(skeletons: np.ndarray) -> np.ndarray:
    """Returns the length in pixels of skeletons, bool (N, H, W): 1 for each pair of neighbours, the square root of 2 for
    diagonal ones, unless a third pixel joins them around the corner."""
    s = skeletons
    straight = (s[:, :, 1:] & s[:, :, :-1]).sum((1, 2)) + (s[:, 1:] & s[:, :-1]).sum((1, 2))
    a, b, c, d = _windows(s)
    diagonal = (a & d & ~b & ~c).sum((1, 2)) + (b & c & ~a & ~d).sum((1, 2))
    return straight + np.sqrt(2) * diagonal


def loops(masks: np.ndarray) -> np.ndarray:
    """Returns 1 less the Euler number of masks, bool (N, H, W) with a background border: int (N,).

    For strokes in one piece this is the number of holes; each further piece takes one off. The Euler number is counted over
    2 x 2 windows, with 8-connected strokes (Gray 1971, IEEE Trans. Computers C-20(5)).
    """
    a, b, c, d = _windows(masks)
    filled = a.astype(np.int8) + b + c + d
    diagonal = ((filled == 2) & (a == d)).sum((1, 2))
    return 1 - ((filled == 1).sum((1, 2)) - (filled == 3).sum((1, 2)) - 2 * diagonal) // 4


def _windows(masks: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Returns the upper left, upper right, lower left and lower right pixels of all 2 x 2 windows."""
    return masks[:, :-1, :-1], masks[:, :-1, 1:], masks[:, 1:, :-1], masks[:, 1:, 1:]


def mean_distances(masks: np.ndarray, skeletons: np.ndarray) -> np.ndarray:
    """Returns the mean over each skeleton of the Euclidean distance to the nearest background pixel, float64 (N,).

    Distances along columns, then the smallest sum of their squares with squares along the row (Felzenszwalb and Huttenlocher
    2012, section 2). Masks, bool (N, H, W), have a background border.
    """
    height = masks.shape[1]
    down = np.where(masks, height, 0)
    for row in range(1, height):
        down[:, row] = np.minimum(down[:, row], down[:, row - 1] + 1)
    for row in range(height - 2, -1, -1):
        down[:, row] = np.minimum(down[:, row], down[:, row + 1] + 1)
    reach = int(down.max(initial=1))  # no distance is larger than that along the column
    squares = np.pad(down**2, ((0, 0), (0, 0), (reach, reach)))
    which, rows, columns = np.nonzero(skeletons)
    steps = np.arange(2 * reach + 1)
    nearest = (squares[which[:, None], rows[:, None], columns[:, None] + steps] + (steps - reach) ** 2).min(1)
    total = np.bincount(which, np.sqrt(nearest), len(masks))
    return total / np.maximum(np.bincount(which, minlength=len(masks)), 1)


def thinned(masks: np.ndarray) -> np.ndarray:
    """Returns skeletons one pixel wide of masks with a background border, bool (N, H, W), by Guo and Hall's algorithm A1.

    Eight pictures share a byte, and their pixels are removed by operations on its bits.
    """
    packed, before = np.packbits(masks, 0), None
    while before is None or not np.array_equal(packed, before):
        before = packed.copy()
        for second in (False, True):
            packed[:, 1:-1, 1:-1] &= ~_removable(packed, second)
    return np.unpackbits(packed, 0, len(masks)).astype(bool)


def _removable(packed: np.ndarray, second: bool) -> np.ndarray:
    """Returns the bits of the pixels off the border that a subiteration removes, uint8 (N / 8, H - 2, W - 2).

    p2 to p9 are Guo and Hall's names of the neighbours, clockwise from the one above.
    """
    height, width = packed.shape[1:]
    p2, p3, p4, p5, p6, p7, p8, p9 = (
        packed[:, 1 + down : height - 1 + down, 1 + across : width - 1 + across] for down, across in AROUND
    )
    a, b, c, d = ~p2 & (p3 | p4), ~p4 & (p5 | p6), ~p6 & (p7 | p8), ~p8 & (p9 | p2)
    one_crossing = (a ^ b ^ c ^ d) & ~((a & b) | (c & d))
    pairs = ((p9 | p2, p3 | p4, p5 | p6, p7 | p8), (p2 | p3, p4 | p5, p6 | p7, p8 | p9))
    at_least_two, all_four = [], []
    for a, b, c, d in pairs:
        at_least_two.append((a & b) | (c & d) | ((a | b) & (c | d)))
        all_four.append(a & b & c & d)
    two_or_three = at_least_two[0] & at_least_two[1] & ~(all_four[0] & all_four[1])
    kept = (p6 | p7 | ~p9) & p8 if second else (p2 | p3 | ~p5) & p4
    return one_crossing & two_or_three & ~kept
