"""Files that appear whole or not at all, and tensors that are checked before they are believed.

Nothing here is ever unpickled: weights are safetensors, settings are JSON.
"""

import json
import os
import shutil
import tempfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from ganlib import UserError

HEADER_KEY = "ganlib"
PARTIAL = ".partial"  # what a file is called until it is whole


class DamagedFile(UserError):
    """A file that is there but can't be what it should be; the message names it and says why."""

    def __init__(self, path: Path, reason: str):
        super().__init__(f"{path} is damaged or foreign: {reason}.")


def write(path: Path, content: bytes | str) -> None:
    """Writes beside `path`, flushes to the disk, then renames: a reader or a power cut sees the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, str):
        content = content.encode()
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


def copy(source: Path, path: Path) -> None:
    """Copies a file, which appears at `path` whole or not at all."""
    temporary = path.with_name(f".{path.name}{PARTIAL}")
    try:
        shutil.copyfile(source, temporary)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_json(path: Path, value: Any) -> None:
    """`value` as indented JSON."""
    write(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def read_json(path: Path) -> Any:
    """The JSON in `path`. Raises DamagedFile when it is none."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise DamagedFile(path, f"not valid JSON ({error})") from error


def write_tensors(path: Path, tensors: Mapping[str, Tensor], settings: Mapping[str, Any]) -> None:
    """`tensors` as safetensors, with `settings` and a checksum in the header."""
    ready = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    header = {"crc32": _checksum(ready), "settings": dict(settings)}
    # one entry only: safetensors writes several in random order, and equal runs should be equal files
    write(path, save(ready, {HEADER_KEY: json.dumps(header)}))


def read_settings(path: Path) -> dict[str, Any]:
    """The settings in the header of `path`, without reading its tensors. Raises DamagedFile."""
    with _opened(path) as file:
        return _header(path, file.metadata())["settings"]


def read_tensors(path: Path, shapes: Mapping[str, tuple[int, ...]] | None = None) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The tensors and settings of `path`. Raises DamagedFile, before memory is taken, unless they have these `shapes`."""
    with _opened(path) as file:
        header = _header(path, file.metadata())
        if shapes is not None:
            _check_shapes(path, file, shapes)
        tensors = {name: file.get_tensor(name) for name in file.keys()}
        if header.get("crc32") != _checksum(tensors):
            raise DamagedFile(path, "its checksum does not match")
    return tensors, header["settings"]


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
    try:
        return safe_open(path, framework="pt")
    except FileNotFoundError:
        raise DamagedFile(path, "it is missing") from None
    except (SafetensorError, OSError) as error:
        raise DamagedFile(path, f"not a whole safetensors file ({error})") from error


def _header(path: Path, metadata: dict[str, str] | None) -> dict[str, Any]:
    try:
        header = json.loads((metadata or {})[HEADER_KEY])
    except (KeyError, ValueError, RecursionError) as error:
        raise DamagedFile(path, "it holds no ganlib settings") from error
    if not isinstance(header, dict) or not isinstance(header.get("settings"), dict):
        raise DamagedFile(path, "its settings are no JSON object")
    return header


def _checksum(tensors: Mapping[str, Tensor]) -> int:
    checksum = 0
    for name in sorted(tensors):
        tensor = tensors[name]
        checksum = zlib.crc32(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode(), checksum)
        checksum = zlib.crc32(tensor.reshape(-1).view(torch.uint8).numpy(), checksum)
    return checksum
