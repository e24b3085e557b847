"""Takes the pictures out of an uploaded file that holds many: an archive, arrays, a table. A .zip is checked first."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from PIL import Image

from ganlib import UserError
from ganlib.datasets.image_set import Found, Source
from ganlib.datasets.options import DEFAULT
from ganlib.datasets.sources import kinds, open_place
from ganlib.datasets.sources.trees import Place
from studio.uploads import zip_files
from studio.uploads.file_facts import Unusable

WRITTEN = {"F": "TIFF", "I": "TIFF"}  # formats that keep the values of these modes; PNG keeps those of all others


@dataclass(frozen=True)
class Unpacked:
    """One picture of the file, written to `path`, or the reason why it is not."""

    name: str
    path: Path
    reason: dict[str, str | int] | None = None


def holds_many(path: Path) -> bool:
    """Whether a file is something else than one picture that can be taken apart, by its first bytes."""
    kind = kinds.kind_of_file(path)
    return kind is not None and kind not in (kinds.PICTURE, kinds.GZIP)


def source_of(path: Path, name: str, most_bytes: int) -> Source:
    """Opens an uploaded file as a data set. Raises Unusable."""
    if zip_files.is_zip(path):
        zip_files.check(path, most_bytes)
    try:
        return open_place(Place(path, PurePosixPath(name).stem, name), DEFAULT)
    except UserError as error:
        raise Unusable("upload_unread", why=str(error)) from None


def unpacked(source: Source, folder: Path) -> Iterator[Unpacked]:
    """Writes each picture of a source to a file in `folder`, which the caller moves or deletes."""
    path = folder / "unpacked"
    for item in source.items():
        name = PurePosixPath(item.name).name
        try:
            with item.open() as image:
                image.load()
                image.save(path, WRITTEN.get(image.mode, "PNG"))
        except Exception:  # a hostile file makes Pillow raise nearly anything
            yield Unpacked(name, path, {"say": "upload_cut"})
        else:
            yield Unpacked(name, path)


def told(found: Found) -> Iterator[dict[str, str | int]]:
    """Yields what is said of a file beside its pictures, as keys of the page's words with their values."""
    if found.split:
        yield {"say": "upload_of_split", "split": found.split}
    for reason, count in found.left_out.items():
        yield {"say": f"upload_left_out_{reason.replace(' ', '_')}", "num": count}
