"""One file of a visitor's upload: a picture with its class and the part that is taken of it, or why it can't be used."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ganlib.datasets.decoding import Crop
from ganlib.sizes import Size, height_width
from studio.uploads.file_facts import Facts


@dataclass
class Item:
    """An uploaded file: not examined yet, a picture with `facts`, or unusable with a `reason`."""

    name: str  # given by the visitor; only displayed
    path: Path
    label: str | None = None  # its class, of the archive, array or table that it came in
    facts: Facts | None = None
    reason: dict[str, Any] | None = None
    chosen: Crop | None = None  # None for the centre

    @property
    def seen(self) -> Facts:
        """The facts of a picture that can be used."""
        assert self.facts is not None
        return self.facts

    @property
    def transparent(self) -> bool:
        return self.seen.seen.transparent is not None

    @property
    def frames(self) -> int:
        return self.seen.seen.frames

    def crop(self, size: Size) -> Crop:
        """Returns the part of the picture that becomes one of this size: the chosen one, with the size's aspect."""
        height, width = height_width(size)
        if self.chosen is None:
            return Crop.centred(self.seen.width, self.seen.height, width / height)
        across = min(self.chosen.width, max(1, rounded(self.seen.height * width / height)))
        down = min(self.seen.height, max(1, rounded(across * height / width)))
        left, top = min(self.chosen.left, self.seen.width - across), min(self.chosen.top, self.seen.height - down)
        return Crop(left, top, across, down)


def rounded(length: float) -> int:
    """Rounds as JavaScript does, halves upward, so that the page and the server crop alike."""
    return math.floor(length + 0.5)
