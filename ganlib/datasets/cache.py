"""Caches decoded pictures in the user's cache folder and memory-maps them from there.

An entry is a folder named by a digest of source and preparation. It holds `images.bin`, the raw pixels, `digests.bin`, one of
each picture's pixels, and `about.json`, the metadata, which is written last and makes the entry valid. Processes that build the
same entry write the same bytes.
"""

import itertools
import json
import logging
import os
import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import partial
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from PIL import UnidentifiedImageError
from tqdm import tqdm

from ganlib import UserError
from ganlib.datasets.decoding import Preparation, Unusable, facts, pictures_of
from ganlib.datasets.duplicates import MOST_COMPARED, copies, thumbnails
from ganlib.datasets.image_set import ImageSet, Item, Source, digest
from ganlib.datasets.options import DEFAULT, ReadOptions
from ganlib.datasets.summary import Note, Summary
from ganlib.datasets.survey import Pictures, Survey, is_grey, odd
from ganlib.datasets.workers import workers
from ganlib.sizes import Size, height_width

FORMAT = 2  # of an entry and of the preparation; a change of either invalidates old entries
OLDER_FORMAT = 1  # in the fingerprints of earlier versions
IMAGES, DIGESTS, ABOUT = "images.bin", "digests.bin", "about.json"
DIGEST_BYTES = 8  # of one picture
NAMED_SKIPS = 5
BATCH_BYTES = 2**18  # of pictures per task of a worker; one picture per task takes a tenth longer

logger = logging.getLogger(__name__)


def cache_folder() -> Path:
    """Returns the folder of downloads and prepared images: GANLIB_CACHE, or the user's cache folder of the platform."""
    from platformdirs import user_cache_path

    return Path(os.environ.get("GANLIB_CACHE") or user_cache_path("ganlib", appauthor=False))


def prepared(source: Source, size: Size, channels: int | None, progress: bool, options: ReadOptions = DEFAULT) -> ImageSet:
    """Returns the images of `source` at (channels, height, width), from the cache or decoded into it.

    `channels` None is 1 when every image is grey, else 3; 4 with `options.alpha`. Unusable files are skipped and reported in
    one warning. Raises UserError when nothing can be used or the cache can't be written.
    """
    entry = cache_folder() / "images" / digest((FORMAT, source.identity, source.found, size, channels, options))
    with suppress(OSError, ValueError, KeyError, TypeError):  # no entry yet, or a damaged one
        return _read(entry, source)
    try:
        _build(entry, source, size, channels, progress, options)
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
    digests = np.fromfile(entry / DIGESTS, np.uint64)
    if len(digests) != len(images):
        raise ValueError("it is damaged")
    labels, class_names = about["labels"], about["class_names"]
    if labels is not None:
        labels, class_names = np.array(labels, np.int64), tuple(class_names)
    _tell_skipped(source, **about["skipped"])
    summary = Summary.from_json(about["summary"])
    return ImageSet(
        images,
        labels,
        class_names,
        source.name,
        about["fingerprint"],
        _older_fingerprint(source, images.shape[1:]),
        digests,
        summary,
        ReadOptions.from_json(about["reading"]),
    )


def _older_fingerprint(source: Source, shape: tuple[int, ...]) -> str:
    return digest((OLDER_FORMAT, source.older, shape)) if source.older else ""


def _tell_skipped(source: Source, count: int, examples: list[str]) -> None:
    if count:
        named = ", ".join(examples) + (", ..." if count > len(examples) else "")
        logger.warning("%s: skipped %d of %d files: %s", source.name, count, source.count, named)


def _build(entry: Path, source: Source, size: Size, channels: int | None, progress: bool, options: ReadOptions) -> None:
    """Decodes the set into a new entry; once more where the first pass shows that the whole set needs another range of levels
    or another background."""
    entry.parent.mkdir(parents=True, exist_ok=True)
    height, width = height_width(size)
    drawn = 4 if options.alpha else channels or 3
    with TemporaryDirectory(dir=entry.parent, prefix="building-") as folder:
        images, about = Path(folder, IMAGES), Path(folder, ABOUT)
        decided = replace(options, levels=options.levels or source.found.levels)
        while True:
            how = Preparation(
                height,
                width,
                drawn,
                decided.fit,
                decided.background or "white",
                decided.levels,
                decided.frames,
                decided.decoding,
            )
            decoded = _decode(source, how, images, progress)
            if not decoded.labels:
                raise UserError(f"No image in {source.name} can be used, for example {decoded.skipped[0]}; check the files.")
            before, decided = decided, decoded.survey.decided(decided)
            if (decided.levels, decided.background or "white") == (before.levels, before.background or "white"):
                break
        shape: tuple[int, ...] = (len(decoded.labels), drawn, height, width)
        if channels is None and drawn == 3 and decoded.survey.grey == len(decoded.labels):
            images, shape = _first_channel(images, shape)
        decoded.digests.tofile(Path(folder, DIGESTS))
        doubled = copies(np.array(decoded.sights), decoded.digests)
        about.write_text(json.dumps(_about(source, shape, decoded, decided, doubled, asked_grey=channels == 1)))
        entry.mkdir(exist_ok=True)
        os.replace(images, entry / IMAGES)
        os.replace(Path(folder, DIGESTS), entry / DIGESTS)
        os.replace(about, entry / ABOUT)


