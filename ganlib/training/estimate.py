"""Estimates the time and memory of a training from a few real steps, which are discarded."""

import sys
import time

import torch

from ganlib.training.events import Estimated
from ganlib.training.step import GAN

SECONDS = 3.0  # to be measured, at least


def measure(gan: GAN, minutes: float | None = None) -> Estimated:
    """Times steps of a new `gan`, without writing files. `minutes` limit the run, in addition to its length if it has one."""
    config, recipe, device = gan.config, gan.recipe, gan.device
    turns = max(recipe.penalty_every, recipe.g_every, recipe.d_every)  # whole rounds, since steps differ in cost
    for _ in range(2):  # warm-up: memory is allocated and algorithms are chosen
        gan.step()
    _finish(device)
    before, began = gan.images, time.monotonic()
    while time.monotonic() - began < SECONDS:
        for _ in range(turns):
            gan.step()
        _finish(device)
    speed = (gan.images - before) / (time.monotonic() - began)
    gan.previews.samples(min(128, len(gan.batches.images)))
    limits = [60 * minutes] if minutes is not None else []
    if config.images is not None:
        limits.append(config.images / speed)
    return Estimated(speed, _peak_bytes(device), min(limits))


def _finish(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def _peak_bytes(device: torch.device) -> int:
    """Returns the peak memory of the GPU, or else of this process; 0 where the system doesn't report it."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    try:
        import resource
    except ImportError:  # Windows
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
