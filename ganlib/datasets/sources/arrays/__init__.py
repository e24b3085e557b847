"""Reads pictures from arrays as a Source: .npz, .npy, idx files and tables of pixels as text, one picture a row."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from PIL import Image

from ganlib import UserError
from ganlib.datasets.image_set import Found, Item, Source, digest
from ganlib.datasets.options import ReadOptions
from ganlib.datasets.pixels import levels
from ganlib.datasets.sources import splits
from ganlib.datasets.sources.arrays.files import Arrays, arrays_of
from ganlib.datasets.sources.arrays.layouts import EIGHT_BITS, Layout, layout_of, levels_of, side_and_channels
from ganlib.datasets.sources.arrays.rows import Rows
from ganlib.datasets.sources.labels import NONE, Labels, labels_of, unless_thin
from ganlib.datasets.sources.trees import File, Place
from ganlib.datasets.summary import Note

# Words in the names of arrays: x_train, train_images, train-labels-idx1-ubyte, arr_0.
PICTURES = {"x", "image", "images", "img", "imgs", "picture", "pictures", "pixels", "data", "features", "arr"}
LABELS = {"y", "label", "labels", "target", "targets", "class", "classes", "arr"}
# Pictures that belong to others: what is told of each pixel, and the halves of pairs.
COUNTERPARTS = {"mask", "masks", "depth", "normal", "normals", "edge", "edges", "a", "b", "input", "output"}
NAMES = "names"  # class_names, label_names
MOST_LISTED = 12  # arrays
OTHERS = re.compile(r"idx\d|ubyte|\d+")
TRANSPOSED = "emnist-"  # begins the names of EMNIST's idx files, whose pictures lie on their side


@dataclass(frozen=True)
class Part:
    """Pictures of one split, with their labels if there are any."""

    name: str  # of the array
    pictures: Rows
    labels: Rows | None

    @property
    def layout(self) -> Layout:
        layout = layout_of(self.pictures)
        return (lambda piece: layout(piece).swapaxes(1, 2)) if self.name.startswith(TRANSPOSED) else layout


def array_source(place: Place, files: Mapping[str, File], options: ReadOptions) -> Source:
    """Returns the pictures of the arrays in `files`, some of .npz, .npy, idx and text. Raises UserError."""
    arrays = arrays_of(place, files, options)
    parts, split, others = _parts(place, arrays, options)
    class_names = _class_names(arrays)
    labels = _labels(parts, class_names, options)
    if not set(labels.classes or ()) <= {None, *(class_names or ())}:
        class_names = None
    shown = options.levels or levels_of([part.pictures for part in parts])
    num, notes = sum(len(part.pictures) for part in parts) - sum(labels.left_out.values()), list(labels.notes)
    if not num:
        raise UserError(f"{place.said} holds no pictures; check it, or choose another --split.")
    if shown != EIGHT_BITS:
        notes.append(Note("array_levels", {"low": shown[0], "high": shown[1]}))
    found = Found(
        files=num + sum(labels.left_out.values()) + others,
        split=split,
        labels_from=next((part.labels.name for part in parts if part.labels), "") if labels.classes else "",
        left_out=+Counter(labels.left_out) + Counter({"other split": others}),
        levels=None if shown == EIGHT_BITS else shown,
        notes=tuple(notes),
    )
    stamps = [(name, *file.stamp) for name, file in files.items()]
    return Source(place.name, digest(stamps), num, partial(_items, parts, labels, shown), class_names, found=found)


def _items(parts: list[Part], labels: Labels, shown: tuple[float, float]) -> Iterator[Item]:
    row = 0
    for part in parts:
        layout, first = part.layout, row
        for piece in part.pictures.pieces():
            for picture in _eight_bits(layout(piece), shown):
                if labels.takes(row):
                    yield Item(f"{part.name}[{row - first}]", labels.of(row), partial(Image.fromarray, picture))
                row += 1


def _eight_bits(pictures: np.ndarray, shown: tuple[float, float]) -> np.ndarray:
    is_plain = pictures.dtype == np.uint8 and shown == EIGHT_BITS
    return pictures if is_plain else levels.as_bytes(pictures, shown)


def _parts(place: Place, arrays: Arrays, options: ReadOptions) -> tuple[list[Part], str, int]:
    """Returns the arrays of pictures of a split with their labels, the split's name, and the pictures of other splits."""
    if options.image_column:
        _refuse_unknown(place, arrays, "--image-column", options.image_column)
        chosen, split = [options.image_column], ""
        there: dict[str, str | None] = {options.image_column: None}
    else:
        there = {name: splits.among(splits.words(name)) for name in _called_pictures(arrays)}
        if not there:
            for rows in arrays.values():
                if rows.dtype.kind == "O":
                    rows.whole()  # raises that it holds objects
            raise UserError(f"{place.said} holds no array of pictures; it has {_listed(arrays)}.")
        chosen, split = splits.taken(options.split, there, place.said)
        if max(Counter(there[name] for name in chosen).values()) > 1:
            if by_class := _by_class(arrays, chosen):
                return by_class, split, sum(len(arrays[name]) for name in there if name not in chosen)
            listed = ", ".join(chosen[:MOST_LISTED])
            raise UserError(f"{place.said} holds several arrays of pictures: choose one with --image-column from {listed}.")
    parts = [Part(name, arrays[name], _labels_for(place, name, arrays, options)) for name in chosen]
    return parts, split, sum(len(arrays[name]) for name in there if name not in chosen)


