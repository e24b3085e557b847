"""What the menus offer, in a language: runs, snapshots and labels."""

from collections.abc import Iterable
from typing import Any

import gradio as gr

from studio.library import Entry
from studio.words import language, word

ALL = -1  # the value of a menu's "every label"; in Epochs, which has no rows by label, of "mixed"
MIXED = -2  # of Generate's "mixed"
MOST_ROWS = 16  # labels that get a row each


def runs(entries: dict[str, Entry], speech: str, names: Iterable[str] | None = None) -> list[tuple[str, str]]:
    """All runs, or those called `names`; damaged ones are marked."""
    damaged = {name for name, entry in entries.items() if entry.damage}
    marked = {name: word(language(speech), "damaged_choice", run=name) for name in damaged}
    return [(marked.get(name, name), name) for name in (entries if names is None else names)]


def snapshots(entry: Entry | None, speech: str) -> list[tuple[str, int]]:
    """The moments of a run, by images seen."""
    return [(moment(snapshot.label, speech), snapshot.images) for snapshot in (entry.snapshots if entry else ())]


def moment(label: str, speech: str) -> str:
    """A snapshot's label, in a language: "epoch 12" is 第 12 轮, "epoch 0.06" is 0.06 轮."""
    _, _, epoch = label.partition("epoch ")
    if not epoch:
        return word(language(speech), "untrained")
    return word(language(speech), "epoch" if epoch.isdecimal() else "epoch_part", epoch=epoch)


def labels(entry: Entry | None, speech: str, every: str) -> list[tuple[str, int]]:
    """The classes of a run by number, before them the choice that is called `every`; empty without labels."""
    count = classes(entry)
    names = entry.run.config.class_names[:count] if count else ()
    first = [(word(language(speech), every), ALL)] if count else []
    return first + [(name, number) for number, name in enumerate(names)]


def grid_labels(entry: Entry | None, speech: str) -> list[tuple[str, int]]:
    """What a grid may show: labels in turn, where they fit every label in a row of its own, and one label; empty without."""
    one = labels(entry, speech, "every_label")
    mixed = [(word(language(speech), "mixed_labels"), MIXED)] if one else []
    return mixed + (one if classes(entry) <= MOST_ROWS else one[1:])


def classes(entry: Entry | None) -> int:
    """How many labels a run's generator knows; 0 without."""
    return entry.run.config.num_classes if entry and entry.run else 0


def by_rows(entry: Entry | None, label: int | None) -> bool:
    """Whether pictures are shown one row per label."""
    return label == ALL and 0 < classes(entry) <= MOST_ROWS


def chosen(entry: Entry | None, label: object) -> int | None:
    """The label that a menu's value means for this run; None for all or mixed, and for what the run doesn't have."""
    return label if isinstance(label, int) and 0 <= label < classes(entry) else None


def update(choices: list[tuple[str, Any]], value: Any) -> dict[str, Any]:
    """Turns a menu into these choices; `value` where it is among them, else the first."""
    values = [choice for _, choice in choices]
    return gr.update(choices=choices, value=value if value in values else next(iter(values), None))
