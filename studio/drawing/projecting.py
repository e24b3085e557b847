"""Searches for pictures in the latent space of runs: validated wishes, and the generators' samples where searches start."""

import io
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ganlib import UserError
from ganlib.datasets.decoding import Preparation, check_size, prepare
from ganlib.datasets.pixels.opening import open_image
from ganlib.inversion import PRIOR
from ganlib.inversion.editing import dragged, followed, proposed
from ganlib.inversion.projector import FAR, Projector
from ganlib.inversion.search import Found, drawing
from ganlib.networks import Generator
from ganlib.runs import inversion_errors
from ganlib.runs.run import Snapshot
from ganlib.sampling import draw
from ganlib.sizes import height_width
from studio import validation
from studio.library import Entry

MOST_PRIOR = 1000.0  # grey levels
MOST_PAIRS = 8  # handles of a drag
MOST_BYTES = 20_000_000  # of a picture's file
MOVES = 0.5  # of a drag's mask, from which on a pixel may move
KEPT = 4  # generators whose samples are kept


@dataclass(frozen=True)
class Wish:
    """A search: of a picture, of a picture from a latent, or from a latent with drags. Its `images` are uint8 (1, C, H, W)."""

    entry: Entry
    snapshot: Snapshot
    images: np.ndarray | None  # to be found; None for drags
    labels: np.ndarray | None  # (1,); None for the best of all
    prior: float
    mask: np.ndarray | None = None  # (H, W): how much each pixel of `images` counts, or where drags may move it, 0 to 1
    z: np.ndarray | None = None  # (1, dim), where edits and drags start
    pairs: tuple[tuple[float, float, float, float], ...] = ()
    radius: float = 0.0

    def found(self, projector: Projector) -> Found:
        """Searches, which takes a second or a few. From a latent a picture gets several proposals, the first one from there."""
        if self.z is None:
            assert self.images is not None  # a picture is found, or a latent dragged
            return projector.project(self.images, self.labels, self.prior, self.mask)
        if self.images is not None:
            goal = projector.goal(self.images, self.prior, self.mask)
            return proposed(drawing(projector.generator), self.z, self.labels, goal, projector.bank)
        image = draw(projector.generator, self.z, self.labels)
        pixels, weights = dragged(image[0], self.pairs, self.radius, None if self.mask is None else self.mask >= MOVES)
        goal = projector.goal(image, self.prior)
        goal = replace(goal, pixels=pixels.reshape(1, -1), weights=weights.reshape(1, -1))
        return followed(drawing(projector.generator), self.z, self.labels, goal)

    def facts(self, found: Found) -> dict[str, Any]:
        """Returns what is told of a result: `rmse` in grey levels, whether it is `far`, another picture, and than how many of
        100 real pictures it is odder, where that was measured."""
        error = float(found.errors[0])
        known = None
        if self.entry.run is not None and self.z is None:
            known = inversion_errors.read(self.entry.run.path, self.snapshot.images)
        odder = None if known is None else known.odder_than(error)
        label = None if found.labels is None else int(found.labels[0])
        return {"rmse": round(error, 3), "far": error > FAR, "odder_than": odder, "label": label}


class Projectors:
    """The projectors of the generators that were searched last. Thread-safe."""

    def __init__(self) -> None:
        self._lock, self._kept = threading.Lock(), OrderedDict[int, Projector]()

    def of(self, generator: Generator, entry: Entry) -> Projector:
        """Returns that of `generator`; the first time it draws the samples where searches start."""
        with self._lock:
            if id(generator) not in self._kept:  # the projector keeps the generator, so that no other gets its id
                self._kept[id(generator)] = Projector.of(generator, entry.run.config.recipe.latent)
                if len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(id(generator))
            return self._kept[id(generator)]


def wish_of_picture(
    entry: Entry,
    snapshot: Snapshot,
    images: np.ndarray,
    labels: np.ndarray | None,
    prior: Any,
    mask: np.ndarray | None = None,
    z: np.ndarray | None = None,
) -> Wish:
    """Validates a search for a picture, from `z` if given, whose label is in `labels` then."""
    return Wish(entry, _trained(entry, snapshot), images, labels, _prior(prior), mask, z)


