"""The schedule of snapshots in images seen: dense at first, or as the config sets it."""

import itertools
from collections.abc import Iterator

from ganlib.runs.config import Config

# Epochs of the default snapshots: dense at first, when pictures change most
EARLY = (1 / 16, 1 / 8, 1 / 4, 1 / 2)
LATER = (1, 2, 3, 5, 8, 12, 20, 30, 50, 80)
FIRST_SNAPSHOT = 2_000  # images; an epoch of a small set is too short to learn anything


def snapshot_points(config: Config) -> Iterator[int]:
    """Yields the numbers of images seen at which a snapshot is due, rising from 0."""
    if config.snapshot_at is not None:
        epochs = iter(sorted(config.snapshot_at))
    elif config.snapshot_every is not None:
        epochs = (config.snapshot_every * i for i in itertools.count(1))
    else:
        later = (100**century * epoch for century in itertools.count() for epoch in LATER)
        epochs = (epoch for epoch in itertools.chain(EARLY, later) if epoch * config.dataset_size >= FIRST_SNAPSHOT)
    yield 0
    yield from (round(epoch * config.dataset_size) for epoch in epochs)
