"""Reads the size, the colour and the digests of an uploaded picture, or says why it can't be used.

A reason is the key of a sentence in `words` with what is to be filled in: the page says it in its visitor's language.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from ganlib import UserError
from ganlib.datasets.decoding import MIN_SIDE, NoHeic, open_image, prepare, upright_size
from studio import words

SIGHT = 16  # pixels a side of what near duplicates are told by
# Correlation of two sights from which they show the same picture: one that was saved as a worse JPEG, shrunk or given less
# contrast stays above; different faces stay below 0.95, and different ones of MNIST, the most alike of its digits, below 0.994.
NEAR = 0.995


class Unusable(UserError):
    """A file that can't be used, or an upload that is refused; `told` is the key of the page's words for it, with values."""

    def __init__(self, say: str, **values: str | int):
        super().__init__(words.word("en", say, **values))
        self.told: dict[str, str | int] = {"say": say, **values}


@dataclass(frozen=True)
class Facts:
    """Of a picture: its size, upright; whether it has no colour; a digest of its file; its centre as `_unit` gives it."""

    width: int
    height: int
    grey: bool
    digest: bytes
    sight: np.ndarray


def facts(path: Path, most_pixels: int) -> Facts:
    """Opens a file and decodes it once, by its content, whatever it is called. Raises Unusable."""
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
    except Image.DecompressionBombError:
        raise Unusable("upload_huge", most=most_pixels // 1_000_000) from None
    except Exception:  # a hostile file makes Pillow raise nearly anything
        raise Unusable("upload_cut") from None


def _facts(path: Path, image: Image.Image, most_pixels: int) -> Facts:
    told = {"width": image.width, "height": image.height}
    if image.width * image.height > most_pixels:
        raise Unusable("upload_large", **told, most=most_pixels // 1_000_000)
    if min(image.size) < MIN_SIDE:
        raise Unusable("upload_small", **told, least=MIN_SIDE)
    width, height = upright_size(image)  # not sooner: a PNG is decoded to find its orientation
    colours = prepare(image, 4 * SIGHT, 3)
    sight = np.asarray(Image.fromarray(colours.transpose(1, 2, 0)).convert("L").resize((SIGHT, SIGHT), Image.Resampling.BOX))
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").digest()
    return Facts(width, height, bool((colours == colours[0]).all()), digest, _unit(sight))


def _unit(sight: np.ndarray) -> np.ndarray:
    """Its levels around their mean, of length 1, so that a product is a correlation; zeros for one flat colour."""
    levels = sight.ravel().astype(np.float32)
    levels -= levels.mean()
    length = np.linalg.norm(levels)
    return levels / length if length > 1 else np.zeros_like(levels)


def doubles(pictures: Sequence[Facts]) -> list[tuple[int | None, int | None]]:
    """For each picture the first one before it of the same file, and, without such, the first that shows nearly the same."""
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
