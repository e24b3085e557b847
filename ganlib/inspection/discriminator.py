"""A discriminator's logits of pictures, their gradients by pixel, and its decision boundary."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn

from ganlib.objectives.losses import LOSSES
from ganlib.objectives.transparency import premultiplied

BATCH = 64


def logits(discriminator: nn.Module, images: np.ndarray, labels: np.ndarray | None = None) -> np.ndarray:
    """Returns D's logits, float32 (N,), of uint8 images (N, C, H, W), each with its label (N,) where there are classes."""
    with torch.inference_mode():
        parts = _batches(images, labels)
        return np.concatenate([discriminator(premultiplied(part), known).numpy() for part, known in parts])


def heat(discriminator: nn.Module, images: np.ndarray, labels: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Returns maps of the gradient of D's logit by pixel, float32 (N, H, W), and the steepest slope in each, (N,).

    A map is the gradient of a picture's logit with respect to the picture, divided by its largest absolute value: of grey
    pictures with its sign in [-1, 1], positive where brighter raises the logit; of others the sum of the absolute values over
    the channels, alpha among them, in [0, 1]. Slopes are in logits per unit, black to white being two. Inputs as `logits`'.
    """
    slopes = torch.cat([gradients(discriminator, *part) for part in _batches(images, labels)])
    maps = slopes[:, 0] if slopes.shape[1] == 1 else slopes.abs().sum(1)
    steepest = maps.abs().amax((1, 2))
    maps = maps / steepest.clamp(min=torch.finfo(maps.dtype).tiny)[:, None, None]
    return maps.numpy(), steepest.numpy()


def gradients(discriminator: nn.Module, images: Tensor, labels: Tensor | None = None) -> Tensor:
    """Returns the gradient of each logit with respect to its picture, for `images` (N, C, H, W) in [-1, 1], in their dtype;
    of straight RGBA, 0 for the colour of what is invisible."""
    with torch.enable_grad():
        asked = images.detach().requires_grad_()
        (found,) = torch.autograd.grad(discriminator(premultiplied(asked), labels).sum(), asked)
    return found


def boundary(loss: str, real: np.ndarray, fake: np.ndarray) -> float:
    """Returns the logit above which D classifies a picture as real: the loss's own.

    If the loss has none, the threshold that separates `real` and `fake` best (largest sum of the true positive and the true
    negative rate); of several, the middle of the widest gap.
    """
    if (own := LOSSES[loss].boundary) is not None:
        return own
    values = np.unique(np.concatenate([real, fake]))
    if len(values) == 1:
        return float(values[0])
    middles, gaps = (values[1:] + values[:-1]) / 2, np.diff(values)
    right = (real > middles[:, None]).mean(1) + (fake <= middles[:, None]).mean(1)
    best = np.isclose(right, right.max())
    return float(middles[best][gaps[best].argmax()])


def _batches(images: np.ndarray, labels: np.ndarray | None) -> Iterator[tuple[Tensor, Tensor | None]]:
    """Yields batches of uint8 images as floats in [-1, 1], with their labels."""
    for start in range(0, len(images), BATCH):
        part = slice(start, start + BATCH)
        pictures = torch.from_numpy(images[part].astype(np.float32)).div_(127.5).sub_(1)
        yield pictures, None if labels is None else torch.from_numpy(labels[part])
