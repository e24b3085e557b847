"""Memorisation: each sample's nearest training images, and their distances relative to those of unseen pictures.

RGBA is compared as it is seen: colour premultiplied by alpha, and alpha.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ganlib.pictures import premultiplied

CHUNK = 2_000  # training images that are converted to floats at a time


@dataclass(frozen=True)
class Memorisation:
    """Medians of the distance, in grey levels (root mean square over pixels), to the nearest training image.

    `ratio` near 1: samples are as far from the training set as unseen pictures; near 0: they are copies of training images.
    """

    samples: float
    held_out: float

    @property
    def ratio(self) -> float:
        return self.samples / self.held_out if self.held_out else float("nan")


def memorisation(samples: np.ndarray, training: np.ndarray, held_out: np.ndarray | None, flip: bool = False) -> Memorisation:
    """Measures uint8 images (N, C, H, W). Without `held_out` images, training images are compared with the other ones.

    `flip`: training used mirrored images too, so that a mirrored match counts.
    """
    near, _ = nearest(samples, training, flip=flip)
    far = unseen_distances(training, held_out, len(samples), flip)
    return Memorisation(float(np.median(near)), float(np.median(far)))


def unseen_distances(training: np.ndarray, held_out: np.ndarray | None, num: int, flip: bool = False) -> np.ndarray:
    """Returns the distances of unseen real images to the nearest of `training`, in grey levels: of all of `held_out`, or,
    without any, of `num` training images to the other ones."""
    if held_out is not None:
        return nearest(held_out, training, flip=flip)[0][:, 0]
    chosen = np.random.default_rng(0).permutation(len(training))[:num]
    distances, _ = nearest(training[chosen], training, num=2, flip=flip)  # the first is the image itself
    return distances[:, 1]


@dataclass(frozen=True)
class Neighbour:
    """A training image near a picture."""

    index: int
    distance: float  # in grey levels (root mean square over pixels)
    mirrored: bool  # the distance is that of its mirror image


def neighbours(picture: np.ndarray, training: np.ndarray, num: int, flip: bool = False) -> list[Neighbour]:
    """Returns the `num` nearest of `training` to a uint8 picture (C, H, W), nearest first; all if there are fewer.

    Their distances are exact, those of `nearest` are rounded.
    """
    _, where = nearest(picture[None], training, min(num, len(training)), flip)
    found = [_neighbour(picture, training[index], int(index), flip) for index in where[0]]
    return sorted(found, key=lambda neighbour: neighbour.distance)


def _neighbour(picture: np.ndarray, other: np.ndarray, index: int, flip: bool) -> Neighbour:
    straight, mirrored = (_distance(picture, shown) for shown in (other, other[..., ::-1]))
    return Neighbour(index, min(straight, mirrored) if flip else straight, flip and mirrored < straight)


def _distance(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.sqrt(np.square(premultiplied(one).astype(np.float64) - premultiplied(other)).mean()))


def nearest(images: np.ndarray, training: np.ndarray, num: int = 1, flip: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Finds the `num` nearest of `training` for each of `images`, both uint8 (N, C, H, W).

    Returns their distances in grey levels (root mean square over pixels), nearest first, (N, num), and their indices.
    """
    images = premultiplied(images)
    asked = [images, images[..., ::-1]] if flip else [images]
    queries = torch.from_numpy(np.concatenate(asked).reshape(len(asked) * len(images), -1).astype(np.float32))
    squares = queries.square().sum(1, keepdim=True)
    best = torch.full((len(queries), num), float("inf"))
    where = torch.zeros((len(queries), num), dtype=torch.long)
    for start in range(0, len(training), CHUNK):
        some = premultiplied(training[start : start + CHUNK])
        part = torch.from_numpy(some.reshape(-1, queries.shape[1]).astype(np.float32))
        distances = squares + part.square().sum(1) - 2 * queries @ part.T
        indices = torch.arange(start, start + len(part)).expand(len(queries), -1)
        best, order = torch.cat([best, distances], 1).topk(num, largest=False)
        where = torch.cat([where, indices], 1).gather(1, order)
    if flip:
        best, where = _merged(best.chunk(2), where.chunk(2), num)
    return (best.clamp(min=0) / queries.shape[1]).sqrt().double().numpy(), where.numpy()


def _merged(bests: Sequence[torch.Tensor], wheres: Sequence[torch.Tensor], num: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Merges the nearest of two lists each; an image counts once only, plain or mirrored."""
    best, where = torch.cat(list(bests), 1), torch.cat(list(wheres), 1)
    best, order = best.sort(1)
    where = where.gather(1, order)
    repeated = torch.tensor([[index in row[:i] for i, index in enumerate(row)] for row in where.tolist()])
    best = best.masked_fill(repeated, float("inf"))
    best, order = best.topk(num, largest=False)
    return best, where.gather(1, order)
