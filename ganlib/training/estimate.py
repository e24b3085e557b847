"""Estimates the time and memory of a training from a few real steps, which are discarded."""

import sys
import time
from statistics import harmonic_mean

import torch

from ganlib.training.events import Estimated
from ganlib.training.step import GAN

SECONDS = 3.0  # to be measured, at least
CHANGING = {"feature_size", "mismatch"}  # schedules during which a step's cost changes
MOMENTS = (1 / 6, 1 / 2, 5 / 6)  # of a training, each for a third of its images


def measure(gan: GAN, minutes: float | None = None) -> Estimated:
    """Times steps of a new `gan`, without writing files. `minutes` limit the run, in addition to its length if it has one."""
    config, device = gan.config, gan.device
    moments = MOMENTS if CHANGING & gan.recipe.schedules.keys() else (0.0,)
    speed = harmonic_mean([_speed(gan, int(moment * config.schedule_images), SECONDS / len(moments)) for moment in moments])
    gan.previews.samples(min(128, len(gan.batches.images)))
    limits = [60 * minutes] if minutes is not None else []
    if config.images is not None:
        limits.append(config.images / speed)
    return Estimated(speed, _peak_bytes(device), min(limits))


def _speed(gan: GAN, images: int, seconds: float) -> float:
    """Returns the images a second of steps after `images` images, measured for so long."""
    recipe, gan.images = gan.recipe, images
    turns = max(recipe.penalty_every, recipe.g_every, recipe.d_every)  # whole rounds, since steps differ in cost
    for _ in range(2):  # warm-up: memory is allocated and algorithms are chosen
        gan.step()
    _finish(gan.device)
    before, began = gan.images, time.monotonic()
    while time.monotonic() - began < seconds:
        for _ in range(turns):
            gan.step()
        _finish(gan.device)
    return (gan.images - before) / (time.monotonic() - began)


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
