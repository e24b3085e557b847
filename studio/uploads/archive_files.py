"""Checks an uploaded .zip or tar by its directory, before anything in it is read."""

import tarfile
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from ganlib.datasets.sources.archives.zips import Hostility, hostility
from ganlib.datasets.sources.kinds import TAR, ZIP, kind_of_file
from ganlib.datasets.sources.trees import is_shown
from studio.uploads.file_facts import Unusable

MOST_DIRECTORY_BYTES = 4 * 2**20  # zipfile holds the directory in memory at many times its size
MOST_MEMBERS = 20_000  # of a tar
TAIL = 22 + 2**16  # bytes at the end of a .zip in which its end record starts
WORDS = {Hostility.LEADS_OUT: "upload_leads_out", Hostility.LINK: "upload_link", Hostility.ENCRYPTED: "upload_encrypted"}


def check(path: Path, most_bytes: int) -> None:
    """Raises Unusable if an archive is hostile, damaged, or would unpack to more than `most_bytes`. Other files pass."""
    kind = kind_of_file(path)
    if kind == ZIP:
        _check_zip(path, most_bytes)
    elif kind == TAR:
        _check_tar(path)


def _check_tar(path: Path) -> None:
    """Refuses a tar of too many members: each takes memory as the directory is read. Their content is in the file."""
    try:
        with tarfile.open(path, "r:") as archive:
            for number, _ in enumerate(archive):
                if number >= MOST_MEMBERS:
                    raise Unusable("upload_members", most=MOST_MEMBERS)
    except (tarfile.TarError, OSError, EOFError, ValueError):
        raise Unusable("upload_cut") from None


def _check_zip(path: Path, most_bytes: int) -> None:
    if not _modest(path):
        raise Unusable("upload_bad_zip")
    try:
        archive = ZipFile(path)
    except (BadZipFile, NotImplementedError, OSError, ValueError):
        raise Unusable("upload_bad_zip") from None
    with archive:
        for member in archive.infolist():
            if reason := hostility(member):
                raise Unusable(WORDS[reason], member=member.filename[:100])
        shown = [
            member for member in archive.infolist() if not member.is_dir() and is_shown(member.filename.replace("\\", "/"))
        ]
    if (total := sum(member.file_size for member in shown)) > most_bytes:
        raise Unusable("upload_bomb", megabytes=-(-total // 1_000_000), most=most_bytes // 1_000_000)


def _modest(path: Path) -> bool:
    """Whether the directory is small, by the end record. Rejects 64-bit end records, which only archives of gigabytes need."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL))
        tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    wide = tail[max(0, at - 20) : at].startswith(b"PK\x06\x07")
    return at >= 0 and not wide and int.from_bytes(tail[at + 12 : at + 16], "little") <= MOST_DIRECTORY_BYTES
