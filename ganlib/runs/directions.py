"""Reads and writes directions.json: the directions of a run's latent by what they move, of each snapshot that was measured.

{"snapshots": {images: {name: {"r2", "gradient"}}}}: the share of an attribute's variance that the latent explains, and how far
each coordinate of the latent moves the attribute, in standard deviations of the attribute.

A direction of one's own, from marked samples, has instead of R² how many were marked, and how many pairs of them stand in order
when left out, null where a kind has one sample: {name: {"marked": {"more", "less", "right"}, "gradient"}}. Its gradient is a
step of length 1.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ganlib import UserError, files
from ganlib.files import DamagedFile
from ganlib.runs.config import fits
from ganlib.runs.scores import NAME

MOST = 100  # attributes of a snapshot
LONGEST = 60  # characters of a name
LARGEST = 1e6  # of a gradient's numbers

Table = dict[str, dict[str, Any]]


def read(path: Path, dim: int) -> dict[str, Table]:
    """Reads the tables by snapshot; without a file, none. Raises DamagedFile."""
    if not path.exists():
        return {}
    try:
        return checked(path, files.read_json(path), dim)
    except DamagedFile as error:
        raise DamagedFile(path, f"{error.reason}; delete it, and measure anew with python -m ganlib.directions") from error


def add(path: Path, dim: int, images: int, table: Table) -> None:
    """Replaces what was measured of the snapshot after `images` images; its marked directions stay. Raises DamagedFile."""
    kept = read(path, dim)
    stem = f"{images:09d}"
    _write(path, kept | {stem: {name: row for name, row in kept.get(stem, {}).items() if is_marked(row)} | table})


def add_marked(path: Path, dim: int, images: int, table: Table) -> None:
    """Adds or replaces marked directions of the snapshot after `images` images. Raises DamagedFile, and UserError for names of
    measured attributes, or too many."""
    kept = read(path, dim)
    stem = f"{images:09d}"
    before = kept.get(stem, {})
    if taken := [name for name in table if name in before and not is_marked(before[name])]:
        raise UserError(f"The run has a measured direction {taken[0]!r}; give yours another name.")
    if len(before | table) > MOST:
        raise UserError(f"{path} holds {MOST} directions of a snapshot at most; delete some.")
    _write(path, kept | {stem: before | table})


def is_name(text: str) -> bool:
    """Whether a direction can have this name."""
    return text.isprintable() and 0 < len(text) <= LONGEST


def is_marked(row: Mapping[str, Any]) -> bool:
    """Whether a direction comes from marked samples rather than from a measure."""
    return "marked" in row


def _write(path: Path, tables: dict[str, Table]) -> None:
    files.write_json(path, {"snapshots": dict(sorted(tables.items(), key=lambda item: int(item[0])))})


def forget_after(path: Path, dim: int, images: int) -> None:
    """Deletes the tables of later snapshots. Raises DamagedFile."""
    if path.exists():
        kept = {name: table for name, table in read(path, dim).items() if int(name) <= images}
        files.write_json(path, {"snapshots": kept})


def checked(path: Path, content: Any, dim: int) -> dict[str, Table]:
    """Returns the tables in the content of a file if they are valid. Raises DamagedFile."""
    tables = content.get("snapshots") if isinstance(content, dict) else None
    if not isinstance(tables, dict) or not all(NAME.fullmatch(name) for name in tables):
        raise DamagedFile(path, "it holds no directions by snapshot")
    for table in tables.values():
        if not isinstance(table, dict) or len(table) > MOST or not all(_is_entry(*item, dim) for item in table.items()):
            raise DamagedFile(path, f"its directions are not those of a latent with {dim} numbers")
    return tables


def _is_entry(name: str, entry: Any, dim: int) -> bool:
    if not isinstance(entry, dict) or not is_name(name):
        return False
    gradient = entry.get("gradient", [])
    known = _counts(entry["marked"]) if is_marked(entry) else fits(entry.get("r2"), float)
    return known and fits(gradient, tuple[float, ...]) and len(gradient) == dim and max(map(abs, gradient)) <= LARGEST


def _counts(marked: Any) -> bool:
    """Whether these are numbers of samples."""
    if not isinstance(marked, dict) or not all(fits(marked.get(kind), int) and marked[kind] > 0 for kind in ("more", "less")):
        return False
    right = marked.get("right")
    return right is None or (fits(right, int) and 0 <= right <= marked["more"] * marked["less"])
