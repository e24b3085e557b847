"""Trees of named files: a folder, or a .zip or tar whose members are read in place and never unpacked."""

import io
import os
import re
import stat
import tarfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache, partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from zipfile import BadZipFile, ZipFile, ZipInfo

from ganlib import UserError

MAX_MEMBER_BYTES = 2**30
MAX_ARCHIVE_BYTES = 2**36
MAX_RATIO = 1000


class Hostility(StrEnum):
    """Why a member of a .zip is refused."""

    LEADS_OUT = "leads out of the archive"
    LINK = "is a link"
    ENCRYPTED = "is encrypted"


@dataclass(frozen=True)
class Place:
    """Where a set lies: its file or folder, its name, and how messages call it."""

    path: Path
    name: str
    said: str

    @classmethod
    def of(cls, path: Path) -> "Place":
        name = path.resolve().name
        return cls(path, name if path.is_dir() else name.partition(".")[0] or name, str(path))


@dataclass(frozen=True)
class File:
    """One file of a tree: how it is opened, and facts that change with its content."""

    open: Callable[[], BinaryIO]  # picklable: worker processes call it
    stamp: tuple[int, int]  # its size and its time, or its checksum


@dataclass(frozen=True)
class Tree:
    """The files of a folder or an archive, by their names relative to it, with slashes, in order; no hidden ones."""

    place: Place
    files: dict[str, File]
    hidden: int = 0  # how many more there are


def folder_tree(place: Place) -> Tree:
    """Returns the files below a folder. Raises UserError for one that can't be read."""
    names = sorted(file_names(place.path))
    shown = {name: file_on_disk(place.path / name) for name in names if is_shown(name)}
    return Tree(place, shown, len(names) - len(shown))


def file_on_disk(path: Path) -> File:
    """Returns a file as it lies on the disk."""
    status = path.stat()
    return File(partial(_read_binary, path), (status.st_size, status.st_mtime_ns))


def _read_binary(path: Path) -> BinaryIO:
    return path.open("rb")


def file_names(root: Path) -> Iterator[str]:
    """Yields the names of all regular files below `root`, relative to it, with slashes."""
    for folder, _, files in os.walk(root, onerror=_refuse_unreadable):
        for file in files:
            path = Path(folder, file)
            if path.is_file():  # no named pipe, no dangling link
                yield path.relative_to(root).as_posix()


def _refuse_unreadable(error: OSError) -> None:
    raise UserError(f"Cannot read the folder {error.filename} ({error.strerror}).") from error


def is_shown(name: str) -> bool:
    """Whether a file is neither hidden, nor below __MACOSX, nor one that Windows puts beside pictures."""
    parts = PurePosixPath(name).parts
    return not any(part.startswith(".") or part == "__MACOSX" for part in parts) and parts[-1].lower() not in CLUTTER


CLUTTER = ("thumbs.db", "desktop.ini")


class Archive:
    """A .zip, opened once in each process. Raises the errors of `ZipFile`."""

    def __init__(self, path: Path):
        self.path, self.zip = path, ZipFile(path)
        self._lock = threading.Lock()  # ZipFile of some Pythons from 3.12 is not thread-safe (python/cpython#128258)

    def __reduce__(self) -> tuple:
        assert self.zip.fp is not None  # it is never closed
        return _here, (self.path, os.fstat(self.zip.fp.fileno()).st_mtime_ns)

    def open(self, member: ZipInfo) -> BinaryIO:
        with self._lock:
            return io.BytesIO(self.zip.read(member))


@lru_cache(maxsize=1)
def _here(path: Path, written_at: int) -> Archive:
    return Archive(path)


def zip_tree(place: Place) -> Tree:
    """Returns the members of a .zip. Raises UserError for an invalid or encrypted zip, a zip bomb and path traversal."""
    try:
        archive = Archive(place.path)
    except (BadZipFile, NotImplementedError, OSError, ValueError) as error:
        raise UserError(f"{place.said} is no .zip that can be read ({error}); give a folder or .zip of images.") from error
    _refuse_hostile(place, archive.zip.infolist())
    members = {member.filename.replace("\\", "/"): member for member in archive.zip.infolist() if not member.is_dir()}
    files = {
        name: File(partial(archive.open, members[name]), (members[name].file_size, members[name].CRC))
        for name in sorted(members)
        if is_shown(name)
    }
    return Tree(place, files)


def tar_tree(place: Place) -> Tree:
    """Returns the members of a tar that is not compressed. Raises UserError for an invalid one and for path traversal."""
    path = place.path
    try:
        with tarfile.open(path, "r:") as archive:
            members = {member.name.removeprefix("./"): member for member in archive if member.isfile()}
    except (tarfile.TarError, OSError, EOFError, ValueError) as error:
        raise UserError(f"{place.said} is no tar that can be read ({error}); pack the images anew.") from error
    for name in members:
        if leads_out(name):
            raise UserError(f"{place.said} is refused: its member {name!r} {Hostility.LEADS_OUT}; pack the images anew.")
    files = {name: _in_tar(path, members[name]) for name in sorted(members) if is_shown(name)}
    return Tree(place, files)


def _in_tar(path: Path, member: tarfile.TarInfo) -> File:
    return File(partial(_read_part, path, member.offset_data, member.size), (member.size, int(member.mtime)))


def _read_part(path: Path, offset: int, size: int) -> BinaryIO:
    with path.open("rb") as file:
        file.seek(offset)
        return io.BytesIO(file.read(size))


def _refuse_hostile(place: Place, members: list[ZipInfo]) -> None:
    """Checks the sizes that the archive declares; `zipfile` never unpacks more than that."""
    for member in members:
        reason: str | None = hostility(member)
        if reason is None and member.file_size > MAX_MEMBER_BYTES:
            reason = f"would unpack to {member.file_size:,} bytes"
        if reason:
            raise UserError(f"{place.said} is refused: its member {member.filename!r} {reason}; pack the images anew.")
    total = sum(member.file_size for member in members)
    if total > min(MAX_ARCHIVE_BYTES, MAX_RATIO * place.path.stat().st_size):
        raise UserError(f"{place.said} is refused: it would unpack to {total:,} bytes; split it, or unpack it to a folder.")


def hostility(member: ZipInfo) -> Hostility | None:
    """Returns why a member of a .zip is refused, whatever its size; None if it is safe."""
    if leads_out(member.filename.replace("\\", "/")):
        return Hostility.LEADS_OUT
    if stat.S_ISLNK(member.external_attr >> 16):
        return Hostility.LINK
    return Hostility.ENCRYPTED if member.flag_bits & 1 else None


def leads_out(name: str) -> bool:
    """Whether a member's name, with slashes, lies outside its archive."""
    return name.startswith("/") or ".." in name.split("/") or re.match("[A-Za-z]:", name) is not None
