"""Finds the masks of a segmentation set, which are no pictures to learn from and make no classes."""

import posixpath
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping

from ganlib.datasets.names import words

MASK = {
    *("mask", "masks", "annotation", "annotations", "label", "labels", "seg", "segmentation", "segmentations", "truth"),
    *("groundtruth", "gt", "trimap", "trimaps", "manual", "matte", "mattes"),
}
PICTURES = {
    *("image", "images", "img", "imgs", "picture", "pictures", "photo", "photos", "original", "originals", "rgb"),
    *("input", "inputs"),
}
# Pictures too, where those in the folder of masks have the same names; else they may be classes.
PERHAPS = {
    *("frame", "frames", "scan", "scans", "slice", "slices", "volume", "volumes", "tile", "tiles", "patch", "patches"),
    *("cxr", "xray", "xrays", "ct", "mr", "mri", "lesion", "lesions"),
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
    stems = defaultdict(set)
    for name, folder in folder_of.items():
        stems[folder].add(posixpath.splitext(posixpath.basename(name))[0])
    of_masks = {
        posixpath.join(parent, child)
        for parent, siblings in children.items()
        for child in _mask_folders({sibling: stems[posixpath.join(parent, sibling)] for sibling in siblings})
    }
    of_masks = {folder for folder in folders if not of_masks.isdisjoint(_upwards(folder))}
    called = {name: picture for name in names if (picture := _picture_of(name))}
    beside = {posixpath.splitext(name)[0] for name in names} if called else set()
    return {name for name in names if folder_of[name] in of_masks or called.get(name) in beside}


def _mask_folders(stems: Mapping[str, Collection[str]]) -> Iterator[str]:
    """Yields which of the folders beside each other, with the stems of their files, hold masks."""
    said = {child: words(child) for child in stems}
    plain = {child: found for child, found in said.items() if MASK.isdisjoint(found)}
    for child, found in said.items():
        rest = [word for word in found if word not in MASK]
        if len(rest) < len(found) and (rest in plain.values() or any(_are_pictures(plain, stems, child))):
            yield child


def _are_pictures(plain: Mapping[str, list[str]], stems: Mapping[str, Collection[str]], child: str) -> Iterator[bool]:
    """Yields of each of the `plain` folders whether it holds the pictures whose masks lie in `child`."""
    for other, found in plain.items():
        yield not PICTURES.isdisjoint(found) or (not PERHAPS.isdisjoint(found) and stems[other] == stems[child])


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
