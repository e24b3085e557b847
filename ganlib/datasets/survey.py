"""What decoding a set shows of it: what is decided for the whole set, and what is worth telling."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ganlib.datasets.decoding import Facts, Preparation
from ganlib.datasets.options import ReadOptions
from ganlib.datasets.pixels import levels, transparency
from ganlib.datasets.summary import Note
from ganlib.sizes import size_of, written

UNEVEN = 20  # times as many pictures in the largest class as in the smallest
FEW_NAMED = 5  # classes
LONG = 2.0  # a picture this many times as long as its crop loses enough to be told


@dataclass(frozen=True)
class Pictures:
    """The pictures of one file, prepared: uint8 (C, H, W) each, and what the file held."""

    facts: Facts
    pixels: list[np.ndarray]


class Survey:
    """Adds up the facts of a set's files while they are decoded."""

    def __init__(self, how: Preparation):
        self._how = how
        self.images = self._frames = self._several = self._enlarged = self._coloured = self.grey = 0
        self._levels: list[np.ndarray] = []
        self._transparent: list[np.ndarray] = []
        self._sizes: list[tuple[int, int]] = []  # the smallest and the largest so far
        self._kept = 1.0
        self._darkest, self._brightest = 255, 0
        self.left_out: Counter[str] = Counter()

    def add(self, other: "Survey") -> None:
        """Adds what another survey of the same preparation has seen."""
        self.images += other.images
        self.grey += other.grey
        self._frames += other._frames
        self._several += other._several
        self._enlarged += other._enlarged
        self._coloured += other._coloured
        self._levels += other._levels
        self._transparent += other._transparent
        self._measure(other._sizes)
        self._kept = min(self._kept, other._kept)
        self._darkest, self._brightest = min(self._darkest, other._darkest), max(self._brightest, other._brightest)
        self.left_out += other.left_out

    def see(self, pixels: np.ndarray, grey: bool) -> None:
        """Adds a prepared picture, uint8 (C, H, W)."""
        self.images += 1
        self.grey += grey
        self._darkest = min(self._darkest, int(pixels.min()))
        self._brightest = max(self._brightest, int(pixels.max()))

    def note(self, facts: Facts) -> None:
        """Adds the facts of a file alone, for what is decided and told of the whole set."""
        how = self._how
        if facts.frames > 1:
            self._several += 1
            self._frames += facts.frames
        self._coloured += facts.colour
        if facts.levels is not None:
            self._levels.append(facts.levels)
        if facts.transparent is not None:
            self._transparent.append(facts.transparent)
        self._measure([(facts.width, facts.height)])
        self._enlarged += facts.width < how.width or facts.height < how.height
        aspect = facts.width / facts.height * how.height / how.width
        self._kept = min(self._kept, aspect, 1 / aspect)

    def _measure(self, sizes: list[tuple[int, int]]) -> None:
        if sizes := [*self._sizes, *sizes]:
            self._sizes = [min(sizes, key=_area), max(sizes, key=_area)]

    @property
    def smallest(self) -> tuple[int, int]:
        return self._sizes[0]

    @property
    def largest(self) -> tuple[int, int]:
        return self._sizes[-1]

    @property
    def spread(self) -> int:
        """Levels between the darkest and the brightest value of the set."""
        return max(0, self._brightest - self._darkest)

    def decided(self, options: ReadOptions) -> ReadOptions:
        """Returns the options with the range of levels and the background of the whole set, where it needs them."""
        if self._levels and options.levels is None:
            options = replace(options, levels=levels.range_of(self._levels))
        if self._transparent and not options.background and not options.alpha:
            options = replace(options, background=transparency.chosen(self._transparent))
        return options

    def notes(self, options: ReadOptions, asked_grey: bool) -> Sequence[Note]:
        """Returns what was done to the pictures, for the summary; `options` as decided."""
        notes, size = [], written(size_of(self._how.height, self._how.width))
        if options.fit == "crop" and self._kept * LONG <= 1:
            notes.append(Note("cropped", {"kept": self._kept}))
        elif options.fit != "crop" and self._kept < 1:
            notes.append(Note({"pad": "padded", "stretch": "stretched"}[options.fit], {"size": size}))
        if self._enlarged:
            notes.append(Note("enlarged", {"num": self._enlarged, "size": size}))
        if asked_grey and self._coloured:
            notes.append(Note("colour_dropped", {"num": self._coloured, "why": "grey was asked for"}))
        elif self._how.channels >= 3 and 0 < self.grey < self.images:
            notes.append(Note("grey_kept", {"grey": self.grey, "images": self.images}))
        if self._levels and options.levels is not None:
            low, high = options.levels
            notes.append(Note("levels", {"low": low, "high": high, "num": len(self._levels)}))
        if options.alpha:
            notes.append(Note("alpha"))
        elif self._transparent:
            notes.append(Note("background", {"num": len(self._transparent), "background": options.background}))
        if self._several:
            key = "frames_first" if options.frames == "first" else "frames_taken"
            notes.append(Note(key, {"num": self._several, "frames": self._frames}))
        return notes


def odd(images: int, classes: Mapping[str, int] | None, doubled: int) -> list[Note]:
    """Returns what is odd about a set of so many images, `doubled` of which are copies of another."""
    notes = []
    if doubled == images - 1 > 0:
        notes.append(Note("same"))
    elif doubled:
        notes.append(Note("duplicates", {"num": doubled}))
    if not classes:
        return notes
    single = [name for name, count in classes.items() if count == 1]
    if single:
        notes.append(Note("few_of_class", {"num": len(single), "names": ", ".join(single[:FEW_NAMED])}))
    least, most = min(classes, key=classes.__getitem__), max(classes, key=classes.__getitem__)
    if classes[most] >= UNEVEN * max(1, classes[least]):
        notes.append(Note("imbalance", {"most": most, "least": least, "times": classes[most] / max(1, classes[least])}))
    return notes


def is_grey(pixels: np.ndarray) -> bool:
    """Whether a picture, (C, H, W) of 1 or 3 channels, is grey."""
    return len(pixels) == 1 or (len(pixels) == 3 and all(np.array_equal(pixels[0], other) for other in pixels[1:]))


def _area(size: tuple[int, int]) -> int:
    return size[0] * size[1]
