"""Measures what a generator's units change in its pictures, by turning off one after the other."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ganlib import latents
from ganlib.networks import Generator, units
from ganlib.networks.units import Stage
from ganlib.objectives.transparency import premultiplied
from ganlib.runs.run import Run, Snapshot
from ganlib.runs.unit_effects import MOST, Effects, heat_sides
from ganlib.sampling import BATCH, labels_for

SEED = 4321  # of the samples
NUM = 128  # samples
LEVELS = 127.5  # grey levels by unit of an image in [-1, 1]


def of_snapshot(run: Run, snapshot: Snapshot, num: int = NUM) -> Iterator[tuple[Stage, Effects]]:
    """Measures the stages of a snapshot with `num` samples, cycling through the labels; yields each when it is measured."""
    recipe = run.config.recipe
    z, labels = latents.sample(num, recipe.latent_dim, SEED, recipe.latent), labels_for(run.config, num, None)
    generator = run.generator(snapshot)
    for stage in units.stages(generator):
        yield stage, effects(generator, stage, z, labels)


def effects(generator: Generator, stage: Stage, z: np.ndarray, labels: np.ndarray | None) -> Effects:
    """Returns what turning off each unit of a stage changes in the pictures of latents (N, dim): the absolute difference, mean
    over pictures and channels. Transparent pictures are compared premultiplied."""
    size = heat_sides(generator.image_size)
    pictures, changes = _pictures(generator, z, labels), []
    for unit in range(stage.units):
        scale = torch.ones(1, stage.units, *(1 for _ in stage.sides))
        scale[:, unit] = 0
        with units.scaled(generator, {stage: scale}):
            changes.append(LEVELS * (_pictures(generator, z, labels) - pictures).abs().mean((0, 1)))
    maps = torch.stack(changes)
    heat = F.adaptive_avg_pool2d(maps, size)
    relative = MOST * heat / heat.amax((1, 2), keepdim=True).clamp(min=torch.finfo(torch.float32).tiny)
    return Effects(maps.mean((1, 2)).numpy(), relative.round().byte().numpy())


def _pictures(generator: Generator, z: np.ndarray, labels: np.ndarray | None) -> Tensor:
    with torch.inference_mode():
        parts = [slice(start, start + BATCH) for start in range(0, len(z), BATCH)]
        drawn = [
            generator(torch.from_numpy(z[part]), None if labels is None else torch.from_numpy(labels[part])) for part in parts
        ]
        return premultiplied(torch.cat(drawn))
