"""Opens a data set wherever and in whatever form it is: pictures in folders and archives, arrays, tables, on the Hub.

What a path holds is told by its content, never by its extension. The Hub's repositories are folders too, once they are fetched.
"""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ganlib import UserError
from ganlib.datasets.image_set import Source, digest
from ganlib.datasets.options import ReadOptions
from ganlib.datasets.sources import foreign, hub, kinds
from ganlib.datasets.sources.archives.nested import archives_in, expanded
from ganlib.datasets.sources.archives.tree import archive_tree
from ganlib.datasets.sources.archives.unpacking import first_within, unpacked_folder
from ganlib.datasets.sources.arrays import array_source
from ganlib.datasets.sources.arrays.files import array_files, is_called_table, is_npz
from ganlib.datasets.sources.arrays.rows import told_if_damaged
from ganlib.datasets.sources.databases import DATABASE, database_source
from ganlib.datasets.sources.pictures.files import picture_source
from ganlib.datasets.sources.pictures.frames import frame_source
from ganlib.datasets.sources.pictures.layout import is_picture
from ganlib.datasets.sources.tables import hold_pictures, table_source
from ganlib.datasets.sources.tables.files import ENDINGS, one_table, table_files
from ganlib.datasets.sources.trees import Place, Tree, file_on_disk, folder_tree

Opener = Callable[[Place, ReadOptions], Source]

HUB = "hub:"
PREVIEWS = 16  # pictures beside archives, of a set that lies in these


def open_source(source: str, options: ReadOptions) -> Source | None:
    """Opens a path or hub:OWNER/NAME; None where there is nothing. Raises UserError for what can't be read."""
    if source.startswith(HUB):
        return _open_repository(source.removeprefix(HUB), options)
    path = Path(os.path.expanduser(source))
    return open_place(Place.of(path), options) if os.path.exists(path) and source else None


def _open_repository(repository: str, options: ReadOptions) -> Source:
    folder = hub.fetched(repository)
    source = open_place(Place(folder, repository, f"the dataset {repository} on the Hub"), options)
    # The folder's name is the commit, which identifies the images; modification times differ between machines.
    older = f"{repository}@{folder.name} {options.split}"
    return replace(source, identity=digest((older, options)), older=older)


def open_place(place: Place, options: ReadOptions) -> Source:
    """Opens a file or folder. Raises UserError."""
    return (_open_folder if place.path.is_dir() else _open_file)(place, options)


def _archive(place: Place, options: ReadOptions) -> Source:
    if is_npz(file_on_disk(place.path).open):
        return _arrays(place, options)
    with told_if_damaged(place.said):
        tree = archive_tree(place, decoded=options.decoding > 1)
        return _of_arrays(tree, options) or _of_tables(tree, options) or _pictures(tree, options)


def _pictures(tree: Tree, options: ReadOptions) -> Source:
    """Opens pictures, or archives of pictures that have no more than a few beside them, such as a preview."""
    archives = archives_in(tree) if options.decoding > 1 else []
    beside = [name for name, file in tree.files.items() if is_picture(name, file)] if archives else []
    if archives and len(beside) <= PREVIEWS:
        inner = expanded(tree, archives, beside)
        if any(is_picture(name, file) for name, file in inner.files.items()):
            tree = inner
    return picture_source(tree, options)


def _table(place: Place, options: ReadOptions) -> Source:
    return table_source(place, [one_table(place.said, place.path)], options)


def _arrays(place: Place, options: ReadOptions) -> Source:
    files = {place.path.name: file_on_disk(place.path)}
    if not array_files(files) and kinds.kind_of_file(place.path) == kinds.TEXT and not is_called_table(place.path.name):
        raise _not_read(place, _head(place))
    return array_source(place, files, options)


def _compressed(place: Place, options: ReadOptions) -> Source:
    head = first_within(place)
    kind = kinds.kind_of(head[: kinds.HEAD])
    if kind == kinds.TAR:
        return _archive(place, options)
    if kind not in ARRAYS or kinds.kind_of_file(place.path) != kinds.GZIP:
        raise _not_read(place, head)
    return _arrays(place, options)


def _of_arrays(tree: Tree, options: ReadOptions) -> Source | None:
    """Opens files of arrays in a folder or archive; None where there are pictures or no arrays."""
    if any(is_picture(name, file) for name, file in tree.files.items()):
        return None
    files = array_files(tree.files)
    return array_source(tree.place, files, options) if files else None


def _of_tables(tree: Tree, options: ReadOptions) -> Source | None:
    """Opens a database or tables in an archive, which are unpacked once into the cache; None where there are pictures or no
    tables."""
    if any(is_picture(name, file) for name, file in tree.files.items()) or not hold_tables(tree):
        return None
    return _open_folder(Place(inmost(unpacked_folder(tree)), tree.place.name, tree.place.said), options)


def hold_tables(tree: Tree) -> bool:
    """Whether a tree holds a database, parquet, or what `datasets` saves."""
    return any(name.rpartition("/")[2] == DATABASE or name.lower().endswith(ENDINGS) for name in tree.files)


def inmost(folder: Path) -> Path:
    """Returns the folder below one, in which all its files lie."""
    inside = list(folder.iterdir())
    return inmost(inside[0]) if len(inside) == 1 and inside[0].is_dir() else folder


ARRAYS = (kinds.NPY, kinds.IDX, kinds.TEXT)
FILES: dict[str, Opener] = {
    **dict.fromkeys((kinds.ZIP, kinds.TAR), _archive),
    **dict.fromkeys(kinds.COMPRESSED, _compressed),
    **dict.fromkeys((kinds.PARQUET, kinds.ARROW), _table),
    **dict.fromkeys(ARRAYS, _arrays),
    kinds.LMDB: database_source,
    kinds.PICTURE: frame_source,
}


def _head(place: Place) -> bytes:
    return foreign.head_of(file_on_disk(place.path))


def _not_read(place: Place, head: bytes) -> UserError:
    found = foreign.kind(head[: foreign.HEAD])
    if found:
        return UserError(f"{place.said} is {found.one}, and is not read: {found.instead}.")
    return UserError(f"{place.said} is no .zip or other data set that can be read; give a folder or .zip of images.")


def _open_file(place: Place, options: ReadOptions) -> Source:
    opener = FILES.get(kinds.kind_of_file(place.path) or "")
    if opener is None:
        raise _not_read(place, _head(place))
    return opener(place, options)


def _open_folder(place: Place, options: ReadOptions) -> Source:
    """Opens a folder by what it holds: tables, one archive, or else pictures."""
    tree = folder_tree(place)
    if DATABASE in tree.files:
        return database_source(place, options)
    tables = table_files(place.said, {name: place.path / name for name in tree.files})
    if tables and (hold_pictures(tables) or not any(is_picture(name, file) for name, file in tree.files.items())):
        return table_source(place, tables, options)
    if arrays := _of_arrays(tree, options):
        return arrays
    archives = archives_in(tree)
    if len(archives) == 1 and not any(is_picture(name, file) for name, file in tree.files.items()):
        return _open_file(Place(place.path / archives[0], place.name, place.said), options)
    return _pictures(tree, options)
