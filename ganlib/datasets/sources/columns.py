"""Which column of a table or of metadata holds the labels, and whether its values are classes."""

import math
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from ganlib import UserError
from ganlib.datasets.sources.names import composed

LABEL = "label"
ALIKE = (
    "labels",
    "class",
    "classes",
    "class_name",
    "class_label",
    "label_name",
    "category",
    "categories",
    "target",
    "cls",
    "y",
)


class NoClasses(ValueError):
    """Raised for values that are no classes; says why."""


def label_column(columns: Collection[str], asked: str, where: str) -> str | None:
    """Returns the column of labels: the one asked for, `label`, or the only one called alike; None without one. Names are
    compared without regard to case.

    Raises UserError where the one asked for isn't there, and where several could be meant.
    """
    if asked:
        if asked not in columns:
            raise UserError(f"{where} has no column {asked!r}; it has {', '.join(columns)}.")
        return asked
    known = {column.lower(): column for column in columns}
    if LABEL in known:
        return known[LABEL]
    alike = [known[name] for name in ALIKE if name in known]
    if len(alike) > 1:
        raise UserError(f"{where} has the columns {' and '.join(alike)}: say which holds the labels with --label-column.")
    return alike[0] if alike else None


def classes_of(values: Iterable[Any]) -> list[str | None]:
    """Returns the class of each value, None for an empty one. Raises NoClasses for several labels a picture, and for numbers
    with fractions."""
    names = [_class(value) for value in values]
    if any(_fraction(name) for name in names if name is not None):
        raise NoClasses("it holds numbers with fractions, which are no classes")
    return names


def _class(value: Any) -> str | None:
    if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, Sequence) and not isinstance(value, str):
        return _of_vector(value)
    if isinstance(value, dict):
        raise NoClasses("it holds several values a picture")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return composed(str(value)).strip() or None


def _of_vector(value: Sequence) -> str:
    """Returns the number of the class in a one-hot vector, or the only element of a list."""
    if len(value) == 1:
        return str(value[0])
    if len(value) > 1 and sorted(value, key=str)[-1] in (1, 1.0) and all(one in (0, 1) for one in value) and sum(value) == 1:
        return str(list(value).index(1))
    raise NoClasses("it holds several labels a picture")


def _fraction(name: str) -> bool:
    try:
        return not float(name).is_integer()
    except (ValueError, OverflowError):
        return False
