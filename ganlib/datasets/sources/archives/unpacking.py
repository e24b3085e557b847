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
from ganlib.datasets.sources.trees import MAX_ARCHIVE_BYTES, MAX_RATIO, File, Place, Tree

AT_ONCE = 2**20  # bytes


class TooLarge(UserError):
    """A file that unpacks to more bytes than may be written."""


OPENERS: dict[str, Callable[[Path], Any]] = {kinds.GZIP: gzip.open, kinds.BZIP2: BZ2File, kinds.XZ: lzma.open}


def decompressed(place: Place) -> Path:
    """Returns the path of a compressed file's content. Raises UserError for a damaged file, and for one that grows too much."""
    kind = kinds.kind_of_file(place.path)
    if kind not in OPENERS:
        return place.path
    status = place.path.stat()
    key = ("decompressed", str(place.path.resolve()), status.st_size, status.st_mtime_ns)
    return _unpacked(place.said, key, lambda: OPENERS[kind](place.path), min(MAX_ARCHIVE_BYTES, MAX_RATIO * status.st_size))


def first_within(place: Place) -> bytes:
    """Returns the first bytes of a compressed file's content. Raises UserError for a damaged file."""
    opener = OPENERS[kinds.kind_of_file(place.path) or ""]
    return next(_pieces(place.said, lambda: opener(place.path)), b"")


def on_disk(place: Place, name: str, file: File) -> Path:
    """Returns the path of a file of a tree, unpacked where the tree is an archive. Raises UserError as `decompressed`."""
    if place.path.is_dir():
        return place.path / name
    status = place.path.stat()
    key = ("member", str(place.path.resolve()), status.st_size, status.st_mtime_ns, name, *file.stamp)
    return _unpacked(f"{name} in {place.said}", key, file.open, MAX_ARCHIVE_BYTES)


def written(said: str, opened: Callable[[], BinaryIO], target: Path, most: int) -> int:
    """Writes a file's content to `target` and returns its bytes. Raises TooLarge above `most` bytes, and UserError for a
    damaged file; then what was written is left."""
    size = 0
    with target.open("wb") as out:
        for piece in _pieces(said, opened):
            size += len(piece)
            if size > most:
                raise TooLarge(f"{said} is refused: it unpacks to more than {most:,} bytes; split it.")
            out.write(piece)
    return size


def _unpacked(said: str, key: tuple, opened: Callable[[], BinaryIO], most: int) -> Path:
    """Returns the path of a file's content in the cache."""
    return _made(key, lambda target: written(said, opened, target, most))


def unpacked_folder(tree: Tree) -> Path:
    """Returns a folder in the cache with the files of an archive. Raises UserError as `decompressed`, and for names that can't
    be written."""
    status = tree.place.path.stat()
    key = ("folder", str(tree.place.path.resolve()), status.st_size, status.st_mtime_ns)
    return _made(key, lambda target: write_members(tree, target, MAX_ARCHIVE_BYTES))


def write_members(tree: Tree, folder: Path, most: int) -> int:
    """Writes the files of an archive into a new folder and returns their bytes. Raises as `written` and `place_in`."""
    size = 0
    for name, file in tree.files.items():
        said = f"{name} in {tree.place.said}"
        size += written(said, file.open, place_in(folder, name, said), most - size)
    return size


def place_in(folder: Path, name: str, said: str) -> Path:
    """Returns the path of an archive's file in a folder, below which its folders are made. Raises UserError for a name that
    can't be written."""
    path = folder / name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir() or not path.resolve().is_relative_to(folder.resolve()):
            raise ValueError("it is no file's")
        path.touch()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UserError(f"{said} can't be unpacked by this name ({reason}); pack the images anew.") from error
    return path


def _made(key: tuple, make: Callable[[Path], object]) -> Path:
    """Returns what `make` has made of a path in the cache, by its key: this time or an earlier one."""
    target = cache_folder() / "unpacked" / digest(key)
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=target.parent, prefix="unpacking-") as folder:
        content = Path(folder, "content")
        make(content)
        try:
            os.replace(content, target)
        except OSError:
            if not target.exists():  # or another process has made the same folder meanwhile
                raise
    return target


def _pieces(said: str, opened: Callable[[], BinaryIO]) -> Iterator[bytes]:
    try:
        with opened() as file:
            while piece := file.read(AT_ONCE):
                yield piece
    except (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError) as error:
        raise UserError(f"{said} is damaged ({error}); fetch or pack it again.") from error
