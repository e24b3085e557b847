"""Computes a run's measures by name, for a snapshot and for real pictures, as they are kept in `scores.json`."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ganlib import UserError, datasets, latents
from ganlib.datasets import ImageSet
from ganlib.metrics.measures import MEASURES, SEED, Judged, Scores, order
from ganlib.runs.run import Run, Snapshot
from ganlib.sampling import draw, labels_for


@dataclass(frozen=True)
class Data:
    """The real pictures that a run is held against."""

    training: ImageSet
    held_out: ImageSet | None  # pictures of the set that training did not see

    @classmethod
    def of(cls, run: Run, source: str | None = None, data_root: Path | None = None) -> "Data":
        """Those that the run was trained on; `source` says where they lie, if elsewhere. Raises UserError."""
        config = run.config

        def images_of(split: Literal["train", "test"]) -> ImageSet:
            where, sizes = source or config.source, (config.image_size, config.channels)
            return config.as_known(datasets.load(where, *sizes, split=split, data_root=data_root, classes=config.classes))

        training = images_of("train")
        try:
            return cls(training, images_of("test"))
        except datasets.NoSuchSplit:
            return cls(training, None)

    @classmethod
    def at_hand(cls, run: Run) -> "Data":
        """Those that the run was trained on, where they are on this machine: nothing is downloaded, and no folder is believed
        whose pictures aren't the same. Raises UserError."""
        config = run.config
        source = (config.source, config.image_size, config.channels)
        training = config.as_known(datasets.load_local(*source, config.fingerprint, classes=config.classes))
        try:
            held_out = config.as_known(datasets.load_local(*source, classes=config.classes, split="test"))
        except UserError:
            return cls(training, None)
        return cls(training, held_out if held_out.class_names == training.class_names else None)

    def real(self, num: int) -> ImageSet:
        """`num` real pictures other than the reference: held out, or other training images; fewer where there are no more."""
        source = self.held_out or self.training
        start = 0 if self.held_out else min(num, len(source) // 2)
        chosen = np.sort(order(len(source))[start : start + num])
        labels = None if source.labels is None else source.labels[chosen]
        return ImageSet(source.images[chosen], labels, source.class_names, source.name, source.fingerprint)

    def told(self) -> dict[str, Any]:
        """The reference, as it is kept with the scores."""
        return {"dataset": self.training.name, "num": len(self.training)}


def usual(run: Run) -> list[str]:
    """The measures that need no download and fit the run."""
    digits = reads_digits(run)
    return [name for name, measure in MEASURES.items() if not measure.downloads and (digits or not measure.digits_only)]


def reads_digits(run: Run) -> bool:
    """Whether the digit classifier has seen what the run draws."""
    config = run.config
    return config.dataset == "mnist" and config.classes is None and (config.image_size, config.channels) == (28, 1)


def score(
    run: Run, snapshot: Snapshot, data: Data, names: Collection[str], num: int, weights: Path | None = None
) -> Scores:  # fmt: skip
    """The measures `names` of `num` samples of a snapshot, at truncation 1, each class in turn."""
    images, labels = samples(run, snapshot, num)
    judged = Judged(images, labels, data.training, data.held_out, run.config.recipe.flip, weights=weights)
    return _measured(judged, names)


def samples(run: Run, snapshot: Snapshot, num: int) -> tuple[np.ndarray, np.ndarray | None]:
    """`num` images at truncation 1, each class in turn, and their labels."""
    recipe = run.config.recipe
    z, labels = latents.sample(num, recipe.latent_dim, SEED, recipe.latent), labels_for(run.config, num, None)
    return draw(run.generator(snapshot), z, labels), labels


def score_real(run: Run, data: Data, names: Collection[str], num: int, weights: Path | None = None) -> Scores:
    """The same of real pictures: the best that a generator could do."""
    real, flip = data.real(num), run.config.recipe.flip
    labels = real.labels if run.config.num_classes else None
    judged = Judged(real.images, labels, data.training, data.held_out, flip, not data.held_out, weights)
    return _measured(judged, names)


def _measured(judged: Judged, names: Collection[str]) -> Scores:
    return {name: value for measure in names for name, value in MEASURES[measure].function(judged).items()}


def chosen_snapshots(run: Run, epoch: float | Literal["all", "best"] | None) -> list[Snapshot]:
    """The snapshots that `--epoch` names: a number, "all", "best", or the last for None."""
    if epoch == "all":
        return run.snapshots()
    return [run.best() if epoch == "best" else run.snapshot(epoch)]
