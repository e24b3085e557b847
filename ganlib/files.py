"""Writes files atomically, and reads JSON and safetensors with their checksums and shapes checked.

Nothing is unpickled: weights are safetensors, settings are JSON.
"""

import json
import logging
import os
import shutil
import tempfile
import zlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from ganlib import UserError

HEADER_KEY = "ganlib"
CHECKSUM = "crc32"  # the entry of a JSON object that holds the checksum of the others
MOST_JSON = 2**26  # bytes of a file
PARTIAL = ".partial"  # suffix of a file that is still being written

logger = logging.getLogger(__name__)


class DamagedFile(UserError):
    """A file that is missing, damaged or of another format; the message names the file and the reason."""

    def __init__(self, path: Path, reason: str):
        super().__init__(f"{path} is damaged or foreign: {reason}.")
        self.reason = reason


def write(path: Path, content: bytes | str) -> None:
    """Writes a temporary file, syncs it to the disk and renames it to `path`, which is always the old file or the new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, str):
        content = writable(content).encode()
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=PARTIAL)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def writable(text: str) -> str:
    """Returns `text` with a question mark for each lone surrogate (a byte in a file name that is not UTF-8)."""
    return text.encode(errors="replace").decode()


def copy(source: Path, path: Path) -> None:
    """Copies a file to `path` atomically."""
    temporary = path.with_name(f".{path.name}{PARTIAL}")
    try:
        shutil.copyfile(source, temporary)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Writes `value` as indented JSON with its checksum."""
    write(path, json_text(value))


def json_text(value: Mapping[str, Any]) -> str:
    """Returns the text that `write_json` writes."""
    return json.dumps(with_checksum(value), indent=2, ensure_ascii=False) + "\n"


def read_json(path: Path) -> Any:
    """Reads the JSON in `path` and removes its checksum. Raises DamagedFile when it is not valid JSON, larger than MOST_JSON
    bytes, or doesn't match its checksum."""
    check_file(path)
    if (size := path.stat().st_size) > MOST_JSON:
        raise DamagedFile(path, f"it has {size:,} bytes, more than {MOST_JSON:,}")
    try:
        value = parsed(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DamagedFile(path, f"not valid JSON ({error})") from error
    try:
        return without_checksum(value)
    except (ValueError, RecursionError) as error:
        raise DamagedFile(path, f'{error}; if it was changed by hand, take its entry "{CHECKSUM}" out') from error


def with_checksum(value: Mapping[str, Any]) -> dict[str, Any]:
    """Returns `value` with a checksum of its entries added."""
    return {**value, CHECKSUM: _json_checksum(value)}


def without_checksum(value: Any) -> Any:
    """Returns a JSON object without its checksum, which older versions didn't write. Raises ValueError if it doesn't match."""
    if not isinstance(value, dict) or CHECKSUM not in value:
        return value
    entries = {name: item for name, item in value.items() if name != CHECKSUM}
    if value[CHECKSUM] != _json_checksum(entries):
        raise ValueError("its checksum does not match")
    return entries


def _json_checksum(value: Mapping[str, Any]) -> int:
    return zlib.crc32(json.dumps(value, sort_keys=True).encode())


def parsed(text: str) -> Any:
    """Parses a JSON text. Raises ValueError for invalid JSON and for values that can't be written as JSON again."""
    try:
        value = json.loads(text)
        json.dumps(value, ensure_ascii=False).encode()  # a lone surrogate can't be encoded
    except (RecursionError, UnicodeEncodeError) as error:
        raise ValueError(f"it can't be written again: {error}") from error
    return value


def check_file(path: Path) -> None:
    """Raises DamagedFile unless `path` is a regular file: reading a pipe or a device might block for ever."""
    if not path.is_file():
        raise DamagedFile(path, "it is no file" if os.path.lexists(path) else "it is missing")


def write_tensors(path: Path, tensors: Mapping[str, Tensor], settings: Mapping[str, Any]) -> None:
    """Writes `tensors` as safetensors, with `settings` and checksums of both in the header."""
    ready = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    header = {CHECKSUM: _checksum(ready), "settings": with_checksum(settings)}
    # a single entry: safetensors writes several in random order, and equal runs should give equal files
    write(path, save(ready, {HEADER_KEY: json.dumps(header)}))


def read_settings(path: Path) -> dict[str, Any]:
    """Reads the settings in the header of `path`, but not its tensors. Raises DamagedFile."""
    with _opened(path) as file:
        return _header(path, file.metadata())["settings"]


def read_tensors(path: Path, shapes: Mapping[str, tuple[int, ...]] | None = None) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Reads the tensors and settings of `path`. Raises DamagedFile, before it allocates memory, unless `shapes` match."""
    with _opened(path) as file:
        header = _header(path, file.metadata())
        if shapes is not None:
            _check_shapes(path, file, shapes)
        tensors = {name: file.get_tensor(name) for name in file.keys()}
        if header.get(CHECKSUM) != _checksum(tensors):
            raise DamagedFile(path, "its checksum does not match")
    return tensors, header["settings"]


def damage(path: Path) -> str | None:
    """Returns why the tensors in `path` can't be used, None where they are intact. Logs a warning the first time."""
    try:
        stat = path.stat()
    except OSError as error:
        return str(DamagedFile(path, str(error.strerror)))
    return _damage(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=4096)
def _damage(path: Path, *_changed: int) -> str | None:
    try:
        read_tensors(path)
    except DamagedFile as error:
        logger.warning("%s It is passed over.", error)
        return str(error)
    return None


def check_tensors(path: Path, shapes: Mapping[str, tuple[int, ...]]) -> None:
    """Raises DamagedFile unless the header of `path` declares tensors of these `shapes`; reads nothing else."""
    with _opened(path) as file:
        _header(path, file.metadata())
        _check_shapes(path, file, shapes)


def _check_shapes(path: Path, file, shapes: Mapping[str, tuple[int, ...]]) -> None:
    found = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}
    wrong = sorted(name for name in found.keys() | shapes.keys() if found.get(name) != shapes.get(name))
    if wrong:
        name = wrong[0]
        raise DamagedFile(path, f"tensor {name} is {found.get(name, 'missing')}, should be {shapes.get(name, 'absent')}")


def _opened(path: Path):
    check_file(path)
    try:
        return safe_open(path, framework="pt")
    except (SafetensorError, OSError) as error:
        raise DamagedFile(path, f"not a complete safetensors file ({error})") from error


def _header(path: Path, metadata: dict[str, str] | None) -> dict[str, Any]:
    try:
        header = parsed((metadata or {})[HEADER_KEY])
    except (KeyError, ValueError) as error:
        raise DamagedFile(path, "it holds no ganlib settings") from error
    if not isinstance(header, dict) or not isinstance(header.get("settings"), dict):
        raise DamagedFile(path, "its settings are no JSON object")
    try:
        return header | {"settings": without_checksum(header["settings"])}
    except (ValueError, RecursionError) as error:
        raise DamagedFile(path, str(error)) from error


def append(path: Path, text: str) -> None:
    """Appends `text` to `path`. Not atomic: a killed process may leave part of it."""
    with open(path, "a", encoding="utf-8") as file:
        file.write(text)


def _checksum(tensors: Mapping[str, Tensor]) -> int:
    checksum = 0
    for name in sorted(tensors):
        tensor = tensors[name]
        checksum = zlib.crc32(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode(), checksum)
        checksum = zlib.crc32(tensor.reshape(-1).view(torch.uint8).numpy().data, checksum)
    return checksum
