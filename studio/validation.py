"""Validates all values that a visitor sends: takes any value, returns the right type or raises UserError naming the field."""

import base64
import re
from collections.abc import Collection, Iterable, Sequence
from typing import Any, TypeVar

import numpy as np

from ganlib import UserError
from ganlib.runs.run import Snapshot
from ganlib.sampling import find_label
from ganlib.sizes import Size, height_width, size_of
from studio.library import Entry, Library
from studio.limits import MOST_SEED

Name = TypeVar("Name", bound=str)
MOST_LATENTS = 256
MOST_ABSOLUTE = 100.0  # of one component of a latent
MOST_TRUNCATION, MOST_EPOCH = 4, 1e9


def number(name: str, value: Any, low: float, high: float) -> float:
    """Returns `value` as a number in the range; rejects NaN."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise UserError(f"{name} must be a number from {low:g} to {high:g}.")
    return float(value)


def whole(name: str, value: Any, low: int, high: int) -> int:
    """Returns `value` as a whole number in the range."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high or value != int(value):
        raise UserError(f"{name} must be a whole number from {low} to {high}.")
    return int(value)


def seed(value: Any, name: str = "seed") -> int:
    return whole(name, value, 0, MOST_SEED)


def truncation(value: Any) -> float:
    return number("truncation", value, 0, MOST_TRUNCATION)


