"""Reads one file of several pictures, an animation or a TIFF of several pages, as a Source of its frames."""

import threading
from collections.abc import Iterator, Sequence
from functools import lru_cache, partial
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from ganlib import UserError
from ganlib.datasets.decoding import chosen_frames, frames_in
from ganlib.datasets.image_set import Found, Item, Source, digest
from ganlib.datasets.options import DEFAULT, ReadOptions
from ganlib.datasets.pixels.opening import COVERED, open_image
from ganlib.datasets.sources.trees import Place, file_on_disk
from ganlib.datasets.summary import Note

OPEN_AT_ONCE = 4


class Frames:
    """A file of frames, opened once in each process, since most formats are read from the first frame on. Raises the errors of
    `open_image`."""

    def __init__(self, path: Path):
        self.path, self._image = path, open_image(path)
        self._written_at = path.stat().st_mtime_ns
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple:
        return _here, (self.path, self._written_at)

    def __len__(self) -> int:
        return frames_in(self._image)

    def frame(self, number: int) -> Image.Image:
        with self._lock:
            self._image.seek(number)
            frame = self._image.copy()
        if number:
            frame.info.pop(COVERED, None)
        return frame


@lru_cache(maxsize=OPEN_AT_ONCE)
def _here(path: Path, written_at: int) -> Frames:
    return Frames(path)


def frame_source(place: Place, options: ReadOptions) -> Source:
    """Returns the frames of a file: those that `options` ask for, by default all. Raises UserError for a single picture and for
    a file that can't be read."""
    try:
        frames = Frames(place.path)
        there = len(frames)
    except UserError as error:
        raise UserError(f"{place.said} can't be read: {error}.") from error
    except Exception as error:  # Pillow raises nearly any exception for a malformed file
        reason = "not an image" if isinstance(error, UnidentifiedImageError) else str(error) or type(error).__name__
        raise UserError(f"{place.said} is no .zip or other data set, and no picture that can be read ({reason}).") from error
    if there == 1:
        raise UserError(
            f"{place.said} is no .zip or other data set but a single picture, too few to train on; give a folder or .zip of "
            "images, or an animation or a TIFF of several pages."
        )
    taken = chosen_frames(there, "all" if options.frames == DEFAULT.frames else options.frames)
    stamp = file_on_disk(place.path).stamp
    found = Found(len(taken), notes=(Note("frames_of_one", {"num": len(taken), "frames": there}),))
    return Source(place.name, digest((*stamp, taken)), len(taken), partial(_items, frames, taken), found=found)


def _items(frames: Frames, taken: Sequence[int]) -> Iterator[Item]:
    for number in taken:
        yield Item(f"{frames.path.name}[{number}]", None, partial(frames.frame, number))
