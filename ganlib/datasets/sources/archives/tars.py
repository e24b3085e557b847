"""Tars as trees, whose members are read in place."""

import io
import tarfile
from functools import partial
from pathlib import Path
from typing import BinaryIO

from ganlib import UserError
from ganlib.datasets.sources.archives.unpacking import decompressed
from ganlib.datasets.sources.trees import LEADS_OUT, File, Place, Tree, leads_out, shown


def tar_tree(place: Place) -> Tree:
    """Returns the members of a tar; a compressed one is unpacked once. Raises UserError for an invalid one and for path
    traversal."""
    path = decompressed(place)
    try:
        with tarfile.open(path, "r:") as archive:
            members = {member.name.removeprefix("./"): member for member in archive if member.isfile()}
    except (tarfile.TarError, OSError, EOFError, ValueError) as error:
        raise UserError(f"{place.said} is no tar that can be read ({error}); pack the images anew.") from error
    for name in members:
        if leads_out(name):
            raise UserError(f"{place.said} is refused: its member {name!r} {LEADS_OUT}; pack the images anew.")
    return shown(place, {name: _in_tar(path, member) for name, member in members.items()})


def _in_tar(path: Path, member: tarfile.TarInfo) -> File:
    return File(partial(_read_part, path, member.offset_data, member.size), (member.size, int(member.mtime)))


def _read_part(path: Path, offset: int, size: int, most: int | None = None) -> BinaryIO:
    with path.open("rb") as file:
        file.seek(offset)
        return io.BytesIO(file.read(size if most is None else min(size, most)))
