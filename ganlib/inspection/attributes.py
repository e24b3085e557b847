"""What can be measured of each of a run's pictures: strokes, digits, colours, sharpness, symmetry, the discriminator's logit.

`GROUPS` is the table: each row says which pictures it fits and what it measures.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from torch import nn

from ganlib.inspection.discriminator import logits
from ganlib.inspection.strokes import stroke_measures
from ganlib.metrics.digits import digit_logits
from ganlib.pictures import composed

BATCH = 256  # pictures held in float64 at a time
DARK = 48  # grey levels; strokes lie on a ground that is darker, at the border and at most places
LUMA = np.array([0.299, 0.587, 0.114])  # of red, green and blue (ITU-R BT.601)
EDGE = 8  # the edges are this part of a side wide


@dataclass(frozen=True)
class Pictures:
    """Pictures to be measured, and the networks that can judge them."""

    images: np.ndarray  # uint8 (N, C, H, W)
    labels: np.ndarray | None = None  # (N,), of a run with classes
    discriminator: nn.Module | None = None
    digits: bool = False  # whether they are MNIST's at 28 pixels, which the shipped classifier reads

    @property
    def are_strokes(self) -> bool:
        """Whether they are grey, with strokes on a dark ground."""
        if self.images.shape[1] != 1:
            return False
        border = [self.images[..., [0, -1], :], self.images[..., [0, -1]]]
        return max(float(part.mean()) for part in border) < DARK and float((self.images < DARK).mean()) > 0.5


Measured = dict[str, np.ndarray]  # by the attribute's name, float64 (N,)


def _digits(pictures: Pictures) -> Measured:
    values = digit_logits(pictures.images)
    return {f"digit {label}": values[:, label] for label in range(values.shape[1])}


def _judged(pictures: Pictures) -> Measured:
    assert pictures.discriminator is not None  # else the group doesn't apply
    return {"realness": logits(pictures.discriminator, pictures.images, pictures.labels).astype(np.float64)}


def _whole(pictures: Pictures) -> Measured:
    return _in_parts(pictures.images, looks)


def _colours(pictures: Pictures) -> Measured:
    return _in_parts(pictures.images, colours)


def looks(images: np.ndarray) -> Measured:
    """Measures the luma of pictures, float64 (N, C, H, W) with levels in [0, 1].

    brightness: its mean. contrast: its standard deviation. sharpness: the logarithm of the mean absolute difference of
    neighbours over the contrast. symmetry: the correlation with the mirror image.
    """
    luma = _luma(images)
    contrast = luma.std((1, 2))
    steps = np.abs(np.diff(luma, axis=1)).mean((1, 2)) + np.abs(np.diff(luma, axis=2)).mean((1, 2))
    centred = luma - luma.mean((1, 2), keepdims=True)
    mirrored = (centred * centred[:, :, ::-1]).mean((1, 2))
    return {
        "brightness": luma.mean((1, 2)),
        "contrast": contrast,
        "sharpness": np.log((steps + 1e-4) / (contrast + 1e-4)),
        "symmetry": mirrored / np.maximum(contrast**2, 1e-9),
    }


def colours(images: np.ndarray) -> Measured:
    """Measures the colour of RGB pictures, float64 (N, 3, H, W) with levels in [0, 1], as a whole and by regions.

    A hue is an angle, which no straight direction raises: its two axes stand for it, warmth (red less blue) and greenness
    (green less the mean of both). saturation: the mean difference of a pixel's largest and smallest channel.
    """
    found = {"saturation": (images.max(1) - images.min(1)).mean((1, 2)), **_hue("", images, np.ones(images.shape[2:]))}
    for name, region in regions(*images.shape[2:]).items():
        found[f"{name} brightness"] = (_luma(images) * region).sum((1, 2)) / region.sum()
        found |= _hue(f"{name} ", images, region)
    return found


def regions(height: int, width: int) -> dict[str, np.ndarray]:
    """Returns the regions by name, bool (H, W): the upper quarter, the central ones, and an eighth along each edge."""
    y, x = np.ogrid[:height, :width]
    down, across = np.minimum(y, height - 1 - y), np.minimum(x, width - 1 - x)
    everywhere = np.ones((height, width), bool)
    return {
        "top": (y < max(1, height // 4)) & everywhere,
        "centre": (down >= height // 4) & (across >= width // 4),
        "edges": (down < max(1, height // EDGE)) | (across < max(1, width // EDGE)),
    }


def _hue(name: str, images: np.ndarray, region: np.ndarray) -> Measured:
    red, green, blue = ((images[:, channel] * region).sum((1, 2)) / region.sum() for channel in range(3))
    return {f"{name}warmth": red - blue, f"{name}greenness": green - (red + blue) / 2}


def _luma(images: np.ndarray) -> np.ndarray:
    return images[:, 0] if images.shape[1] == 1 else np.einsum("nchw,c->nhw", images, LUMA)


def _in_parts(images: np.ndarray, measure: Callable[[np.ndarray], Measured]) -> Measured:
    """Measures uint8 images, those with transparency over mid-grey, a batch at a time."""
    parts = [measure(composed(images[start : start + BATCH]) / 255.0) for start in range(0, len(images), BATCH)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


@dataclass(frozen=True)
class Group:
    """Attributes that are measured together."""

    fits: Callable[[Pictures], bool]
    measure: Callable[[Pictures], Measured]


GROUPS = (
    Group(lambda pictures: pictures.are_strokes, lambda pictures: stroke_measures(pictures.images)),
    Group(lambda pictures: pictures.digits, _digits),
    Group(lambda pictures: True, _whole),
    Group(lambda pictures: pictures.images.shape[1] > 1, _colours),
    Group(lambda pictures: pictures.discriminator is not None, _judged),
)


def measured(pictures: Pictures) -> Measured:
    """Returns all attributes that fit the pictures, by name, float64 (N,) each."""
    return {name: values for group in GROUPS if group.fits(pictures) for name, values in group.measure(pictures).items()}
