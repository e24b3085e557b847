"""Tables in files: parquet, and Arrow as `datasets` saves it; which configuration and split each belongs to."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from ganlib import UserError
from ganlib.datasets.sources import splits
from ganlib.datasets.sources.arrays.rows import told_if_damaged
from ganlib.datasets.sources.kinds import ARROW_FILE, PARQUET, kind_of_file

ENDINGS = (".parquet", ".arrow")
NOT_DATA = ("cache-", "tmp")  # begin the names of what `datasets` writes beside a saved set
ROWS_AT_ONCE = 64
PLAIN = ("data", "part", "shard", "all", "full")  # prefixes of files that name no split
METADATA = "metadata"  # of a table beside picture files
DICTIONARY, CARD = "dataset_dict.json", "README.md"  # of several splits that `datasets` saved; of a repository on the Hub


@dataclass(frozen=True)
class TableFile:
    """One file of a table. `subset` and `split` are None where nothing tells them."""

    name: str  # below the set's folder, with slashes
    path: Path
    said: str
    subset: str | None = None
    split: str | None = None

    @cached_property
    def schema(self) -> Any:
        """Its columns. Raises UserError for a damaged file."""
        with told_if_damaged(self.said):
            schema = self._read_schema()
            len(schema.names)  # which decodes them
        return schema

    def _read_schema(self) -> Any:
        if self._is_parquet:
            from pyarrow import parquet

            return parquet.read_schema(self.path)
        with self._arrow() as reader:
            return reader.schema

    @cached_property
    def num_rows(self) -> int:
        with told_if_damaged(self.said):
            if self._is_parquet:
                from pyarrow import parquet

                return parquet.read_metadata(self.path).num_rows
            with self._arrow() as reader:
                return sum(batch.num_rows for batch in reader)

    def rows(self, columns: list[str]) -> Iterator[dict[str, Any]]:
        """Yields its rows, some at a time in memory."""
        num = 0
        with told_if_damaged(self.said):
            for batch in self._batches(columns):
                batch.validate(full=True)  # of wrong offsets, which would end the process
                yield from batch.to_pylist()
                num += batch.num_rows
            if num != self.num_rows:
                raise ValueError(f"it has {num:,} rows instead of {self.num_rows:,}")

    def _batches(self, columns: list[str]) -> Iterator[Any]:
        if self._is_parquet:
            from pyarrow import parquet

            yield from parquet.ParquetFile(self.path).iter_batches(ROWS_AT_ONCE, columns=columns)
            return
        with self._arrow() as reader:
            for batch in reader:
                for first in range(0, batch.num_rows, ROWS_AT_ONCE):
                    yield batch.slice(first, ROWS_AT_ONCE).select(columns)

    @cached_property
    def _is_parquet(self) -> bool:
        return kind_of_file(self.path) == PARQUET or self.path.suffix == ".parquet"

    def _arrow(self) -> Any:
        """Returns a reader of a stream, in which `datasets` saves, or of an Arrow file, mapped into memory."""
        import pyarrow

        source = pyarrow.memory_map(str(self.path))
        if source.read(len(ARROW_FILE)) != ARROW_FILE:
            source.seek(0)
            return pyarrow.ipc.open_stream(source)
        opened = pyarrow.ipc.open_file(source)
        batches = (opened.get_batch(number) for number in range(opened.num_record_batches))
        return pyarrow.RecordBatchReader.from_batches(opened.schema, batches)


def table_files(said: str, files: Mapping[str, Path]) -> list[TableFile]:
    """Returns those of a folder's files that are tables of pictures. Raises UserError without pyarrow."""
    names = [name for name in files if name.lower().endswith(ENDINGS)]
    if any(PurePosixPath(name).stem == METADATA for name in names):
        return []
    names = [name for name in names if not PurePosixPath(name).name.startswith(NOT_DATA)]
    if names:
        require_pyarrow(said)
    of_card = _of_card(files[CARD], names) if CARD in files else {}
    subsets = {PurePosixPath(name).parts[0] for name in names if "/" in name} if DICTIONARY in files else set()
    found = []
    for name in names:
        if name in of_card:
            subset, split = of_card[name]
        elif subsets:
            subset, split = None, PurePosixPath(name).parts[0]
        else:
            subset, split = _subset_of(name), split_in(name)
        found.append(TableFile(name, files[name], f"{name} of {said}", subset, split))
    return found


def one_table(said: str, path: Path) -> TableFile:
    """Returns a table of one file. Raises UserError without pyarrow."""
    require_pyarrow(said)
    return TableFile(path.name, path, said)


def require_pyarrow(said: str) -> None:
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError:
        raise UserError(f"{said} is stored as parquet: pip install pyarrow to read it.") from None


def split_in(name: str) -> str | None:
    """Returns the split in a file's name, else in its folders': `extra` of data/extra-00000-of-00002.parquet."""
    path = PurePosixPath(name)
    shard = re.fullmatch(r"(.+?)-\d+-of-\d+", path.stem)
    prefix = shard[1] if shard else ""
    own = splits.among(splits.words(prefix or path.stem)) or (prefix if prefix not in PLAIN else "")
    return own or next((word for part in reversed(path.parts[:-1]) if (word := splits.among(splits.words(part)))), None)


def _subset_of(name: str) -> str | None:
    """Returns the configuration in a file's name: its topmost folder that is not called after a split or data."""
    folders = PurePosixPath(name).parts[:-1]
    return next((part for part in folders if part != "data" and not splits.among(splits.words(part))), None)


def _of_card(card: Path, names: list[str]) -> dict[str, tuple[str | None, str | None]]:
    """Returns the configuration and the split of the files that a card's front matter lists under `configs`."""
    from huggingface_hub import metadata_load

    try:
        configs = (metadata_load(card) or {}).get("configs") or []
    except Exception:  # of YAML that can't be read
        return {}
    found: dict[str, tuple[str | None, str | None]] = {}
    for config in configs if isinstance(configs, list) else []:
        listed = config.get("data_files") if isinstance(config, dict) else None
        for entry in listed if isinstance(listed, list) else [listed]:
            split, paths = (entry.get("split"), entry.get("path")) if isinstance(entry, dict) else (None, entry)
            for pattern in paths if isinstance(paths, list) else [paths]:
                for name in names:
                    if isinstance(pattern, str) and fnmatch(name, pattern):
                        found[name] = (config.get("config_name"), split or split_in(name))
    return found
