"""Trees of named files: of a folder, or of an archive."""

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO

from ganlib import UserError

MAX_ARCHIVE_BYTES = 2**36
MAX_RATIO = 1000
LEADS_OUT = "leads out of the archive"


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

    open: Callable[..., BinaryIO]  # picklable: worker processes call it. Given a number, it may read so many first bytes alone
    stamp: tuple[int, int]  # its size and its time, or its checksum


@dataclass(frozen=True)
class Tree:
    """The files of a folder or an archive, by their names relative to it, with slashes, in order; no hidden ones."""

    place: Place
    files: dict[str, File]
    left_out: Mapping[str, int] = field(default_factory=dict)  # how many more there are, by reason: see sentences.REASONS


def folder_tree(place: Place) -> Tree:
    """Returns the files below a folder. Raises UserError for one that can't be read."""
    return shown(place, {name: file_on_disk(place.path / name) for name in file_names(place.path)})


def shown(place: Place, files: Mapping[str, File]) -> Tree:
    """Returns a tree of these files less the hidden ones."""
    names = sorted(name for name in files if is_shown(name))
    return Tree(place, {name: files[name] for name in names}, +Counter({"hidden": len(files) - len(names)}))


def file_on_disk(path: Path) -> File:
    """Returns a file as it lies on the disk."""
    status = path.stat()
    return File(partial(_read_binary, path), (status.st_size, status.st_mtime_ns))


def _read_binary(path: Path, most: int | None = None) -> BinaryIO:
    return path.open("rb")


def file_names(root: Path) -> Iterator[str]:
    """Yields the names of all regular files below `root`, relative to it, with slashes. Links to other folders are followed,
    each folder once."""
    top, elsewhere = root.resolve(), set[Path]()
    for folder, folders, files in os.walk(root, onerror=_refuse_unreadable, followlinks=True):
        folders[:] = [name for name in folders if _is_new(Path(folder, name), top, elsewhere)]
        for file in files:
            path = Path(folder, file)
            if path.is_file():  # no named pipe, no dangling link
                yield path.relative_to(root).as_posix()


def _is_new(folder: Path, root: Path, elsewhere: set[Path]) -> bool:
    """Whether to look into a folder: one of the tree itself, or one that a link leads to which isn't in the tree, doesn't hold
    it, and wasn't looked into yet (`elsewhere`), since links may lead in circles."""
    real = folder.resolve()
    if real.is_relative_to(root):
        return not folder.is_symlink()
    new = not root.is_relative_to(real) and real not in elsewhere
    elsewhere.add(real)
    return new


def _refuse_unreadable(error: OSError) -> None:
    raise UserError(f"Cannot read the folder {error.filename} ({error.strerror}).") from error


def is_shown(name: str) -> bool:
    """Whether a file is neither hidden, nor in a folder of macOS, Windows or a Synology, nor one that Windows puts beside
    pictures."""
    *folders, file = name.split("/")
    hidden = any((part.startswith(".") and part != ".") or part.lower() in SYSTEMS for part in (*folders, file))
    return not hidden and file.lower() not in CLUTTER


SYSTEMS = (
    *("__macosx", "@eadir", "@recycle", "@tmp", "#recycle", "#snapshot", "$recycle.bin", "system volume information"),
    "lost+found",
)
CLUTTER = ("thumbs.db", "desktop.ini")


def leads_out(name: str) -> bool:
    """Whether a member's name, with slashes, lies outside its archive."""
    return name.startswith("/") or ".." in name.split("/") or re.match("[A-Za-z]:", name) is not None
