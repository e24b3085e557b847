"""Reads a tree of picture files as a Source: which are pictures, which split is taken, which classes they have."""

import posixpath
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import PurePosixPath

from PIL import Image

from ganlib.datasets.image_set import Found, Item, NoImages, NoSuchSplit, Source, digest
from ganlib.datasets.options import ReadOptions
from ganlib.datasets.pixels.opening import open_image
from ganlib.datasets.sources import splits
from ganlib.datasets.sources.kinds import HEAD, PICTURE, kind_of
from ganlib.datasets.sources.trees import File, Tree

READABLE = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm", ".pgm", ".pbm", ".pnm")
# Pictures too, so that those that can't be read are reported as skipped; HEIC is read where pillow-heif is installed.
UNREADABLE = (".svg", ".heic", ".heif", ".avif", ".jxl", ".jp2", ".psd", ".eps", ".ico")


def picture_source(tree: Tree, options: ReadOptions) -> Source:
    """Returns the pictures of a tree. Raises UserError when there is none, NoSuchSplit without the split."""
    names = [name for name, file in tree.files.items() if is_picture(name, file)]
    left_out = Counter({"not a picture": len(tree.files) - len(names)})
    if not names:
        raise NoImages(f"There are no images in {tree.place.said}: it should hold files such as {', '.join(READABLE[:4])}.")
    chosen, split = _of_split(names, options.split, tree.place.said)
    left_out["other split"] = len(names) - len(chosen)
    labels = _tops(chosen)

    def items() -> Iterator[Item]:
        for name, label in labels.items():
            yield Item(name, label, partial(_open, tree.files[name]), tree.files[name].open)

    stamps = [(name, *tree.files[name].stamp) for name in labels]
    found = Found(len(tree.files), split, "folders", +left_out)
    return Source(tree.place.name, digest(stamps), len(labels), items, older=digest(stamps), found=found)


def is_picture(name: str, file: File) -> bool:
    """Whether a file has an image's extension, or begins like an image."""
    if has_extension(name):
        return True
    with file.open() as opened:
        return kind_of(opened.read(HEAD)) == PICTURE


def has_extension(name: str) -> bool:
    """Whether a file is called like an image."""
    return name.lower().endswith(READABLE + UNREADABLE)


def _open(file: File) -> Image.Image:
    return open_image(file.open())


def _of_split(names: list[str], split: str, where: str) -> tuple[list[str], str]:
    """Returns the pictures of a split and its name there; all and "" where the set has no splits. `names` must be sorted."""
    tops = _tops(names)
    folder = splits.folder_of(split, dict.fromkeys(top for top in tops.values() if top))
    if folder:
        return [name for name, top in tops.items() if top == folder], folder
    if split != "all" and (folder == "" or split not in splits.TRAIN):
        raise NoSuchSplit(f"{where} has no {split} images: put its images into folders named train and {split}.")
    return names, ""


def _tops(names: list[str]) -> dict[str, str | None]:
    """Returns the topmost folder of each name below the one that all share, None without one. `names` must be sorted, so that
    the common folder of the first and the last is that of all."""
    shared = posixpath.commonpath([posixpath.dirname(name) for name in (names[0], names[-1])])
    return {name: next(iter(PurePosixPath(name).relative_to(shared).parts[:-1]), None) for name in names}
