"""Takes the pictures out of an uploaded file that holds many: an archive, arrays, a table. A .zip is checked first."""

import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from PIL import Image

from ganlib import UserError
from ganlib.datasets.image_set import Item, NoImages, Source
from ganlib.datasets.options import DEFAULT
from ganlib.datasets.sources import open_place
from ganlib.datasets.sources.archives.nested import archives_in
from ganlib.datasets.sources.archives.tree import archive_tree
from ganlib.datasets.sources.kinds import IDX, NPY, PARQUET, TAR, TEXT, ZIP, kind_of_file
from ganlib.datasets.sources.pictures.files import picture_source
from ganlib.datasets.sources.trees import Place
from ganlib.datasets.summary import Note
from studio.uploads import zip_files
from studio.uploads.file_facts import Unusable

MANY = (ZIP, TAR, NPY, IDX, PARQUET)
# What is told of a note on all pictures: the page has no options of reading, and words of its own.
TOLD: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "cropped": lambda values: {"say": "upload_told_cropped", "kept": round(100 * values["kept"])},
    "levels": lambda values: values | {"say": "upload_told_levels", "low": f"{values['low']:g}", "high": f"{values['high']:g}"},
    "background": lambda values: values | {"say": "upload_told_background"},
    "frames_first": lambda values: values | {"say": "upload_told_frames"},
}
LOSSLESS = {"F": "TIFF", "I": "TIFF"}  # formats that keep the values of these modes; PNG keeps those of all others


def holds_many(path: Path, name: str) -> bool:
    """Whether a file is no single picture but can hold many, by its first bytes; of a text, by its name."""
    kind = kind_of_file(path)
    return kind in MANY or (kind == TEXT and name.lower().endswith((".csv", ".tsv")))


def opened(path: Path, name: str, most_bytes: int) -> tuple[Source, list[str]]:
    """Opens an uploaded file as a data set. Returns it and the names of archives within it, which aren't opened: nothing says
    how much they would unpack to. Raises Unusable."""
    place = Place(path, PurePosixPath(name).stem, name)
    nested: list[str] = []
    if zip_files.is_zip(path):
        zip_files.check(path, most_bytes)
    try:
        if kind_of_file(path) in (ZIP, TAR):
            tree = archive_tree(place)
            nested = archives_in(tree)
        return picture_source(tree, DEFAULT) if nested else open_place(place, DEFAULT), nested
    except NoImages:
        if nested:
            return Source(name, "", 0, lambda: iter(())), nested
        raise Unusable("upload_no_pictures") from None
    except UserError as error:
        raise Unusable("upload_unread", why=str(error)) from None


@dataclass(frozen=True)
class Taken:
    """A picture of a file: its content, or the reason why it can't be used."""

    name: str
    content: bytes = b""
    reason: dict[str, str | int] | None = None


def pictures_of(source: Source, most_pixels: int) -> Iterator[Taken]:
    """Yields the pictures of a source: files as they are, others as PNG or, of more than 16 bits, as TIFF."""
    for item in source.items():
        name = PurePosixPath(item.name).name
        try:
            yield Taken(name, _content(item, most_pixels))
        except Unusable as error:
            yield Taken(name, reason=error.sentence)
        except Exception:  # zlib, Pillow and others each have their own errors for a damaged file
            yield Taken(name, reason=Unusable("upload_cut").sentence)


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
        yield {"say": "upload_told_classes", "name": name, "num": len(classes), "origin": found.labels_from}
    if found.split:
        yield {"say": "upload_told_split", "name": name, "split": found.split}
    if left_out := sum(found.left_out.values()):
        yield {"say": "upload_told_left_out", "name": name, "num": left_out}


def told_of_all(notes: Iterable[Note]) -> Iterator[dict[str, Any]]:
    """Yields what was decided for all pictures, as keys of the page's words with their values."""
    for note in notes:
        if note.key in TOLD:
            yield TOLD[note.key](note.values)
