"""Opens an archive as a tree of files: a .zip, or a tar that may be compressed."""

from ganlib.datasets.sources import kinds
from ganlib.datasets.sources.archives.tars import tar_tree
from ganlib.datasets.sources.archives.zips import zip_tree
from ganlib.datasets.sources.trees import Place, Tree

ARCHIVES = (kinds.ZIP, kinds.TAR, *kinds.COMPRESSED)


def archive_tree(place: Place, decoded: bool = True) -> Tree:
    """Returns the members of a .zip or tar, which may be compressed; `decoded` is that of `zip_tree`.

    Raises UserError for a damaged or unsafe one."""
    return zip_tree(place, decoded) if kinds.kind_of_file(place.path) == kinds.ZIP else tar_tree(place)
