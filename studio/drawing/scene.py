"""A request for pictures: latents of a run, and the snapshots that draw them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ganlib.runs.run import Snapshot
from studio.drawing import sheets
from studio.library import Entry, Library


@dataclass(frozen=True)
class Scene:
    """Latents of a run, and the snapshots at which they are looked at."""

    entry: Entry
    snapshots: list[Snapshot]
    z: np.ndarray  # (N, dim), not truncated
    labels: np.ndarray | None  # (N,)
    truncation: float
    origins: Sequence[dict[str, int] | None]  # N times {seed, index}, None for a changed latent

    def images(self, library: Library) -> np.ndarray:
        """Its pictures, uint8 (snapshots * N, C, H, W): all of the first snapshot first."""
        parts = [
            sheets.images_of(library, self.entry, snapshot, self.z, self.labels, self.truncation) for snapshot in self.snapshots
        ]
        return np.concatenate(parts)
