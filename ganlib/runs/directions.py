"""Reads and writes directions.json: the directions of a run's latent by what they move, of each snapshot that was measured.

{"snapshots": {images: {name: {"r2", "gradient"}}}}: the share of an attribute's variance that the latent explains, and how far
each coordinate of the latent moves the attribute, in standard deviations of the attribute.
"""

from pathlib import Path
from typing import Any

from ganlib import files
from ganlib.files import DamagedFile
from ganlib.runs.config import fits
from ganlib.runs.scores import NAME

MOST = 100  # attributes of a snapshot
LONGEST = 60  # characters of a name

Table = dict[str, dict[str, Any]]


def read(path: Path, dim: int) -> dict[str, Table]:
    """Reads the tables by snapshot; without a file, none. Raises DamagedFile."""
    if not path.exists():
        return {}
    try:
        return _checked(files.read_json(path), dim)
    except (DamagedFile, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise DamagedFile(path, f"{reason}; delete it, and measure anew with python -m ganlib.directions") from error


def add(path: Path, dim: int, images: int, table: Table) -> None:
    """Adds or replaces the table of the snapshot after `images` images. Raises DamagedFile."""
    kept = read(path, dim) | {f"{images:09d}": table}
    files.write_json(path, {"snapshots": dict(sorted(kept.items(), key=lambda item: int(item[0])))})


def forget_after(path: Path, dim: int, images: int) -> None:
    """Deletes the tables of later snapshots. Raises DamagedFile."""
    if path.exists():
        kept = {name: table for name, table in read(path, dim).items() if int(name) <= images}
        files.write_json(path, {"snapshots": kept})


def _checked(content: Any, dim: int) -> dict[str, Table]:
    """Returns the tables if they are valid. Raises ValueError."""
    tables = content.get("snapshots") if isinstance(content, dict) else None
    if not isinstance(tables, dict) or not all(NAME.fullmatch(name) for name in tables):
        raise ValueError("it holds no directions by snapshot")
    for table in tables.values():
        if not isinstance(table, dict) or len(table) > MOST or not all(_is_entry(*item, dim) for item in table.items()):
            raise ValueError(f"its directions are not those of a latent with {dim} numbers")
    return tables


def _is_entry(name: str, entry: Any, dim: int) -> bool:
    if not isinstance(entry, dict) or not name.isprintable() or not 0 < len(name) <= LONGEST:
        return False
    gradient = entry.get("gradient", [])
    return fits(entry.get("r2"), float) and fits(gradient, tuple[float, ...]) and len(gradient) == dim
