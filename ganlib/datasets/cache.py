"""Caches decoded pictures in the user's cache folder and memory-maps them from there.

An entry is a folder named by a digest of source and preparation. It holds `images.bin`, the raw pixels, and `about.json`, the
metadata, which is written last and makes the entry valid. Processes that build the same entry write the same bytes.
"""

import itertools
import json
import logging
import os
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from PIL import UnidentifiedImageError
from tqdm import tqdm

from ganlib import UserError
from ganlib.datasets.decoding import prepare
from ganlib.datasets.image_set import ImageSet, Item, Source, digest
from ganlib.datasets.workers import workers

FORMAT = 1  # of an entry and of the preparation; a change of either invalidates old entries
IMAGES, ABOUT = "images.bin", "about.json"
NAMED_SKIPS = 5
BATCH_BYTES = 2**18  # of pictures per task of a worker; one picture per task takes a tenth longer

logger = logging.getLogger(__name__)


def cache_folder() -> Path:
    """Returns the folder of downloads and prepared images: GANLIB_CACHE, or the user's cache folder of the platform."""
    from platformdirs import user_cache_path

    return Path(os.environ.get("GANLIB_CACHE") or user_cache_path("ganlib", appauthor=False))


def prepared(source: Source, image_size: int, channels: int | None, progress: bool) -> ImageSet:
    """Returns the images of `source` at (channels, image_size, image_size), from the cache or decoded into it.

    `channels` None is 1 when every image is grey, else 3. Unusable files are skipped and reported in one warning.
    Raises UserError when nothing can be used or the cache can't be written.
    """
    entry = cache_folder() / "images" / digest((FORMAT, source.identity, image_size, channels))
    with suppress(OSError, ValueError, KeyError, TypeError):  # no entry yet, or a damaged one
        return _read(entry, source)
    try:
        _build(entry, source, image_size, channels, progress)
    except BrokenExecutor as error:
        raise UserError(
            f"A process that decodes {source.name} was ended from outside, as happens when memory is short; end other "
            "programs, and try again."
        ) from error
    except OSError as error:
        raise UserError(f"Cannot write {entry.parent} ({error}); name another folder in GANLIB_CACHE.") from error
    return _read(entry, source)


def _read(entry: Path, source: Source) -> ImageSet:
    about = json.loads((entry / ABOUT).read_bytes())
    images = np.memmap(entry / IMAGES, np.uint8, mode="r", shape=tuple(about["shape"]))
    labels, class_names = about["labels"], about["class_names"]
    if labels is not None:
        labels, class_names = np.array(labels, np.int64), tuple(class_names)
    _tell_skipped(source, **about["skipped"])
    return ImageSet(images, labels, class_names, source.name, fingerprint(source, images.shape[1:]))


def fingerprint(source: Source, shape: tuple[int, ...]) -> str:
    """Returns the fingerprint of the images of `source` at (C, S, S). It uses the resulting channels, so that `channels` None
    gives the same fingerprint as requesting them."""
    return digest((FORMAT, source.identity, shape))


def _tell_skipped(source: Source, count: int, examples: list[str]) -> None:
    if count:
        named = ", ".join(examples) + (", ..." if count > len(examples) else "")
        logger.warning("%s: skipped %d of %d files: %s", source.name, count, source.count, named)


def _build(entry: Path, source: Source, image_size: int, channels: int | None, progress: bool) -> None:
    entry.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=entry.parent, prefix="building-") as folder:
        images, about = Path(folder, IMAGES), Path(folder, ABOUT)
        labels, skipped, grey = _decode(source, image_size, channels or 3, images, progress)
        if not labels:
            raise UserError(f"No image in {source.name} can be used, for example {skipped[0]}; check the files.")
        shape: tuple[int, ...] = (len(labels), channels or 3, image_size, image_size)
        if channels is None and grey:
            images, shape = _first_channel(images, shape)
        about.write_text(json.dumps(_about(source, shape, labels, skipped)))
        entry.mkdir(exist_ok=True)
        os.replace(images, entry / IMAGES)
        os.replace(about, entry / ABOUT)


