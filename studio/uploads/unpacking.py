"""Unpacks what lies packed in an uploaded file into a folder of its upload, never more than the bytes that are left of it.

Archives of plain files are read in place. Compressed files, archives in archives, databases and tables are unpacked first.
"""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from ganlib import UserError
from ganlib.datasets.sources import inmost, kinds
from ganlib.datasets.sources.archives.tree import archive_tree
from ganlib.datasets.sources.archives.unpacking import OPENERS, TooLarge, place_in, written
from ganlib.datasets.sources.databases import DATABASE
from ganlib.datasets.sources.pictures.layout import has_extension
from ganlib.datasets.sources.trees import File, Place, Tree
from studio.uploads import archive_files
from studio.uploads.file_facts import Unusable

ARCHIVES = (kinds.ZIP, kinds.TAR)
PACKED = (*ARCHIVES, *OPENERS, kinds.PARQUET, kinds.ARROW, kinds.LMDB)  # can't be read in an archive, or not with a limit
ENDINGS = {".gz": "", ".bz2": "", ".xz": "", ".tgz": ".tar", ".tbz": ".tar", ".tbz2": ".tar", ".txz": ".tar"}
ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60  # seconds of reading a database


class Unpacker:
    """Unpacks into `folder`, and deletes what it has unpacked. `left` bytes may still be written. Methods raise Unusable."""

    def __init__(self, folder: Path, left: int):
        self.folder, self.left = folder, left
        folder.mkdir(parents=True, exist_ok=True)

    def readable(self, place: Place) -> Place:
        """Returns the place of a file's content as it can be read: in the file itself, or unpacked."""
        place = self._plain(place)
        archive_files.check(place.path, self.left)
        if kinds.kind_of_file(place.path) in ARCHIVES:
            tree = archive_tree(place)
            place = replace(place, path=self._members(tree)) if _is_packed(tree) else place
        database = place.path / DATABASE if place.path.is_dir() else place.path
        return self._pictures_of(place) if database.exists() and kinds.kind_of_file(database) == kinds.LMDB else place

    def _plain(self, place: Place) -> Place:
        """Returns a file without its compression, under its name without the ending of that."""
        kind = kinds.kind_of_file(place.path)
        if kind not in OPENERS:
            return place
        target, opener = self.folder / f"{place.path.name}-plain", OPENERS[kind]
        self._write(place.said, lambda: opener(place.path), target)
        self._delete(place.path)
        if kinds.kind_of_file(target) in OPENERS:
            raise Unusable("upload_nested", member=place.said)
        said = place.said.removesuffix(suffix := Path(place.said).suffix) + ENDINGS.get(suffix.lower(), suffix)
        return Place(target, Path(said).stem, said)

    def _members(self, tree: Tree) -> Path:
        """Unpacks an archive, and what is compressed in it. Returns the folder of its files."""
        folder = self.folder / "members"
        folder.mkdir()
        for name, file in tree.files.items():
            self._write(name, file.open, self.folder / "member")
            place = self._plain(Place(self.folder / "member", name, name))
            _refuse_packed(place, self.left)
            place.path.replace(place_in(folder, place.said, name))
        self._delete(tree.place.path)
        return inmost(folder)

    def _pictures_of(self, place: Place) -> Place:
        """Writes a database's pictures and labels into a tar, in a process of its own: LMDB maps a file into memory and follows
        the pointers in it, so that a damaged one can end the process."""
        target = self.folder / "pictures.tar"
        command = [sys.executable, "-m", "studio.uploads.database_pictures", str(place.path.resolve()), str(target.resolve())]
        try:
            done = subprocess.run(
                [*command, str(self.left), place.said], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE
            )
        except subprocess.TimeoutExpired:
            raise Unusable("upload_cut") from None
        if done.returncode == TOO_LARGE:
            raise Unusable("upload_grows", member=place.said, most=self.left // 1_000_000)
        if done.returncode == REFUSED:
            raise Unusable("upload_unread", why=done.stderr.strip().rpartition("\n")[2])
        if done.returncode:
            raise Unusable("upload_cut")
        self.left -= target.stat().st_size
        return replace(place, path=target)

    def _write(self, said: str, opened: Callable[[], BinaryIO], target: Path) -> None:
        try:
            self.left -= written(said, opened, target, self.left)
        except TooLarge:
            raise Unusable("upload_grows", member=said, most=self.left // 1_000_000) from None
        except UserError:
            raise Unusable("upload_cut") from None

    def _delete(self, file: Path) -> None:
        self.left += file.stat().st_size
        file.unlink()


REFUSED, TOO_LARGE = 2, 3  # exit codes of database_pictures


def _refuse_packed(place: Place, most_bytes: int) -> None:
    """Refuses an archive in an archive that is hostile, or holds what is packed in turn."""
    archive_files.check(place.path, most_bytes)
    if kinds.kind_of_file(place.path) in ARCHIVES and _is_packed(archive_tree(place)):
        raise Unusable("upload_nested", member=place.said)


def _is_packed(tree: Tree) -> bool:
    """Whether an archive holds files that must be unpacked to be read."""
    return any(not has_extension(name) and _kind(file) in PACKED for name, file in tree.files.items())


def _kind(file: File) -> str | None:
    try:
        with file.open(kinds.HEAD) as opened:
            return kinds.kind_of(opened.read(kinds.HEAD))
    except Exception:  # of a damaged member, which is told where it is read
        return None