def yes_or_no(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise UserError(f"{name} must be true or false.")
    return value


def one_of(name: str, value: Any, names: Collection[Name]) -> Name:
    """Returns `value` if it is one of `names`."""
    for known in names:
        if isinstance(value, str) and value == known:
            return known
    raise UserError(f"{name} must be one of {', '.join(names)}.")


def some(name: str, value: Any, low: int, high: int, what: str = "numbers") -> list:
    """Returns `value` if it is a list of `low` to `high` items of any type; `what` names them in the error."""
    if not isinstance(value, list) or not low <= len(value) <= high:
        raise UserError(f"{name} must be a list of {low if low == high else f'{low} to {high}'} {what}.")
    return value


def text(name: str, value: Any, most: int) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= most:
        raise UserError(f"{name} must be a text of 1 to {most:,} characters.")
    return value


def query(pairs: Iterable[tuple[str, str]], numbers: Sequence[str], texts: Sequence[str]) -> dict[str, Any]:
    """Returns the parameters of a URL's query by name. Each must be one of `numbers` or `texts` and appear once."""
    pairs, names = list(pairs), [*numbers, *texts]
    given = dict(pairs)
    if len(given) < len(pairs) or not given.keys() <= set(names):
        raise UserError(f"The query of this address may hold {', '.join(names)}, each once.")
    return {name: _spelled(name, value) if name in numbers else value for name, value in given.items()}


def _spelled(name: str, value: str) -> float:
    """Parses a decimal number."""
    if not re.fullmatch(r"-?[0-9]{1,12}(\.[0-9]{1,12})?", value):
        raise UserError(f"{name} must be a number, such as 7 or 0.5.")
    return float(value)


def size(name: str, value: Any, least: int, most: int) -> Size:
    """Returns the size of pictures: a whole number for squares, or a list of height and width."""
    sides = value if isinstance(value, list) and len(value) == 2 else [value, value]
    height, width = (whole(name, side, least, most) for side in sides)
    return size_of(height, width)


def visitor(value: Any) -> str:
    """Returns the token by which the page identifies a browser."""
    if not isinstance(value, str) or not re.fullmatch("[0-9a-f]{32}", value):
        raise UserError("visitor must be 32 hexadecimal digits.")
    return value


def run(library: Library, name: Any) -> Entry:
    """Returns the run called `name`. Raises UserError if it has no snapshots."""
    entry = library.find(name)
    if entry.snapshots:
        return entry
    if entry.damage:
        raise UserError(f"The run {entry.shown} is damaged: {entry.damage.detail}")
    raise UserError(f"The run {entry.shown} has no snapshots yet; ask again when it was trained further.")


def moment(entry: Entry, images: Any) -> Snapshot:
    """Returns the snapshot after exactly `images` images, the last for None."""
    if images is not None and type(images) is not int:
        raise UserError("images must be the number of images that a snapshot has seen.")
    return entry.snapshot(images)


def nearest(entry: Entry, epoch: Any, name: str = "epoch") -> Snapshot:
    """Returns the undamaged snapshot nearest to `epoch`, the last for None."""
    if epoch is None:
        return entry.snapshots[-1]
    wished = number(name, epoch, 0, MOST_EPOCH)
    return min(entry.snapshots, key=lambda snapshot: abs(snapshot.epoch - wished))


def label(entry: Entry, value: Any) -> int | None:
    """Returns the class with this name or number; None for None."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int) or len(str(value)) > 100:
        raise UserError("label must be the name or the number of a class.")
    return find_label(entry.run.config, value)


def labels(entry: Entry, values: Any, num: int) -> np.ndarray | None:
    """Returns a class for each of `num` latents, (num,); None for a run without classes, whatever was sent."""
    classes = entry.run.config.num_classes
    if not classes:
        return None
    known = isinstance(values, list) and len(values) == num
    if not known or not all(type(value) is int and 0 <= value < classes for value in values):
        raise UserError(f"labels must be {num} whole numbers from 0 to {classes - 1}.")
    return np.array(values)


def decode(value: Any) -> bytes:
    """Decodes base64 text; returns no bytes for anything else."""
    try:
        return base64.b64decode(value, validate=True) if isinstance(value, str) else b""
    except ValueError:  # binascii.Error, or non-ASCII characters
        return b""


def latents(value: Any, dim: int) -> np.ndarray:
    """Decodes latents, float32 (N, dim), from base64 of little-endian float32."""
    content = decode(value)
    if not content or len(content) % (4 * dim) or len(content) > 4 * dim * MOST_LATENTS:
        raise UserError(f"z must be 1 to {MOST_LATENTS} latents of {dim} numbers, as base64 of their float32 bytes.")
    z = np.frombuffer(content, "<f4").reshape(-1, dim).astype(np.float32)
    if not np.isfinite(z).all() or np.abs(z).max() > MOST_ABSOLUTE:
        raise UserError(f"Every number of a latent must lie between -{MOST_ABSOLUTE:g} and {MOST_ABSOLUTE:g}.")
    return z


def origins(value: Any, num: int) -> list[dict[str, int] | None]:
    """Returns the origin of each of `num` latents: `{seed, index}`, or None for a modified one; all None for None."""
    if value is None:
        return [None] * num
    if not isinstance(value, list) or len(value) != num or not all(one is None or isinstance(one, dict) for one in value):
        raise UserError(f"from must be {num} times a seed with an index, or null.")
    return [None if one is None else _origin(one) for one in value]


def _origin(value: dict) -> dict[str, int]:
    return {"seed": seed(value.get("seed")), "index": whole("index", value.get("index"), 0, MOST_LATENTS - 1)}


def picture(entry: Entry, value: Any) -> np.ndarray:
    """Decodes a picture of the run's size, uint8 (1, C, H, W), from base64 of its bytes, (H, W, C)."""
    (height, width), channels = height_width(entry.run.config.image_size), entry.run.config.channels
    content = decode(value)
    if len(content) != height * width * channels:
        raise UserError(f"picture must be {height} x {width} x {channels} bytes, as base64.")
    return np.frombuffer(content, np.uint8).reshape(1, height, width, channels).transpose(0, 3, 1, 2)


def mask(entry: Entry, value: Any) -> np.ndarray | None:
    """Decodes a mask of the run's size, float32 (H, W) of 0 to 1, from base64 of its bytes, (H, W); None for None."""
    if value is None:
        return None
    height, width = height_width(entry.run.config.image_size)
    content = decode(value)
    if len(content) != height * width:
        raise UserError(f"mask must be {height} x {width} bytes, as base64.")
    return weighing(np.frombuffer(content, np.uint8).reshape(height, width))


def weighing(values: np.ndarray) -> np.ndarray:
    """Returns a mask's uint8 values as shares, float32 of 0 to 1. Raises UserError where none counts."""
    if not values.any():
        raise UserError("mask must not be all black: no pixel would count.")
    return values.astype(np.float32) / 255


def pictures(images: np.ndarray) -> dict[str, Any]:
    """Encodes uint8 (N, C, H, W) for the page; `size` is one number for squares, else height and width."""
    num, channels, height, width = images.shape
    size = size_of(height, width)
    return {"pictures": encode(images.transpose(0, 2, 3, 1)), "num": num, "channels": channels, "size": size}


def encode(array: np.ndarray) -> str:
    """Returns base64 of an array's bytes in row-major order."""
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
