"""Parses OWNER/NAME[@REVISION], and lists the files that belong to a run on the Hub."""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase

from ganlib import UserError

_PART = r"(?!\S*(?:--|\.\.))\w(?:[\w.-]{0,94}\w)?"  # the Hub's rules
_REPO = re.compile(rf"{_PART}/{_PART}", re.ASCII)
_REVISION = re.compile(r"(?!\S*\.\.)\w[\w./-]{0,254}", re.ASCII)

# Snapshots, their units and grids are named by their images seen: nine digits, or more in a very long run.
_BY_IMAGES = {"snapshots": "safetensors", "units": "safetensors", "grids": "webp"}
LAYOUT = (
    "config.json",
    "history.jsonl",
    "scores.json",
    "directions.json",
    "inversion.json",
    "README.md",
    "curves.svg",
    "discriminator.safetensors",
    "heads.safetensors",
    *(f"{folder}/{'[0-9]' * digits}.{kind}" for folder, kind in _BY_IMAGES.items() for digits in range(9, 14)),
)


@dataclass(frozen=True)
class Name:
    """A repository on the Hub, and the branch, tag or commit in it: `main` for None."""

    repo: str
    revision: str | None = None

    def __str__(self) -> str:
        return self.repo if self.revision is None else f"{self.repo}@{self.revision}"


def is_name(text: str) -> bool:
    """Whether `text` is a valid name on the Hub. The path of a folder two levels deep can be one, too."""
    repo, at, revision = text.partition("@")
    return bool(_REPO.fullmatch(repo)) and (not at or bool(_REVISION.fullmatch(revision)))


def parse(text: str) -> Name:
    """Parses a name. Raises UserError if it is invalid."""
    if not is_name(text):
        raise UserError(f"{text!r} is not a name on the Hub: give OWNER/NAME, or OWNER/NAME@REVISION.")
    repo, _, revision = text.partition("@")
    return Name(repo, revision or None)


def in_layout(path: str) -> bool:
    """Whether a path belongs to the layout of a run: safetensors, JSON, pictures and the card."""
    return any(fnmatchcase(path, pattern) for pattern in LAYOUT)
