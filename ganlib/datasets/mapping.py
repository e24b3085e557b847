"""Memory-maps the arrays of an .npz from the user's cache folder, into which each is unpacked once.

What is mapped is read from the disk where it is looked at, is shared by all processes that map it, and costs none of them
memory of its own.
"""

import io
from contextlib import suppress
from pathlib import Path
from zipfile import ZipFile

import numpy as np

from ganlib import files
from ganlib.datasets.cache import cache_folder


def mapped(archive: Path, name: str) -> np.ndarray:
    """Returns the array `name` of an .npz, read-only; from memory where the cache folder can't be written."""
    with ZipFile(archive) as members:
        checksum = members.getinfo(f"{name}.npy").CRC
    file = cache_folder() / "unpacked" / f"{archive.stem}-{name}-{checksum:08x}.npy"
    with suppress(OSError, ValueError):  # not unpacked yet, or a damaged file
        return _opened(file)
    with np.load(archive, allow_pickle=False) as arrays:
        array = arrays[name]
    with suppress(OSError):
        content = io.BytesIO()
        np.save(content, array, allow_pickle=False)
        files.write(file, content.getvalue())
        return _opened(file)
    return array


def _opened(file: Path) -> np.ndarray:
    return np.lib.format.open_memmap(file, mode="r")
