"""Reads the tensors of a foreign file of weights: PyTorch's formats, old and new, and safetensors. Nothing is unpickled but
tensors and plain containers, whatever the environment says."""

import os
import pickletools
import re
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from pickle import UnpicklingError
from typing import IO, Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from ganlib import UserError

# Read by torch.load. The second lifts the restriction only for calls that leave `weights_only` open, which the one below does
# not; with both set, every call fails.
FORCED = ("TORCH_FORCE_WEIGHTS_ONLY_LOAD", "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD")
ZIP, PICKLE = b"PK\x03\x04", b"\x80"  # first bytes of torch.save's format, and of the one before torch 1.6
BEFORE_OBJECT = 3  # pickles in a file of the old format before that of the saved object
MOST_NAMES = 4  # foreign classes that a sentence lists

# The second of the two lines that write the weights of what was saved as `saved`.
OF_MODULE = "saved.state_dict()"
OF_DICT = '{k: getattr(v, "state_dict", lambda v=v: v)() for k, v in saved.items() if isinstance(v, (dict, torch.nn.Module))}'


def read(path: Path) -> Any:
    """Returns what `torch.save` or safetensors wrote into `path`: tensors on the CPU, in dicts and lists. Raises UserError for
    anything else."""
    if not path.is_file():
        raise UserError(f"There is no file {path} to read weights from; check its name.")
    with open(path, "rb") as file:
        start = file.read(4)
    if start == ZIP or start.startswith(PICKLE):
        return _unpickled(path)
    try:
        tensors = load_file(path)
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise UserError(
            f"{path} holds no weights: it is no whole file of torch.save (.pth, .pt) or of safetensors ({_line(error)})."
        ) from error
    return {name: tensors[name] for name in sorted(tensors, key=_natural)}  # the format keeps no order


def _unpickled(path: Path) -> Any:
    try:
        with _environment_ignored(), warnings.catch_warnings(action="ignore"):
            return torch.load(path, map_location="cpu", weights_only=True)
    except UnpicklingError as error:
        if foreign := re.findall(r"GLOBAL ([\w.]+)", str(error)):
            raise UserError(_refused(path, foreign)) from error
        raise UserError(f"{path} is damaged, or holds more than tensors ({_line(error)}).") from error
    except Exception as error:  # whatever torch raises for a damaged or invented file
        if _is_torchscript(path):
            raise UserError(f"{path} is a TorchScript program; {_way_out(path, OF_MODULE, 'torch.jit.load')}") from error
        raise UserError(f"{path} is cut or damaged: torch can't read it ({_line(error)}).") from error


@contextmanager
def _environment_ignored() -> Iterator[None]:
    before = {name: value for name in FORCED if (value := os.environ.pop(name, None)) is not None}
    try:
        yield
    finally:
        os.environ.update(before)


def _refused(path: Path, foreign: list[str]) -> str:
    of_dict = _is_dict(path)
    what = "more than tensors" if of_dict else "a whole pickled network"
    listed = ", ".join(dict.fromkeys(foreign[:MOST_NAMES]))
    return f"{path} holds {what} ({listed}), which can run any code when opened; " + _way_out(
        path, OF_DICT if of_dict else OF_MODULE
    )


def _way_out(path: Path, weights: str, load: str = "torch.load") -> str:
    """Returns the end of a sentence with the two lines of code that write the weights alone."""
    name, new = path.name, f"{path.stem}-weights.pth"
    more = ", weights_only=False" if load == "torch.load" else ""
    return (
        "if you trust it, write its weights alone by two lines in the program that made it, "
        f'`saved = {load}({name!r}, map_location="cpu"{more})` and `torch.save({weights}, {new!r})`, then adopt {new}.'
    )


def _is_torchscript(path: Path) -> bool:
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any(name.endswith("/constants.pkl") for name in archive.namelist())


def _is_dict(path: Path) -> bool:
    """Whether the saved object is a dict, by the first opcode of its pickle that makes an object."""
    with _object_pickle(path) as file:
        for opcode, value, _ in pickletools.genops(file):
            if opcode.name in ("EMPTY_DICT", "GLOBAL"):
                return opcode.name == "EMPTY_DICT" or value == "collections OrderedDict"
    return False


@contextmanager
def _object_pickle(path: Path) -> Iterator[IO[bytes]]:
    """Opens `path` at the pickle of the saved object; torch has read it before."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            name = next(name for name in archive.namelist() if name.endswith("/data.pkl"))
            with archive.open(name) as file:
                yield file
        return
    with open(path, "rb") as file:
        for _ in range(BEFORE_OBJECT):
            for _ in pickletools.genops(file):
                pass
        yield file


def _natural(name: str) -> list[tuple[int, str]]:
    """Returns a sort key by which main.3 comes before main.12."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in name.split(".")]


def _line(error: Exception) -> str:
    return f"{type(error).__name__}: {(str(error).splitlines() or ['without a reason'])[0]}"
