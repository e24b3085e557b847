"""Reads and appends history.jsonl: losses and measures every few steps, each line with its checksum."""

import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ganlib import files
from ganlib.files import DamagedFile

MOST = 2**53  # JSON parsers disagree about larger integers


def append(path: Path, line: Mapping[str, Any]) -> None:
    """Appends one line."""
    files.append(path, _text(line))


def read(path: Path) -> list[dict[str, Any]]:
    """Reads the lines of `path`, objects of finite numbers with `images`; none if there is no file.

    An incomplete last line is ignored: the process was killed while writing. Other damage raises DamagedFile.
    """
    if not path.exists():
        return []
    files.check_file(path)
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    history = []
    for number, line in enumerate(lines, 1):
        try:
            history.append(_parsed(line))
        except ValueError as error:
            if number < len(lines):
                reason = f"line {number} is not a history line ({error}); take it out to go on without it"
                raise DamagedFile(path, reason) from error
    return history


def write(path: Path, lines: Iterable[Mapping[str, Any]]) -> None:
    """Replaces all lines."""
    files.write(path, "".join(map(_text, lines)))


def _text(line: Mapping[str, Any]) -> str:
    return json.dumps(files.with_checksum(line)) + "\n"


def _parsed(line: str) -> dict[str, Any]:
    """Parses a line. Raises ValueError if it is not a line of a history."""
    value = files.without_checksum(files.parsed(line))
    if not isinstance(value, dict) or not isinstance(value.get("images"), int):
        raise ValueError("no object with images")
    if not all(_is_finite(item) for item in value.values()):
        raise ValueError("not all of its values are finite numbers")
    return value


def _is_finite(value: Any) -> bool:
    if isinstance(value, int):
        return not isinstance(value, bool) and abs(value) < MOST
    return isinstance(value, float) and math.isfinite(value)
