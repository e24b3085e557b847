"""Writes the pictures of an LMDB database, with their labels, into a tar: `python -m studio.uploads.database_pictures`.

A process of its own for `unpacking`, which says why. Its arguments are the database, the tar, how many bytes this may have, and
the database's name in messages.
"""

import io
import sys
import tarfile
from pathlib import Path

from ganlib import UserError
from ganlib.datasets.options import DEFAULT
from ganlib.datasets.sources.databases import database_source
from ganlib.datasets.sources.trees import Place
from studio.uploads.unpacking import REFUSED, TOO_LARGE


def main(path: str, target: str, most: str, said: str) -> int:
    source = database_source(Place(Path(path), said, said), DEFAULT)
    with tarfile.open(target, "w") as tar:
        for number, item in enumerate(source.items(), 1):
            assert item.content is not None  # they are encoded
            with item.content() as file:
                content = file.read()
            if tar.offset + len(content) > int(most) - tarfile.RECORDSIZE:
                return TOO_LARGE
            _add(tar, f"{number:06}.img", content)
            if item.label is not None:
                _add(tar, f"{number:06}.cls", item.label.encode())
    return 0


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except UserError as error:
        print(error, file=sys.stderr)
        sys.exit(REFUSED)
