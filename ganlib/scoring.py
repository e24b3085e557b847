"""Computes a run's measures by name, for a snapshot and for real pictures, in the form of `scores.json`."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ganlib import UserError, datasets, latents
from ganlib.datasets import ImageSet
from ganlib.datasets.sources import splits
from ganlib.metrics.judged import SEED, Judged, order
from ganlib.metrics.measures import MEASURES, Scores
from ganlib.runs.config import Config
from ganlib.runs.run import Run, Snapshot
from ganlib.sampling import draw, labels_for

IN_PROPORTION = "in proportion"  # how the labels of samples are chosen; without this they came in turn


@dataclass(frozen=True)
class Data:
    """The real pictures that a run is compared with."""

    training: ImageSet
    held_out: ImageSet | None  # pictures of the set that were not used in training

    @classmethod
    def of(cls, run: Run, source: str | None = None, data_root: Path | None = None) -> "Data":
        """Loads the run's training and test set, from `source` if given. Raises UserError."""
        config = run.config
        if config.adopted and source is None:
            raise UserError(
                f"{run.name} came from a file, which doesn't say what it was trained on: name the set with --dataset."
            )

        def images_of(split: Literal["test"] | None) -> ImageSet:
            where, sizes, how = source or config.source, (config.image_size, config.channels), config.reading
            return config.as_known(
                datasets.load(where, *sizes, split=split, data_root=data_root, classes=config.classes, options=how)
            )

        training = images_of(None)
        try:
            return cls(training, _unseen(training, images_of("test"), config))
        except datasets.NoSuchSplit:
            return cls(training, None)

    @classmethod
    def at_hand(cls, run: Run) -> "Data":
        """Loads the run's training and test set from this machine: nothing is downloaded, and the pictures' fingerprint is
        checked. Raises UserError."""
        config = run.config
        source = (config.source, config.image_size, config.channels)
        training = config.as_known(
            datasets.load_local(*source, config.fingerprint, classes=config.classes, options=config.reading)
        )
        try:
            held_out = config.as_known(
                datasets.load_local(*source, classes=config.classes, split="test", options=config.reading)
            )
        except UserError:
            return cls(training, None)
        alike = held_out.class_names == training.class_names
        return cls(training, _unseen(training, held_out, config) if alike else None)

    def real(self, num: int) -> ImageSet:
        """Returns `num` real pictures other than the reference: held out, or other training images; fewer if need be."""
        source = self.held_out or self.training
        start = 0 if self.held_out else min(num, len(source) // 2)
        chosen = np.sort(order(len(source))[start : start + num])
        labels = None if source.labels is None else source.labels[chosen]
        return ImageSet(source.images[chosen], labels, source.class_names, source.name, source.fingerprint)

    def reference(self, config: Config) -> dict[str, Any]:
        """Returns what samples of a run of this config are compared with, as saved in scores.json."""
        labels = {"labels": IN_PROPORTION} if config.num_classes and self.training.labels is not None else {}
        return {"dataset": self.training.name, "num": len(self.training)} | labels


def _unseen(training: ImageSet, held_out: ImageSet, config: Config) -> ImageSet | None:
    """Returns the pictures that are held out; None where the run was trained on them, as --split may ask."""
    of_one_split = training.summary and held_out.summary and training.summary.split == held_out.summary.split
    return None if config.reading.split == splits.ALL or of_one_split else held_out


def usual(run: Run) -> list[str]:
    """Returns the measures that are computed without being asked for: none in features that the run was trained against."""
    kinds, trained = {"all", "digits" if reads_digits(run.config) else "others"}, run.config.feature_network
    return [name for name, row in MEASURES.items() if row.usual_for in kinds and not (trained and row.network == trained)]


def reads_digits(config: Config) -> bool:
    """Whether the digit classifier applies to the pictures of a run of this config."""
    return config.dataset == "mnist" and config.classes is None and (config.image_size, config.channels) == (28, 1)


def refuse_unfit(names: Collection[str], config: Config) -> None:
    """Raises UserError if one of the measures `names` can't be computed for a run of this config."""
    unfit = [name for name in names if MEASURES[name].usual_for == "digits"]
    if unfit and not reads_digits(config):
        raise UserError(f"The measure {unfit[0]} is for runs on MNIST at 28 pixels, not on {config.dataset}. Leave it out.")


def score(
    run: Run, snapshot: Snapshot, data: Data, names: Collection[str], num: int, weights: Path | None = None
) -> Scores:  # fmt: skip
    """Computes the measures `names` for `num` samples of a snapshot, at truncation 1, with labels as in the training set."""
    images, labels = samples(run, snapshot, num, data.training)
    judged = Judged(images, labels, data.training, data.held_out, run.config.recipe.flip, weights=weights)
    return _measured(judged, names)


def samples(run: Run, snapshot: Snapshot, num: int, like: ImageSet) -> tuple[np.ndarray, np.ndarray | None]:
    """Draws `num` images at truncation 1, each class as often as in `like`, and returns them with their labels.

    A rare class drawn as often as a common one would count as an error of the generator. Where `like` has no labels, the
    classes come in turn.
    """
    recipe, labels = run.config.recipe, labels_for(run.config, num, None)
    if labels is not None and like.labels is not None:
        labels = in_proportion(like.labels, num)
    z = latents.sample(num, recipe.latent_dim, SEED, recipe.latent)
    return draw(run.generator(snapshot), z, labels), labels


def in_proportion(labels: np.ndarray, num: int) -> np.ndarray:
    """Returns `num` labels, each as often as in `labels`, and nearly so among the first n for every n: the multiples of the
    golden ratio modulo 1 are spread evenly (Weyl's sequence of least discrepancy), and each stands for a place among all."""
    spread = np.arange(num) * ((5**0.5 - 1) / 2) % 1
    return np.sort(labels)[(spread * len(labels)).astype(int)]


def score_real(run: Run, data: Data, names: Collection[str], num: int, weights: Path | None = None) -> Scores:
    """Computes the measures for real pictures: the best values that a generator could reach."""
    real, flip = data.real(num), run.config.recipe.flip
    labels = real.labels if run.config.num_classes else None
    identity = (real.fingerprint, num, bool(data.held_out), SEED)
    judged = Judged(real.images, labels, data.training, data.held_out, flip, not data.held_out, weights, identity)
    return _measured(judged, names)


def _measured(judged: Judged, names: Collection[str]) -> Scores:
    return {name: value for measure in names for name, value in MEASURES[measure].function(judged).items()}


def chosen_snapshots(run: Run, epoch: float | Literal["all", "best"] | None) -> list[Snapshot]:
    """Returns the snapshots that `--epoch` names: a number, "all", "best", or None for the last."""
    if epoch == "all":
        return run.snapshots()
    return [run.best() if epoch == "best" else run.snapshot(epoch)]
