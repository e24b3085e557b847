"""What is measured: images, and the data that they are compared with, of which what was computed once is kept."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ganlib.datasets import ImageSet
from ganlib.metrics.extractors import Extractor
from ganlib.metrics.kept import kept

SEED = 1234  # of all samples and of the choice of real pictures


@dataclass(frozen=True)
class Judged:
    """The images to measure, and the data that a measure may compare them with.

    RGBA is measured with colour premultiplied by alpha as four channels, by extractors of features over mid-grey.
    """

    images: np.ndarray  # uint8 (N, C, H, W)
    labels: np.ndarray | None
    training: ImageSet
    held_out: ImageSet | None  # images of the set that were not used in training
    flip: bool  # training used mirrored images too
    trained_on: bool = False  # the images are training images themselves
    weights: Path | None = None  # of Inception
    identity: tuple[Any, ...] = ()  # of real images: their set's fingerprint and their choice; empty for samples

    @cached_property
    def num(self) -> int:
        """The number of images that are compared with as many training images."""
        return min(len(self.images), len(self.training))

    def reference(self, num: int) -> np.ndarray:
        """Returns `num` training images, the same in every call; all if there are fewer."""
        return chosen(self.training.images, num, 0)

    def features(self, extractor: Extractor, num: int) -> tuple[np.ndarray, np.ndarray]:
        """Returns the features of the first `num` images and of `num` training images, float64 (num, F)."""
        how = (*extractor.identity, num)
        samples = self.kept(how, lambda: extractor.function(self.images[:num]))
        reference = kept((*how, self.training.fingerprint, SEED), lambda: extractor.function(self.reference(num)))
        return samples.astype(np.float64), reference.astype(np.float64)

    def kept(self, key: tuple[Any, ...], compute: Callable[[], np.ndarray]) -> np.ndarray:
        """Returns what `compute` finds of the images, kept under `key` if they are real pictures."""
        return kept((*key, *self.identity), compute) if self.identity else compute()


def chosen(images: np.ndarray, num: int, seed: int) -> np.ndarray:
    """Returns `num` of the images, drawn without replacement; all if there are fewer."""
    return images[np.sort(order(len(images), seed)[:num])]


def order(num: int, seed: int = 0) -> np.ndarray:
    """Returns a permutation of 0 to `num` - 1."""
    return np.random.default_rng([SEED, seed]).permutation(num)
