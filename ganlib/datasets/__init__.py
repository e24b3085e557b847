"""Loads a data set by name, path or Hub repository as an ImageSet: uint8 NCHW, with labels and class names if it has them.

A source is the name of a built-in set, the path of a folder or .zip of images, or hub:OWNER/NAME. Built-in sets at
their natural size are memory-mapped where they ship and else held in memory; images that must be decoded or resized are
prepared once, cached and memory-mapped.
"""

import difflib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from ganlib import UserError
from ganlib.datasets.builtin import BUILT_IN, BuiltIn, read_built_in
from ganlib.datasets.cache import prepared
from ganlib.datasets.image_set import ImageSet, NoSuchSplit, Source, only
from ganlib.datasets.natural import FOLDER_IMAGE_SIZE, SMALL_SIZES, largest_side, small_size
from ganlib.datasets.options import DEFAULT, HELD_OUT, ReadOptions
from ganlib.datasets.sources import HUB, open_source
from ganlib.datasets.sources.splits import ALL
from ganlib.datasets.summary import Summary
from ganlib.sizes import Size, height_width

__all__ = ["BUILT_IN", "BuiltIn", "ImageSet", "NoSuchSplit", "Opened", "ReadOptions", "load", "load_local", "opened"]

LARGEST_IMAGE_SIZE = 4096
SETS = f"{' | '.join(BUILT_IN)} | a folder, archive or file of images | hub:OWNER/NAME"  # of --help


@dataclass(frozen=True)
class Opened:
    """A data set that was found, before its pictures are decoded; `source` is None for a built-in one."""

    name: str
    options: ReadOptions
    source: Source | None

    def natural_size(self, sizes: Collection[int] = SMALL_SIZES) -> int:
        """Returns the default size of its pictures: a built-in set's own; for others that of `sizes` in which small pictures
        fit, else 64. `sizes` are the sides of squares that a network draws."""
        if self.source is None:
            return BUILT_IN[self.name].image_size
        return small_size(largest_side(self.source, self.options.fit), sizes) or FOLDER_IMAGE_SIZE

    def load(
        self,
        image_size: Size | None = None,
        channels: int | None = None,
        *,
        classes: Sequence[str] | None = None,
        data_root: Path | None = None,
        progress: bool = True,
    ) -> ImageSet:
        """Loads the images as `load` says. Raises UserError."""
        _check_shape(image_size, channels)
        image_size = image_size or self.natural_size()
        if self.source is not None:
            found = prepared(self.source, image_size, channels, progress, self.options)
        else:
            natural = read_built_in(self.name, self.options.split, data_root)
            found = _at_size(natural, image_size, channels or BUILT_IN[self.name].channels, progress, self.options)
        return found if classes is None else only(found, classes)


def opened(source: str, options: ReadOptions = DEFAULT) -> Opened:
    """Finds a data set. Raises UserError when it doesn't exist or holds no images."""
    return Opened(source, options, None if source in BUILT_IN else _source_of(source, options))


def load(
    source: str,
    image_size: Size | None = None,
    channels: int | None = None,
    *,
    classes: Sequence[str] | None = None,
    split: Literal["train", "test"] | None = None,
    data_root: Path | None = None,
    progress: bool = True,
    options: ReadOptions = DEFAULT,
) -> ImageSet:
    """Loads the images of `source`, cropped and resized to `image_size` with antialiasing, or as `options` say.

    `image_size` None is a built-in set's natural size, 16, 28 or 32 for a set whose pictures are all as small, else 64.
    `channels` is 1 or 3; None is a built-in set's natural number, else 1 when every image is grey and 3 otherwise. `data_root`
    holds built-in sets in torchvision's layout; it is read first and never written. `progress` shows a bar where stderr is a
    terminal. `classes` selects classes by name or number; None loads all. `split` is that of `options` where it is None; "test"
    is what the set holds out.

    Raises NoSuchSplit, a UserError, and UserError when the source doesn't exist, holds no usable image or can't be downloaded.
    """
    _check_shape(image_size, channels)
    found = opened(source, _of_split(source, options, split))
    return found.load(image_size, channels, classes=classes, data_root=data_root, progress=progress)


def load_local(
    source: str,
    image_size: Size,
    channels: int,
    known: str | None = None,
    split: Literal["train", "test"] | None = None,
    classes: Sequence[str] | None = None,
    options: ReadOptions = DEFAULT,
) -> ImageSet:
    """As `load`, from this machine only: silent, and nothing is downloaded.

    `known` is the fingerprint that the images must have. `classes` are names, in the set's own order.
    Raises UserError when the source is not on this machine, holds no usable image, or has another fingerprint.
    """
    if source.startswith(HUB):
        raise UserError(f"{source} is on the Hub.")
    options = _of_split(source, options, split)
    if source in BUILT_IN:
        natural = read_built_in(source, options.split, None, download=False)
        found = _at_size(natural, image_size, channels, False, options)
    else:
        found = prepared(_source_of(source, options), image_size, channels, False, options)
    found = found if classes is None else only(found, classes)
    if known is not None and not found.is_known_as(known):
        raise UserError(f"{source} holds other pictures than it did.")
    return found


def _of_split(source: str, options: ReadOptions, split: Literal["train", "test"] | None) -> ReadOptions:
    held_out = split == "test" and source not in BUILT_IN  # a folder's may be called otherwise
    return replace(options, split=HELD_OUT if held_out else split) if split else options


def _at_size(natural: ImageSet, image_size: Size, channels: int, progress: bool, options: ReadOptions) -> ImageSet:
    if natural.images.shape[1:] == (channels, *height_width(image_size)) and not options.alpha:
        return replace(natural, summary=_summary_of(natural, options))
    return prepared(Source.of(natural, _said(options.split)), image_size, channels, progress, options)


def _said(split: str) -> str:
    return "" if split == ALL else split


def _summary_of(images: ImageSet, options: ReadOptions) -> Summary:
    """Returns the summary of a built-in set at its natural size."""
    _, channels, height, width = images.images.shape
    names = images.class_names or ()
    counts = () if images.labels is None else np.bincount(images.labels, minlength=len(names))
    return Summary(
        name=images.name,
        images=len(images),
        files=len(images),
        channels=channels,
        size=(height, width),
        smallest=(width, height),
        largest=(width, height),
        classes=dict(zip(names, map(int, counts), strict=True)) or None,
        labels_from="the set",
        split=_said(options.split),
        levels=None,
        left_out={},
        spread=255,
    )


def _check_shape(image_size: Size | None, channels: int | None) -> None:
    for side in height_width(image_size) if image_size is not None else ():
        if not 1 <= side <= LARGEST_IMAGE_SIZE:
            raise UserError(f"Image size {side} is out of range: choose one from 1 to {LARGEST_IMAGE_SIZE} pixels.")
    if channels not in (None, 1, 3, 4):
        raise UserError(f"Images of {channels} channels are not supported: choose 1 (grey), 3 (colour) or 4 (and alpha).")


def _source_of(source: str, options: ReadOptions) -> Source:
    found = open_source(source, options)
    if found is not None:
        return found
    close = difflib.get_close_matches(source, BUILT_IN, n=1)
    raise UserError(
        f"There is no dataset {source!r}: give {', '.join(BUILT_IN)}, the path of a folder or .zip of images that"
        f" exists, or hub:OWNER/NAME" + (f"; did you mean {close[0]}?" if close else ".")
    )
