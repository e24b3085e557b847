"""The events that the trainer yields: progress, snapshots, health, rollbacks and the ends of a training."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Literal

from ganlib.runs.run import Snapshot
from ganlib.training.health import Reading


@dataclass(frozen=True)
class Begun:
    """The training starts or resumes at `images`; `total` is None if it is limited by `minutes` only."""

    run: Path
    images: int
    total: int | None
    minutes: float | None
    batch_size: int
    dataset_size: int
    parent: str  # the run that it was fine-tuned from, or empty
    notes: tuple[str, ...]  # sentences on what was chosen


@dataclass(frozen=True)
class Advanced:
    """A heartbeat: the run is at `images` after `seconds` of training. Cheap, since no measure is read."""

    images: int
    seconds: float


@dataclass(frozen=True)
class Progress:
    """The run is at `images` of `total`; the measures are means since the last such event."""

    images: int
    total: int | None  # None if limited by time only
    epoch: float
    images_per_second: float
    measures: dict[str, float]
    vitals: dict[str, float]  # ratios of samples to real pictures: see metrics/vitals.py
    artefacts: dict[str, float] = field(default_factory=dict)  # faults of samples: see metrics/artefacts.py


@dataclass(frozen=True)
class SnapshotSaved:
    """A snapshot and its grid were saved; `scores` are its measures if requested."""

    snapshot: Snapshot
    grid: Path
    scores: dict[str, float] = field(default_factory=dict)

    @property
    def images(self) -> int:
        return self.snapshot.images


@dataclass(frozen=True)
class GridSaved:
    """A grid between two snapshots was saved."""

    images: int
    grid: Path


@dataclass(frozen=True)
class HealthRead:
    """The run's health: yielded when the verdict changes, and at the end."""

    images: int
    reading: Reading


@dataclass(frozen=True)
class RolledBack:
    """The run diverged and continues from its last good state, at `images`, with these learning rates."""

    images: int
    g_lr: float
    d_lr: float

    @property
    def sentence(self) -> str:
        place = f"its last good state, after {self.images:,} images," if self.images else "its beginning"
        return f"Went back to {place} and goes on with half the learning rates (g_lr {self.g_lr:g}, d_lr {self.d_lr:g})."


@dataclass(frozen=True)
class Diverged:
    """The run can't go on; what was saved before is kept."""

    images: int
    message: str


@dataclass(frozen=True)
class Failed:
    """The training failed on this machine; what was saved before is intact."""

    images: int
    reason: Literal["disk", "memory", "process", "refused"]
    message: str


@dataclass(frozen=True)
class Stopped:
    """The run was stopped early and has saved its state."""

    images: int


@dataclass(frozen=True)
class Finished:
    """The run has reached its length."""

    images: int


@dataclass(frozen=True)
class Estimated:
    """The estimated cost of a training: speed, peak memory in bytes, and duration."""

    images_per_second: float
    bytes: int
    seconds: float

    @property
    def sentence(self) -> str:
        memory = f", {self.bytes / 1e9:.1f} GB of memory" if self.bytes else ""
        return f"About {self.images_per_second:,.0f} images/s{memory}; it would take {timedelta(seconds=round(self.seconds))}."


Event = (
    Begun | Advanced | Progress | SnapshotSaved | GridSaved | HealthRead | RolledBack | Diverged | Failed | Stopped | Finished
)
