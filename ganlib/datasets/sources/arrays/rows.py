"""Arrays in files, read in pieces: .npy, the members of an .npz, idx, also gzipped; nothing is unpickled."""

import gzip
import math
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from tokenize import TokenError
from typing import Any, BinaryIO
from zipfile import BadZipFile

import numpy as np
from numpy.lib import format as npy

from ganlib import UserError

PIECE_BYTES = 2**23
READ = {"b": "bool", "i": "int", "u": "int", "f": "float", "U": "text", "S": "bytes"}  # kinds of numpy's types
NPY_HEADERS: dict[tuple[int, int], Callable[[BinaryIO], Any]] = {
    (1, 0): npy.read_array_header_1_0,
    (2, 0): npy.read_array_header_2_0,
}
# The third byte of an idx file, http://yann.lecun.com/exdb/mnist/; values are big-endian.
IDX_TYPES = {8: "u1", 9: "i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
GZIP = b"\x1f\x8b"

# What reading a damaged file raises; TokenError and SyntaxError are numpy's, of a header.
DAMAGED = (
    *(OSError, EOFError, ValueError, IndexError, OverflowError, MemoryError, RuntimeError, SyntaxError),
    *(struct.error, zlib.error, BadZipFile, TokenError),
)

Open = Callable[[], BinaryIO]


@dataclass(frozen=True)
class Rows:
    """An array of `shape` (N, ...) in a file; each call of `pieces` yields it anew, some rows at a time."""

    said: str  # how messages call it
    name: str  # and how the summary does
    shape: tuple[int, ...]
    dtype: np.dtype
    pieces: Callable[[], Iterator[np.ndarray]]

    def __len__(self) -> int:
        return self.shape[0]

    def whole(self) -> np.ndarray:
        return np.concatenate([np.empty((0, *self.shape[1:]), self.dtype), *self.pieces()])


@contextmanager
def told_if_damaged(said: str) -> Iterator[None]:
    """Turns the errors of reading a file into one sentence."""
    try:
        yield
    except DAMAGED as error:
        reason = str(error) or type(error).__name__
        raise UserError(f"{said} is damaged ({reason.splitlines()[0].rstrip('.')}); fetch or save it again.") from error


def npy_rows(said: str, name: str, opened: Open) -> Rows:
    """Returns the array of a .npy file. Raises UserError for a damaged one, and as it is read for one of objects, which is a
    pickle."""
    with told_if_damaged(said), opened() as file:
        header = NPY_HEADERS.get(npy.read_magic(file))
        shape, by_column, dtype = header(file) if header else ((), False, np.dtype("O"))
        start = file.tell()
    if dtype.kind not in READ and dtype.kind != "O":
        raise UserError(f"{said} holds records or complex numbers, which are not read; save it as an array of numbers.")
    if not shape:
        raise UserError(f"{said} holds a single number: give an array of pictures.")
    if dtype.kind == "O":
        return Rows(said, name, shape, dtype, partial(_refuse_objects, said))
    return Rows(said, name, shape, dtype, partial(_by_column if by_column else _pieces, said, opened, start, shape, dtype))


def _refuse_objects(said: str) -> Iterator[np.ndarray]:
    raise UserError(
        f"{said} holds Python objects, which are not read; save it as an array of numbers, or of text where it holds labels "
        "(--labels none goes on without them)."
    )


def idx_rows(said: str, name: str, opened: Open) -> Rows:
    """Returns the array of an idx file. Raises UserError for a damaged one."""
    with told_if_damaged(said), opened() as file:
        magic = file.read(4)
        if magic[:2] != b"\0\0" or magic[2] not in IDX_TYPES or not magic[3]:
            raise ValueError("it is no idx file")
        shape = struct.unpack(f">{magic[3]}I", file.read(4 * magic[3]))
    dtype = np.dtype(IDX_TYPES[magic[2]])
    return Rows(said, name, shape, dtype, partial(_pieces, said, opened, 4 + 4 * magic[3], shape, dtype))


def unpacked(opened: Open) -> Open:
    """Returns how a file is read that may be gzipped."""
    with opened() as file:
        return partial(_gunzipped, opened) if file.read(len(GZIP)) == GZIP else opened


def _gunzipped(opened: Open) -> Any:
    return gzip.GzipFile(fileobj=opened())


def _pieces(said: str, opened: Open, start: int, shape: tuple[int, ...], dtype: np.dtype) -> Iterator[np.ndarray]:
    each = math.prod(shape[1:]) * dtype.itemsize
    at_once = max(1, PIECE_BYTES // max(1, each))
    with told_if_damaged(said):
        file = opened()
        file.seek(start)
    with file:
        for first in range(0, shape[0], at_once):
            num = min(at_once, shape[0] - first)
            with told_if_damaged(said):
                content = file.read(num * each)
                if len(content) < num * each:
                    raise EOFError("it ends early")
            yield np.frombuffer(content, dtype).reshape(num, *shape[1:])
        with told_if_damaged(said):
            if file.read(1):  # which also compares the checksum of a packed file
                raise ValueError("it goes on after its array")


def _by_column(said: str, opened: Open, start: int, shape: tuple[int, ...], dtype: np.dtype) -> Iterator[np.ndarray]:
    """Yields an array in Fortran's order, whose rows are not together in the file: it is read as a whole."""
    with told_if_damaged(said), opened() as file:
        file.seek(start)
        yield np.frombuffer(file.read(math.prod(shape) * dtype.itemsize), dtype).reshape(shape, order="F")
