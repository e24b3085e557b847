"""How a set of picture files is laid out: its pictures and masks, what is told beside them, its splits and its folders."""

import posixpath
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from ganlib.datasets.options import ReadOptions
from ganlib.datasets.sources import splits
from ganlib.datasets.sources.archives.nested import folders_of
from ganlib.datasets.sources.kinds import HEAD, PICTURE, kind_of
from ganlib.datasets.sources.pictures import earlier
from ganlib.datasets.sources.pictures.annotations import Annotations, annotations_of
from ganlib.datasets.sources.pictures.masks import masks_of
from ganlib.datasets.sources.trees import File, Tree

READABLE = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".bmp", ".dib", ".gif", ".tif", ".tiff", ".tga", ".avif"),
    *(".ico", ".jp2", ".j2k", ".jpx", ".ppm", ".pgm", ".pbm", ".pnm", ".pfm"),
)
# Pictures too, so that those that can't be read are reported as skipped; HEIC is read where pillow-heif is installed.
UNREADABLE = (".svg", ".heic", ".heif", ".jxl", ".psd", ".eps")


@dataclass(frozen=True)
class Layout:
    """What each file of a tree is."""

    splits: Mapping[str, str | None]  # what each picture's split is called, None for pictures outside the splits
    folders: Mapping[str, tuple[str, ...]]  # that each picture lies in, less those of splits
    masks: Collection[str] = ()
    told: Annotations = field(default_factory=Annotations)


def layout_of(tree: Tree, options: ReadOptions) -> Layout:
    """Tells pictures from other files, and finds their splits, in metadata or folders."""
    if options.decoding == 1:
        pictures = earlier.pictures_in(tree.files)
        return Layout(earlier.splits_of(pictures), {name: folders_of(name) for name in pictures})
    found = [name for name, file in tree.files.items() if is_picture(name, file)]
    masks = masks_of(found)
    told = annotations_of(tree, found)
    said, folders = divided([name for name in found if name not in masks], told)
    return Layout(said, folders, masks, told)


def is_picture(name: str, file: File) -> bool:
    """Whether a file has an image's extension, or begins like an image."""
    if has_extension(name):
        return True
    with file.open(HEAD) as opened:
        return kind_of(opened.read(HEAD)) == PICTURE


def has_extension(name: str) -> bool:
    """Whether a file is called like an image."""
    return name.lower().endswith(READABLE + UNREADABLE)


def divided(pictures: Collection[str], told: Annotations) -> tuple[dict[str, str | None], dict[str, tuple[str, ...]]]:
    """Returns the split of each picture and its folders, less those of splits."""
    folders = {name: folders_of(name) for name in pictures}
    if column := next((column for column in told.columns if column.lower() == "split"), None):
        values = {name: str(told.rows.get(name, {}).get(column) or "") or None for name in pictures}
        if any(splits.parsed(value) for value in values.values() if value):
            return values, folders
    shared = posixpath.commonprefix(list(folders.values())) if folders else ()
    below = {name: parts[len(shared) :] for name, parts in folders.items()}
    level = splits.level_of(below.values())
    if level is None:
        only = next((part for part in shared if splits.parsed(part)), None)  # a set of one split
        return dict.fromkeys(pictures, only), below
    number = level.number
    said = {name: parts[number] if len(parts) > number else None for name, parts in below.items()}
    lone = {parts[number + 1 : number + 2] != parts[number : number + 1] for parts in below.values() if len(parts) > number}
    return said, {name: _less(parts, level, nested=lone == {False}) for name, parts in below.items()}


def _less(parts: tuple[str, ...], level: splits.Level, nested: bool) -> tuple[str, ...]:
    """Returns folders less that of the split, and less another of the same name below it where all are `nested` so; what else a
    split's name says may be kept: A of trainA."""
    if len(parts) <= level.number:
        return parts
    name = splits.parsed(parts[level.number])
    rest = (name.rest,) if name and name.rest and level.rests else ()
    return (*parts[: level.number], *rest, *parts[level.number + 1 + nested :])
