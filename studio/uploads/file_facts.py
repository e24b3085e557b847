"""Reads the size, the colour and the digests of an uploaded picture, or the reason why it can't be used.

A reason is the key of a sentence in `words` with its values; the page shows it in the visitor's language.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from ganlib import UserError
from ganlib.datasets import decoding
from ganlib.datasets.decoding import MIN_SIDE, Preparation, prepare
from ganlib.datasets.duplicates import NEAR, SIGHT, unit
from ganlib.datasets.pixels.opening import NoHeic, NoTiff, open_image
from studio import words


class Unusable(UserError):
    """A file that can't be used, or an upload that is refused. `sentence` is the key of the page's words, with their values."""

    def __init__(self, say: str, **values: str | int):
        super().__init__(words.word("en", say, **values))
        self.sentence: dict[str, str | int] = {"say": say, **values}


@dataclass(frozen=True)
class Facts:
    """A picture's upright size, whether it is grey, its file's digest, and its normalised thumbnail (`duplicates.unit`)."""

    width: int
    height: int
    grey: bool
    digest: bytes
    sight: np.ndarray
    seen: decoding.Facts  # for what is decided for all pictures of an upload


def facts(path: Path, most_pixels: int) -> Facts:
    """Decodes a file once, by its content and not its name. Raises Unusable."""
    if not path.stat().st_size:
        raise Unusable("upload_empty")
    try:
        with open_image(path) as image:
            return _facts(path, image, most_pixels)
    except Unusable:
        raise
    except UnidentifiedImageError:
        raise Unusable("upload_svg" if _is_svg(path) else "upload_foreign") from None
    except NoHeic:
        raise Unusable("upload_heic") from None
    except NoTiff:
        raise Unusable("upload_tiff") from None
    except Image.DecompressionBombError:
        raise Unusable("upload_huge", most=most_pixels // 1_000_000) from None
    except Exception:  # a hostile file makes Pillow raise nearly anything
        raise Unusable("upload_cut") from None


def _facts(path: Path, image: Image.Image, most_pixels: int) -> Facts:
    size = {"width": image.width, "height": image.height}
    if image.width * image.height > most_pixels:
        raise Unusable("upload_large", **size, most=most_pixels // 1_000_000)
    if min(image.size) < MIN_SIDE:
        raise Unusable("upload_small", **size, least=MIN_SIDE)
    how = Preparation.of(4 * SIGHT, 3)
    seen = decoding.facts(image, how)  # after the limits: it decodes a PNG to find its orientation
    colours = prepare(image, how)
    sight = np.asarray(Image.fromarray(colours.transpose(1, 2, 0)).convert("L").resize((SIGHT, SIGHT), Image.Resampling.BOX))
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").digest()
    grey = bool((colours == colours[0]).all())
    return Facts(seen.width, seen.height, grey, digest, unit(sight.ravel()), seen)


def doubles(pictures: Sequence[Facts]) -> list[tuple[int | None, int | None]]:
    """Returns for each picture the first earlier one with the same file, and if there is none, the first near duplicate."""
    sights = np.stack([picture.sight for picture in pictures]) if pictures else np.empty((0, SIGHT**2))
    near = sights @ sights.T >= NEAR
    first: dict[bytes, int] = {}
    found = []
    for index, picture in enumerate(pictures):
        exact, alike = first.setdefault(picture.digest, index), np.flatnonzero(near[index, :index])
        copy = exact < index
        found.append((exact if copy else None, int(alike[0]) if len(alike) and not copy else None))
    return found


def _is_svg(path: Path) -> bool:
    with path.open("rb") as file:
        begins = file.read(2048).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return begins.startswith(b"<") and b"<svg" in begins
