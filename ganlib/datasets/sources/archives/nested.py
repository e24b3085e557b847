"""Several archives of a folder, a repository or another archive as one set: shards, splits, or classes."""

import posixpath
import re
from collections import Counter
from collections.abc import Collection
from functools import lru_cache

from ganlib.datasets.sources import kinds
from ganlib.datasets.sources.archives.tree import ARCHIVES, archive_tree
from ganlib.datasets.sources.archives.unpacking import on_disk
from ganlib.datasets.sources.trees import File, Place, Tree

ENDINGS = re.compile(r"(?i)\.(zip|tar|tgz|tbz2?|txz|tar\.(gz|bz2|xz))$")
_SYNSET = re.compile(r"n\d{8}")  # a class of ImageNet
# The number of a shard: 000123, 00001-of-00010, or a shorter one after a word for a part.
_NUMBER = re.compile(r"(?i)[-_. ]?(?:(?:part|shard|chunk|batch|pack|data|images?|imgs?)[-_. ]?\d+|\d+-of-\d+|\d{3,})$")


def archives_in(tree: Tree) -> list[str]:
    """Returns the names of the archives in a tree, by their endings and their content."""
    return [name for name, file in tree.files.items() if ENDINGS.search(name) and _kind(file) in ARCHIVES]


def expanded(tree: Tree, names: Collection[str], pictures: Collection[str]) -> Tree:
    """Returns a tree with the members of its archives `names` below the name of each, and without the `pictures` beside them.
    Archives that these hold in turn are files. Raises UserError for an archive that can't be read or is unsafe."""
    files = {name: file for name, file in tree.files.items() if name not in {*names, *pictures}}
    left_out = Counter(tree.left_out) + Counter({"beside": len(pictures)})
    for name in names:
        path = on_disk(tree.place, name, tree.files[name])
        inner = archive_tree(Place(path, tree.place.name, f"{name} in {tree.place.said}"))
        files |= {f"{name}/{member}": file for member, file in inner.files.items()}
        left_out += Counter(inner.left_out)
    return Tree(tree.place, dict(sorted(files.items())), left_out)


def folders_of(name: str) -> tuple[str, ...]:
    """Returns the folders of a file of a tree, an archive as a folder called like it less its ending and its number."""
    return _folders(posixpath.dirname(name))


@lru_cache(maxsize=1024)
def _folders(path: str) -> tuple[str, ...]:
    return tuple(filter(None, map(_called, path.split("/"))))


def _called(folder: str) -> str:
    name = ENDINGS.sub("", folder)
    return folder if name == folder else name if _SYNSET.fullmatch(name) else _NUMBER.sub("", name)


def _kind(file: File) -> str | None:
    with file.open(kinds.HEAD) as opened:
        return kinds.kind_of(opened.read(kinds.HEAD))
