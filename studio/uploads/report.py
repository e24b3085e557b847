"""Describes an upload's pictures to the page: each one, and the report on all of them."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ganlib.datasets.sources.pictures.files import folder_labels
from ganlib.recipes import FEW
from ganlib.sizes import Size, height_width
from studio.uploads.item import Item

FEWEST = 16  # different pictures that a training needs

Doubles = Sequence[tuple[int | None, int | None]]  # of file_facts.doubles


def labels_of(usable: Mapping[int, Item]) -> dict[int, str | None]:
    """Returns the class of each picture: that in the archive, array or table that it came in, else the folder that it was sent
    in; None without one."""
    folders = folder_labels([item.name for item in usable.values()])
    return {number: item.label or folders.get(item.name) for number, item in usable.items()}


def classes_of(usable: Mapping[int, Item]) -> tuple[dict[str, int], int]:
    """Returns how many pictures there are of each class, and how many have none; no classes where there is a single one."""
    labels = labels_of(usable).values()
    counts = Counter(label for label in labels if label is not None)
    return (dict(sorted(counts.items())), len(labels) - counts.total()) if len(counts) > 1 else ({}, 0)


def described(usable: Mapping[int, Item], size: Size, doubles: Doubles) -> Iterator[dict[str, Any]]:
    """Describes each picture to the page; a duplicate by the number of its original."""
    numbers = list(usable)
    for (number, item), (exact, near) in zip(usable.items(), doubles, strict=True):
        crop = item.crop(size)
        yield {
            "n": number,
            "name": item.name,
            "width": item.seen.width,
            "height": item.seen.height,
            "crop": [crop.left, crop.top, crop.width],
            "duplicate_of": None if exact is None else numbers[exact],
            "near_of": None if near is None else numbers[near],
        }


def report(items: Mapping[int, Item], usable: Mapping[int, Item], size: Size, doubles: Doubles) -> dict[str, Any]:
    """Returns the report on an upload of these `items`, of which some are `usable`."""
    pictures, broken = list(usable.values()), [item for item in items.values() if item.reason]
    grey = sum(item.seen.grey for item in pictures)
    different = len({item.seen.digest for item in pictures})
    sizes = sorted(((item.seen.width, item.seen.height) for item in pictures), key=min)
    classes, unlabelled = classes_of(usable)
    return {
        "waiting": len(items) - len(usable) - len(broken),
        "usable": len(usable),
        "different": different,
        "broken": [{"name": item.name, "reason": item.reason} for item in broken],
        "grey": grey,
        "colour": len(pictures) - grey,
        "transparent": sum(item.transparent for item in pictures),
        "classes": list(classes.items()),
        "unlabelled": unlabelled,
        "frames": sum(item.frames for item in pictures if item.frames > 1),
        "sizes": {"smallest": sizes[0], "largest": sizes[-1]} if sizes else None,
        "enlarged": sum(item.crop(size).width < height_width(size)[1] for item in pictures),
        "exact": sum(exact is not None for exact, _ in doubles),
        "near": sum(near is not None for _, near in doubles),
        "fewest": FEWEST,
        "enough": "too_few" if different < FEWEST else "few" if len(usable) < FEW else "enough",
    }
