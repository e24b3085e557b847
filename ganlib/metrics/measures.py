"""The table of measures, one row each: the function, the names of its figures, and which direction is better.

`python -m ganlib.evaluate`, the choice of the best snapshot, the model card, the page and its lab report read this table. The
page has labels in two languages in `studio/words/epochs.py`; figures without one are shown with the row's label.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ganlib.datasets.cache import cache_folder
from ganlib.metrics import appearance
from ganlib.metrics.digits import class_balance, labels_of
from ganlib.metrics.distances import frechet_distance, sliced_wasserstein
from ganlib.metrics.diversity import diversity
from ganlib.metrics.extractors import DIGITS, EFFICIENTNET, MOBILENET, Extractor
from ganlib.metrics.judged import SEED, Judged, chosen
from ganlib.metrics.kept import kept
from ganlib.metrics.memorisation import Memorisation, nearest, unseen_distances
from ganlib.pictures import composed, premultiplied
from ganlib.sizes import written

FEWER = 2_048  # images for the measures that compare patches or pixels
QUERIES = 1_000  # images whose nearest training images are computed

Scores = dict[str, tuple[float, int]]  # by name: the value and the number of images
Direction = Literal["less", "more", "like_real", "near_one"]
Usual = Literal["all", "digits", "others", "none"]
BEST: dict[Direction, str] = {
    "less": "less is better",
    "more": "more is better",
    "like_real": "near that of real pictures is best",
    "near_one": "near 1 is best",
}


@dataclass(frozen=True)
class Figure:
    """A number that a measure computes, by its name in scores.json.

    `logarithmic`: it falls by orders of magnitude during training. `decides`: the best snapshot is the one with the lowest
    value (with the direction "more", the highest); of several such figures the first of the table counts.
    """

    name: str
    label: str
    direction: Direction
    logarithmic: bool = False
    decides: bool = False

    @property
    def title(self) -> str:
        return f"{self.label} ({BEST[self.direction]})"


@dataclass(frozen=True)
class Measure:
    """A row of the table: `function(judged)` returns `figures` and possibly others, which are saved but not shown.

    `name` and `help` are those of `--metrics`. `usual_for`: the runs for which it is computed without being asked for; that of
    "digits" (MNIST) can't be computed for others. `quick`: `train.py --scores` computes it at every snapshot. `network`: whose
    features it measures in, if any (a key of extractors.EXTRACTORS, or Inception); a run that was trained against them does
    well in them whatever it draws. `protocol` is printed with the figures.
    """

    name: str
    help: str
    function: Callable[[Judged], Scores]
    figures: tuple[Figure, ...]
    usual_for: Usual = "all"
    quick: bool = False
    network: str = ""
    protocol: str = ""


def _inception(judged: Judged) -> Scores:
    from ganlib.metrics.inception import inception

    num = judged.num
    key = f"{judged.training.fingerprint}-{num}"
    samples, reference = composed(judged.images[:num]), composed(judged.reference(num))
    found = inception(samples, reference, key, cache_folder() / "inception", judged.weights)
    return {name: (value, num) for name, value in found.items()}


def _digits(judged: Judged) -> Scores:
    num = judged.num
    features, reference = judged.features(DIGITS, num)
    seen = labels_of(features)
    scores = {
        "digit_distance": (frechet_distance(reference, features), num),
        "balance": (class_balance(seen), num),
    }
    if judged.labels is not None:
        scores["agreement"] = (float((seen == judged.labels[:num]).mean()), num)
    return scores


def _features(judged: Judged) -> Scores:
    return {"feature_distance": _distance(judged, MOBILENET)}


def _efficientnet(judged: Judged) -> Scores:
    return {"efficientnet_distance": _distance(judged, EFFICIENTNET)}


def _distance(judged: Judged, extractor: Extractor) -> tuple[float, int]:
    num = min(FEWER, judged.num)
    features, reference = judged.features(extractor, num)
    return frechet_distance(reference, features), num


def _sliced_wasserstein(judged: Judged) -> Scores:
    num = min(FEWER, judged.num)
    samples, reference = premultiplied(judged.images[:num]), premultiplied(judged.reference(num))
    distances = sliced_wasserstein(samples, reference, SEED)
    mean = sum(distances.values()) / len(distances)
    return {"swd": (mean, num)} | {f"swd_{written(size)}": (value, num) for size, value in distances.items()}


def _diversity(judged: Judged) -> Scores:
    num = min(FEWER, len(judged.images))
    labels = None if judged.labels is None else judged.labels[:num]
    return {"diversity": (diversity(premultiplied(judged.images[:num]), labels, SEED), num)}


def _colour(judged: Judged) -> Scores:
    num = min(FEWER, len(judged.images))
    images = premultiplied(judged.images[:num])
    names = appearance.CHANNELS[images.shape[1]]
    found = {f"mean_{name}": float(mean) for name, mean in zip(names, appearance.mean_colour(images), strict=True)}
    if len(names) > 1:
        found["saturation"] = appearance.saturation(images)
    return {name: (value, num) for name, value in (found | {"clipped": appearance.clipped(images)}).items()}


def _spectrum(judged: Judged) -> Scores:
    num = min(FEWER, judged.num)
    samples, reference = premultiplied(judged.images[:num]), premultiplied(judged.reference(num))
    return {"spectrum": (appearance.spectral_distance(samples, reference), num)}


def _memorisation(judged: Judged) -> Scores:
    """Computes nothing for training images, whose nearest training image is themselves."""
    if judged.trained_on:
        return {}
    images, training = judged.images[:QUERIES], judged.training
    how = (training.fingerprint, len(images), judged.flip)
    held_out = None if judged.held_out is None else chosen(judged.held_out.images, QUERIES, 1)
    near = judged.kept(("nearest", *how), lambda: nearest(images, training.images, flip=judged.flip)[0])
    unseen = "" if judged.held_out is None else judged.held_out.fingerprint
    far = kept(("unseen", *how, unseen, SEED), lambda: unseen_distances(training.images, held_out, len(images), judged.flip))
    found = Memorisation(float(np.median(near)), float(np.median(far)))
    return {"nearest": (found.samples, len(images)), "nearest_ratio": (found.ratio, len(images))}


MEASURES = {
    measure.name: measure
    for measure in (  # the most informative first
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
            usual_for="none",
            network="inception-v3",
            protocol="Inception v3 (TensorFlow 2015 weights), bilinear to 299 px without antialiasing, by torch-fidelity",
        ),
        Measure(
            "digits",
            "for MNIST: agreement with the requested label, class balance (0 to 1) and a Frechet distance, by a small "
            "classifier that ships",
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
            usual_for="digits",
            network=DIGITS.name,
        ),
        Measure(
            "features",
            "Frechet distance in the features of a MobileNetV2 that has learned to tell drawings from photographs, which ships",
            _features,
            (Figure("feature_distance", "Fréchet distance in MobileNetV2's features, no FID", "less", True, decides=True),),
            usual_for="others",
            network=MOBILENET.name,
            protocol=MOBILENET.about,
        ),
        Measure(
            "efficientnet",
            "Frechet distance in features of EfficientNet-Lite0, no judge of recipes with `features`; they train against it",
            _efficientnet,
            (Figure("efficientnet_distance", "Fréchet distance in EfficientNet-Lite0's features, no FID", "less", True),),
            usual_for="none",
            network=EFFICIENTNET.name,
            protocol=EFFICIENTNET.about,
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
        Measure(
            "colour",
            "mean of each channel (0 to 255), saturation (0 to 1) and share of values that are 0 or 255, to be held against "
            "those of real pictures: a wash of colour, overdriven contrast",
            _colour,
            (
                *(
                    Figure(f"mean_{name}", f"Mean {name}, 0 to 255", "like_real")
                    for name in ("grey", "red", "green", "blue", "alpha")
                ),
                Figure("saturation", "Saturation, 0 to 1", "like_real"),
                Figure("clipped", "Share of values that are 0 or 255", "like_real"),
            ),
        ),
        Measure(
            "spectrum",
            "difference of the radial power spectra, in decibels (root mean square over radii): a fine pattern, blur, noise",
            _spectrum,
            (Figure("spectrum", "Difference of the radial power spectra in dB", "less", logarithmic=True),),
        ),
    )
}
FIGURES = {figure.name: figure for measure in MEASURES.values() for figure in measure.figures}
NETWORKS = {figure.name: measure.network for measure in MEASURES.values() for figure in measure.figures}  # by figure
IN_TRAINED = "in features that the run was trained against"
QUICK = tuple(name for name, measure in MEASURES.items() if measure.quick)


def in_trained_features(name: str, network: str) -> bool:
    """Whether the figure `name` measures in the features of `network`, against which a run was trained; "" for no network."""
    return bool(network) and NETWORKS[name] == network


def said(figure: Figure, text: str, network: str) -> str:
    """Returns `text`, a name of the figure, which says so if the run was trained against its features, those of `network`."""
    return f"{text}, {IN_TRAINED}" if in_trained_features(figure.name, network) else text
