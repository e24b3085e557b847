"""Samples as separate files: their names, their PNGs, and their metadata in the form of Hugging Face's imagefolder."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ganlib import pictures
from ganlib.sampling.samples import Place, Samples

METADATA = "metadata.jsonl"
_JSON = json.JSONEncoder(ensure_ascii=False)
MOST_LETTERS = 48  # of a class in a file's name, which may have 255 bytes
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\ud800-\udfff]')  # in file names, on one system or another
_TAKEN = re.compile(rf"(con|prn|aux|nul|com\d|lpt\d)(\..*)?|{re.escape(METADATA)}", re.IGNORECASE)  # Windows' devices; ours


@dataclass(frozen=True)
class SampleFiles:
    """The files of `samples`: "seed7-00012-cat.png", or "cat/seed7-00012.png" with `folders`, a folder per class."""

    samples: Samples
    folders: bool = False

    def name(self, place: Place) -> str:
        """Returns a picture's path in its folder or archive. It doesn't depend on how many pictures there are."""
        stem = f"seed{place.seed}-{place.index:05d}"
        if place.label is None:
            return f"{stem}.png"
        label = self._stems[place.label]
        return f"{label}/{stem}.png" if self.folders else f"{stem}-{label}.png"

    def facts(self, place: Place) -> dict[str, Any]:
        """Returns what draws a picture again: its label, seed, index and truncation, and the run's snapshot."""
        label = {} if place.label is None else {"label": self._labels[place.label]}
        return {**label, "seed": place.seed, "index": place.index, **self._common}

    def png(self, place: Place, image: np.ndarray) -> bytes:
        """Returns a picture, uint8 (C, H, W), as a PNG with its facts inside."""
        return pictures.png(pictures.as_picture(image), self.facts(place))

    def metadata(self) -> Iterator[str]:
        """Yields the lines of METADATA, one per picture."""
        for place in self.samples.places():
            yield _JSON.encode({"file_name": self.name(place)} | self.facts(place)) + "\n"

    @cached_property
    def _common(self) -> dict[str, Any]:
        samples, snapshot = self.samples, self.samples.snapshot
        return {"truncation": samples.truncation, "run": samples.run, "epoch": snapshot.epoch, "images": snapshot.images}

    @cached_property
    def _labels(self) -> tuple[str, ...]:
        return self.samples.config.labels

    @cached_property
    def _stems(self) -> tuple[str, ...]:
        return stems(self._labels)


def stems(names: Sequence[str]) -> tuple[str, ...]:
    """Returns the classes as parts of file names that are valid and distinct on every system, numbered where they must be."""
    shown = [_FORBIDDEN.sub("_", name).strip(" .")[:MOST_LETTERS].rstrip(" .") for name in names]
    distinct = len({stem.casefold() for stem in shown}) == len(shown)
    if distinct and all(stem and not _TAKEN.fullmatch(stem) for stem in shown):
        return tuple(shown)
    return tuple(f"{number}_{stem}" for number, stem in enumerate(shown))
