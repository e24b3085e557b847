"""Checks an uploaded .zip by its central directory, then unpacks its pictures."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import BadZipFile, ZipFile, ZipInfo

from ganlib.datasets.sources.archives.zips import Hostility, hostility
from ganlib.datasets.sources.pictures.files import has_extension
from ganlib.datasets.sources.trees import is_shown
from studio.uploads.file_facts import Unusable

MOST_DIRECTORY_BYTES = 4 * 2**20  # zipfile holds the directory in memory at many times its size
TAIL = 22 + 2**16  # bytes at the end of a .zip in which its end record starts
WORDS = {Hostility.LEADS_OUT: "upload_leads_out", Hostility.LINK: "upload_link", Hostility.ENCRYPTED: "upload_encrypted"}


def is_zip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) in (b"PK\x03\x04", b"PK\x05\x06")


@contextmanager
def opened(path: Path, most_bytes: int) -> Iterator[tuple[ZipFile, list[ZipInfo]]]:
    """Opens a .zip; yields it and its members named as pictures or .zip files. Raises Unusable if it is hostile, its members
    are too large, or it has none."""
    if not _modest(path):
        raise Unusable("upload_bad_zip")
    try:
        archive = ZipFile(path)
    except (BadZipFile, NotImplementedError, OSError, ValueError):
        raise Unusable("upload_bad_zip") from None
    with archive:
        yield archive, _chosen(archive, most_bytes)


def unpack(archive: ZipFile, member: ZipInfo, path: Path) -> None:
    """Unpacks a member into a file, never more than the directory declares. Raises Unusable if it is damaged, and OSError if
    the disk is full; zipfile's own errors aren't OSErrors."""
    try:
        with archive.open(member) as content, path.open("wb") as file:
            shutil.copyfileobj(content, file)
    except OSError:
        raise
    except Exception:  # zlib, lzma and bz2 each have their own errors
        raise Unusable("upload_cut") from None


def _chosen(archive: ZipFile, most_bytes: int) -> list[ZipInfo]:
    for member in archive.infolist():
        if reason := hostility(member):
            raise Unusable(WORDS[reason], member=member.filename[:100])
    chosen = [member for member in archive.infolist() if not member.is_dir() and _wanted(member.filename.replace("\\", "/"))]
    if not chosen:
        raise Unusable("upload_no_pictures")
    if (total := sum(member.file_size for member in chosen)) > most_bytes:
        raise Unusable("upload_bomb", megabytes=-(-total // 1_000_000), most=most_bytes // 1_000_000)
    return chosen


def _wanted(name: str) -> bool:
    return is_shown(name) and has_extension(re.sub(r"\.zip$", ".png", name, flags=re.IGNORECASE))


def _modest(path: Path) -> bool:
    """Whether the directory is small, by the end record. Rejects 64-bit end records, which only archives of gigabytes need."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL))
        tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    wide = tail[max(0, at - 20) : at].startswith(b"PK\x06\x07")
    return at >= 0 and not wide and int.from_bytes(tail[at + 12 : at + 16], "little") <= MOST_DIRECTORY_BYTES
