"""Loads a data set by name, path or Hub repository as an ImageSet: uint8 NCHW, with labels and class names if it has them.

A source is the name of a built-in set, the path of a folder or .zip of images, or hub:OWNER/NAME. Built-in sets at
their natural size are held in memory; images that must be decoded or resized are prepared once, cached and memory-mapped.
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
    """Loads the images of `source`, cropped to the centre square and resized to `image_size` with antialiasing.

    `image_size` None is a built-in set's natural size, else 64. `channels` is 1 or 3; None is a built-in set's natural
    number, else 1 when every image is grey and 3 otherwise. `data_root` holds built-in sets in torchvision's layout;
    it is read first and never written. `progress` shows a bar where stderr is a terminal. `classes` selects classes by
    name or number; None loads all.

    Raises NoSuchSplit, a UserError, and UserError when the source doesn't exist, holds no usable image or can't be downloaded.
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
    """As `load`, from this machine only: silent, and nothing is downloaded.

    `known` is the fingerprint that the images must have; it is checked before a folder or .zip is decoded. `classes` are
    names, in the set's own order.
    Raises UserError when the source is not on this machine, holds no usable image, or has another fingerprint.
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
    """Returns the default image size of `load` for `source`, in pixels."""
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
