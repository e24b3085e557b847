"""Reads a tree of picture files as a Source: which are pictures, which split is taken, which classes they have."""

import posixpath
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from PIL import Image

from ganlib.datasets.image_set import Found, Item, NoImages, Source, digest
from ganlib.datasets.options import ReadOptions
from ganlib.datasets.pixels.opening import open_image
from ganlib.datasets.sources import splits
from ganlib.datasets.sources.archives.nested import folders_of
from ganlib.datasets.sources.kinds import HEAD, PICTURE, kind_of
from ganlib.datasets.sources.pictures.annotations import Annotations, annotations_of
from ganlib.datasets.sources.pictures.labels import FOLDERS, PictureLabels, labels_of
from ganlib.datasets.sources.pictures.masks import masks_of
from ganlib.datasets.sources.trees import File, Tree

READABLE = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".bmp", ".dib", ".gif", ".tif", ".tiff", ".tga", ".avif"),
    *(".ico", ".jp2", ".j2k", ".jpx", ".ppm", ".pgm", ".pbm", ".pnm"),
)
# Pictures too, so that those that can't be read are reported as skipped; HEIC is read where pillow-heif is installed.
UNREADABLE = (".svg", ".heic", ".heif", ".jxl", ".psd", ".eps")


def picture_source(tree: Tree, options: ReadOptions) -> Source:
    """Returns the pictures of a tree. Raises UserError when there is none, NoSuchSplit without the split."""
    where = tree.place.said
    pictures = [name for name, file in tree.files.items() if is_picture(name, file)]
    if not pictures:
        raise NoImages(f"There are no images in {where}: it should hold files such as .jpg, .jpeg, .png, .webp.")
    masks = masks_of(pictures)
    told = annotations_of(tree, pictures)
    divided = _divided([name for name in pictures if name not in masks], told)
    chosen, split = splits.taken(options.split, divided.splits, where)
    labels = labels_of({name: divided.folders[name] for name in chosen}, told, options, where)
    without = _without_label(chosen, labels, divided.splits)
    left_out = Counter(
        {
            **tree.left_out,
            "not a picture": len(tree.files) - len(pictures) - len(told.files),
            "labels": len(told.files),
            "mask": len(masks),
            "other split": len(divided.splits) - len(chosen),
            "no label": len(without),
        }
    )
    taken = {name: labels.of.get(name) for name in chosen if name not in without}

    def items() -> Iterator[Item]:
        for name, label in taken.items():
            yield Item(name, label, partial(_open, tree.files[name]), tree.files[name].open)

    stamps = [(name, *tree.files[name].stamp) for name in chosen]
    identity, older = digest((stamps, list(taken.items()))), digest(stamps)
    found = Found(len(tree.files) + sum(tree.left_out.values()), split, labels.origin, +left_out, notes=labels.notes)
    return Source(tree.place.name, identity, len(taken), items, older=older, found=found)


def is_picture(name: str, file: File) -> bool:
    """Whether a file has an image's extension, or begins like an image."""
    if has_extension(name):
        return True
    with file.open(HEAD) as opened:
        return kind_of(opened.read(HEAD)) == PICTURE


def has_extension(name: str) -> bool:
    """Whether a file is called like an image."""
    return name.lower().endswith(READABLE + UNREADABLE)


def _open(file: File) -> Image.Image:
    return open_image(file.open())


@dataclass(frozen=True)
class _Divided:
    splits: Mapping[str, str | None]  # what each picture's split is called, None for pictures outside the splits
    folders: Mapping[str, tuple[str, ...]]  # that it lies in, less those of splits


def _divided(pictures: Collection[str], told: Annotations) -> _Divided:
    """Finds the splits of a set, in its metadata or its folders."""
    folders = {name: folders_of(name) for name in pictures}
    if column := next((column for column in told.columns if column.lower() == "split"), None):
        values = {name: str(told.rows.get(name, {}).get(column) or "") or None for name in pictures}
        if any(splits.parsed(value) for value in values.values() if value):
            return _Divided(values, folders)
    shared = posixpath.commonprefix(list(folders.values())) if folders else ()
    below = {name: parts[len(shared) :] for name, parts in folders.items()}
    level = splits.level_of(below.values())
    if level is None:
        only = next((part for part in shared if splits.parsed(part)), None)  # a set of one split
        return _Divided(dict.fromkeys(pictures, only), below)
    said = {name: parts[level] if len(parts) > level else None for name, parts in below.items()}
    return _Divided(said, {name: _less(parts, level) for name, parts in below.items()})


def _less(parts: tuple[str, ...], level: int) -> tuple[str, ...]:
    """Returns folders less that of the split and another below it of the same name; what else a split's name says is kept: A of
    trainA."""
    if len(parts) <= level:
        return parts
    name = splits.parsed(parts[level])
    rest = (name.rest,) if name and name.rest else ()
    below = parts[level + 1 :]
    return (*parts[:level], *rest, *(below[1:] if below[:1] == (parts[level],) else below))


def _without_label(chosen: Collection[str], labels: PictureLabels, said: Mapping[str, str | None]) -> set[str]:
    """Returns the pictures to leave out for want of a label: those of which metadata tells none, and splits without folders of
    classes, if others have them."""
    without = {name for name in chosen if labels.of and labels.of.get(name) is None}
    if labels.origin != FOLDERS:
        return without
    labelled = {said[name] for name in chosen if name not in without}
    return {name for name in without if said[name] not in labelled} if labelled else set()
