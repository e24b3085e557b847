"""Zips as trees, whose members are read in place and never unpacked."""

import io
import os
import stat
import threading
from enum import StrEnum
from functools import lru_cache, partial
from pathlib import Path
from typing import BinaryIO
from zipfile import BadZipFile, ZipFile, ZipInfo

from ganlib import UserError
from ganlib.datasets.sources.archives.zip_names import names_of
from ganlib.datasets.sources.trees import LEADS_OUT, MAX_ARCHIVE_BYTES, MAX_RATIO, File, Place, Tree, leads_out, shown

MAX_MEMBER_BYTES = 2**30
OPEN_AT_ONCE = 8


class Hostility(StrEnum):
    """Why a member of a .zip is refused."""

    LEADS_OUT = LEADS_OUT
    LINK = "is a link"
    ENCRYPTED = "is encrypted"


class Archive:
    """A .zip, opened once in each process. Raises the errors of `ZipFile`."""

    def __init__(self, path: Path):
        self.path, self.zip = path, ZipFile(path)
        self.members = self.zip.infolist()
        self._lock = threading.Lock()  # ZipFile of some Pythons from 3.12 is not thread-safe (python/cpython#128258)

    def __reduce__(self) -> tuple:
        return _here, (self.path, self.written_at)

    @property
    def written_at(self) -> int:
        assert self.zip.fp is not None  # it is never closed
        return os.fstat(self.zip.fp.fileno()).st_mtime_ns

    def open(self, number: int, most: int | None = None) -> BinaryIO:
        """Reads a member, or its first `most` bytes. A number is quicker to send to another process than a ZipInfo."""
        member = self.members[number]
        with self._lock:
            if most is None:
                return io.BytesIO(self.zip.read(member))
            with self.zip.open(member) as opened:
                return io.BytesIO(opened.read(most))


@lru_cache(maxsize=OPEN_AT_ONCE)
def _here(path: Path, written_at: int) -> Archive:
    """Opens it in another process, where its members must have the same numbers."""
    archive = Archive(path)
    if archive.written_at != written_at:
        raise OSError("the archive was changed while it was read")
    return archive


def zip_tree(place: Place, decoded: bool = True) -> Tree:
    """Returns the members of a .zip, their names as they were meant, or where not `decoded` as earlier versions read them.

    Raises UserError for an invalid or encrypted zip, a zip bomb and path traversal."""
    try:
        archive = Archive(place.path)
    except (BadZipFile, NotImplementedError, OSError, ValueError) as error:
        raise UserError(f"{place.said} is no .zip that can be read ({error}); give a folder or .zip of images.") from error
    members = archive.members
    _refuse_hostile(place, members)
    names = names_of(members) if decoded else [member.filename.replace("\\", "/") for member in members]
    files = {
        name: File(partial(archive.open, number), (members[number].file_size, members[number].CRC))
        for number, name in enumerate(names)
        if not members[number].is_dir()
    }
    return shown(place, files)


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
