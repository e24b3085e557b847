"""Keeps what was computed of real pictures in the user's cache folder: arrays by a key, so that each is computed once."""

import io
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np

from ganlib import files
from ganlib.datasets.cache import cache_folder
from ganlib.datasets.image_set import digest


def kept(key: tuple[Any, ...], compute: Callable[[], np.ndarray]) -> np.ndarray:
    """Returns the array that is kept under `key`; else computes it and keeps it, where the cache folder can be written.

    The key names all that the array depends on: pictures by their fingerprint, networks by their hash. A damaged file is
    computed anew.
    """
    path = cache_folder() / "measures" / f"{digest(key)}.npy"
    with suppress(OSError, ValueError, EOFError):
        return np.load(path, allow_pickle=False)
    array, content = compute(), io.BytesIO()
    np.save(content, array, allow_pickle=False)
    with suppress(OSError):
        files.write(path, content.getvalue())
    return array