def _about(source: Source, shape: tuple[int, ...], labels: list[str | None], skipped: list[str]) -> dict[str, Any]:
    about = {
        "shape": shape,
        "labels": None,
        "class_names": None,
        "skipped": {"count": len(skipped), "examples": skipped[:NAMED_SKIPS]},
    }
    named = [label for label in labels if label is not None]
    if len(named) < len(labels):
        if named:
            message = "%s: %d of %d images lie outside the class folders, so the set has no labels"
            logger.warning(message, source.name, len(labels) - len(named), len(labels))
        return about
    class_names = source.class_names or sorted(set(named), key=_natural)
    if len(class_names) < 2:
        return about
    number = {name: index for index, name in enumerate(class_names)}
    return about | {"labels": [number[label] for label in named], "class_names": class_names}


def _natural(name: str) -> tuple:
    """Sorts 2 before 10, and a before B."""
    words = re.split(r"(\d+)", name)
    return [int(word) if word.isdecimal() else word.lower() for word in words], name


def _decode(
    source: Source, image_size: int, channels: int, file: Path, progress: bool
) -> tuple[list[str | None], list[str], bool]:
    """Writes every usable picture to `file`. Returns their labels, the skipped files with reasons, and whether all are grey."""
    labels, skipped, grey = [], [], True
    attempt = partial(_attempt, image_size=image_size, channels=channels)
    batch = max(1, BATCH_BYTES // (channels * image_size**2))
    with file.open("wb") as out, workers(source.count) as pool:
        results = _in_order(pool, attempt, source.items(), batch, ahead=4 * (os.cpu_count() or 1))
        disable = None if progress else True  # None: where stderr is no terminal
        bar = tqdm(results, f"reading {source.name}", source.count, unit="img", delay=1, disable=disable)
        for item, picture in bar:
            if isinstance(picture, str):
                skipped.append(f"{item.name!r} ({picture})")
                continue
            out.write(picture)
            labels.append(item.label)
            grey = grey and bool((picture == picture[0]).all())
    return labels, skipped, grey


def _attempt(item: Item, image_size: int, channels: int) -> np.ndarray | str:
    """Returns the picture, or the reason why it cannot be used."""
    try:
        with item.open() as image:
            return prepare(image, image_size, channels)
    except UnidentifiedImageError:
        return "not an image"
    except Exception as error:  # Pillow raises nearly any exception for a malformed file
        return str(error) or type(error).__name__


def _in_order(
    pool: Executor, function: Callable[[Item], Any], items: Iterable[Item], batch: int, ahead: int
) -> Iterator[tuple[Item, Any]]:
    """Yields each item with its result, in order. At most `ahead` batches are in flight, which bounds memory."""
    items = iter(items)
    pending: deque[tuple[list[Item], Future[list[Any]]]] = deque()
    while some := list(itertools.islice(items, batch)):
        pending.append((some, pool.submit(_each, function, some)))
        if len(pending) >= ahead:
            done, results = pending.popleft()
            yield from zip(done, results.result(), strict=True)
    for done, results in pending:
        yield from zip(done, results.result(), strict=True)


def _each(function: Callable[[Item], Any], items: Iterable[Item]) -> list[Any]:
    return [function(item) for item in items]


def _first_channel(file: Path, shape: tuple[int, ...]) -> tuple[Path, tuple[int, ...]]:
    """Writes the first channel of the pictures of `file` to a new file. Returns its path and shape."""
    grey = file.with_suffix(".grey")
    with grey.open("wb") as out:
        for picture in np.memmap(file, np.uint8, mode="r", shape=shape):
            out.write(picture[0])
    return grey, (shape[0], 1, *shape[2:])
