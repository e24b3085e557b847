"""Reads the pictures that a command names: files, folders, archives, films, tables and built-in sets, prepared for a run."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from ganlib import UserError
from ganlib.datasets.builtin import BUILT_IN, read_built_in
from ganlib.datasets.decoding import Preparation, frames_in, pictures_of
from ganlib.datasets.image_set import Item, Source
from ganlib.datasets.options import ReadOptions
from ganlib.datasets.pixels.opening import open_image
from ganlib.datasets.sources import kinds, open_source
from ganlib.sizes import Size, height_width

MOST = 100_000  # pictures in memory


@dataclass(frozen=True)
class GivenPictures:
    """Pictures by their names, each name once, in order."""

    names: list[str]
    images: np.ndarray  # uint8 (N, C, H, W)


def read(sources: list[str], size: Size, channels: int, reading: ReadOptions, data_root: Path | None = None) -> GivenPictures:
    """Reads all pictures of `sources`, fitted as `reading` says. A built-in set gives its test pictures.

    Raises UserError for a source that is missing or can't be read, naming it, and for too many pictures.
    """
    how = Preparation(*height_width(size), channels, reading.fit, reading.background or "white", reading.levels)
    found: dict[str, np.ndarray] = {}
    for source in sources:
        for item in _items(source, reading, data_root):
            for image in _prepared(source, item, how):
                found[_free(item.name, found)] = image
                if len(found) > MOST:
                    raise UserError(f"{source} makes more than {MOST:,} pictures; give fewer.")
    if not found:
        raise UserError(f"{', '.join(sources)} holds no picture; give files or folders of pictures.")
    names = sorted(found)
    return GivenPictures(names, np.stack([found[name] for name in names]))


def _items(source: str, reading: ReadOptions, data_root: Path | None) -> Iterator[Item]:
    path = Path(source)
    if source in BUILT_IN:
        natural = read_built_in(source, "test", data_root)
        yield from (Item(f"{int(item.name):05d}", item.label, item.open) for item in Source.of(natural, "test").items())
    elif path.is_file() and kinds.kind_of_file(path) == kinds.PICTURE and _is_single(path):
        yield Item(path.name, None, partial(open_image, path))
    elif (opened := open_source(source, ReadOptions(split="all", frames=reading.frames))) is not None:
        yield from opened.items()
    else:
        raise UserError(f"{source} is not there; give the file of a picture, or a folder or archive of pictures.")


def _is_single(path: Path) -> bool:
    try:
        with open_image(path) as image:
            return frames_in(image) == 1
    except Exception as error:  # Pillow raises nearly any exception for a malformed file
        raise _unreadable(str(path), error) from error


def _prepared(source: str, item: Item, how: Preparation) -> list[np.ndarray]:
    try:
        return pictures_of(item.open(), how)
    except Exception as error:
        where = source if Path(source).name == item.name else f"{item.name} in {source}"
        raise _unreadable(where, error) from error


def _unreadable(where: str, error: Exception) -> UserError:
    return UserError(f"{where} can't be read ({error or type(error).__name__}); give another picture.")


def _free(name: str, taken: dict[str, np.ndarray]) -> str:
    """Returns `name` as the name of a file that is not taken yet, without its folders' slashes and its ending."""
    plain = Path(name).with_suffix("").as_posix().replace("/", "-").replace("\\", "-") or "picture"
    number, free = 2, plain
    while free in taken:
        free, number = f"{plain}-{number}", number + 1
    return free
