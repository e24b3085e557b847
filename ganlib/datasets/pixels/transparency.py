"""Pictures that are transparent in part: what they would show on each background, and how they are laid on one."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageColor

from ganlib.datasets.options import BACKGROUNDS, CHECKER

CHOICES = ("white", "black", "#808080")  # the first under which content shows is taken
SHOWS = 32  # levels between content and background
GREYS = (204, 153)  # of a checkerboard's squares
SQUARE = 1 / 8  # of a picture's shorter side


def content(image: Image.Image) -> np.ndarray | None:
    """Returns how far a picture's content stands out from each of CHOICES, in levels; None for an opaque or an empty one."""
    pixels = np.asarray(image.convert("RGBA").resize((32, 32), Image.Resampling.BOX)).astype(np.float64)
    alpha = pixels[..., 3:] / 255
    if alpha.min() == 1 or alpha.max() == 0:
        return None
    grounds = np.array([colour_of(name) for name in CHOICES], np.float64)
    apart = np.abs(pixels[None, ..., :3] - grounds[:, None, None]) * alpha
    return apart.sum((1, 2, 3)) / (3 * alpha.sum())


def chosen(contents: Sequence[np.ndarray]) -> str:
    """Returns the background for a whole set from the `content` of its pictures: the first under which nearly all show, else
    the one under which the least visible ones show best."""
    least = np.percentile(np.stack(contents), 5, axis=0)
    shows = np.flatnonzero(least >= SHOWS)
    return CHOICES[shows[0] if len(shows) else least.argmax()]


def colour_of(background: str) -> tuple[int, ...]:
    return BACKGROUNDS.get(background) or ImageColor.getrgb(background)


def flattened(image: Image.Image, background: str) -> Image.Image:
    """Returns an RGBA image laid on the background, opaque."""
    ground = _checkerboard(image.size) if background == CHECKER else Image.new("RGBA", image.size, colour_of(background))
    return Image.alpha_composite(ground, image)


def _checkerboard(size: tuple[int, int]) -> Image.Image:
    side = max(1, round(min(size) * SQUARE))
    down, across = (np.arange(length) // side for length in (size[1], size[0]))
    greys = np.where((down[:, None] + across) % 2, *GREYS).astype(np.uint8)
    return Image.fromarray(greys).convert("RGBA")
