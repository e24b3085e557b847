"""Reads pictures and their labels from tables as a Source: parquet, as the Hub stores it, and what `datasets` saves."""

import hashlib
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from ganlib import UserError
from ganlib.datasets.image_set import Found, Item, Source, digest
from ganlib.datasets.options import ReadOptions
from ganlib.datasets.pixels.opening import open_image
from ganlib.datasets.sources import splits
from ganlib.datasets.sources.labels import NONE, Labels, class_named, class_names, labels_of, unless_thin
from ganlib.datasets.sources.tables.files import TableFile
from ganlib.datasets.sources.trees import Place

IMAGE, LABEL = "image", "label"  # the columns that are taken first
USUAL_LABELS = ("labels", "class", "category", "target")
EVERYTHING = ("all", "full")  # begin the names of files that may hold the rows of other splits too
HELD_BACK = 16  # bytes of the digest of a picture that is held out


def table_source(place: Place, files: Sequence[TableFile], options: ReadOptions) -> Source:
    """Returns the rows of tables as a source. Raises UserError when one is damaged, holds no pictures, or several could be
    meant."""
    files = _of_subset(place, files, options.subset)
    names, split = splits.taken(options.split, {file.name: file.split for file in files}, place.said)
    chosen = [file for file in files if file.name in names]
    chosen = [file for file in chosen if _holds_pictures(file)] or chosen
    image = _image_column(place, chosen, options)
    label = _label_column(place, chosen, options)
    class_names = _class_names(chosen, label)
    labels = NONE if label is None else labels_of(_values(chosen, label), f"The column {label} of {place.said}")
    labels = unless_thin(labels, f"column {label}", options)
    held = _held_back(chosen, [file for file in files if file not in chosen], image, options)
    total = sum(file.num_rows for file in chosen)
    left_out = Counter(labels.left_out) + Counter({"other split": sum(held.values())})
    if total == left_out.total():
        raise UserError(f"{place.said} holds no rows that can be taken; check it, or choose another --split.")
    others = sum(_rows_if_readable(file) for file in files if file not in chosen)
    found = Found(
        files=total + others,
        split=split,
        labels_from=f"column {label}" if labels.classes else "",
        left_out=left_out + Counter({"other split": others}),
        notes=labels.notes,
    )
    items = partial(_items, chosen, image, labels, frozenset(held))
    stamps = [(file.name, file.path.stat().st_size, file.path.stat().st_mtime_ns) for file in chosen]
    if class_names is not None and not set(filter(None, labels.classes or ())) <= set(class_names):
        class_names = None
    return Source(place.name, digest(stamps), total - left_out.total(), items, class_names, found=found)


def _rows_if_readable(file: TableFile) -> int:
    try:
        return file.num_rows
    except UserError:  # it is not read
        return 0


def _items(files: Sequence[TableFile], image: str, labels: Labels, held: frozenset[bytes]) -> Iterator[Item]:
    number = 0
    for file in files:
        for index, row in enumerate(file.rows([image])):
            content = _content(row[image])
            if labels.takes(number) and not (held and _digest(content) in held):
                yield Item(f"{file.name}[{index}]", labels.of(number), partial(open_image, io.BytesIO(content)))
            number += 1


def _content(value: Any) -> bytes:
    return (value.get("bytes") if isinstance(value, dict) else value) or b""


def _of_subset(place: Place, files: Sequence[TableFile], asked: str) -> Sequence[TableFile]:
    """Returns the files of one configuration, the one asked for or the only one. Raises UserError."""
    there = sorted({file.subset or "default" for file in files})
    if asked and asked not in there:
        raise UserError(f"{place.said} has no configuration {asked}, which --subset names; it has {', '.join(there)}.")
    if not asked and len(there) > 1:
        raise UserError(f"{place.said} has several configurations: choose one with --subset from {', '.join(there)}.")
    return [file for file in files if (file.subset or "default") == (asked or there[0])]


