"""Decides where the labels of pictures come from: what is told beside them, or the folders that they lie in."""

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass

from ganlib import UserError
from ganlib.datasets.names import composed
from ganlib.datasets.options import ReadOptions
from ganlib.datasets.sources import labels
from ganlib.datasets.sources.pictures.annotations import Annotations
from ganlib.datasets.sources.pictures.columns import label_column, values_of
from ganlib.datasets.summary import Note

FOLDERS = "folders"


@dataclass(frozen=True)
class PictureLabels:
    """The class of each picture, None for none; empty without classes. `origin` says where they come from."""

    of: Mapping[str, str | None]
    origin: str = ""
    notes: tuple[Note, ...] = ()


def labels_of(
    folders: Mapping[str, tuple[str, ...]], told: Annotations, options: ReadOptions, where: str
) -> PictureLabels:  # fmt: skip
    """Returns the labels of pictures. `folders` are those that each lies in, less those of splits; `where` names the set.

    Raises UserError where labels are asked for that aren't there.
    """
    if options.labels == "none":
        return PictureLabels({})
    if options.labels == FOLDERS:
        return _of_folders(folders)
    found = _told(list(folders), told, options, where)
    if found is None and options.labels == "metadata":
        raise UserError(f"{where} has no metadata with labels, such as metadata.csv or dataset.json; leave --labels out.")
    if found is None:
        found = PictureLabels({}) if _are_numbered(folders) else _of_folders(folders)
    return found if options.labels != "auto" or options.label_column else _unless_thin(found)


def _told(pictures: list[str], told: Annotations, options: ReadOptions, where: str) -> PictureLabels | None:
    """Returns the labels that are told beside the pictures; None where nothing tells any."""
    if told.unconditional:
        return PictureLabels({})
    if told.astray:
        raise UserError(f"{told.astray}; mend it, take it away, or go on without it: --labels folders or none.")
    column = label_column(told.columns, options.label_column, f"The metadata of {where}") if told.rows else None
    if column is None:
        if options.label_column:
            raise UserError(f"{where} has no metadata with a column {options.label_column!r}; leave --label-column out.")
        return None
    origin = told.told_by.replace("{column}", column)
    values = values_of([told.rows.get(picture, {}).get(column) for picture in pictures])
    found = labels.labels_of(values, f"The {origin} in {where}")
    classes = {picture: name and composed(name) for picture, name in zip(pictures, found.classes or (), strict=False)}
    return PictureLabels(classes, origin, found.notes)


def _of_folders(folders: Mapping[str, tuple[str, ...]]) -> PictureLabels:
    """Takes the topmost folders below those that all share as classes."""
    shared = len(posixpath.commonprefix(list(folders.values()))) if folders else 0  # of tuples, too
    return PictureLabels(
        {name: composed(parts[shared]) if len(parts) > shared else None for name, parts in folders.items()}, FOLDERS
    )


def _are_numbered(folders: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether the folders only divide a long list of numbered files, as dataset_tool's 00000/img00000999.png and FFHQ's
    01000/01999.png do: the number of each file tells its folder."""
    numbers = [(parts[-1], re.search(r"\d{4,}$", posixpath.splitext(name)[0])) for name, parts in folders.items() if parts]
    if len(numbers) < len(folders) or not all(re.fullmatch(r"\d{4,}", folder) and number for folder, number in numbers):
        return False
    pairs = {(int(folder), int(number[0])) for folder, number in numbers if number}
    return len({folder for folder, _ in pairs}) > 1 and any(
        all(folder in (number // size, number // size * size) for folder, number in pairs) for size in (100, 1000, 10000)
    )


def _unless_thin(found: PictureLabels) -> PictureLabels:
    """Drops labels of which most have a picture or two: too few for a conditional GAN."""
    if not labels.are_thin(found.of.values()):
        return found
    classes = len(set(found.of.values()) - {None})
    return PictureLabels({}, notes=(Note("labels_thin", {"classes": classes, "origin": found.origin}),))
