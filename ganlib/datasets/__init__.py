"""Loads a data set by name, path or Hub repository into one ImageSet: uint8 NCHW, labels and class names or none.

A source is the name of a built-in set, the path of a folder or .zip of images, or hub:OWNER/NAME. Built-in sets at
their natural size live in memory; anything that must be decoded or resized is prepared once, cached, and memory-mapped.
"""

import difflib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from ganlib import UserError
from ganlib.datasets.builtin import BUILT_IN, BuiltIn, read_built_in
from ganlib.datasets.cache import fingerprint, prepared
from ganlib.datasets.folders import folder_source, zip_source
from ganlib.datasets.hub import hub_source
from ganlib.datasets.image_set import ImageSet, NoSuchSplit, Source, fingerprint_of, only

__all__ = ["BUILT_IN", "BuiltIn", "ImageSet", "NoSuchSplit", "load", "load_local", "natural_size"]

FOLDER_IMAGE_SIZE = 64
LARGEST_IMAGE_SIZE = 4096


def load(
    source: str,
    image_size: int | None = None,
    channels: int | None = None,
    *,
    classes: Sequence[str] | None = None,
    split: Literal["train", "test"] = "train",
    data_root: Path | None = None,
    progress: bool = True,
) -> ImageSet:
    """The images of `source`, cropped to the centre square and resized to `image_size` with antialiasing.

    `image_size` None is a built-in set's natural size, else 64. `channels` is 1 or 3; None is a built-in set's natural
    number, else 1 when every image is grey and 3 otherwise. `data_root` holds built-in sets in torchvision's layout;
    it is read first and never written. `progress` shows a bar where stderr is a terminal. `classes` are the names or numbers
    of those that alone are wanted.

    Raises NoSuchSplit, a UserError, and UserError when there is no such source, nothing usable in it, or no way to download it.
    """
    _check_shape(image_size, channels)
    if source not in BUILT_IN:
        found = prepared(_open(source, split), image_size or FOLDER_IMAGE_SIZE, channels, progress)
    else:
        image_size, channels = image_size or BUILT_IN[source].image_size, channels or BUILT_IN[source].channels
        found = _at_size(read_built_in(source, split, data_root), image_size, channels, progress)
    return found if classes is None else only(found, classes)


def load_local(
    source: str,
    image_size: int,
    channels: int,
    known: str | None = None,
    split: Literal["train", "test"] = "train",
    classes: Sequence[str] | None = None,
) -> ImageSet:
    """`load` of what is on this machine, without a word: nothing is downloaded.

    `known` is the fingerprint that the images must have; those of a folder or .zip are not decoded before it fits. `classes`
    are names, in the set's own order.
    Raises UserError when the source is elsewhere, there is nothing usable in it, or it is not what it was.
    """
    if source.startswith("hub:"):
        raise UserError(f"{source} is on the Hub.")
    if source in BUILT_IN:
        found = _at_size(read_built_in(source, split, None, download=False), image_size, channels, progress=False)
        _check_known(source, known, found.fingerprint, classes)
    else:
        opened = _open(source, split)
        _check_known(source, known, fingerprint(opened, (channels, image_size, image_size)), classes)
        found = prepared(opened, image_size, channels, progress=False)
    return found if classes is None else only(found, classes)


def _check_known(source: str, known: str | None, found: str, classes: Sequence[str] | None) -> None:
    if known not in (None, found if classes is None else fingerprint_of(found, classes)):
        raise UserError(f"{source} holds other pictures than it did.")


def _at_size(natural: ImageSet, image_size: int, channels: int, progress: bool) -> ImageSet:
    if natural.images.shape[1:] == (channels, image_size, image_size):
        return natural
    return prepared(Source.of(natural), image_size, channels, progress)


def natural_size(source: str) -> int:
    """The size in pixels that `load` gives the images of `source` unless told another."""
    return BUILT_IN[source].image_size if source in BUILT_IN else FOLDER_IMAGE_SIZE


def _check_shape(image_size: int | None, channels: int | None) -> None:
    if image_size is not None and not 1 <= image_size <= LARGEST_IMAGE_SIZE:
        raise UserError(f"Image size {image_size} is out of range: choose one from 1 to {LARGEST_IMAGE_SIZE} pixels.")
    if channels not in (None, 1, 3):
        raise UserError(f"Images of {channels} channels are not supported: choose 1 (grey) or 3 (colour).")


def _open(source: str, split: str) -> Source:
    if source.startswith("hub:"):
        return hub_source(source.removeprefix("hub:"), split)
    path = os.path.expanduser(source)
    if os.path.isdir(path):
        return folder_source(Path(path), split)
    if os.path.isfile(path):
        return zip_source(Path(path), split)
    close = difflib.get_close_matches(source, BUILT_IN, n=1)
    raise UserError(
        f"There is no dataset {source!r}: give {', '.join(BUILT_IN)}, the path of a folder or .zip of images that"
        f" exists, or hub:OWNER/NAME" + (f"; did you mean {close[0]}?" if close else ".")
    )
