"""Reads and writes scores.json: the measures of a run's snapshots and of real pictures.

{"reference": {"dataset", "num"}, "real": {name: {"value", "num"}}, "snapshots": {images: the same}}, where `num` counts images.
The reference also has "labels" where each class of the samples came as often as in the set.
"""

import math
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from ganlib import files
from ganlib.files import DamagedFile
from ganlib.metrics.measures import FIGURES
from ganlib.runs.config import fits

NAME = re.compile("[0-9]{9}|[1-9][0-9]{9,12}")  # file stem of a snapshot or a grid: the images seen

Measured = Mapping[str, tuple[float, int]]  # by name: the value and the number of images


def read(path: Path) -> dict[str, Any]:
    """Reads the file; without one, returns no measures. Raises DamagedFile."""
    if not path.exists():
        return {"reference": {"dataset": "", "num": 0}, "snapshots": {}}
    try:
        return _checked(files.read_json(path))
    except (DamagedFile, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise DamagedFile(path, f"{reason}; delete it, and measure anew with python -m ganlib.evaluate") from error


def add(path: Path, reference: Mapping[str, Any], measured: Mapping[int | None, Measured]) -> None:
    """Adds measures of snapshots by their images seen, and of real pictures (None). Measures in the file are
    kept if they have the same reference. Raises DamagedFile."""
    kept = read(path)
    if kept["reference"] != reference:
        kept = {"reference": dict(reference), "snapshots": {}}
    for images, table in measured.items():
        place = kept if images is None else kept["snapshots"]
        key = "real" if images is None else f"{images:09d}"
        entries = {name: {"value": value, "num": num} for name, (value, num) in table.items() if math.isfinite(value)}
        place[key] = place.get(key, {}) | entries
    kept["snapshots"] = dict(sorted(kept["snapshots"].items()))
    files.write_json(path, kept)


def forget_after(path: Path, images: int) -> None:
    """Deletes the measures of later snapshots. Raises DamagedFile."""
    if path.exists():
        kept = read(path)
        kept["snapshots"] = {name: table for name, table in kept["snapshots"].items() if int(name) <= images}
        files.write_json(path, kept)


def best(path: Path, names: Collection[str]) -> str | None:
    """Returns the best of the snapshots with these names by the first deciding figure that was measured; None without one.
    Raises DamagedFile."""
    snapshots = read(path)["snapshots"]
    for figure in FIGURES.values():
        taken = [name for name in names if figure.decides and figure.name in snapshots.get(name, {})]
        if taken:
            pick = max if figure.direction == "more" else min
            return pick(taken, key=lambda name: snapshots[name][figure.name]["value"])
    return None


def _checked(scores: Any) -> dict[str, Any]:
    """Returns `scores` if they are valid. Raises ValueError."""
    tables = [scores.get("real", {}), *_values(scores.get("snapshots"))] if isinstance(scores, dict) else [None]
    if (
        not all(_is_table(table) for table in tables)
        or not all(NAME.fullmatch(name) for name in scores["snapshots"])
        or not _is_reference(scores.get("reference"))
    ):
        raise ValueError("it holds no measures by snapshot")
    return scores


def _is_table(table: Any) -> bool:
    entries = _values(table)
    return all(isinstance(entry, dict) and fits(entry.get("value"), float) and fits(entry.get("num"), int) for entry in entries)


def _values(table: Any) -> list[Any]:
    return list(table.values()) if isinstance(table, dict) else [None]


def _is_reference(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("dataset"), str) and fits(value.get("num"), int)
