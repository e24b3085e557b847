"""Projects pictures into the latent space of one generator: from uint8 pictures to latents and their images."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ganlib.inversion.levenberg_marquardt import PRIOR, Goal
from ganlib.inversion.search import Found, drawing, find, found_in_turn
from ganlib.inversion.starts import Bank
from ganlib.latents import Distribution
from ganlib.networks import Generator
from ganlib.pictures import GROUND, has_alpha

BOUNDS: dict[Distribution, float | None] = {"normal": None, "uniform": 1.0}
MOST_SAMPLES, MOST_VALUES = 8192, 2**23  # of the bank: the samples, and their values in memory
SEPARATOR = 2  # pixels between the pictures of a strip
FAR = 40.0  # grey levels; above, what was found is another picture


@dataclass(frozen=True)
class Projector:
    """A generator in evaluation mode on the CPU, and the samples where its searches start."""

    generator: Generator
    distribution: Distribution
    bank: Bank

    @classmethod
    def of(cls, generator: Generator, distribution: Distribution) -> "Projector":
        """Draws the samples, which takes about as long as a search."""
        draw, dim, classes = drawing(generator), generator.latent_dim, generator.num_classes
        values = draw(np.ones((1, dim), np.float32), np.zeros(1, np.int64) if classes else None).shape[1]
        num = max(16, min(MOST_SAMPLES, MOST_VALUES // values))
        return cls(generator, distribution, Bank.of(draw, num, dim, classes, distribution))

    def project(
        self, images: np.ndarray, labels: np.ndarray | None = None, prior: float = PRIOR, mask: np.ndarray | None = None
    ) -> Found:
        """Finds the latents of uint8 `images` (N, C, H, W), N > 0, and their labels: those given, (N,), or the best of all.
        `mask` (H, W) is how much each pixel counts, 0 to 1; None: all count the same."""
        return find(self.generator, self.goal(images, prior, mask), self.bank, labels)

    def in_turn(self, images: np.ndarray, labels: np.ndarray | None = None, prior: float = PRIOR) -> Iterator[Found]:
        """Yields what `project` finds, some pictures at a time."""
        return found_in_turn(self.generator, self.goal(images, prior), self.bank, labels)

    def goal(self, images: np.ndarray, prior: float, mask: np.ndarray | None = None) -> Goal:
        """Returns the goal of matching uint8 images, weighted by `mask` (H, W) or None; of RGBA, colour counts by its alpha, as
        what is invisible has none."""
        pixels = images.astype(np.float32)
        weights = None if mask is None else np.broadcast_to(mask, images.shape).astype(np.float32).reshape(len(images), -1)
        if has_alpha(images):
            alpha = np.repeat(pixels[:, 3:] / 255, 3, 1)
            visible = np.concatenate([alpha, np.ones_like(pixels[:, 3:])], 1).reshape(len(images), -1)
            weights = visible if weights is None else visible * weights
        return Goal(pixels.reshape(len(images), -1), weights, prior, BOUNDS[self.distribution])


def as_images(found: Found, shape: tuple[int, ...]) -> np.ndarray:
    """Returns the images that were found as uint8 (N, C, H, W), for pictures of this shape."""
    return np.clip(np.rint(found.drawn), 0, 255).astype(np.uint8).reshape(-1, *shape[1:])


def strip(image: np.ndarray, made: np.ndarray) -> np.ndarray:
    """Returns "yours | found | difference" as one uint8 image (C, H, 3 W and gutters); equal values differ by mid-grey."""
    difference = np.clip(GROUND + (made.astype(np.int16) - image) / 2, 0, 255).astype(np.uint8)
    if has_alpha(image):
        difference[3] = 255
    gutter = np.full((*image.shape[:2], SEPARATOR), GROUND, np.uint8)
    return np.concatenate([image, gutter, made, gutter, difference], 2)
