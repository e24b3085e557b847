"""Descent along torch's gradients by Adam: the search of AnoGAN (Schlegl et al. 2017, arXiv:1703.05921, section 2.2) and of
most projections since. Where there are gradients, one costs two forward passes."""

import math

import numpy as np
import torch
from torch import Tensor, nn

from ganlib.inversion.levenberg_marquardt import Goal

BETAS, EPS = (0.9, 0.99), 1e-8
TOGETHER = 128  # images in one pass, which stay in a core's cache


def adam(
    generator: nn.Module,
    z: np.ndarray,
    labels: np.ndarray | None,
    goal: Goal,
    steps: int,
    rates: tuple[float, float],
) -> np.ndarray:
    """Returns z (N, K) after `steps` steps of Adam (Kingma & Ba 2015, algorithm 1) from `z`, the rate along a cosine from the
    first of `rates` to the second."""
    parts = [np.arange(start, min(start + TOGETHER, len(z))) for start in range(0, len(z), TOGETHER)]
    found = [_descended(generator, z[p], None if labels is None else labels[p], goal.of(p), steps, rates) for p in parts]
    return np.concatenate(found)


def _descended(
    generator: nn.Module, z: np.ndarray, labels: np.ndarray | None, goal: Goal, steps: int, rates: tuple[float, float]
) -> np.ndarray:
    at = torch.from_numpy(np.array(z))
    classes = None if labels is None else torch.from_numpy(labels)
    shares, pixels = (torch.from_numpy(np.ascontiguousarray(array)) for array in (goal.shares(), goal.pixels))
    first, second = torch.zeros_like(at), torch.zeros_like(at)
    for number in range(steps):
        slope = cost_slope(generator, at, classes, goal.prior, shares, pixels)
        first = BETAS[0] * first + (1 - BETAS[0]) * slope
        second = BETAS[1] * second + (1 - BETAS[1]) * slope**2
        mean, square = first / (1 - BETAS[0] ** (number + 1)), second / (1 - BETAS[1] ** (number + 1))
        rate = rates[0] + (rates[1] - rates[0]) * (1 - math.cos(math.pi * number / steps)) / 2
        at = at - rate * mean / (square.sqrt() + EPS)
        if goal.bound is not None:
            at = at.clamp(-goal.bound, goal.bound)
    return at.numpy()


def cost_slope(generator: nn.Module, z: Tensor, labels: Tensor | None, prior: float, shares: Tensor, pixels: Tensor) -> Tensor:
    """Returns the gradient of each cost by z, (N, K).

    The cost is the sum of shares * (G(z) - pixels)^2 in grey levels, plus prior^2 * mean of z^2, as `Goal` says.

    Args:
        generator: maps z (N, K) and labels to images in [-1, 1], (N, C, H, W); grey levels are 127.5 * (image + 1).
        shares, pixels: (N, D) or (1, 1), and (N, D), D = C * H * W.
    """
    with torch.enable_grad():
        asked = z.detach().requires_grad_()
        drawn = 127.5 * (generator(asked, labels).flatten(1) + 1)
        costs = (shares * (drawn - pixels) ** 2).sum(1) + prior**2 * (asked**2).mean(1)
        (slope,) = torch.autograd.grad(costs.sum(), asked)
    return slope
