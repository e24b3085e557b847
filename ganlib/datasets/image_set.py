"""The data types of a data set: Source (what is read) and ImageSet (decoded pictures with labels)."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import BinaryIO

import numpy as np
from PIL import Image

from ganlib import UserError
from ganlib.datasets.names import key
from ganlib.datasets.options import DEFAULT, ReadOptions
from ganlib.datasets.summary import Note, Summary

MOST_DIGITS = 20  # of a class's number; int() raises for thousands


class NoSuchSplit(UserError):
    """Raised for the test split of a source that holds training images only."""


class NoImages(UserError):
    """Raised for a source without a single image."""


@dataclass(frozen=True)
class ImageSet:
    """Images ready for training.

    `images` is uint8 (N, C, H, W), C 1 (grey), 3 (colour) or 4 (colour and straight alpha), a read-only memory map when it
    comes from the cache; `labels` is int64 (N,) and indexes `class_names`, or both are None. The `fingerprint` is of the pixels
    and labels: the same pictures, prepared alike, have the same one wherever they lie.
    """

    images: np.ndarray
    labels: np.ndarray | None
    class_names: tuple[str, ...] | None
    name: str
    fingerprint: str
    older: str = ""  # the fingerprint of earlier versions, of names and times of the files
    digests: np.ndarray | None = None  # uint64 (N,), one of each picture's pixels
    summary: Summary | None = None  # what was understood of the source
    reading: ReadOptions = DEFAULT  # with what was decided

    def is_known_as(self, fingerprint: str) -> bool:
        """Whether a run with this fingerprint in its config was trained on these images."""
        return fingerprint in (self.fingerprint, self.older)

    def __len__(self) -> int:
        return len(self.images)


def only(images: ImageSet, classes: Sequence[str]) -> ImageSet:
    """Returns the images of these classes, by name or number, in memory. Raises UserError for an unknown class."""
    if images.labels is None or images.class_names is None:
        thin = images.summary and any(note.key == "labels_thin" for note in images.summary.notes)
        otherwise = "take folders of a picture or two as classes with --labels folders" if thin else "leave --classes out"
        raise UserError(f"{images.name} has no classes, so {','.join(classes)} can't be chosen; {otherwise}.")
    if any(class_number(images.class_names, name) is None for name in classes):
        classes = listed(images.class_names, ",".join(classes))  # a name with a comma, divided on the command line
    chosen = sorted({_number(images.name, images.class_names, name) for name in classes})
    where = np.flatnonzero(np.isin(images.labels, chosen))
    names = tuple(images.class_names[number] for number in chosen)
    labels = np.searchsorted(chosen, images.labels[where])
    return replace(
        images,
        images=images.images[where],
        labels=labels,
        class_names=names,
        fingerprint=fingerprint_of(images.fingerprint, names),
        older=fingerprint_of(images.older, names),
        digests=None if images.digests is None else images.digests[where],
        summary=images.summary and images.summary.only(names),
    )


def fingerprint_of(whole: str, classes: Sequence[str]) -> str:
    """Returns the fingerprint of a subset: of these classes, in the set's own order, of a set with the fingerprint `whole`."""
    return digest((whole, tuple(classes)))


def class_number(names: Sequence[str], name: str) -> int | None:
    """Returns the number of the class with this name, in whichever Unicode form, or number; None for an unknown class."""
    if name in names:
        return names.index(name)
    if key(name) in (known := [key(one) for one in names]):
        return known.index(key(name))
    numbered = name.isdecimal() and len(name) < MOST_DIGITS and int(name) < len(names)
    return int(name) if numbered else None


def listed(names: Sequence[str], text: str) -> list[str]:
    """Splits a list of classes at its commas. A name may hold commas itself: the longest name that fits is taken."""
    most = 1 + max((name.count(",") for name in names), default=0)  # parts of one name
    found, parts = [], text.split(",")
    while parts:
        joined = [",".join(parts[:size]).strip() for size in range(min(most, len(parts)), 1, -1)]
        found.append(next((name for name in joined if class_number(names, name) is not None), parts[0].strip()))
        parts = parts[found[-1].count(",") + 1 :]
    return found


def _number(images: str, names: Sequence[str], name: str) -> int:
    number = class_number(names, name)
    if number is None:
        raise UserError(f"{images} has no class {name!r}; it has {', '.join(names)}.")
    return number


@dataclass(frozen=True)
class Item:
    """One file or row of a source. `open` returns its picture, of any size and mode, or raises Pillow's errors."""

    name: str
    label: str | None
    open: Callable[[], Image.Image]
    content: Callable[[], BinaryIO] | None = None  # the picture's file as it is, where it is one


@dataclass(frozen=True)
class Found:
    """What a source tells of itself beside its pictures: all that it holds, and what was chosen of it."""

    files: int = 0  # files or rows there, whether taken or not
    split: str = ""  # the name there of the split that was taken
    labels_from: str = ""  # "folders", or the file or column that gives the labels
    left_out: Mapping[str, int] = field(default_factory=dict)  # by reason, a key of sentences.REASONS
    levels: tuple[float, float] | None = None  # of arrays: the values that are black and white
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class Source:
    """`count` files or rows with pictures that are not decoded yet; each call of `items` iterates over all of them.

    `identity` changes when the pictures do. `class_names` fixes the order of the classes; None sorts them naturally.
    """

    name: str
    identity: str
    count: int
    items: Callable[[], Iterator[Item]]
    class_names: tuple[str, ...] | None = None
    older: str = ""  # the identity in earlier versions
    found: Found = Found()

    @classmethod
    def of(cls, image_set: ImageSet, split: str) -> "Source":
        """Returns a set, of which this is the `split`, as a source to be prepared at another size."""
        identity, items = image_set.fingerprint, partial(_items_of, image_set)
        found = Found(len(image_set), split)
        return cls(image_set.name, identity, len(image_set), items, image_set.class_names, older=identity, found=found)


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