def _called_pictures(arrays: Arrays) -> list[str]:
    """Returns the arrays that are called pictures, else all that may be; those that are no flat rows come before others."""
    able = [name for name, rows in arrays.items() if _may_be_pictures(rows)]
    able = _called(able, PICTURES) or able
    return [name for name in able if len(arrays[name].shape) > 2] or able


def _by_class(arrays: Arrays, chosen: list[str]) -> list[Part]:
    """Returns files of pictures that are classes, such as cat.npy and dog.npy; empty for others. They are called neither
    pictures nor like each other's labels, and nothing else is there."""
    shapes = {arrays[name].shape[1:] for name in chosen}
    if set(chosen) != set(arrays) or len(shapes) > 1 or _called(chosen, PICTURES | LABELS | COUNTERPARTS):
        return []
    return [Part(name, arrays[name], _constant(name, len(arrays[name]))) for name in chosen]


def _constant(label: str, num: int) -> Rows:
    values = np.full(num, label.rpartition("/")[2])
    return Rows("The names of the files", "the names of the files", (num,), values.dtype, partial(iter, [values]))


def _labels_for(place: Place, pictures: str, arrays: Arrays, options: ReadOptions) -> Rows | None:
    """Returns the labels of an array of pictures: those that are asked for, or that are called like it. Raises UserError."""
    if options.labels == "none":
        return None
    if options.label_column:
        _refuse_unknown(place, arrays, "--label-column", options.label_column)
        found = [options.label_column]
    else:
        others = set(_called_pictures(arrays))
        able = [name for name in arrays if name != pictures and name not in others and len(arrays[name].shape) < 3]
        able = [name for name in _called(able, LABELS) if NAMES not in splits.words(name)]
        found = [name for name in able if _rest(name) == _rest(pictures)]
        found = found or [name for name in able if len(arrays[name]) == len(arrays[pictures])]
    if len(found) > 1:
        listed = ", ".join(found)
        raise UserError(f"{place.said} holds several arrays of labels: choose one with --label-column from {listed}, or go on "
                        "without: --labels none.")  # fmt: skip
    if not found:
        return None
    labels = arrays[found[0]]
    if len(labels) != len(arrays[pictures]):
        raise UserError(
            f"{pictures} and {found[0]} in {place.said} do not belong together: {len(arrays[pictures]):,} pictures and "
            f"{len(labels):,} labels; --labels none goes on without labels."
        )
    return labels


def _labels(parts: list[Part], names: tuple[str, ...] | None, options: ReadOptions) -> Labels:
    known = [part.labels for part in parts if part.labels is not None]
    if not known:
        return NONE
    values: list[Any] = []
    for part in parts:
        values += [None] * len(part.pictures) if part.labels is None else _values(part.labels)
    return unless_thin(labels_of(values, known[0].said, names), known[0].name, options)


def _values(rows: Rows) -> list[Any]:
    """Returns one value for each row: of rows with a one among zeros its place."""
    values = rows.whole().reshape(len(rows), -1)
    if values.shape[1] > 1 and np.isin(values, (0, 1)).all() and (values.sum(1) == 1).all():
        return values.argmax(1).tolist()
    return values.tolist() if values.shape[1] > 1 else values[:, 0].tolist()


def _class_names(arrays: Arrays) -> tuple[str, ...] | None:
    for name, rows in arrays.items():
        if rows.dtype.kind == "U" and len(rows.shape) == 1 and NAMES in splits.words(name):
            return tuple(rows.whole().tolist())
    return None


def _may_be_pictures(rows: Rows) -> bool:
    shape = rows.shape[1:]
    return rows.dtype.kind in "biuf" and (len(shape) > 1 or (len(shape) == 1 and bool(side_and_channels(*shape))))


def _called(names: list[str], words: set[str]) -> list[str]:
    """Returns those of the names that have one of the words."""
    return [name for name in names if words & set(splits.words(name))]


def _rest(name: str) -> list[str]:
    """Returns what the names of an array of pictures and of its labels have in common: their split, their set."""
    return [word for word in splits.words(name) if word not in PICTURES | LABELS and not OTHERS.fullmatch(word)]


def _refuse_unknown(place: Place, arrays: Arrays, option: str, name: str) -> None:
    if name not in arrays:
        raise UserError(f"{place.said} has no array {name}, which {option} names; it has {_listed(arrays)}.")


def _listed(arrays: Arrays) -> str:
    listed = [f"{name} ({'x'.join(map(str, rows.shape))})" for name, rows in arrays.items()]
    return ", ".join(listed[:MOST_LISTED]) + (", ..." if len(listed) > MOST_LISTED else "") or "none"
