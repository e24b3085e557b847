"""Finds the masks of a segmentation set, which are no pictures to learn from and make no classes."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from pathlib import PurePosixPath

from ganlib.datasets.names import words

MASK = {
    *("mask", "masks", "annotation", "annotations", "label", "labels", "seg", "segmentation", "segmentations", "truth"),
    *("groundtruth", "gt", "trimap", "trimaps", "manual", "matte", "mattes"),
}
PICTURES = {
    *("image", "images", "img", "imgs", "picture", "pictures", "photo", "photos", "original", "originals", "rgb"),
    *("input", "inputs"),
}
_OF_PICTURE = re.compile(r"(?i)(.+?)[-_ .](?:masks?|seg|segmentation|gt|groundtruth|labels?|matte)(?:[-_ ]?\d+)?$")  # a stem


def masks_of(names: Collection[str]) -> set[str]:
    """Returns which pictures are masks: those in a folder called so beside one of pictures (masks beside images, train_masks
    beside train), and those called after a picture beside them (3_mask.png beside 3.jpg)."""
    children: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for folder in {PurePosixPath(name).parent.parts for name in names}:
        for level, child in enumerate(folder):
            children[folder[:level]].add(child)
    folders = {(*parent, child) for parent, siblings in children.items() for child in _mask_folders(siblings)}
    stems = {str(PurePosixPath(name).with_suffix("")) for name in names}
    return {name for name in names if not folders.isdisjoint(_folders(name)) or _picture_of(name) in stems}


def _mask_folders(siblings: Collection[str]) -> Iterator[str]:
    said = {child: words(child) for child in siblings}
    plain = [found for found in said.values() if MASK.isdisjoint(found)]
    for child, found in said.items():
        rest = [word for word in found if word not in MASK]
        if len(rest) < len(found) and (rest in plain or any(not PICTURES.isdisjoint(other) for other in plain)):
            yield child


def _folders(name: str) -> set[tuple[str, ...]]:
    parts = PurePosixPath(name).parts
    return {parts[:level] for level in range(1, len(parts))}


def _picture_of(name: str) -> str | None:
    """Returns the name, without extension, of the picture whose mask is called so; None for another name."""
    path = PurePosixPath(name)
    found = _OF_PICTURE.match(path.stem)
    return str(path.with_name(found[1])) if found else None
