"""Finds the arrays in files: a .npy and an idx file hold one, an .npz several, a table of text its pixels and its labels."""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any
from zipfile import BadZipFile, ZipFile

from ganlib import UserError
from ganlib.datasets.options import ReadOptions
from ganlib.datasets.sources.arrays.rows import Open, Rows, idx_rows, npy_rows, told_if_damaged, unpacked
from ganlib.datasets.sources.arrays.text_tables import holds_pixels, text_arrays
from ganlib.datasets.sources.kinds import HEAD, IDX, NPY, TEXT, ZIP, kind_of
from ganlib.datasets.sources.trees import File, Place

Arrays = Mapping[str, Rows]

_ENDINGS = re.compile(r"(\.(npz|npy|csv|tsv|txt|gz|idx|idx\d|bin))+$", re.IGNORECASE)
TABLES = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz")  # text that may hold pixels
MOST_FILES = 1_000  # of a folder of arrays


def arrays_of(place: Place, files: Mapping[str, File], options: ReadOptions) -> Arrays:
    """Returns all arrays by their names: those of an .npz, or of the files. Raises UserError."""
    arrays: dict[str, Rows] = {}
    for name, file in files.items():
        said = f"{name} in {place.said}" if len(files) > 1 else place.said
        opened = unpacked(file.open)
        stem = _ENDINGS.sub("", name)
        kind = _kind(opened)
        if kind == ZIP:
            arrays |= _members(said, f"{stem} " if len(files) > 1 else "", opened)
        elif kind == TEXT:
            arrays |= text_arrays(said, stem, opened, options.label_column)
        else:
            arrays[stem] = (npy_rows if kind == NPY else idx_rows)(said, name, opened)
    return arrays


def array_files(files: Mapping[str, File]) -> dict[str, File]:
    """Returns those of the files that hold arrays."""
    return {name: file for name, file in files.items() if _is_array(name, file)} if len(files) <= MOST_FILES else {}


def _is_array(name: str, file: File) -> bool:
    try:
        opened = unpacked(file.open)
        kind = _kind(opened)
    except UserError:
        return False
    if kind == TEXT:
        return holds_pixels(name, opened)
    return kind in (NPY, IDX) or (kind == ZIP and is_npz(opened))


def is_called_table(name: str) -> bool:
    return name.lower().endswith(TABLES)


def is_npz(opened: Open) -> bool:
    """Whether a .zip holds arrays and nothing else."""
    try:
        with opened() as file:
            if not _begins_with_array(file.read(HEAD)):  # spares a second reading of a long directory
                return False
            names = ZipFile(file).namelist()
    except (BadZipFile, OSError, ValueError, NotImplementedError):
        return False
    return bool(names) and all(name.endswith(".npy") for name in names)


def _begins_with_array(head: bytes) -> bool:
    """Whether the first member of a .zip with these first bytes is called like an array, or its name is too long to tell."""
    length = int.from_bytes(head[26:28], "little")
    name = head[30 : 30 + length]
    return len(name) < length or name.endswith(b".npy")


def _kind(opened: Open) -> str | None:
    with told_if_damaged("the file"), opened() as file:
        return kind_of(file.read(HEAD))


def _members(said: str, before: str, opened: Open) -> Arrays:
    """Returns the arrays of an .npz. Those of records, which are beside the pictures of some sets, are left out if others are
    there."""
    with told_if_damaged(said), opened() as file:
        names = ZipFile(file).namelist()
    arrays, refused = {}, []
    for name in names:
        array = name.removesuffix(".npy")
        try:
            arrays[before + array] = npy_rows(f"{array} in {said}", array, partial(_member, opened, name))
        except UserError as error:
            refused.append(error)
    if refused and not arrays:
        raise refused[0]
    return arrays


def _member(opened: Open, name: str) -> Any:
    return ZipFile(opened()).open(name)
