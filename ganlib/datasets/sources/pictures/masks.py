"""Finds the masks of a segmentation set, which are no pictures to learn from and make no classes."""

import posixpath
import re
from collections import defaultdict
from collections.abc import Collection, Iterator

from ganlib.datasets.names import words

MASK = {
    *("mask", "masks", "annotation", "annotations", "label", "labels", "seg", "segmentation", "segmentations", "truth"),
    *("groundtruth", "gt", "trimap", "trimaps", "manual", "matte", "mattes"),
}
PICTURES = {
    *("image", "images", "img", "imgs", "picture", "pictures", "photo", "photos", "original", "originals", "rgb"),
    *("input", "inputs", "frame", "frames", "scan", "scans", "slice", "slices", "cxr", "xray", "xrays"),
}
_OF_PICTURE = re.compile(r"(?i)(.+?)[-_ .](?:masks?|seg|segmentation|gt|groundtruth|labels?|matte)(?:[-_ ]?\d+)?$")  # a stem


def masks_of(names: Collection[str]) -> set[str]:
    """Returns which pictures are masks: those in a folder called so beside one of pictures (masks beside images, train_masks
    beside train), and those called after a picture beside them (3_mask.png beside 3.jpg)."""
    children: dict[str, set[str]] = defaultdict(set)
    folder_of = {name: name.rpartition("/")[0] for name in names}
    folders = set(folder_of.values())
    for folder in folders:
        while folder:
            folder, child = posixpath.split(folder)
            children[folder].add(child)
    of_masks = {posixpath.join(parent, child) for parent, siblings in children.items() for child in _mask_folders(siblings)}
    of_masks = {folder for folder in folders if not of_masks.isdisjoint(_upwards(folder))}
    called = {name: picture for name in names if (picture := _picture_of(name))}
    stems = {posixpath.splitext(name)[0] for name in names} if called else set()
    return {name for name in names if folder_of[name] in of_masks or called.get(name) in stems}


def _mask_folders(siblings: Collection[str]) -> Iterator[str]:
    said = {child: words(child) for child in siblings}
    plain = [found for found in said.values() if MASK.isdisjoint(found)]
    for child, found in said.items():
        rest = [word for word in found if word not in MASK]
        if len(rest) < len(found) and (rest in plain or any(not PICTURES.isdisjoint(other) for other in plain)):
            yield child


def _upwards(folder: str) -> Iterator[str]:
    """Yields a folder and those that it lies in."""
    while folder:
        yield folder
        folder = posixpath.dirname(folder)


def _picture_of(name: str) -> str | None:
    """Returns the name, without extension, of the picture whose mask is called so; None for another name."""
    folder, file = posixpath.split(name)
    found = _OF_PICTURE.match(posixpath.splitext(file)[0])
    return posixpath.join(folder, found[1]) if found else None
