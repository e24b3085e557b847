"""The measures of a run's samples, a row each: what it computes, how its figures are called, and which way they are good.

`python -m ganlib.evaluate` with its help, the choice of the best snapshot, the model card, the page and its lab report all
read this table. The page has labels in two languages for the figures in `studio/words/epochs.py`, and shows a row's own for
any other.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np

from ganlib.datasets import ImageSet
from ganlib.datasets.cache import cache_folder
from ganlib.metrics.digits import class_balance, judge_digits
from ganlib.metrics.distances import frechet_distance, sliced_wasserstein
from ganlib.metrics.diversity import diversity
from ganlib.metrics.memorisation import memorisation

SEED = 1234  # of all samples and of the choice of real pictures
FEWER = 2_048  # images, of the measures that compare patches or pixels
QUERIES = 1_000  # images whose nearest training images are looked for

Scores = dict[str, tuple[float, int]]  # by name: the value, and of how many images
Direction = Literal["less", "more", "like_real", "near_one"]
BEST: dict[Direction, str] = {
    "less": "less is better",
    "more": "more is better",
    "like_real": "near that of real pictures is best",
    "near_one": "near 1 is best",
}


@dataclass(frozen=True)
class Judged:
    """Pictures under judgement, and all that a measure may hold them against."""

    images: np.ndarray  # uint8 (N, C, S, S)
    labels: np.ndarray | None
    training: ImageSet
    held_out: ImageSet | None  # pictures of the set that training did not see
    flip: bool  # training saw mirrored images too
    trained_on: bool = False  # these are themselves of the training images
    weights: Path | None = None  # of Inception

    @cached_property
    def num(self) -> int:
        """How many are compared with as many training images."""
        return min(len(self.images), len(self.training))

    def reference(self, num: int) -> np.ndarray:
        """`num` training images, the same in every call; all where there are fewer."""
        return chosen(self.training.images, num, 0)


@dataclass(frozen=True)
class Figure:
    """A number that a measure gives, by its name in scores.json.

    `logarithmic`: it falls by orders of magnitude during a training. `decides`: the lowest (or, with the direction "more",
    the highest) tells which snapshot is the best; where several were taken, the first of the table does.
    """

    name: str
    label: str
    direction: Direction
    logarithmic: bool = False
    decides: bool = False

    @property
    def told(self) -> str:
        return f"{self.label} ({BEST[self.direction]})"


@dataclass(frozen=True)
class Measure:
    """A row of the table: `function(judged)` gives `figures`, and any others, which are kept but not shown.

    `name` and `help` are those of `--metrics`. `digits_only`: it has a meaning for MNIST alone. `downloads`: it is taken only
    where it is asked for, since it downloads something. `quick`: `train.py --scores` takes it at every snapshot. `protocol`
    is told with every figure.
    """

    name: str
    help: str
    function: Callable[[Judged], Scores]
    figures: tuple[Figure, ...]
    digits_only: bool = False
    downloads: bool = False
    quick: bool = False
    protocol: str = ""


def _inception(judged: Judged) -> Scores:
    from ganlib.metrics.inception import inception

    num = judged.num
    key = f"{judged.training.fingerprint}-{num}"
    found = inception(judged.images[:num], judged.reference(num), key, cache_folder() / "inception", judged.weights)
    return {name: (value, num) for name, value in found.items()}


def _digits(judged: Judged) -> Scores:
    num = judged.num
    seen, features = judge_digits(judged.images[:num])
    _, reference = judge_digits(judged.reference(num))
    scores = {
        "digit_distance": (frechet_distance(reference, features), num),
        "balance": (class_balance(seen), num),
    }
    if judged.labels is not None:
        scores["agreement"] = (float((seen == judged.labels[:num]).mean()), num)
    return scores


def _sliced_wasserstein(judged: Judged) -> Scores:
    num = min(FEWER, judged.num)
    distances = sliced_wasserstein(judged.images[:num], judged.reference(num), SEED)
    mean = sum(distances.values()) / len(distances)
    return {"swd": (mean, num)} | {f"swd_{size}": (value, num) for size, value in distances.items()}


def _diversity(judged: Judged) -> Scores:
    num = min(FEWER, len(judged.images))
    labels = None if judged.labels is None else judged.labels[:num]
    return {"diversity": (diversity(judged.images[:num], labels, SEED), num)}


def _memorisation(judged: Judged) -> Scores:
    """Training images are not asked how near they are to themselves."""
    if judged.trained_on:
        return {}
    held_out = None if judged.held_out is None else chosen(judged.held_out.images, QUERIES, 1)
    images = judged.images[:QUERIES]
    found = memorisation(images, judged.training.images, held_out, judged.flip)
    return {"nearest": (found.samples, len(images)), "nearest_ratio": (found.ratio, len(images))}


MEASURES = {
    measure.name: measure
    for measure in (  # those that tell most come first
        Measure(
            "fid",
            "FID, KID, precision, recall (`pip install torch-fidelity`; its weights are downloaded at first use)",
            _inception,
            (
                Figure("fid", "FID", "less", logarithmic=True, decides=True),
                Figure("kid", "KID", "less", logarithmic=True),
                Figure("precision", "Precision", "more"),
                Figure("recall", "Recall", "more"),
            ),
            downloads=True,
            protocol="Inception v3 (TensorFlow 2015 weights), bilinear to 299 px without antialiasing, by torch-fidelity",
        ),
        Measure(
            "digits",
            "for MNIST: agreement with the asked label and class balance (0 to 1), and a Frechet distance, in the eyes of a "
            "small classifier that ships",
            _digits,
            (
                Figure(
                    "digit_distance",
                    "Fréchet distance in a digit classifier's features, no FID",
                    "less",
                    logarithmic=True,
                    decides=True,
                ),
                Figure("agreement", "Agreement with the asked digit", "more"),
                Figure("balance", "Balance of the ten digits", "more"),
            ),
            digits_only=True,
        ),
        Measure(
            "swd",
            "sliced Wasserstein distance x 1000, mean over the levels of the pictures' pyramids (Karras et al. 2018)",
            _sliced_wasserstein,
            (Figure("swd", "Sliced Wasserstein distance x 1000", "less", logarithmic=True, decides=True),),
            quick=True,
        ),
        Measure(
            "diversity",
            "1 - mean SSIM of pairs, of one label where there are some (Odena et al. 2017); 0 is total collapse",
            _diversity,
            (Figure("diversity", "Diversity, 1 - mean SSIM of pairs", "like_real"),),
            quick=True,
        ),
        Measure(
            "memorisation",
            "nearest: median distance to the nearest training image in grey levels; nearest_ratio: over that of real pictures "
            "which training did not see; near 0, the generator repeats its training images",
            _memorisation,
            (Figure("nearest_ratio", "Distance to the nearest training image, over that of unseen pictures", "near_one"),),
        ),
    )
}
FIGURES = {figure.name: figure for measure in MEASURES.values() for figure in measure.figures}
QUICK = tuple(name for name, measure in MEASURES.items() if measure.quick)


def chosen(images: np.ndarray, num: int, seed: int) -> np.ndarray:
    """`num` of the images, drawn without replacement; all where there are fewer."""
    return images[np.sort(order(len(images), seed)[:num])]


def order(num: int, seed: int = 0) -> np.ndarray:
    """A permutation of 0 to `num` - 1."""
    return np.random.default_rng([SEED, seed]).permutation(num)
