"""Reads pictures and their labels from parquet files, as the Hugging Face Hub stores them."""

import io
import json
import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from ganlib import UserError
from ganlib.datasets.image_set import Found, Item, NoSuchSplit, Source, digest
from ganlib.datasets.options import ReadOptions
from ganlib.datasets.pixels.opening import open_image
from ganlib.datasets.sources.trees import Place

ROWS_AT_ONCE = 64


def _of_split(files: list[Path], split: str, said: str) -> list[Path]:
    """Returns the parquet files with the split's name in their own or their folder's name; without any, all are train."""
    chosen = [file for file in files if split in (file.parent.name, *re.split(r"[\W_]", file.stem))]
    if not chosen and split != "train":
        raise NoSuchSplit(f"{said} has no split named {split}.")
    return chosen or files


def parquet_source(place: Place, files: Mapping[str, Path], options: ReadOptions) -> Source:
    """Returns the rows of parquet files as a source. Raises UserError when one is damaged or holds no pictures."""
    try:
        from pyarrow import parquet
    except ImportError:
        raise UserError(f"{place.said} is stored as parquet: pip install pyarrow to read it.") from None
    chosen = _of_split(list(files.values()), options.split, place.said)
    try:
        schema = parquet.read_schema(chosen[0])
        count = sum(parquet.read_metadata(file).num_rows for file in chosen)
    except (OSError, ValueError) as error:
        raise UserError(f"{chosen[0].name} of {place.said} is damaged ({error}).") from error
    image = next((field.name for field in schema if _is_image_column(field.type)), None)
    if image is None:
        raise UserError(f"The parquet files of {place.said} have no column of images.")
    label, class_names = _label_column(schema)

    def items() -> Iterator[Item]:
        for file in chosen:
            for index, row in enumerate(_rows(file, [image, label] if label else [image])):
                content = io.BytesIO((row[image] or {}).get("bytes") or b"")
                value = row.get(label) if label else None
                yield Item(f"{file.name}[{index}]", _class(value, class_names), partial(open_image, content))

    stamps = [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in chosen]
    found = Found(count, labels_from=f"column {label}" if label else "")
    return Source(place.name, digest(stamps), count, items, class_names, found=found)


def _is_image_column(kind: Any) -> bool:
    """Whether a column has the Hub's type for images, {bytes, path}."""
    from pyarrow.types import is_struct

    return is_struct(kind) and kind.get_field_index("bytes") >= 0


def _label_column(schema: Any) -> tuple[str | None, tuple[str, ...] | None]:
    """Returns the column of classes and their names from the Hub's metadata; else `label`, whose values are the names."""
    metadata = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))
    for column, feature in metadata.get("info", {}).get("features", {}).items():
        if isinstance(feature, dict) and feature.get("_type") == "ClassLabel":
            return column, tuple(feature["names"])
    return ("label" if "label" in schema.names else None), None


def _rows(file: Path, columns: list[str]) -> Iterator[dict[str, Any]]:
    from pyarrow import parquet

    try:
        for batch in parquet.ParquetFile(file).iter_batches(ROWS_AT_ONCE, columns=columns):
            yield from batch.to_pylist()
    except (OSError, ValueError) as error:
        raise UserError(f"{file.name} is damaged ({error}).") from error


def _class(value: Any, class_names: tuple[str, ...] | None) -> str | None:
    """Returns the class name of a label; None for no label (-1 on the Hub)."""
    if class_names is None:
        return None if value is None else str(value)
    return class_names[value] if value in range(len(class_names)) else None
