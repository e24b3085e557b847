"""Reads what lies beside the pictures of a set and tells their labels and splits.

Three forms are read: `dataset.json` of StyleGAN's dataset_tool; tables that name the pictures, such as the `metadata.csv`,
`.jsonl` or `.parquet` of Hugging Face's imagefolder; and a `.cls` or `.json` beside each picture, as in webdataset's shards.
"""

import codecs
import csv
import io
import json
import posixpath
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from ganlib import UserError
from ganlib.datasets.names import composed
from ganlib.datasets.sources.labels import class_named, class_names
from ganlib.datasets.sources.trees import File, Tree

Row = Mapping[str, Any]
Finder = Callable[[Sequence[str]], dict[str, int]]  # from names to the pictures that they tell, each with a name's number

STYLEGAN = "dataset.json"
METADATA = "metadata"
SUBMISSION = "submission"  # in the names of Kaggle's tables of test pictures, whose labels are placeholders
# Columns that name a picture: by its path below the table's folder, or its file name with or without extension.
NAMES = ("file_name", "filename", "file", "image", "image_name", "image_path", "path", "filepath", "image_id", "id")
MOST_BYTES = 2**30  # of a table
MOST_BYTES_BESIDE = 2**20  # of a file beside one picture


@dataclass(frozen=True)
class Annotations:
    """What is told of pictures, by their names in the tree."""

    told_by: str = ""  # where the labels come from; {column} stands for the column's name
    rows: Mapping[str, Row] = field(default_factory=dict)
    files: frozenset[str] = frozenset()  # that hold it
    unconditional: bool = False  # they say that the set has no labels
    astray: str = ""  # what is wrong with metadata that name none of the pictures

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(column for row in self.rows.values() for column in row))


def annotations_of(tree: Tree, pictures: Collection[str]) -> Annotations:
    """Reads the annotations of a tree; empty ones where there are none. Raises UserError for damaged metadata."""
    known = frozenset(pictures)
    others = Tree(tree.place, {name: file for name, file in tree.files.items() if name not in known})
    tables = [name for name in others.files if _suffix(name) in TABLES]
    metadata = [name for name in tables if PurePosixPath(name).stem.lower() == METADATA]
    tables = [name for name in tables if _suffix(name) != ".parquet" and SUBMISSION not in name.lower()]
    return (
        _stylegan(others, known)
        or _tables(others, known, metadata, strict=True)
        or _beside(others, known)
        or _tables(others, known, tables, strict=False)
        or Annotations()
    )


def _suffix(name: str) -> str:
    return posixpath.splitext(name)[1].lower()


def _read(file: File, most: int = MOST_BYTES) -> bytes:
    if file.stamp[0] > most:
        raise ValueError(f"it is larger than {most:,} bytes")
    with file.open() as opened:
        return opened.read()


def _stylegan(tree: Tree, pictures: Collection[str]) -> Annotations | None:
    """Reads {"labels": [[file, class], ...]}, {"labels": {file: class, ...}} or {"labels": null}, the uppermost one."""
    name = min(
        (name for name in tree.files if posixpath.basename(name) == STYLEGAN), key=lambda name: name.count("/"), default=None
    )
    if name is None:
        return None
    try:
        content = json.loads(_read(tree.files[name]))
    except ValueError as error:
        raise UserError(f"{name} of {tree.place.said} can't be read ({error}); mend it or take it away.") from error
    try:
        labels = content["labels"] or ()
        told = {str(file): label for file, label in (labels.items() if isinstance(labels, dict) else labels)}
    except (ValueError, TypeError, KeyError):
        return None  # another program's
    find, labels = _finder(pictures, posixpath.dirname(name)), list(told.values())
    rows = {picture: {"label": labels[number]} for picture, number in find(list(told)).items()}
    return Annotations(STYLEGAN, rows, frozenset([name]), unconditional=not rows)


def _tables(tree: Tree, pictures: Collection[str], names: Sequence[str], strict: bool) -> Annotations | None:
    """Reads tables that name pictures. Without `strict`, those that can't be read or mostly name none are passed over."""
    rows: dict[str, Row] = {}
    files, astray = [], ""
    for name in names:
        try:
            table = TABLES[_suffix(name)](_read(tree.files[name]))
        except (ValueError, csv.Error) as error:
            if strict:
                raise UserError(f"{name} of {tree.place.said} can't be read ({error}); mend it or take it away.") from error
            continue
        found = _by_picture(table, _finder(pictures, posixpath.dirname(name)))
        if found and (strict or 2 * len(found) >= len(table)):
            rows |= found
            files.append(name)
        elif strict and (said := _name_in(table)):
            astray = f"{name} of {tree.place.said} names none of its pictures, but files such as {said!r}"
    if not rows:
        return Annotations(astray=astray) if astray else None
    called = "/".join(dict.fromkeys(posixpath.basename(name) for name in files))
    return Annotations(f"column {{column}} of {called}", rows, frozenset(files))