def _image_column(place: Place, files: Sequence[TableFile], options: ReadOptions) -> str:
    """Returns the column of pictures. Raises UserError where there is none, or one of several has to be chosen."""
    from pyarrow import types

    schema = files[0].schema
    able = [field.name for field in schema if _may_be_pictures(field.type)]
    if options.image_column and options.image_column not in schema.names:
        raise UserError(f"{place.said} has no column {options.image_column}; it has {', '.join(schema.names)}.")
    chosen = options.image_column or (IMAGE if IMAGE in able else able[0] if len(able) == 1 else "")
    if chosen and chosen not in able:
        raise UserError(
            f"The column {chosen} of {place.said} holds {schema.field(chosen).type} and no encoded pictures; choose another "
            f"with --image-column from {', '.join(able or schema.names)}."
        )
    if not chosen and able:
        raise UserError(f"{place.said} has several columns of pictures: choose one with --image-column from {', '.join(able)}.")
    if not chosen:
        instead = "names of files are not followed, so save the pictures into the table"
        if any(types.is_nested(field.type) for field in schema):
            instead = "lists of numbers are not read, so save the pictures encoded, as PNG, or as .npy"
        raise UserError(f"The tables of {place.said} have no column of images, but {', '.join(schema.names)}; {instead}.")
    _refuse_lacking(files, chosen)
    some = next(((file, row) for file in files for row in file.rows([chosen]) if row[chosen]), None)
    if some and isinstance(some[1][chosen], dict) and not some[1][chosen].get("bytes"):
        raise UserError(
            f"The column {chosen} of {place.said} holds names of files such as {some[1][chosen].get('path')!r}, which are not "
            "followed; save the pictures into the table."
        )
    return chosen


def hold_pictures(files: Sequence[TableFile]) -> bool:
    """Whether tables have a column of pictures; those of another kind may lie beside picture files."""
    return any(map(_holds_pictures, files))


def _holds_pictures(file: TableFile) -> bool:
    try:
        return any(_may_be_pictures(field.type) for field in file.schema)
    except UserError:  # damaged, which is told if it is read
        return True


def _may_be_pictures(kind: Any) -> bool:
    """Whether a column has the Hub's type for images, {bytes, path}, or holds bytes."""
    from pyarrow import types

    if types.is_struct(kind):
        return kind.get_field_index("bytes") >= 0
    return types.is_binary(kind) or types.is_large_binary(kind)


def _label_column(place: Place, files: Sequence[TableFile], options: ReadOptions) -> str | None:
    """Returns the column of labels: the one asked for, `label`, or the only one that is called or typed as labels; None without
    one. Raises UserError where several could be meant."""
    if options.labels == "none":
        return None
    names = files[0].schema.names
    if options.label_column:
        if options.label_column not in names:
            raise UserError(f"{place.said} has no column {options.label_column}; it has {', '.join(names)}.")
        found = [options.label_column]
    else:
        found = [name for name in names if name.lower() == LABEL]
        found = found or [name for name in names if _names_of(files[0], name)]
        found = found or [name for name in names if name.lower() in USUAL_LABELS]
    if len(found) > 1:
        raise UserError(
            f"{place.said} has several columns of labels: choose one with --label-column from {', '.join(found)}, or go on "
            "without: --labels none."
        )
    if not found:
        return None
    _refuse_lacking(files, found[0])
    return found[0]


def _refuse_lacking(files: Sequence[TableFile], column: str) -> None:
    for file in files:
        if column not in file.schema.names:
            raise UserError(f"{file.said} has no column {column}, unlike {files[0].name}; choose a split or a configuration.")


def _names_of(file: TableFile, column: str) -> tuple[str, ...] | None:
    return class_names(file.schema.metadata, column)


def _class_names(files: Sequence[TableFile], column: str | None) -> tuple[str, ...] | None:
    """Returns the names of the classes of all files, in the order of the first."""
    names = dict.fromkeys(name for file in files if column for name in _names_of(file, column) or ())
    return tuple(names) or None


def _values(files: Sequence[TableFile], column: str) -> list[Any]:
    """Returns the labels of all rows, by the names that each file gives them."""
    values: list[Any] = []
    for file in files:
        names = _names_of(file, column)
        for row in file.rows([column]):
            values.append(class_named(row[column], names) if names else row[column])
    return values


def _held_back(chosen: Sequence[TableFile], others: Sequence[TableFile], image: str, options: ReadOptions) -> Counter[bytes]:
    """Returns the digests of pictures that other files hold out and that are among the chosen ones too, where a file is called
    `all`: with how many times they are there."""
    if options.split == "all" or not any(file.name.rpartition("/")[2].startswith(EVERYTHING) for file in chosen):
        return Counter()
    held = {_digest(_content(row[image])) for file in others if file.split for row in file.rows([image])}
    there = (_digest(_content(row[image])) for file in chosen for row in file.rows([image])) if held else ()
    return Counter(digest for digest in there if digest in held)


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=HELD_BACK).digest()
