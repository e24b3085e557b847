"""What versions before took of a tree, for the runs that they began: other names of pictures and splits, and no metadata."""

import posixpath
from collections.abc import Collection
from pathlib import PurePosixPath

ENDINGS = (
    *(".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm", ".pgm", ".pbm", ".pnm"),
    *(".svg", ".heic", ".heif", ".avif", ".jxl", ".jp2", ".psd", ".eps", ".ico"),
)
HELD_OUT = ("test", "val", "valid", "validation")  # folders; the first found was used, beside one called train


def pictures_in(names: Collection[str]) -> list[str]:
    """Returns the files that were pictures, by their names."""
    return [name for name in names if name.lower().endswith(ENDINGS)]


def splits_of(pictures: Collection[str]) -> dict[str, str | None]:
    """Returns the folder of its split for each picture, None for those of others."""
    folders = {name: PurePosixPath(name).parent.parts for name in pictures}
    shared = len(posixpath.commonprefix(list(folders.values())))
    tops = {name: next(iter(parts[shared:]), None) for name, parts in folders.items()}
    known = {top.lower(): top for top in tops.values() if top}
    held_out = next((known[name] for name in HELD_OUT if name in known), None)
    divided = (known["train"], held_out) if "train" in known and held_out else ()
    return {name: top if top in divided else None for name, top in tops.items()}