@dataclass(frozen=True)
class _Decoded:
    labels: list[str | None]
    digests: np.ndarray
    sights: list[np.ndarray]  # thumbnails of the first ones, to find copies
    skipped: list[str]  # names and reasons
    survey: Survey


def _about(
    source: Source, shape: tuple[int, ...], decoded: _Decoded, reading: ReadOptions, doubled: int, asked_grey: bool
) -> dict[str, Any]:
    labels, class_names, notes = _classes(source, decoded.labels)
    survey, found = decoded.survey, source.found
    counts = Counter(labels or ())
    classes = {name: counts[index] for index, name in enumerate(class_names)} if class_names else None
    left_out = dict(Counter(found.left_out) + survey.left_out)
    summary = Summary(
        name=source.name,
        images=shape[0],
        files=max(found.files, source.count),
        channels=shape[1],
        size=(shape[2], shape[3]),
        smallest=survey.smallest,
        largest=survey.largest,
        classes=classes,
        labels_from=found.labels_from if class_names else "",
        split=found.split,
        levels=reading.levels,
        left_out=left_out,
        spread=survey.spread,
        notes=(*found.notes, *notes, *survey.notes(reading, asked_grey), *odd(shape[0], classes, doubled)),
    )
    return {
        "shape": shape,
        "labels": labels,
        "class_names": class_names,
        "fingerprint": digest((FORMAT, shape, decoded.digests, np.array(labels or (), np.int64), class_names)),
        "skipped": {"count": len(decoded.skipped), "examples": decoded.skipped[:NAMED_SKIPS]},
        "reading": asdict(reading),
        "summary": summary.to_json(),
    }


def _classes(source: Source, labels: list[str | None]) -> tuple[list[int] | None, tuple[str, ...] | None, list[Note]]:
    """Returns the labels as numbers and the names of the classes; None and a note where not all pictures have one, and where
    there is one class."""
    named = [label for label in labels if label is not None]
    if len(named) < len(labels):
        unlabelled = {"unlabelled": len(labels) - len(named), "images": len(labels)}
        return None, None, [Note("labels_partial", unlabelled)] if named else []
    class_names = source.class_names or tuple(sorted(set(named), key=_natural))
    if len(class_names) < 2:
        return None, None, []
    number = {name: index for index, name in enumerate(class_names)}
    return [number[label] for label in named], class_names, []


def _natural(name: str) -> tuple:
    """Sorts 2 before 10, and a before B."""
    words = re.split(r"(\d+)", name)
    return [int(word) if word.isdecimal() else word.lower() for word in words], name


def _decode(source: Source, how: Preparation, file: Path, progress: bool) -> _Decoded:
    """Writes every usable picture to `file`."""
    labels, digests, skipped, survey = [], bytearray(), [], Survey(how)
    sights: list[np.ndarray] = []
    attempt = partial(_attempt, how=how)
    batch = max(1, BATCH_BYTES // (how.channels * how.height * how.width))
    with file.open("wb") as out, workers(source.count) as pool:
        results = _in_order(pool, attempt, source.items(), batch, ahead=4 * (os.cpu_count() or 1))
        disable = None if progress else True  # None: where stderr is no terminal
        bar = tqdm(results, f"reading {source.name}", source.count, unit="img", delay=1, disable=disable)
        for item, pictures in bar:
            if isinstance(pictures, Unusable):
                skipped.append(f"{item.name!r} ({pictures})")
                survey.left_out[pictures.reason] += 1
                continue
            survey.add(pictures)
            for pixels, one in zip(pictures.pixels, pictures.digests, strict=True):
                out.write(pixels)
                digests += one
                if source.count <= MOST_COMPARED and len(sights) < MOST_COMPARED:
                    sights.append(thumbnails(pixels[None])[0])
                labels.append(item.label)
    return _Decoded(labels, np.frombuffer(bytes(digests), np.uint64), sights, skipped, survey)


def _attempt(item: Item, how: Preparation) -> Pictures | Unusable:
    """Returns the pictures of a file, or the reason why they cannot be used."""
    try:
        with item.open() as image:
            known = facts(image, how)
            pixels = pictures_of(image, how)
    except Unusable as error:
        return error
    except UnidentifiedImageError:
        return Unusable("unreadable", "not an image")
    except Exception as error:  # Pillow raises nearly any exception for a malformed file
        return Unusable("damaged", str(error) or type(error).__name__)
    return Pictures(pixels, [_digest(one) for one in pixels], known)


def _digest(picture: np.ndarray) -> bytes:
    """Returns the digest of a picture's pixels; of a grey one's first channel, in whatever mode it is prepared."""
    return blake2b((picture[0] if is_grey(picture) else picture).data, digest_size=DIGEST_BYTES).digest()


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