def _by_picture(table: Sequence[Row], find: Finder) -> dict[str, Row]:
    """Returns the rows by the picture that they name, and without its name; empty where no column names pictures."""
    columns = {column.lower(): column for row in table[:1] for column in row}
    for column in (columns[name] for name in NAMES if name in columns):
        if found := find([str(row.get(column)) for row in table]):
            rows = [{key: value for key, value in row.items() if key != column} for row in table]
            return {picture: rows[number] for picture, number in found.items()}
    return {}


def _name_in(table: Sequence[Row]) -> str | None:
    """Returns the first name of a file that a table holds; None where no column has such."""
    named = {column.lower(): value for row in table[:1] for column, value in row.items() if value}
    return next((str(named[name]) for name in NAMES if name in named and _suffix(str(named[name]))), None)


def _finder(pictures: Collection[str], folder: str) -> Finder:
    """Returns a function that finds the pictures that a list of names tells: by the path below `folder`, else by the file name
    or stem where one picture has it and no other name is meant; with another extension too, as of pictures that were saved
    anew."""
    paths = {composed(name): name for name in pictures}
    stems: dict[str, set[str]] = defaultdict(set)
    for place, name in paths.items():
        stems[posixpath.splitext(place)[0]].add(name)
    alone: dict[str, set[str]] = defaultdict(set)
    for name in pictures:
        if name.startswith(f"{folder}/" if folder else ""):
            path = PurePosixPath(composed(name))
            alone[path.name].add(name)
            alone[path.stem].add(name)

    def find(told: Sequence[str]) -> dict[str, int]:
        by_path: dict[str, int] = {}
        by_name: dict[str, dict[str, int]] = defaultdict(dict)
        for number, name in enumerate(told):
            path = posixpath.normpath(posixpath.join(folder, composed(name.replace("\\", "/"))))
            stem, suffix = posixpath.splitext(path)
            anew = stem if re.fullmatch(r"\.[A-Za-z]\w*", suffix) else ""  # no decimals: of 1.5
            places = (alone.get(posixpath.basename(path)), stems.get(anew), alone.get(posixpath.basename(anew)))
            if path in paths:
                by_path[paths[path]] = number
            elif picture := next((next(iter(named)) for named in places if named and len(named) == 1), None):
                by_name[picture][path] = number
        return {picture: next(iter(rows.values())) for picture, rows in by_name.items() if len(rows) == 1} | by_path

    return find


def _beside(tree: Tree, pictures: Collection[str]) -> Annotations | None:
    """Reads the files that share a picture's name up to its first dot."""
    files = [name for name in tree.files if _suffix(name) in BESIDE]
    if not files:
        return None
    of_stem = defaultdict(list)
    for picture in pictures:
        of_stem[_stem(picture)].append(picture)
    files = [name for name in files if _stem(name) in of_stem]
    rows: dict[str, dict[str, Any]] = defaultdict(dict)
    for name in files:
        try:
            row = BESIDE[_suffix(name)](_read(tree.files[name], MOST_BYTES_BESIDE))
        except ValueError:
            continue
        for picture in of_stem[_stem(name)]:
            rows[picture] |= row
    return Annotations("the {column} beside each picture", rows, frozenset(files)) if any(rows.values()) else None


def _stem(name: str) -> str:
    folder, slash, file = name.rpartition("/")
    return folder + slash + file.partition(".")[0]


def _cls(content: bytes) -> dict[str, Any]:
    return {"cls": content.decode().strip()}


def _json(content: bytes) -> dict[str, Any]:
    row = json.loads(content)
    return row if isinstance(row, dict) else {}


def _separated(content: bytes) -> list[Row]:
    """Parses text separated by commas, semicolons, tabs or bars, whose first line names the columns."""
    text = _text(content)
    first = text.partition("\n")[0]
    separator = max(",;\t|", key=first.count)
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    return [{key.strip(): value and value.strip() for key, value in row.items() if isinstance(key, str)} for row in rows]


def _text(content: bytes) -> str:
    """Decodes UTF-8, UTF-16 with a byte order mark, or what Excel writes in China."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030")


def _json_lines(content: bytes) -> list[Row]:
    rows = [json.loads(line) for line in _text(content).splitlines() if line.strip()]
    if not all(isinstance(row, dict) for row in rows):
        raise ValueError("not each line is a JSON object")
    return rows


def _parquet(content: bytes) -> list[Row]:
    try:
        from pyarrow import parquet
    except ImportError:
        raise UserError("metadata.parquet is stored as parquet: pip install pyarrow to read it.") from None
    try:
        table = parquet.read_table(io.BytesIO(content))
    except OSError as error:
        raise ValueError(error) from error
    named = {column: names for column in table.column_names if (names := class_names(table.schema.metadata, column))}
    return [row | {column: class_named(row[column], names) for column, names in named.items()} for row in table.to_pylist()]


TABLES: Mapping[str, Callable[[bytes], Sequence[Row]]] = {
    ".csv": _separated,
    ".tsv": _separated,
    ".jsonl": _json_lines,
    ".parquet": _parquet,
}
BESIDE: Mapping[str, Callable[[bytes], dict[str, Any]]] = {".cls": _cls, ".json": _json}
