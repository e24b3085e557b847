"""Reads a tree of picture files as a Source: which split is taken, which classes it has, and what is left out."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from functools import partial

from PIL import Image, UnidentifiedImageError

from ganlib.datasets.image_set import Found, Item, NoImages, Source, digest
from ganlib.datasets.options import DEFAULT, ReadOptions
from ganlib.datasets.pixels.opening import OtherKind, open_image
from ganlib.datasets.sources import foreign, splits
from ganlib.datasets.sources.pictures.annotations import Annotations
from ganlib.datasets.sources.pictures.labels import FOLDERS, PictureLabels, labels_of
from ganlib.datasets.sources.pictures.layout import divided, layout_of
from ganlib.datasets.sources.trees import File, Tree


def picture_source(tree: Tree, options: ReadOptions) -> Source:
    """Returns the pictures of a tree. Raises UserError when there is none, NoSuchSplit without the split."""
    where = tree.place.said
    layout = layout_of(tree, options)
    if not layout.splits:
        other = foreign.kind_among(tree.files.values())
        held = f" What it holds is not read, such as {other.one}: {other.instead}." if other else ""
        raise NoImages(f"There are no images in {where}: it should hold files such as .jpg, .jpeg, .png, .webp.{held}")
    chosen, split = splits.taken(options.split, layout.splits, where)
    labels = labels_of({name: layout.folders[name] for name in chosen}, layout.told, options, where)
    without = _without_label(chosen, labels, layout.splits)
    told, masks = len(layout.told.files), len(layout.masks)
    left_out = Counter(
        {
            **tree.left_out,
            "not a picture": len(tree.files) - len(layout.splits) - masks - told,
            "labels": told,
            "mask": masks,
            "other split": len(layout.splits) - len(chosen),
            "no label": len(without),
        }
    )
    taken = {name: labels.of.get(name) for name in chosen if name not in without}

    def items() -> Iterator[Item]:
        for name, label in taken.items():
            yield Item(name, label, partial(_open, tree.files[name]), tree.files[name].open)

    stamps = [(name, *tree.files[name].stamp) for name in chosen]
    identity, older = digest((stamps, list(taken.items()))), digest(stamps)
    found = Found(len(tree.files) + sum(tree.left_out.values()), split, labels.origin, +left_out, notes=labels.notes)
    return Source(tree.place.name, identity, len(taken), items, older=older, found=found)


def folder_labels(names: Collection[str]) -> Mapping[str, str | None]:
    """Returns the classes that the folders in the names of pictures make, None outside of them; empty without any."""
    _, folders = divided(names, Annotations())
    return labels_of(folders, Annotations(), DEFAULT, "").of


def _open(file: File) -> Image.Image:
    try:
        return open_image(file.open())
    except UnidentifiedImageError as error:
        other = foreign.kind(foreign.head_of(file))
        raise OtherKind(f"{other.one}: {other.instead}") if other else error from None


def _without_label(chosen: Collection[str], labels: PictureLabels, said: Mapping[str, str | None]) -> set[str]:
    """Returns the pictures to leave out for want of a label: those of which metadata tells none, and splits without folders of
    classes, if others have them."""
    without = {name for name in chosen if labels.of and labels.of.get(name) is None}
    if labels.origin != FOLDERS:
        return without
    labelled = {said[name] for name in chosen if name not in without}
    return {name for name in without if said[name] not in labelled} if labelled else set()
