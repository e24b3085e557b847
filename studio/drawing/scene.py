"""A request for pictures: latents of a run, and the snapshots that draw them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ganlib.runs.run import Snapshot
from studio.drawing import sheets
from studio.library import Entry, Library


@dataclass(frozen=True)
class Scene:
    """Latents of a run, and the snapshots that draw them."""

    entry: Entry
    snapshots: list[Snapshot]
    z: np.ndarray  # (N, dim), not truncated
    labels: np.ndarray | None  # (N,)
    truncation: float
    origins: Sequence[dict[str, int] | None]  # N times {seed, index}, None for a modified latent

    def images(self, library: Library) -> np.ndarray:
        """Draws its pictures, uint8 (snapshots * N, C, H, W), ordered by snapshot."""
        parts = [
            sheets.images_of(library, self.entry, snapshot, self.z, self.labels, self.truncation) for snapshot in self.snapshots
        ]
        return np.concatenate(parts)
