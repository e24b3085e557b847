"""Tables of pixels as text: `label,pixel0,...`, also without a header or labels, and columns with all pixels of a picture."""

import io
import itertools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from ganlib import UserError
from ganlib.datasets.decoding import MIN_SIDE
from ganlib.datasets.sources import splits
from ganlib.datasets.sources.arrays.layouts import side_and_channels
from ganlib.datasets.sources.arrays.rows import Open, Rows, told_if_damaged

DELIMITERS = ",;\t "
LABEL = ("label", "labels", "class", "target", "y", "emotion", "digit", "category", "classes")
SPLIT = ("usage", "split", "set", "subset")
BESIDE = ("", "unnamed: 0", "id", "index")  # columns that number the rows
PIXELS = "pixels"  # of a column with all pixels of a picture, separated by spaces
AT_ONCE = 1024  # rows
PEEKED = 256  # rows that tell which column is the label


@dataclass(frozen=True)
class Table:
    """Where a table of text has its pixels and labels."""

    said: str
    open: Open
    delimiter: str
    header: bool
    names: tuple[str, ...]  # of the columns; "" without a header
    pixels: tuple[int, ...]  # columns
    label: int | None = None
    split: int | None = None

    def lines(self) -> Iterator[str]:
        with told_if_damaged(self.said), self.open() as file:
            lines = io.TextIOWrapper(file, "utf-8-sig", errors="replace")
            yield from (line for line in itertools.islice(lines, int(self.header), None) if line.strip())

    def column(self, number: int) -> list[str]:
        with told_if_damaged(self.said):
            return [_fields(line, self.delimiter, number + 1)[number] for line in self.lines()]

    def pictures(self, where: np.ndarray) -> Iterator[np.ndarray]:
        """Yields the pixels of the rows `where` is true, float64 (n, pixels)."""
        lines = itertools.compress(self.lines(), where)
        while some := list(itertools.islice(lines, AT_ONCE)):
            with told_if_damaged(self.said):
                if len(self.pixels) == 1:
                    yield np.loadtxt([_fields(line, self.delimiter)[self.pixels[0]] for line in some], ndmin=2)
                else:
                    delimiter = None if self.delimiter == " " else self.delimiter
                    yield np.loadtxt(some, delimiter=delimiter, usecols=self.pixels, ndmin=2, quotechar='"')


def text_arrays(said: str, name: str, opened: Open, label: str) -> dict[str, Rows]:
    """Returns the arrays of a table: its pixels and, if it has any, its labels, of each split that a column names. They are
    called after the split, else after `name`. `label` is the column of labels, "" for a usual one. Raises UserError for other
    text."""
    table = _table_of(said, opened, label)
    labels = None if table.label is None else _values(table.column(table.label))
    uses = _uses(table, name)
    if not len(uses):
        raise UserError(f"{said} has no rows; give a table of pictures.")
    arrays = {}
    for use in dict.fromkeys(uses.tolist()):
        where = uses == use
        num, width = int(where.sum()), next(table.pictures(where)).shape[1]
        arrays[f"{use} pixels"] = Rows(said, "pixels", (num, width), np.dtype(float), partial(table.pictures, where))
        if labels is not None:
            column = f"column {table.names[table.label or 0] or (table.label or 0) + 1}"
            arrays[f"{use} label"] = Rows(
                f"The {column} of {said}", column, (num,), labels.dtype, partial(iter, [labels[where]])
            )
    return arrays


def holds_pixels(said: str, opened: Open) -> bool:
    """Whether text is a table of pixels."""
    try:
        return bool(_table_of(said, opened, "").pixels)
    except UserError:
        return False


def _uses(table: Table, name: str) -> np.ndarray:
    """Returns the split of each row, by the column that names it, else the name of the table."""
    if table.split is None:
        return np.array([name for _ in table.lines()])
    column = table.column(table.split)
    return np.array([splits.among(splits.words(value)) or value for value in column])


def _values(column: list[str]) -> np.ndarray:
    """Returns numbers where all are numbers, NaN for a missing one; else text."""
    try:
        return np.array([float(value or "nan") for value in column])
    except ValueError:
        return np.array(column)


def _table_of(said: str, opened: Open, label: str) -> Table:
    """Finds the columns of a table. Raises UserError where none are pixels."""
    text = Table(said, opened, "\n", False, (), ())
    first = next(text.lines(), "")
    delimiter = max(DELIMITERS, key=lambda one: len(_fields(first, one)))
    fields = _fields(first, delimiter)
    header = not all(map(_is_number, fields)) or _are_numbered(fields)
    names = tuple(field if header else "" for field in fields)
    table = replace(text, delimiter=delimiter, header=header, names=names)
    known = {name.lower(): number for number, name in reversed(list(enumerate(names))) if name}
    if label and label.lower() not in known:
        raise UserError(f"{said} has no column {label}: --label-column takes one of {', '.join(names[:8])}, ...")
    labels = next((known[name] for name in (label.lower(), *LABEL) if name in known), None)
    table = replace(table, label=labels, split=next((known[name] for name in SPLIT if name in known), None))
    if PIXELS in known:
        return replace(table, pixels=(known[PIXELS],))
    beside = {number for number, name in enumerate(names) if header and name.lower() in BESIDE}
    others = [number for number in range(len(names)) if number not in beside | {table.label, table.split}]
    numbered = [number for number in others if re.search(r"\d$", names[number])]
    for pixels in (numbered, others):
        if side_and_channels(len(pixels)):
            return replace(table, pixels=tuple(pixels))
    if labels is None and side_and_channels(len(others) - 1):
        found = _label_column(table, (others[0], others[-1]))
        return replace(table, label=found, pixels=tuple(number for number in others if number != found))
    raise UserError(
        f"{said} is text with {len(fields):,} columns, and no number of them makes square pictures, grey or in colour, from "
        f"{MIN_SIDE} pixels a side; give a table such as label,pixel0,pixel1,..., or a .npy of shape N x H x W."
    )


def _label_column(table: Table, ends: tuple[int, int]) -> int:
    """Returns which of the first and the last column is the label: the one with values that no pixel has, else the one with the
    fewest different values, but not one alone."""
    with told_if_damaged(table.said):
        some = np.array([_fields(line, table.delimiter) for line in itertools.islice(table.lines(), PEEKED)], float)
    between = some[:, ends[0] + 1 : ends[1]]
    beyond = {end: ((some[:, end] < between.min()) | (some[:, end] > between.max())).any() for end in ends}
    different = {end: len(np.unique(some[:, end])) for end in ends}
    return min(ends, key=lambda end: (not beyond[end], different[end] == 1, different[end]))


def _are_numbered(fields: list[str]) -> bool:
    """Whether numbers are the names of columns as pandas writes them: 0,1,2,..., or a first row that was taken for names, with
    different ones: 0,0.1,7,0.2,7.1."""
    if fields == [str(number) for number in range(len(fields))]:
        return True
    seen: Counter[str] = Counter()
    for field in fields:
        name, _, again = field.partition(".")
        if again != (str(seen[name]) if seen[name] else ""):
            return False
        seen[name] += 1
    return len(fields) > 2 * len(seen)


def _fields(line: str, delimiter: str, most: int = -1) -> list[str]:
    """Splits a line into its fields, at `most` delimiters."""
    fields = line.split(None, most) if delimiter == " " else line.rstrip("\r\n").split(delimiter, most)
    return [field.strip().strip('"') for field in fields]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
