"""What was understood of a data set, told in a short paragraph before it is trained on."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ganlib.datasets.sentences import REASONS, SENTENCES

ONE = re.compile(r"\b1 (picture|file|image)s\b")  # the sentences are written for many
MOST_CLASSES = 12  # that are named in the paragraph


@dataclass(frozen=True)
class Note:
    """One thing to say: a key of sentences.SENTENCES and the values in it."""

    key: str
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        return ONE.sub(r"1 \1", SENTENCES[self.key].format(**self.values))


@dataclass(frozen=True)
class Summary:
    """What a set holds, as training sees it. `files` = those that gave pictures + the sum of `left_out`."""

    name: str
    images: int
    files: int
    channels: int
    size: tuple[int, int]  # height and width, as they are drawn
    smallest: tuple[int, int]  # width and height, as they came
    largest: tuple[int, int]
    classes: Mapping[str, int] | None  # pictures of each
    labels_from: str
    split: str
    levels: tuple[float, float] | None
    left_out: Mapping[str, int]  # files by reason, a key of sentences.REASONS
    spread: int  # between the darkest and the brightest value of the whole set, 0 to 255
    notes: tuple[Note, ...] = ()

    @property
    def told(self) -> tuple[Note, ...]:
        """All that there is to say, the most important first."""
        first = {"name": self.name, "images": self.images, "natural": _between(self.smallest, self.largest)}
        colour = {1: "in grey", 3: "in colour", 4: "in colour with transparency"}[self.channels]
        told = [Note("pictures", first | {"size": _by(self.size[1], self.size[0]), "colour": colour})]
        if self.classes is not None:
            told.append(Note("classes", {"origin": self.labels_from or "the set", "classes": self._classes()}))
        else:
            told.append(Note("no_classes"))
        if self.split:
            told.append(Note("split", {"split": self.split}))
        told += self.notes
        if self.left_out:
            reasons = ", ".join(f"{REASONS[reason]} ({count:,})" for reason, count in self.left_out.items())
            told.append(Note("left_out", {"files": self.files, "reasons": reasons}))
        return tuple(told)

    @property
    def paragraph(self) -> str:
        return " ".join(note.sentence for note in self.told)

    def _classes(self) -> str:
        assert self.classes is not None
        named = [f"{name} ({count:,})" for name, count in self.classes.items()]
        more = len(named) - MOST_CLASSES
        return ", ".join(named[:MOST_CLASSES]) + (f" and {more:,} more" if more > 0 else "")

    def only(self, names: tuple[str, ...]) -> "Summary":
        """Returns the summary of these classes alone."""
        assert self.classes is not None
        kept = {name: self.classes[name] for name in names}
        images = sum(kept.values())
        others = {"other class": self.images - images} if images < self.images else {}
        return replace(self, classes=kept, images=images, left_out={**self.left_out, **others})

    def because(self, key: str, why: str) -> "Summary":
        """Returns the summary with this reason in its notes of that key."""
        notes = (replace(note, values=note.values | {"why": why}) if note.key == key else note for note in self.notes)
        return replace(self, notes=tuple(notes))

    def facts(self) -> dict[str, Any]:
        """Returns the facts for programs: images, size, channels, classes with counts, split, levels, left_out by reason."""
        return {
            "name": self.name,
            "files": self.files,
            "images": self.images,
            "size": list(self.size),
            "channels": self.channels,
            "classes": None if self.classes is None else dict(self.classes),
            "labels_from": self.labels_from,
            "split": self.split,
            "levels": self.levels,
            "left_out": dict(self.left_out),
            "notes": [note.key for note in self.told],
        }

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Summary":
        """The inverse of `to_json`, of our own files. Raises TypeError, KeyError."""
        pairs = {name: tuple(value[name]) for name in ("size", "smallest", "largest")}
        pairs["levels"] = value["levels"] and tuple(value["levels"])
        return cls(**value | pairs | {"notes": tuple(Note(**note) for note in value["notes"])})


def _by(width: int, height: int) -> str:
    return f"{width}x{height}"


def _between(smallest: tuple[int, int], largest: tuple[int, int]) -> str:
    return _by(*smallest) if smallest == largest else f"{_by(*smallest)} to {_by(*largest)}"
