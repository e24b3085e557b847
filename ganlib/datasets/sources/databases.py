"""Reads encoded pictures from LMDB databases as a Source: LSUN's, StyleGAN's in several sizes, and image-1, label-1, ..."""

import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from ganlib import UserError
from ganlib.datasets.image_set import Found, Item, Source, digest
from ganlib.datasets.options import ReadOptions
from ganlib.datasets.pixels.opening import open_image
from ganlib.datasets.sources.kinds import HEAD, PICTURE, kind_of
from ganlib.datasets.sources.labels import NONE, Labels, labels_of, unless_thin
from ganlib.datasets.sources.trees import Place

DATABASE = "data.mdb"  # in its folder
_PAGE_SIZE, _LAST_PAGE, _META_END = 40, 136, 152  # bytes into a meta page, of which the file begins with two
_OF_SIZE = re.compile(rb"(\d+)-\d+")  # keys of pictures that are stored in several sizes: 128-00042
_LABEL = re.compile(rb"(?i)labels?[-_]?(\d+)")
_NUMBER = re.compile(rb"(\d+)$")


def database_source(place: Place, options: ReadOptions) -> Source:
    """Returns the encoded pictures of a database, of several sizes the largest. Raises UserError for a damaged one, for one
    without such pictures, and where the package lmdb is missing."""
    keys, told, other = _contents(place)
    chosen = _of_largest_size(keys)
    if not chosen:
        raise UserError(f"{place.said} holds no encoded pictures, such as PNG or JPEG, as its values; store them encoded.")
    labels = _labels(place, chosen, told, options)
    left_out = Counter(labels.left_out) + Counter({"other size": len(keys) - len(chosen), "not a picture": other})
    count = len(chosen) - sum(labels.left_out.values())
    found = Found(
        files=len(keys) + other,
        labels_from="label keys" if labels.classes else "",
        left_out=left_out,
        notes=labels.notes,
    )
    status = _file(place).stat()
    stamp = (status.st_size, status.st_mtime_ns)
    return Source(place.name, digest(stamp), count, partial(_items, place, chosen, labels), found=found)


def _items(place: Place, keys: Sequence[bytes], labels: Labels) -> Iterator[Item]:
    with _reading(place) as transaction:
        for row, key in enumerate(keys):
            if labels.takes(row):
                content = transaction.get(key)
                name = key.decode("utf-8", "replace")
                yield Item(name, labels.of(row), partial(open_image, io.BytesIO(content)), partial(io.BytesIO, content))


def _contents(place: Place) -> tuple[list[bytes], Mapping[int, str], int]:
    """Returns the keys of pictures, the labels by their numbers, and how many other values there are."""
    keys, labels, other = [], {}, 0
    with _reading(place, buffers=True) as transaction:
        for key, value in transaction.cursor():
            if kind_of(bytes(value[:HEAD])) == PICTURE:
                keys.append(bytes(key))
            elif found := _LABEL.fullmatch(key):
                labels[int(found[1])] = bytes(value).decode("utf-8", "replace")
            else:
                other += 1
    return keys, labels, other


def _of_largest_size(keys: Sequence[bytes]) -> Sequence[bytes]:
    sizes = [int(found[1]) for key in keys if (found := _OF_SIZE.fullmatch(key))]
    if len(sizes) < len(keys) or not sizes:
        return keys
    largest = b"%d-" % max(sizes)
    return [key for key in keys if key.startswith(largest)]


def _labels(place: Place, keys: Sequence[bytes], told: Mapping[int, str], options: ReadOptions) -> Labels:
    if not told or options.labels == "none":
        return NONE
    numbers = [int(found[1]) if (found := _NUMBER.search(key)) else -1 for key in keys]
    return unless_thin(
        labels_of([told.get(number) for number in numbers], f"What {place.said} calls label"), "label keys", options
    )


def _refuse_cut(place: Place) -> None:
    """Refuses a file that ends before its last page: LMDB maps it into memory, and reading there would end the process."""
    file = _file(place)
    with file.open("rb") as opened:
        head = opened.read(_META_END)
        size = int.from_bytes(head[_PAGE_SIZE:][:4], "little")
        opened.seek(size)
        metas = [head, opened.read(_META_END)]
    last = max(int.from_bytes(meta[_LAST_PAGE:][:8], "little") for meta in metas)
    if size == 0 or len(metas[1]) < _META_END or file.stat().st_size < (last + 1) * size:
        raise UserError(f"{place.said} is damaged (it ends early); fetch it again.")


def _file(place: Place) -> Path:
    return place.path / DATABASE if place.path.is_dir() else place.path


@contextmanager
def _reading(place: Place, **how: Any) -> Iterator[Any]:
    """Yields a transaction that reads the database. Raises UserError."""
    try:
        import lmdb
    except ImportError:
        raise UserError(f"{place.said} is an LMDB database: pip install lmdb to read it.") from None
    path, is_folder = str(place.path), place.path.is_dir()
    _refuse_cut(place)
    try:
        with (
            lmdb.open(path, subdir=is_folder, readonly=True, lock=False, create=False, readahead=False) as environment,
            environment.begin(**how) as transaction,
        ):
            yield transaction
    except lmdb.Error as error:
        raise UserError(f"{place.said} is no LMDB database that can be read ({error}); fetch it again.") from error
