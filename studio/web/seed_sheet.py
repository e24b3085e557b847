"""A seed's pictures: as one PNG sheet for the endpoint and the route `sample`, as files for the route `samples`."""

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from ganlib.runs.run import Snapshot
from ganlib.sampling import labels_for
from ganlib.sampling.sample_files import SampleFiles
from ganlib.sampling.samples import Samples
from studio import validation
from studio.drawing import downloads, sheets
from studio.library import Entry, Library

MOST_PICTURES = 256
MOST_IMAGES = 10**12  # that a snapshot has seen


@dataclass(frozen=True)
class Sample:
    """The first `num` pictures of a seed at a snapshot; without a label, the labels in turn."""

    entry: Entry
    snapshot: Snapshot
    num: int
    seed: int
    truncation: float
    label: int | None

    @classmethod
    def validated(
        cls,
        entry: Entry,
        epoch: Any = None,
        num: Any = 64,
        seed: Any = 0,
        truncation: Any = 1.0,
        label: Any = None,
        images: Any = None,
        most: int = MOST_PICTURES,
    ) -> "Sample":
        """Validates untrusted values; `num` is `most` at most. Raises UserError."""
        num, seed = validation.whole("num", num, 1, most), validation.seed(seed)
        truncation, chosen = validation.truncation(truncation), validation.label(entry, label)
        if images is None:
            snapshot = validation.nearest(entry, epoch)
        else:
            snapshot = validation.moment(entry, validation.whole("images", images, 0, MOST_IMAGES))
        return cls(entry, snapshot, num, seed, truncation, chosen)

    def version(self) -> str:
        """Changes when the sheet does: with the snapshot's file and with each setting."""
        stat = self.snapshot.path.stat()
        settings = (stat.st_mtime_ns, stat.st_size, self.num, self.seed, self.truncation, self.label)
        return hashlib.sha256(repr(settings).encode()).hexdigest()[:24]

    def scene(self, library: Library) -> downloads.Scene:
        """Returns the scene to draw. Raises DamagedFile."""
        z = sheets.latents_of(library, self.entry, self.snapshot, self.num, self.seed)
        labels = labels_for(self.entry.run.config, self.num, self.label)
        origins = [{"seed": self.seed, "index": index} for index in range(self.num)]
        return downloads.Scene(self.entry, [self.snapshot], z, labels, self.truncation, origins)

    def files(self, folders: bool) -> SampleFiles:
        """Returns the pictures as separate files, in a folder per class if `folders`."""
        config = self.entry.run.config
        labels = tuple(range(config.num_classes)) if self.label is None else (self.label,)
        samples = Samples(self.entry.shown, config, self.snapshot, (self.seed,), self.num, labels, self.truncation)
        return SampleFiles(samples, folders and bool(labels))

    def sheet(self, images: np.ndarray) -> downloads.Download:
        """Returns the pictures, uint8 (num, C, H, W), as a PNG with its settings inside."""
        settings = {"seed": self.seed, "truncation": self.truncation, "label": self.label, "num": self.num}
        return downloads.sheet(self.entry, [self.snapshot], images, self._columns(), settings)

    def _columns(self) -> int:
        """Returns one column per label if the labels come in turn, so that each column shows one label."""
        classes = self.entry.run.config.num_classes
        return min(self.num, classes) if self.label is None and 1 < classes <= 16 else sheets.columns_for(self.num)
