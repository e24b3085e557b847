"""Names of runs, snapshots and labels in a language, for menus and reports. Doesn't import Gradio."""

from collections.abc import Iterable
from functools import partial

from ganlib.runs.run import Snapshot, short
from studio.library import Entry
from studio.words import language, word

ALL = -1  # value of the choice "every label"; in Epochs, which has no rows by label, of "mixed"
MIXED = -2  # value of Generate's choice "mixed"
MOST_ROWS = 16  # labels that are shown one per row


def runs(entries: dict[str, Entry], speech: str, names: Iterable[str] | None = None) -> list[tuple[str, str]]:
    """Returns the choices for all runs, or for `names`; damaged and private ones are marked."""
    marked = {name: _run(entry, language(speech)) for name, entry in entries.items()}
    return [(marked.get(name, name), name) for name in (entries if names is None else names)]


def _run(entry: Entry, speech: str) -> str:
    shown = word(speech, "private_choice", run=entry.shown) if entry.private else entry.shown
    return word(speech, "damaged_choice", run=shown) if entry.damage else shown


def snapshots(entry: Entry | None, speech: str) -> list[tuple[str, int]]:
    """Returns a run's snapshots as (label, images seen)."""
    return [(moment(snapshot, speech), snapshot.images) for snapshot in (entry.snapshots if entry else ())]


def moment(snapshot: Snapshot, speech: str) -> str:
    """Returns a snapshot's label in a language, as the page's scripts do: "epoch 12" is 第 12 轮, "epoch 0.06" is 0.06 轮."""
    say = partial(word, language(speech))
    if not snapshot.images:
        if snapshot.blend:
            return say("blend")
        return say("as_parent", parent=snapshot.parent) if snapshot.parent else say("untrained")
    epoch = short(snapshot.epoch)
    return say("epoch" if epoch.isdecimal() else "epoch_part", epoch=epoch)


def labels(entry: Entry | None, speech: str, every: str) -> list[tuple[str, int]]:
    """Returns a run's classes by number, preceded by the choice `every` (a key of words); empty without labels."""
    names = entry.opened.config.labels if entry and entry.opened else ()
    first = [(word(language(speech), every), ALL)] if names else []
    return first + [(name, number) for number, name in enumerate(names)]


def grid_labels(entry: Entry | None, speech: str) -> list[tuple[str, int]]:
    """Returns a grid's choices: mixed labels, a row per label if there are few enough, one label; empty without labels."""
    one = labels(entry, speech, "every_label")
    mixed = [(word(language(speech), "mixed_labels"), MIXED)] if one else []
    return mixed + (one if classes(entry) <= MOST_ROWS else one[1:])


def classes(entry: Entry | None) -> int:
    """Returns the number of a run's classes; 0 if it has none."""
    return entry.opened.config.num_classes if entry and entry.opened else 0


def by_rows(entry: Entry | None, label: int | None) -> bool:
    """Whether pictures are shown one row per label."""
    return label == ALL and 0 < classes(entry) <= MOST_ROWS


def chosen(entry: Entry | None, label: object) -> int | None:
    """Returns the label that a menu's value selects in this run; None for all, mixed, or a label that the run doesn't have."""
    return label if type(label) is int and 0 <= label < classes(entry) else None
