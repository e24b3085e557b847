"""Which column of metadata holds the labels, and its values as they are meant."""

import re
from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import Any

from ganlib import UserError

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


def values_of(column: Sequence[Any]) -> list[Any]:
    """Returns the values of a column of text as numbers where all are, and the number of the class for a one-hot vector."""
    values = [None if value == "" else _of_vector(value) for value in column]
    texts = [value for value in values if isinstance(value, str)]
    if not texts or not all(re.fullmatch(r"-?(0|[1-9]\d{0,14})(\.\d+)?", text) for text in texts):
        return values
    if set(texts) == {"-1", "1"}:
        return values  # no and yes, as in CelebA's attributes; else -1 is no label
    return [float(value) if isinstance(value, str) else value for value in values]


def _of_vector(value: Any) -> Any:
    """Returns the place of the one in a one-hot vector, the only element of a list; other values as they are."""
    if not isinstance(value, list):
        return value
    with suppress(TypeError):
        if len(value) > 1 and set(value) == {0, 1} and sum(value) == 1:
            return value.index(1)
    return value[0] if len(value) == 1 else value
