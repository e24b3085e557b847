"""Reads a dataset repository on the Hugging Face Hub as a Source: image files, a single .zip, or parquet files."""

import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from ganlib import UserError
from ganlib.datasets.decoding import open_image
from ganlib.datasets.folders import READABLE, file_names, folder_source, is_image, zip_source
from ganlib.datasets.image_set import Item, NoSuchSplit, Source

ROWS_AT_ONCE = 64


def hub_source(repository: str, split: str) -> Source:
    """Downloads the images of OWNER/NAME at its latest commit. Raises UserError when it can't be reached or holds no images."""
    folder = _snapshot(repository)
    files = sorted(file_names(folder)) if folder.is_dir() else []
    tables = [folder / file for file in files if file.endswith(".parquet")]
    archives = [folder / file for file in files if file.endswith(".zip")]
    if tables:
        source = _parquet_source(_of_split(tables, split, repository), repository)
    elif len(archives) == 1:
        source = zip_source(archives[0], split)
    elif any(map(is_image, files)):
        source = folder_source(folder, split)
    else:
        raise UserError(f"The dataset {repository} on the Hub holds no images, no single .zip and no parquet files.")
    # The folder's name is the commit, which identifies the images; modification times differ between machines.
    return replace(source, name=repository, identity=f"{repository}@{folder.name} {split}")


def _snapshot(repository: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, HTTPError, RepositoryNotFoundError

    suffixes = (*READABLE, ".zip", ".parquet")
    patterns = [f"*{suffix}" for suffix in (*suffixes, *map(str.upper, suffixes))]
    try:
        return Path(snapshot_download(repository, repo_type="dataset", allow_patterns=patterns))
    except HFValidationError:
        raise UserError(f"{repository!r} is not a name on the Hub: give hub:OWNER/NAME.") from None
    except RepositoryNotFoundError as error:
        raise UserError(
            f"The Hub has no dataset {repository} that you may read: check the name, or run `hf auth login` if it is"
            f" private or gated."
        ) from error
    except (OSError, HTTPError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise UserError(f"Cannot fetch the dataset {repository} from the Hub ({reason}); check the network.") from error


def _of_split(files: list[Path], split: str, repository: str) -> list[Path]:
    """Returns the parquet files with the split's name in their own or their folder's name; without any, all are train."""
    chosen = [file for file in files if split in (file.parent.name, *re.split(r"[\W_]", file.stem))]
    if not chosen and split != "train":
        raise NoSuchSplit(f"The dataset {repository} on the Hub has no split named {split}.")
    return chosen or files


def _parquet_source(files: list[Path], repository: str) -> Source:
    try:
        from pyarrow import parquet
    except ImportError:
        raise UserError(f"The dataset {repository} is stored as parquet: pip install pyarrow to read it.") from None
    try:
        schema = parquet.read_schema(files[0])
        count = sum(parquet.read_metadata(file).num_rows for file in files)
    except (OSError, ValueError) as error:
        raise UserError(f"{files[0].name} of the dataset {repository} is damaged ({error}).") from error
    image = next((field.name for field in schema if _is_image_column(field.type)), None)
    if image is None:
        raise UserError(f"The parquet files of the dataset {repository} have no column of images.")
    label, class_names = _label_column(schema)

    def items() -> Iterator[Item]:
        for file in files:
            for index, row in enumerate(_rows(file, [image, label] if label else [image])):
                content = io.BytesIO((row[image] or {}).get("bytes") or b"")
                value = row.get(label) if label else None
                yield Item(f"{file.name}[{index}]", _class(value, class_names), partial(open_image, content))

    return Source(repository, repository, count, items, class_names)


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
