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
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import numpy as np
from PIL import UnidentifiedImageError
from tqdm import tqdm

from ganlib import UserError
from ganlib.datasets.decoding import Preparation, Unusable, facts, pictures_of
from ganlib.datasets.duplicates import MOST_COMPARED, copies, less_shared, thumbnails
from ganlib.datasets.image_set import ImageSet, Item, Source, digest
from ganlib.datasets.options import DEFAULT, ReadOptions
from ganlib.datasets.pixels.opening import OtherKind
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

T = TypeVar("T")

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
        digests = np.frombuffer(decoded.digests, np.uint64)
        digests.tofile(Path(folder, DIGESTS))
        sights = np.array(decoded.sights)
        doubled = copies(less_shared(sights) if how.fit == "pad" and len(sights) else sights, digests)
        about.write_text(json.dumps(_about(source, shape, decoded, decided, doubled, asked_grey=channels == 1)))
        entry.mkdir(exist_ok=True)
        os.replace(images, entry / IMAGES)
        os.replace(Path(folder, DIGESTS), entry / DIGESTS)
        os.replace(about, entry / ABOUT)


@dataclass
class _Decoded:
    """What is known of the pictures that were decoded so far, beside their pixels."""

    survey: Survey
    labels: list[str | None] = field(default_factory=list)
    digests: bytearray = field(default_factory=bytearray)
    sights: list[np.ndarray] = field(default_factory=list)  # thumbnails, to find copies; none of a large set
    skipped: list[str] = field(default_factory=list)  # names and reasons

    def add(self, other: "_Decoded") -> None:
        self.survey.add(other.survey)
        self.labels += other.labels
        self.digests += other.digests
        self.sights += other.sights
        self.skipped += other.skipped


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
        "fingerprint": digest(
            (FORMAT, shape, np.frombuffer(decoded.digests, np.uint64), np.array(labels or (), np.int64), class_names)
        ),
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
    decoded = _Decoded(Survey(how))
    size = max(1, BATCH_BYTES // (how.channels * how.height * how.width))
    attempt = partial(_decode_batch, how=how, compared=source.count <= MOST_COMPARED)
    disable = None if progress else True  # None: where stderr is no terminal
    bar = tqdm(desc=f"reading {source.name}", total=source.count, unit="img", delay=1, disable=disable)
    with file.open("wb") as out, workers(source.count) as pool, bar:
        for num, (pixels, some) in _in_order(pool, attempt, source.items(), size, ahead=4 * (os.cpu_count() or 1)):
            out.write(pixels)
            decoded.add(some)
            bar.update(num)
    return decoded


def _decode_batch(items: Sequence[Item], how: Preparation, compared: bool) -> tuple[bytes, _Decoded]:
    """Returns the pixels of some files' pictures, one after another, and what is known of them."""
    pixels, known = [], _Decoded(Survey(how))
    for item in items:
        pictures = _attempt(item, how)
        if isinstance(pictures, Unusable):
            known.skipped.append(f"{item.name!r} ({pictures})")
            known.survey.left_out[pictures.reason] += 1
            continue
        known.survey.note(pictures.facts)
        for picture in pictures.pixels:
            grey = is_grey(picture)
            known.survey.see(picture, grey)
            known.digests += _digest(picture[0] if grey else picture)  # as if it were prepared in grey
            known.labels.append(item.label)
            pixels.append(picture.data)
        if compared:
            known.sights += [thumbnails(picture[None])[0] for picture in pictures.pixels]
    return b"".join(pixels), known


def _attempt(item: Item, how: Preparation) -> Pictures | Unusable:
    """Returns the pictures of a file, or the reason why they cannot be used."""
    try:
        with item.open() as image:
            return Pictures(facts(image, how), pictures_of(image, how))
    except Unusable as error:
        return error
    except OtherKind as error:
        return Unusable("unreadable", str(error))
    except UnidentifiedImageError:
        return Unusable("unreadable", "not an image")
    except Exception as error:  # Pillow raises nearly any exception for a malformed file
        return Unusable("damaged", str(error) or type(error).__name__)


def _digest(pixels: np.ndarray) -> bytes:
    return blake2b(pixels.data, digest_size=DIGEST_BYTES).digest()


def _in_order(
    pool: Executor, function: Callable[[Sequence[Item]], T], items: Iterable[Item], size: int, ahead: int
) -> Iterator[tuple[int, T]]:
    """Yields the number of items and the result of each batch of them, in order. At most `ahead` are in flight, which bounds
    memory."""
    items = iter(items)
    pending: deque[tuple[int, Future[T]]] = deque()
    while some := list(itertools.islice(items, size)):
        pending.append((len(some), pool.submit(function, some)))
        if len(pending) >= ahead:
            num, result = pending.popleft()
            yield num, result.result()
    for num, result in pending:
        yield num, result.result()


def _first_channel(file: Path, shape: tuple[int, ...]) -> tuple[Path, tuple[int, ...]]:
    """Writes the first channel of the pictures of `file` to a new file. Returns its path and shape."""
    grey = file.with_suffix(".grey")
    with grey.open("wb") as out:
        for picture in np.memmap(file, np.uint8, mode="r", shape=shape):
            out.write(picture[0])
    return grey, (shape[0], 1, *shape[2:])
