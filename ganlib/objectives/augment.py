"""Differentiable augmentation: the same random transforms for real and generated images, with gradients to the generator.

Zhao et al. 2020, "Differentiable Augmentation for Data-Efficient GAN Training" (arXiv:2006.10738), with the strengths of
the paper's code. Each transform takes images (N, C, H, W) in [-1, 1], draws its parameters per image on their device, and is
twice differentiable (for R1 and R2).

Of images with transparency (N, 4, H, W), whose colour is premultiplied, the changes of colour are those of the straight colour:
they leave alpha and what is invisible alone. Translation and cutout fill all four channels with 0, a half transparent white:
with full transparency the generator could pass off holes and shifts as augmentation.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn.functional import pad

from ganlib.objectives.batch_rng import BatchRng
from ganlib.objectives.transparency import coverage
from ganlib.pictures import RGBA

LEAST_COVERED = 1e-3  # mean alpha that contrast divides by, at least: a picture may be invisible


def brightness(images: Tensor, batch_rng: BatchRng) -> Tensor:
    """Adds one number from [-0.5, 0.5] to all pixels of an image."""
    colour, alpha = _split(images)
    shift = _uniform(images, batch_rng) - 0.5
    return _joined(colour + (shift if alpha is None else shift * coverage(alpha)), alpha)


def saturation(images: Tensor, batch_rng: BatchRng) -> Tensor:
    """Scales the distance of each pixel from its own grey by a factor from [0, 2]; grey images stay as they are."""
    colour, alpha = _split(images)
    grey = colour.mean(1, keepdim=True)
    return _joined(grey + (colour - grey) * (2 * _uniform(images, batch_rng)), alpha)


def contrast(images: Tensor, batch_rng: BatchRng) -> Tensor:
    """Scales the distance of each pixel from the image's mean by a factor from [0.5, 1.5]."""
    colour, alpha = _split(images)
    mean = colour.mean((1, 2, 3), keepdim=True)
    if alpha is not None:  # the mean of what is visible, in each pixel by its alpha
        covered = coverage(alpha)
        mean = (mean + 1) / covered.mean((1, 2, 3), keepdim=True).clamp(min=LEAST_COVERED) * covered - 1
    return _joined(mean + (colour - mean) * (_uniform(images, batch_rng) + 0.5), alpha)


def translation(images: Tensor, batch_rng: BatchRng) -> Tensor:
    """Moves each image by up to an eighth of its size along each axis, padded with 0 (mid-grey)."""
    n, channels, height, width = images.shape
    down, across = (height + 4) // 8, (width + 4) // 8
    rows = _shifted(n, height, down, images.device, batch_rng)[:, None, :, None]
    columns = _shifted(n, width, across, images.device, batch_rng)[:, None, None, :]
    padded = pad(images, (across, across, down, down))
    moved = padded.gather(2, rows.expand(-1, channels, -1, padded.shape[3]))
    return moved.gather(3, columns.expand(-1, channels, height, -1))


def cutout(images: Tensor, batch_rng: BatchRng) -> Tensor:
    """Sets a rectangle of half the image's height and half its width, with a random centre, to 0."""
    n, _, height, width = images.shape
    rows = _covered(n, height, images.device, batch_rng)
    columns = _covered(n, width, images.device, batch_rng)
    return images.masked_fill(rows[:, None, :, None] & columns[:, None, None, :], 0)


CHANGES: dict[str, Callable[[Tensor, BatchRng], Tensor]] = {
    change.__name__: change for change in (brightness, saturation, contrast, translation, cutout)
}


def suited(channels: int) -> tuple[str, ...]:
    """Returns the transforms that apply to images of 1, 3 or 4 channels: the paper's policy "color,translation,cutout"."""
    return tuple(name for name in CHANGES if channels > 1 or name != "saturation")


def augment(images: Tensor, changes: Sequence[str], batch_rng: BatchRng, probability: float = 1.0) -> Tensor:
    """Applies the named transforms of `CHANGES` to `images` (N, C, H, W) in that order, each to an image with `probability`
    (Karras et al. 2020, "Training Generative Adversarial Networks with Limited Data", arXiv:2006.06676, section 2.2)."""
    for name in changes:
        changed = CHANGES[name](images, batch_rng)
        images = changed if probability == 1 else torch.where(_uniform(images, batch_rng) < probability, changed, images)
    return images


def _split(images: Tensor) -> tuple[Tensor, Tensor | None]:
    """Returns the colour and the alpha (N, 1, H, W) of images; None for images without alpha."""
    return (images[:, :3], images[:, 3:]) if images.shape[1] == RGBA else (images, None)


def _joined(colour: Tensor, alpha: Tensor | None) -> Tensor:
    return colour if alpha is None else torch.cat([colour, alpha], 1)


def _uniform(images: Tensor, batch_rng: BatchRng) -> Tensor:
    return batch_rng.uniform(len(images), 1, 1, 1, dtype=images.dtype)


def _shifted(n: int, size: int, most: int, device: torch.device, batch_rng: BatchRng) -> Tensor:
    """Returns (n, size): the indices of each image's pixels in an axis that is padded by `most` on both sides."""
    shift = batch_rng.integers(2 * most + 1, n, 1)
    return torch.arange(size, device=device) + shift


def _covered(n: int, size: int, device: torch.device, batch_rng: BatchRng) -> Tensor:
    """Returns (n, size): which positions of an axis lie in a span of size // 2 around each image's random centre."""
    span = size // 2
    first = batch_rng.integers(size + 1 - span % 2, n, 1) - span // 2
    position = torch.arange(size, device=device)
    return (position >= first) & (position < first + span)
