"""Names files of known kinds that are not read, and says what to do with them. To add a kind, add a row."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from ganlib.datasets.sources.kinds import AVIF_HEIC
from ganlib.datasets.sources.trees import File

HEAD = 512  # bytes that the rows look at
LOOKED_AT = 16  # files of a folder without pictures


class Foreign(NamedTuple):
    """A kind of files: what one is, what to do, and whether its first bytes are those of one."""

    one: str
    instead: str
    matches: Callable[[bytes], bool]


_UNPACK = "unpack it and give the folder, or pack it as .zip or .tar"
_AS_ARRAY = "save its pictures as .npy or .npz, N x H x W or N x H x W x C"
_AS_PICTURES, _AS_PNG = "export its pictures as PNG", "export it as PNG"
_FRAMES = "save its frames as pictures into a folder"

FOREIGN = (
    Foreign("a pointer of Git LFS", "fetch what it points to by git lfs pull", lambda head: head.startswith(b"version https://git-lfs")),
    Foreign("a RAR archive", _UNPACK, lambda head: head.startswith(b"Rar!\x1a\x07")),
    Foreign("a 7z archive", _UNPACK, lambda head: head.startswith(b"7z\xbc\xaf\x27\x1c")),
    Foreign("compressed by Zstandard", _UNPACK, lambda head: head.startswith(b"\x28\xb5\x2f\xfd")),
    Foreign("a MATLAB file", _AS_ARRAY, lambda head: head.startswith(b"MATLAB ")),
    Foreign("an HDF5 file", _AS_ARRAY, lambda head: head.startswith(b"\x89HDF\r\n\x1a\n")),
    Foreign("a FITS file", _AS_ARRAY, lambda head: head.startswith(b"SIMPLE  =")),
    Foreign("a NIfTI scan", _AS_ARRAY, lambda head: head[344:348] in (b"n+1\0", b"ni1\0")),
    Foreign("a pickle, which could run code", _AS_ARRAY, lambda head: head[:2] in (b"\x80\2", b"\x80\3", b"\x80\4", b"\x80\5")),
    Foreign("an SQLite database", _AS_PICTURES, lambda head: head.startswith(b"SQLite format 3\0")),
    Foreign("a DICOM scan", "export its slices as 16-bit PNG or TIFF", lambda head: head[128:132] == b"DICM"),
    Foreign("a film", _FRAMES, lambda head: head[4:8] == b"ftyp" and head[8:12] not in AVIF_HEIC),
    Foreign("a film", _FRAMES, lambda head: head.startswith((b"\x1a\x45\xdf\xa3", b"\0\0\1\xba", b"FLV\1"))),
    Foreign("a film", _FRAMES, lambda head: head[:4] == b"RIFF" and head[8:12] == b"AVI "),
    Foreign("a PDF", _AS_PICTURES, lambda head: head.startswith(b"%PDF")),
    Foreign("a Photoshop file", _AS_PNG, lambda head: head.startswith(b"8BPS")),
    Foreign("an OpenEXR picture", "export it as 32-bit float TIFF", lambda head: head.startswith(b"v/1\x01")),
    Foreign("a JPEG XL picture", _AS_PNG, lambda head: head.startswith((b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n"))),
    Foreign("a drawing in SVG", _AS_PNG, lambda head: b"<svg" in head),
)  # fmt: skip


def kind(head: bytes) -> Foreign | None:
    """Returns the kind of a file with these first HEAD bytes; None where it is none of them."""
    return next((row for row in FOREIGN if row.matches(head)), None)


def kind_among(files: Iterable[File]) -> Foreign | None:
    """Returns the kind of the first of these files that is of one, of a few that are looked at."""
    heads = (head_of(file) for _, file in zip(range(LOOKED_AT), files, strict=False))
    return next((found for head in heads if (found := kind(head))), None)


def head_of(file: File) -> bytes:
    with file.open() as opened:
        return opened.read(HEAD)
