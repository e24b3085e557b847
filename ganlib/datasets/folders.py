"""Reads a folder or a .zip of images as a Source; members of a .zip are read in place and never unpacked."""

import io
import os
import posixpath
import re
import stat
import threading
from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache, partial
from pathlib import Path, PurePosixPath
from zipfile import BadZipFile, ZipFile, ZipInfo

from PIL import Image

from ganlib import UserError
from ganlib.datasets.decoding import open_image
from ganlib.datasets.image_set import Item, NoSuchSplit, Source, digest

READABLE = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm", ".pgm", ".pbm", ".pnm")
# Counted as images too, so that those that can't be read are reported as skipped; HEIC is read where pillow-heif is
# installed.
UNREADABLE = (".svg", ".heic", ".heif", ".avif", ".jxl", ".jp2", ".psd", ".eps", ".ico")
HELD_OUT = ("test", "val", "valid", "validation")  # folders of the test split; the first found is used
MAX_MEMBER_BYTES = 2**30
MAX_ARCHIVE_BYTES = 2**36
MAX_RATIO = 1000


class Hostility(StrEnum):
    """Why a member of a .zip is refused."""

    LEADS_OUT = "leads out of the archive"
    LINK = "is a link"
    ENCRYPTED = "is encrypted"


class Archive:
    """A .zip, opened once in each process. Raises the errors of `ZipFile`."""

    def __init__(self, path: Path):
        self.path, self.zip = path, ZipFile(path)
        self._lock = threading.Lock()  # ZipFile of some Pythons from 3.12 is not thread-safe (python/cpython#128258)

    def __reduce__(self) -> tuple:
        assert self.zip.fp is not None  # it is never closed
        return _here, (self.path, os.fstat(self.zip.fp.fileno()).st_mtime_ns)

    def open(self, member: ZipInfo) -> Image.Image:
        with self._lock:
            content = self.zip.read(member)
        return open_image(io.BytesIO(content))


@lru_cache(maxsize=1)
def _here(path: Path, written_at: int) -> Archive:
    return Archive(path)


def folder_source(path: Path, split: str) -> Source:
    """Returns every image below `path`. Raises UserError when there is none, or no such split."""
    labels = _labels(sorted(name for name in file_names(path) if is_image(name)), split, path)

    def items() -> Iterator[Item]:
        for name, label in labels.items():
            yield Item(name, label, partial(open_image, path / name))

    facts = ((name, (path / name).stat()) for name in labels)
    identity = digest((name, status.st_size, status.st_mtime_ns) for name, status in facts)
    return Source(path.resolve().name, identity, len(labels), items)


def zip_source(path: Path, split: str) -> Source:
    """Returns every image in a .zip. Raises UserError for an invalid or encrypted zip, a zip bomb and path traversal."""
    try:
        archive = Archive(path)
    except (BadZipFile, NotImplementedError, OSError, ValueError) as error:
        raise UserError(f"{path} is no .zip that can be read ({error}); give a folder or .zip of images.") from error
    _refuse_hostile(path, archive.zip.infolist())
    members = {member.filename.replace("\\", "/"): member for member in archive.zip.infolist() if not member.is_dir()}
    labels = _labels(sorted(filter(is_image, members)), split, path)

    def items() -> Iterator[Item]:
        for name, label in labels.items():
            yield Item(name, label, partial(archive.open, members[name]))

    identity = digest((name, members[name].file_size, members[name].CRC) for name in labels)
    return Source(path.stem, identity, len(labels), items)


def file_names(root: Path) -> Iterator[str]:
    """Yields the names of all regular files below `root`, relative to it, with slashes."""
    for folder, _, files in os.walk(root, onerror=_refuse_unreadable):
        for file in files:
            path = Path(folder, file)
            if path.is_file():  # no named pipe, no dangling link
                yield path.relative_to(root).as_posix()


def is_image(name: str) -> bool:
    """Whether a file has an image's extension and is neither hidden nor below __MACOSX."""
    parts = PurePosixPath(name).parts
    shown = not any(part.startswith(".") or part == "__MACOSX" for part in parts)
    return shown and name.lower().endswith(READABLE + UNREADABLE)


def _labels(names: list[str], split: str, where: Path) -> dict[str, str | None]:
    """Returns the images of the split with their classes: the topmost folder below the common one, None without a folder.

    Where these folders include `train` and one of HELD_OUT, they are the splits and the classes lie below; else every image
    belongs to `train`. `names` must be sorted.
    """
    if not names:
        raise UserError(f"There are no images in {where}: it should hold files such as {', '.join(READABLE[:4])}.")
    labels = _tops(names)
    folders = {top.lower(): top for top in labels.values() if top}
    held_out = next((folders[name] for name in HELD_OUT if name in folders), None)
    if "train" in folders and held_out:
        wanted = folders["train"] if split == "train" else held_out
        labels = _tops([name for name, top in labels.items() if top == wanted])
    elif split != "train":
        raise NoSuchSplit(f"{where} has no test images: put its images into folders named train and test.")
    return labels


def _tops(names: list[str]) -> dict[str, str | None]:
    # the names are sorted, so the common folder of the first and the last is that of all
    shared = posixpath.commonpath([posixpath.dirname(name) for name in (names[0], names[-1])])
    return {name: next(iter(PurePosixPath(name).relative_to(shared).parts[:-1]), None) for name in names}


def _refuse_unreadable(error: OSError) -> None:
    raise UserError(f"Cannot read the folder {error.filename} ({error.strerror}).") from error


def _refuse_hostile(path: Path, members: list[ZipInfo]) -> None:
    """Checks the sizes that the archive declares; `zipfile` never unpacks more than that."""
    for member in members:
        reason: str | None = hostility(member)
        if reason is None and member.file_size > MAX_MEMBER_BYTES:
            reason = f"would unpack to {member.file_size:,} bytes"
        if reason:
            raise UserError(f"{path} is refused: its member {member.filename!r} {reason}; pack the images anew.")
    total = sum(member.file_size for member in members)
    if total > min(MAX_ARCHIVE_BYTES, MAX_RATIO * path.stat().st_size):
        raise UserError(f"{path} is refused: it would unpack to {total:,} bytes; split it, or unpack it to a folder.")


def hostility(member: ZipInfo) -> Hostility | None:
    """Returns why a member of a .zip is refused, whatever its size; None if it is safe."""
    name = member.filename.replace("\\", "/")
    if name.startswith("/") or ".." in name.split("/") or re.match("[A-Za-z]:", name):
        return Hostility.LEADS_OUT
    if stat.S_ISLNK(member.external_attr >> 16):
        return Hostility.LINK
    return Hostility.ENCRYPTED if member.flag_bits & 1 else None
