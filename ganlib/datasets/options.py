"""How a source is read: its split and labels, and how its pictures become pixels of one size and 8 bits."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

BACKGROUNDS: Mapping[str, tuple[int, int, int]] = MappingProxyType({"white": (255, 255, 255), "black": (0, 0, 0)})
CHECKER = "checker"  # squares of two greys, on which nothing disappears
HELD_OUT = "held out"  # the split that measures compare with: the source's own test or validation pictures


@dataclass(frozen=True)
class ReadOptions:
    """The options of reading. By default the content of the set decides; a run's config holds what was decided."""

    split: str = "train"  # a split under any of its usual names, or "all"
    labels: Literal["auto", "folders", "metadata", "none"] = "auto"
    image_column: str = ""  # of tables; "" is the one that holds pictures
    label_column: str = ""  # of tables and metadata; "" is the one called label
    subset: str = ""  # the configuration, where a repository has several
    frames: str = "first"  # of animations and multi-page files: "first", "all", or a number of them, evenly spaced
    fit: Literal["crop", "pad", "stretch"] = "crop"
    levels: tuple[float, float] | None = None  # values drawn black and white, of pictures of more than 8 bits
    background: str = ""  # under transparent pictures: white, black, #rrggbb or checker
    alpha: bool = False  # transparency is a fourth channel
    # 1 to 3: as versions before did. 1: without colour profiles, and 16 bits by their high byte. 2: PGM, PPM and 32 bits as
    # Pillow reads them. 3: palettes and 16 bits without colour profiles, colours of 16 bits without a transparent one, TIFFs
    # of 16 bits lying, with any further channel as alpha.
    decoding: Literal[1, 2, 3, 4] = 4

    def __post_init__(self) -> None:
        """Raises ValueError for values that no source can be read with."""
        if self.levels is not None:
            low, high = self.levels
            if not low < high:
                raise ValueError(f"levels {low:g}:{high:g} are no range: the first must be smaller")
            object.__setattr__(self, "levels", (float(low), float(high)))
        if self.background not in ("", CHECKER, *BACKGROUNDS) and not re.fullmatch("#[0-9a-fA-F]{6}", self.background):
            raise ValueError(f"background {self.background!r} is none: take white, black, checker, or a colour as #rrggbb")
        if self.frames not in ("first", "all") and not re.fullmatch("[1-9][0-9]{0,5}", self.frames):
            raise ValueError(f"frames {self.frames!r} can't be taken: give first, all, or a number from 1")

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "ReadOptions":
        """The inverse of `dataclasses.asdict` through JSON. Raises TypeError, ValueError."""
        return cls(**value | {"levels": value["levels"] and tuple(value["levels"])})


DEFAULT = ReadOptions()
# Runs of earlier versions were read like this.
BEFORE = ReadOptions(labels="folders", background="white", decoding=1)
