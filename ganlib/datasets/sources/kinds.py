"""Tells what a file is by its first bytes: a picture, an archive, a table, arrays."""

from collections.abc import Callable
from pathlib import Path

HEAD = 264  # bytes that `kind_of` needs
PICTURE, ZIP, TAR, GZIP, BZIP2, XZ = "picture", "zip", "tar", "gzip", "bzip2", "xz"
NPY, PARQUET, ARROW, IDX, LMDB, TEXT = "npy", "parquet", "arrow", "idx", "lmdb", "text"
ARROW_FILE = b"ARROW1"
COMPRESSED = (GZIP, BZIP2, XZ)

AVIF_HEIC = (b"avif", b"avis", b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")

_SIGNATURES: tuple[tuple[str, Callable[[bytes], bool]], ...] = (
    (PICTURE, lambda head: head.startswith(b"\xff\xd8\xff")),  # JPEG
    (PICTURE, lambda head: head.startswith(b"\x89PNG\r\n\x1a\n")),
    (PICTURE, lambda head: head.startswith((b"GIF87a", b"GIF89a"))),
    (PICTURE, lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP"),
    (PICTURE, lambda head: head.startswith(b"BM") and head[6:10] == bytes(4)),
    (PICTURE, lambda head: head.startswith((b"II*\0", b"MM\0*"))),  # TIFF
    (PICTURE, lambda head: head[:1] == b"P" and head[1:2] in b"123456f" and head[2:3].isspace()),  # PBM to PFM
    (PICTURE, lambda head: head[4:8] == b"ftyp" and head[8:12] in AVIF_HEIC),
    (PICTURE, lambda head: head.startswith(b"\0\0\1\0")),  # ICO
    (PICTURE, lambda head: head.startswith((b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51"))),  # JPEG 2000
    (ZIP, lambda head: head.startswith((b"PK\x03\x04", b"PK\x05\x06"))),
    (TAR, lambda head: head[257:262] == b"ustar"),
    (GZIP, lambda head: head.startswith(b"\x1f\x8b")),
    (BZIP2, lambda head: head.startswith(b"BZh")),
    (XZ, lambda head: head.startswith(b"\xfd7zXZ\0")),
    (NPY, lambda head: head.startswith(b"\x93NUMPY")),
    (PARQUET, lambda head: head.startswith(b"PAR1")),
    (ARROW, lambda head: head.startswith(b"\xff\xff\xff\xff") and head[8:9] == b"\x10"),  # a stream, which begins with a schema
    (ARROW, lambda head: head.startswith(ARROW_FILE)),
    (IDX, lambda head: head[:2] == bytes(2) and head[2:3] in b"\x08\x09\x0b\x0c\x0d\x0e" and head[3:4] in b"\1\2\3\4"),
    (LMDB, lambda head: head[16:20] == b"\xde\xc0\xef\xbe"),  # after the header of its first page
    (TEXT, lambda head: bool(head) and not any(byte < 32 and byte not in b"\t\n\r" for byte in head)),
)


def kind_of(head: bytes) -> str | None:
    """Returns the kind of a file with these first bytes; None for another."""
    return next((kind for kind, matches in _SIGNATURES if matches(head)), None)


def kind_of_file(path: Path) -> str | None:
    with path.open("rb") as file:
        return kind_of(file.read(HEAD))
