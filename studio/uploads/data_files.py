"""Takes the pictures and their classes out of an uploaded file that holds many: an archive, arrays, a table, a database."""

import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from PIL import Image

from ganlib import UserError
from ganlib.datasets.image_set import Item, NoImages, Source
from ganlib.datasets.options import DEFAULT
from ganlib.datasets.pixels.transparency import CHOICES
from ganlib.datasets.sources import kinds, open_place
from ganlib.datasets.sources.kinds import TEXT, kind_of_file
from ganlib.datasets.sources.pictures.labels import FOLDERS
from ganlib.datasets.sources.trees import Place
from ganlib.datasets.summary import Note
from studio.uploads.file_facts import Unusable
from studio.uploads.unpacking import Unpacker

MANY = (
    *(kinds.ZIP, kinds.TAR, kinds.GZIP, kinds.BZIP2, kinds.XZ),
    *(kinds.NPY, kinds.IDX, kinds.PARQUET, kinds.ARROW, kinds.LMDB),
)
BACKGROUNDS = dict(zip(CHOICES, ("upload_told_on_white", "upload_told_on_black", "upload_told_on_grey"), strict=True))
# What is told of a note on all pictures: the page has no options of reading, and words of its own.
TOLD: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "cropped": lambda values: {"say": "upload_told_cropped", "kept": round(100 * values["kept"])},
    "levels": lambda values: values | {"say": "upload_told_levels", "low": f"{values['low']:g}", "high": f"{values['high']:g}"},
    "background": lambda values: values | {"say": BACKGROUNDS[values["background"]]},
    "frames_first": lambda values: values | {"say": "upload_told_frames"},
}
LOSSLESS = {"F": "TIFF", "I": "TIFF"}  # formats that keep the values of these modes; PNG keeps those of all others


def holds_many(path: Path, name: str) -> bool:
    """Whether a file is no single picture but can hold many, by its first bytes; of a text, by its name."""
    kind = kind_of_file(path)
    return kind in MANY or (kind == TEXT and name.lower().endswith((".csv", ".tsv")))


def opened(path: Path, name: str, unpacker: Unpacker) -> Source:
    """Opens an uploaded file as a data set, as train.py does; what is packed in it is unpacked, and the file deleted. Raises
    Unusable."""
    try:
        place = unpacker.readable(Place(path, PurePosixPath(name).stem, name))
        return open_place(place, DEFAULT)
    except Unusable:
        raise
    except NoImages:
        raise Unusable("upload_no_pictures") from None
    except UserError as error:
        raise Unusable("upload_unread", why=str(error).replace(f"{path.parent.resolve()}/", "")) from None


@dataclass(frozen=True)
class Taken:
    """A picture of a file: its content and its class, or the reason why it can't be used."""

    name: str
    content: bytes = b""
    label: str | None = None
    reason: dict[str, str | int] | None = None


def pictures_of(source: Source, most_pixels: int) -> Iterator[Taken]:
    """Yields the pictures of a source: files as they are, others as PNG or, of more than 16 bits, as TIFF."""
    for item in source.items():
        name = PurePosixPath(item.name).name
        try:
            yield Taken(name, _content(item, most_pixels), item.label)
        except Unusable as error:
            yield Taken(name, reason=error.sentence)
        except Exception:  # zlib, Pillow and others each have their own errors for a damaged file
            yield Taken(name, reason=Unusable("upload_cut").sentence)


def frames_of(path: Path, name: str, label: str | None, most_pixels: int) -> Iterator[Taken]:
    """Yields all pictures of a file of several, of the class of the file. Raises Unusable."""
    source = open_place(Place(path, name, name), DEFAULT)
    for number, taken in enumerate(pictures_of(source, most_pixels), 1):
        yield replace(taken, name=f"{name} ({number})", label=label)


def _content(item: Item, most_pixels: int) -> bytes:
    if item.content:
        with item.content() as file:
            return file.read()
    with item.open() as image:
        if image.width * image.height > most_pixels:
            raise Unusable("upload_large", width=image.width, height=image.height, most=most_pixels // 1_000_000)
        return _written(image)


def _written(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, LOSSLESS.get(image.mode, "PNG"))
    return file.getvalue()


def told(name: str, source: Source) -> Iterator[dict[str, str | int]]:
    """Yields what was chosen of a file, as keys of the page's words with their values."""
    found, classes = source.found, {item.label for item in source.items()} - {None}
    if len(classes) > 1:
        say = "upload_told_folders" if found.labels_from == FOLDERS else "upload_told_classes"
        yield {"say": say, "name": name, "num": len(classes), "origin": found.labels_from}
    if found.split:
        yield {"say": "upload_told_split", "name": name, "split": found.split}
    if left_out := sum(found.left_out.values()):
        yield {"say": "upload_told_left_out", "name": name, "num": left_out}


def told_of_all(notes: Iterable[Note]) -> Iterator[dict[str, Any]]:
    """Yields what was decided for all pictures, as keys of the page's words with their values."""
    for note in notes:
        if note.key in TOLD:
            yield TOLD[note.key](note.values)
