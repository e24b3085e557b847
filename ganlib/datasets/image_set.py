"""The data types of a data set: Source (what is read) and ImageSet (decoded pictures with labels)."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from PIL import Image

from ganlib import UserError

MOST_DIGITS = 20  # of a class's number; int() raises for thousands


class NoSuchSplit(UserError):
    """Raised for the test split of a source that holds training images only."""


@dataclass(frozen=True)
class ImageSet:
    """Images ready for training.

    `images` is uint8 (N, C, S, S), C 1 or 3, a read-only memory map when it comes from the cache; `labels` is int64
    (N,) and indexes `class_names`, or both are None. The same source, prepared alike, has the same `fingerprint`.
    """

    images: np.ndarray
    labels: np.ndarray | None
    class_names: tuple[str, ...] | None
    name: str
    fingerprint: str

    def __len__(self) -> int:
        return len(self.images)


def only(images: ImageSet, classes: Sequence[str]) -> ImageSet:
    """Returns the images of these classes, by name or number, in memory. Raises UserError for an unknown class."""
    if images.labels is None or images.class_names is None:
        raise UserError(f"{images.name} has no classes, so {','.join(classes)} can't be chosen; leave --classes out.")
    chosen = sorted({_number(images.name, images.class_names, name) for name in classes})
    where = np.flatnonzero(np.isin(images.labels, chosen))
    names = tuple(images.class_names[number] for number in chosen)
    labels = np.searchsorted(chosen, images.labels[where])
    return ImageSet(images.images[where], labels, names, images.name, fingerprint_of(images.fingerprint, names))


def fingerprint_of(whole: str, classes: Sequence[str]) -> str:
    """Returns the fingerprint of a subset: of these classes, in the set's own order, of a set with the fingerprint `whole`."""
    return digest((whole, tuple(classes)))


def class_number(names: Sequence[str], name: str) -> int | None:
    """Returns the number of the class with this name or number; None for an unknown class."""
    if name in names:
        return names.index(name)
    numbered = name.isdecimal() and len(name) < MOST_DIGITS and int(name) < len(names)
    return int(name) if numbered else None


def _number(images: str, names: Sequence[str], name: str) -> int:
    number = class_number(names, name)
    if number is None:
        raise UserError(f"{images} has no class {name!r}; it has {', '.join(names)}.")
    return number


@dataclass(frozen=True)
class Item:
    """One picture of a source. `open` returns it, of any size and mode, or raises Pillow's errors."""

    name: str
    label: str | None
    open: Callable[[], Image.Image]


@dataclass(frozen=True)
class Source:
    """`count` pictures that are not decoded yet; each call of `items` iterates over all of them.

    `identity` changes when the pictures do. `class_names` fixes the order of the classes; None sorts them naturally.
    """

    name: str
    identity: str
    count: int
    items: Callable[[], Iterator[Item]]
    class_names: tuple[str, ...] | None = None

    @classmethod
    def of(cls, image_set: ImageSet) -> "Source":
        """Returns a set as a source, to be prepared at another size."""
        return cls(image_set.name, image_set.fingerprint, len(image_set), partial(_items_of, image_set), image_set.class_names)


def _items_of(image_set: ImageSet) -> Iterator[Item]:
    names = image_set.class_names
    labels = [None] * len(image_set) if image_set.labels is None else image_set.labels
    for index, (image, label) in enumerate(zip(image_set.images, labels, strict=True)):
        picture = image[0] if len(image) == 1 else image.transpose(1, 2, 0)
        yield Item(str(index), names[label] if names else None, partial(Image.fromarray, picture))


def digest(parts: Iterable[object]) -> str:
    """Returns 32 hex digits of a SHA-256: of the bytes of arrays and of the repr of other parts."""
    state = hashlib.sha256()
    for part in parts:
        state.update(part.data if isinstance(part, np.ndarray) else f"{part!r}\n".encode())
    return state.hexdigest()[:32]
