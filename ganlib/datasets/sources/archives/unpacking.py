"""Unpacks what can't be read in place, compressed tars and archives inside archives, once into the cache."""

import gzip
import lzma
import os
import zlib
from bz2 import BZ2File
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

from ganlib import UserError
from ganlib.datasets.cache import cache_folder
from ganlib.datasets.image_set import digest
from ganlib.datasets.sources import kinds
from ganlib.datasets.sources.trees import MAX_ARCHIVE_BYTES, MAX_RATIO, File, Place

AT_ONCE = 2**20  # bytes
OPENERS: dict[str, Callable[[Path], Any]] = {kinds.GZIP: gzip.open, kinds.BZIP2: BZ2File, kinds.XZ: lzma.open}


def decompressed(place: Place) -> Path:
    """Returns the path of a compressed file's content. Raises UserError for a damaged file, and for one that grows too much."""
    kind = kinds.kind_of_file(place.path)
    if kind not in OPENERS:
        return place.path
    status = place.path.stat()
    key = ("decompressed", str(place.path.resolve()), status.st_size, status.st_mtime_ns)
    return _unpacked(place.said, key, lambda: OPENERS[kind](place.path), min(MAX_ARCHIVE_BYTES, MAX_RATIO * status.st_size))


def kind_within(place: Place) -> str | None:
    """Returns the kind of a compressed file's content. Raises UserError for a damaged file."""
    opener = OPENERS[kinds.kind_of_file(place.path) or ""]
    return kinds.kind_of(next(_pieces(place.said, lambda: opener(place.path)), b"")[: kinds.HEAD])


def on_disk(place: Place, name: str, file: File) -> Path:
    """Returns the path of a file of a tree, unpacked where the tree is an archive. Raises UserError as `decompressed`."""
    if place.path.is_dir():
        return place.path / name
    status = place.path.stat()
    key = ("member", str(place.path.resolve()), status.st_size, status.st_mtime_ns, name, *file.stamp)
    return _unpacked(f"{name} in {place.said}", key, file.open, MAX_ARCHIVE_BYTES)


def _unpacked(said: str, key: tuple, opened: Callable[[], BinaryIO], most: int) -> Path:
    target = cache_folder() / "unpacked" / digest(key)
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=target.parent, prefix="unpacking-") as folder:
        content, size = Path(folder, "content"), 0
        with content.open("wb") as out:
            for piece in _pieces(said, opened):
                size += len(piece)
                if size > most:
                    raise UserError(f"{said} is refused: it unpacks to more than {most:,} bytes; split it.")
                out.write(piece)
        os.replace(content, target)
    return target


def _pieces(said: str, opened: Callable[[], BinaryIO]) -> Iterator[bytes]:
    try:
        with opened() as file:
            while piece := file.read(AT_ONCE):
                yield piece
    except (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError) as error:
        raise UserError(f"{said} is damaged ({error}); fetch or pack it again.") from error