def wish_of_drag(
    entry: Entry,
    snapshot: Snapshot,
    z: np.ndarray,
    labels: np.ndarray | None,
    pairs: Any,
    radius: Any,
    prior: Any,
    mask: np.ndarray | None = None,
) -> Wish:
    """Validates a drag: `pairs` of handle and target, [x, y, x, y] in pixels from the top left, and a patch's radius."""
    height, width = height_width(entry.run.config.image_size)
    given = validation.some("pairs", pairs, 1, MOST_PAIRS, "pairs of a handle and its target")
    checked = tuple(_pair(pair, height, width) for pair in given)
    reach = validation.number("radius", radius, 0.5, max(height, width))
    return Wish(entry, _trained(entry, snapshot), None, labels, _prior(prior), mask, z, checked, reach)


def _pair(pair: Any, height: int, width: int) -> tuple[float, float, float, float]:
    x, y, to_x, to_y = validation.some("each of pairs", pair, 4, 4, "numbers: x, y, x, y")
    across, down = (validation.number("x", value, 0, width) for value in (x, to_x)), [y, to_y]
    (left, right), (top, bottom) = across, (validation.number("y", value, 0, height) for value in down)
    return left, top, right, bottom


def picture_of(entry: Entry, value: Any, mask: Any = None) -> tuple[np.ndarray, np.ndarray | None]:
    """Decodes a picture's file of any shape, base64 or a data: URL, cropped and resized as the run's pictures were; uint8
    (1, C, H, W), and a mask's file of the same shape, (H, W) of 0 to 1, or None. Raises UserError."""
    image, size = _decoded("picture", value, entry, entry.run.config.channels)
    if mask is None:
        return image[None], None
    weights, own = _decoded("mask", mask, entry, 1)
    if own != size:
        raise UserError(f"mask must be as large as the picture, {_shown(size)} pixels, not {_shown(own)}.")
    return image[None], validation.weighing(weights[0])


def mask_of(entry: Entry, value: Any) -> np.ndarray | None:
    """Decodes the file of a mask of the run's size, (H, W) of 0 to 1; None for None. Raises UserError."""
    if value is None:
        return None
    mask, own = _decoded("mask", value, entry, 1)
    height, width = height_width(entry.run.config.image_size)
    if own != (width, height):
        raise UserError(f"mask must be as large as the run's pictures, {_shown((width, height))} pixels, not {_shown(own)}.")
    return validation.weighing(mask[0])


def _shown(size: tuple[int, int]) -> str:
    return f"{size[0]} x {size[1]}"


def _decoded(name: str, value: Any, entry: Entry, channels: int) -> tuple[np.ndarray, tuple[int, int]]:
    """Returns a picture's file as uint8 (C, H, W) of the run's size, and its own width and height."""
    text = value.partition(",")[2] if isinstance(value, str) and value.startswith("data:") else value
    content = validation.decode(text)
    if not 0 < len(content) <= MOST_BYTES:
        raise UserError(f"{name} must be the file of a picture of at most {MOST_BYTES:,} bytes, as base64.")
    config = entry.run.config
    how = Preparation(*height_width(config.image_size), channels, config.reading.fit, config.reading.background or "white")
    try:
        image = open_image(io.BytesIO(content))
        check_size(image)
        size = image.size
        return prepare(image, how), size
    except Exception as error:  # Pillow raises nearly any exception for a malformed file
        raise UserError(f"{name} is no picture that can be read; send a PNG or a JPEG.") from error


def _trained(entry: Entry, snapshot: Snapshot) -> Snapshot:
    if not snapshot.images and not entry.run.config.parent:
        raise UserError(f"The run {entry.shown} is untrained at this snapshot: it draws nothing to find; choose a later one.")
    return snapshot


def _prior(value: Any) -> float:
    return validation.number("prior", PRIOR if value is None else value, 0, MOST_PRIOR)
