"""Parses files that tell labels: tables of text, JSON lines and parquet, and a `.cls` or `.json` beside each picture."""

import codecs
import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ganlib import UserError
from ganlib.datasets.sources.trees import File

Row = Mapping[str, Any]

MOST_BYTES = 2**30  # of a table
SEPARATORS = ",;\t|"


def read(file: File, most: int = MOST_BYTES) -> bytes:
    """Returns the content of a file. Raises ValueError for one that is too large to be metadata."""
    if file.stamp[0] > most:
        raise ValueError(f"it is larger than {most:,} bytes")
    with file.open() as opened:
        return opened.read()


def _cls(content: bytes) -> dict[str, Any]:
    return {"cls": content.decode().strip()}


def _json(content: bytes) -> dict[str, Any]:
    row = json.loads(content)
    return row if isinstance(row, dict) else {}


def _separated(content: bytes) -> list[Row]:
    """Parses text separated by commas, semicolons, tabs or bars, with spaces around them or not, whose first line names the
    columns."""
    text = _text(content)
    first = text.partition("\n")[0]
    separator = max(SEPARATORS, key=first.count)
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    return [{key.strip(): value and value.strip() for key, value in row.items() if isinstance(key, str)} for row in rows]


def _text(content: bytes) -> str:
    """Decodes Unicode, or what Excel writes in China."""
    try:
        return content.decode(_unicode(content))
    except UnicodeDecodeError:
        return content.decode("gb18030")


def _unicode(content: bytes) -> str:
    """Returns UTF-16 for text that begins with its byte order mark, as Excel and PowerShell write it, else UTF-8."""
    return "utf-16" if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"


def _json_lines(content: bytes) -> list[Row]:
    rows = [json.loads(line) for line in content.decode(_unicode(content)).splitlines() if line.strip()]
    if not all(isinstance(row, dict) for row in rows):
        raise ValueError("not each line is a JSON object")
    return rows


def _parquet(content: bytes) -> list[Row]:
    try:
        from pyarrow import parquet
    except ImportError:
        raise UserError("metadata.parquet is stored as parquet: pip install pyarrow to read it.") from None
    try:
        return parquet.read_table(io.BytesIO(content)).to_pylist()
    except OSError as error:
        raise ValueError(error) from error


TABLES: Mapping[str, Callable[[bytes], Sequence[Row]]] = {
    ".csv": _separated,
    ".tsv": _separated,
    ".jsonl": _json_lines,
    ".parquet": _parquet,
}
BESIDE: Mapping[str, Callable[[bytes], dict[str, Any]]] = {".cls": _cls, ".json": _json}
