"""What a run's samples score: its measures by name, computed for a snapshot and for real pictures, kept in `scores.json`."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ganlib import UserError, datasets, latents, metrics
from ganlib.datasets import ImageSet
from ganlib.runs.run import Run, Snapshot
from ganlib.sampling import draw, labels_for

SEED = 1234  # of all samples and of the choice of real pictures
FEWER = 2_048  # images, of the measures that compare patches or pixels
QUERIES = 1_000  # images whose nearest training images are looked for

Scores = dict[str, tuple[float, int]]  # by name: the value, and of how many images


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

    def reference(self, num: int) -> np.ndarray:
        """`num` training images, the same in every call; all where there are fewer."""
        return _some(self.training.images, num, 0)

    def real(self, num: int) -> ImageSet:
        """`num` real pictures other than the reference: held out, or other training images; fewer where there are no more."""
        source = self.held_out or self.training
        start = 0 if self.held_out else min(num, len(source) // 2)
        chosen = np.sort(_order(len(source))[start : start + num])
        labels = None if source.labels is None else source.labels[chosen]
        return ImageSet(source.images[chosen], labels, source.class_names, source.name, source.fingerprint)

    def told(self) -> dict[str, Any]:
        """The reference, as it is kept with the scores."""
        return {"dataset": self.training.name, "num": len(self.training)}


@dataclass(frozen=True)
class Judged:
    """Pictures under judgement, and all that a measure may hold them against."""

    images: np.ndarray  # uint8 (N, C, S, S)
    labels: np.ndarray | None
    data: Data
    flip: bool  # training saw mirrored images too
    weights: Path | None  # of Inception

    @cached_property
    def num(self) -> int:
        return min(len(self.images), len(self.data.training))


def _sliced_wasserstein(judged: Judged) -> Scores:
    num = min(FEWER, judged.num)
    distances = metrics.sliced_wasserstein(judged.images[:num], judged.data.reference(num), SEED)
    mean = sum(distances.values()) / len(distances)
    return {"swd": (mean, num)} | {f"swd_{size}": (value, num) for size, value in distances.items()}


def _diversity(judged: Judged) -> Scores:
    num = min(FEWER, len(judged.images))
    labels = None if judged.labels is None else judged.labels[:num]
    return {"diversity": (metrics.diversity(judged.images[:num], labels, SEED), num)}


def _memorisation(judged: Judged) -> Scores:
    unseen = judged.data.held_out
    held_out = None if unseen is None else _some(unseen.images, QUERIES, 1)
    images = judged.images[:QUERIES]
    found = metrics.memorisation(images, judged.data.training.images, held_out, judged.flip)
    return {"nearest": (found.samples, len(images)), "nearest_ratio": (found.ratio, len(images))}


def _digits(judged: Judged) -> Scores:
    num = judged.num
    seen, features = metrics.judge_digits(judged.images[:num])
    _, reference = metrics.judge_digits(judged.data.reference(num))
    scores = {
        "digit_distance": (metrics.frechet_distance(reference, features), num),
        "balance": (metrics.class_balance(seen), num),
    }
    if judged.labels is not None:
        scores["agreement"] = (float((seen == judged.labels[:num]).mean()), num)
    return scores


def _inception(judged: Judged) -> Scores:
    from ganlib.datasets.cache import cache_folder
    from ganlib.metrics.inception import inception

    num, training = judged.num, judged.data.training
    key = f"{training.fingerprint}-{num}"
    found = inception(judged.images[:num], judged.data.reference(num), key, cache_folder() / "inception", judged.weights)
    return {name: (value, num) for name, value in found.items()}


MEASURES: dict[str, Callable[[Judged], Scores]] = {
    "swd": _sliced_wasserstein,
    "diversity": _diversity,
    "memorisation": _memorisation,
    "digits": _digits,
    "fid": _inception,
}


def usual(run: Run) -> list[str]:
    """The measures that need no download and fit the run."""
    fitting = ["swd", "diversity", "memorisation"]
    return [*fitting, "digits"] if reads_digits(run) else fitting


def reads_digits(run: Run) -> bool:
    """Whether the digit classifier has seen what the run draws."""
    config = run.config
    return config.dataset == "mnist" and config.classes is None and (config.image_size, config.channels) == (28, 1)


def score(
    run: Run, snapshot: Snapshot, data: Data, names: Collection[str], num: int, weights: Path | None = None
) -> Scores:  # fmt: skip
    """The measures `names` of `num` samples of a snapshot, at truncation 1, each class in turn."""
    images, labels = samples(run, snapshot, num)
    return _measured(Judged(images, labels, data, run.config.recipe.flip, weights), names)


def samples(run: Run, snapshot: Snapshot, num: int) -> tuple[np.ndarray, np.ndarray | None]:
    """`num` images at truncation 1, each class in turn, and their labels."""
    recipe = run.config.recipe
    z, labels = latents.sample(num, recipe.latent_dim, SEED, recipe.latent), labels_for(run.config, num, None)
    return draw(run.generator(snapshot), z, labels), labels


def score_real(run: Run, data: Data, names: Collection[str], num: int, weights: Path | None = None) -> Scores:
    """The same of real pictures: the best that a generator could do. Pictures of the training set itself are not asked how
    near they are to it."""
    real = data.real(num)
    names = [name for name in names if name != "memorisation" or data.held_out]
    labels = real.labels if run.config.num_classes else None
    return _measured(Judged(real.images, labels, data, run.config.recipe.flip, weights), names)


def _measured(judged: Judged, names: Collection[str]) -> Scores:
    return {name: value for measure in names for name, value in MEASURES[measure](judged).items()}


def _some(images: np.ndarray, num: int, seed: int) -> np.ndarray:
    return images[np.sort(_order(len(images), seed)[:num])]


def _order(num: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng([SEED, seed]).permutation(num)


def chosen_snapshots(run: Run, epoch: float | Literal["all", "best"] | None) -> list[Snapshot]:
    """The snapshots that `--epoch` names: a number, "all", "best", or the last for None."""
    if epoch == "all":
        return run.snapshots()
    return [run.best() if epoch == "best" else run.snapshot(epoch)]
