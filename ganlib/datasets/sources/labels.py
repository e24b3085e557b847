"""What a column or an array of labels says: classes, or numbers and lists that are none."""

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Real
from typing import Any

from ganlib import UserError
from ganlib.datasets.names import composed
from ganlib.datasets.options import ReadOptions
from ganlib.datasets.summary import Note

MOST_CLASSES = 1_000  # of numbers that are labels
FEW_NUMBERS = 16  # different ones may be classes of as few pictures
FEW = 2  # pictures; most classes of a set with so few each are no classes
MANY = 10  # classes; in a set with no more, a picture or two each are classes


def class_names(metadata: Mapping[bytes, bytes] | None, column: str) -> tuple[str, ...] | None:
    """Returns the names of a column's classes, which the Hub's type ClassLabel holds in the metadata of a table's schema;
    None without them."""
    try:
        feature = json.loads((metadata or {}).get(b"huggingface", b"{}"))["info"]["features"][column]
        return tuple(map(str, feature["names"])) if feature["_type"] == "ClassLabel" else None
    except (ValueError, KeyError, TypeError):
        return None


def class_named(value: Any, names: Sequence[str]) -> Any:
    """Returns the name of the class of this number, None for a number without one; values of other types as they are."""
    if not isinstance(value, int):
        return value
    return names[value] if value in range(len(names)) else None


@dataclass(frozen=True)
class Labels:
    """The class of each row, None without one, and of which rows the pictures are taken."""

    classes: Sequence[str | None] | None  # None where the set has no labels
    left_out: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()

    def takes(self, row: int) -> bool:
        """Whether the picture of a row is taken: rows without a label are left out of a set that has labels."""
        return self.classes is None or self.classes[row] is not None

    def of(self, row: int) -> str | None:
        return None if self.classes is None else self.classes[row]


NONE = Labels(None)


def labels_of(values: Sequence[Any], said: str, names: Sequence[str] | None = None) -> Labels:
    """Returns the labels of a set's rows: text, or whole numbers, which index `names` if there are any. None, NaN and -1 are no
    label. Raises UserError where the values of `said`, a column or an array, are no classes."""
    known = [_class(value, names, said) for value in values]
    if names is None:
        _refuse_numbers([value for value in known if value is not None], said)
    classes = [None if value is None else str(value) for value in known]
    counts = Counter(label for label in classes if label is not None)
    missing = len(classes) - counts.total()
    if missing == 0:
        return Labels(classes)
    if 2 * missing > len(classes) or len(counts) < 2:
        note = Note("labels_missing", {"missing": missing, "images": len(classes)})
        return Labels(None, notes=(note,) if counts else ())
    return Labels(classes, {"no label": missing})


def are_thin(classes: Iterable[str | None]) -> bool:
    """Whether most classes of a set have a picture or two, too few for a conditional GAN."""
    counts = Counter(label for label in classes if label is not None)
    return len(counts) > MANY and 2 * sum(count <= FEW for count in counts.values()) > len(counts)


def unless_thin(labels: Labels, origin: str, options: ReadOptions) -> Labels:
    """Drops thin labels, unless they are asked for. `origin` says where they come from."""
    if labels.classes is None or options.labels != "auto" or options.label_column or not are_thin(labels.classes):
        return labels
    return Labels(None, notes=(Note("labels_thin", {"classes": len(set(labels.classes) - {None}), "origin": origin}),))


def _class(value: Any, names: Sequence[str] | None, said: str) -> str | int | None:
    if isinstance(value, list | tuple | dict | set):
        raise UserError(
            f"{said} holds several labels for each picture, and a class is one; choose another with --label-column, or go on "
            "without labels: --labels none."
        )
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if value is None or not isinstance(value, Real):
        return composed(str(value)).strip() or None if value is not None else None
    number = float(value)
    if math.isnan(number) or number == -1:
        return None
    if not number.is_integer():
        raise UserError(
            f"{said} holds numbers such as {number:g}, which are no classes; choose another with --label-column, or go on "
            "without labels: --labels none."
        )
    if names is None:
        return int(number)
    return names[int(number)] if int(number) in range(len(names)) else None


def _refuse_numbers(values: Sequence[str | int], said: str) -> None:
    """Refuses numbers of things, such as identifiers."""
    different = len({value for value in values if isinstance(value, int)})
    if different > MOST_CLASSES or different > max(FEW_NUMBERS, len(values) / 2):
        raise UserError(
            f"{said} holds {different:,} different numbers for {len(values):,} pictures, too many to be classes; choose "
            "another with --label-column, or go on without labels: --labels none."
        )
