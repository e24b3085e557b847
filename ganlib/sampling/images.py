"""Draws images with a generator, from given latents or from a seed, with or without labels."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from ganlib import UserError, latents, pictures
from ganlib.datasets.image_set import class_number, listed
from ganlib.networks.family import MixingGenerator
from ganlib.runs.config import Config
from ganlib.runs.run import Run

BATCH = 64


@dataclass(frozen=True)
class Mix:
    """A second latent, and how much of its style each stage of a generator takes (`networks.family.MixingGenerator`)."""

    z: np.ndarray  # (1, dim)
    labels: np.ndarray | None  # (1,)
    amounts: Sequence[float]  # of each stage, coarse to fine: 0 none, 1 all


def draw(generator: nn.Module, z: np.ndarray, labels: np.ndarray | None = None, mix: Mix | None = None) -> np.ndarray:
    """Draws the images of `z` (N, dim) and `labels` (N,), as uint8 (N, C, H, W); with `mix` by a generator that can mix."""
    device = next(generator.parameters()).device
    parts = []
    with torch.inference_mode():
        for start in range(0, len(z), BATCH):
            part = slice(start, start + BATCH)
            inputs = torch.from_numpy(z[part]).to(device)
            classes = None if labels is None else torch.from_numpy(labels[part]).to(device)
            images = generator(inputs, classes) if mix is None else _mixed(generator, inputs, classes, mix)
            parts.append(pictures.to_uint8(images.cpu().numpy()))
    return np.concatenate(parts)


def _mixed(generator: nn.Module, z: Tensor, labels: Tensor | None, mix: Mix) -> Tensor:
    assert isinstance(generator, MixingGenerator)
    other = torch.from_numpy(mix.z).to(z.device)
    other_labels = None if mix.labels is None else torch.from_numpy(mix.labels).to(z.device)
    return generator.mixed(z, labels, other, other_labels, torch.tensor(mix.amounts, dtype=z.dtype, device=z.device))


def images(
    run: Run, generator: nn.Module, num: int, seed: int, label: str | int | None = None, truncation: float = 1.0
) -> tuple[np.ndarray, np.ndarray | None]:
    """Draws `num` images with the run's `generator`, uint8 (num, C, H, W), and their labels (num,), None for a run without any.

    Raises UserError for a class that the run doesn't have.
    """
    recipe, labels = run.config.recipe, labels_for(run.config, num, find_label(run.config, label))
    z = latents.sample(num, recipe.latent_dim, seed, recipe.latent)
    return draw(generator, latents.truncate(z, truncation), labels), labels


def find_label(config: Config, label: str | int | None) -> int | None:
    """Returns the index of a class by its name or number. Raises UserError for a class that the run doesn't have."""
    if label is None:
        return None
    if not config.num_classes:
        raise UserError(f"This run was trained without labels; leave out the label {label}.")
    number = class_number(config.labels, str(label))
    if number is None:
        raise UserError(f"This run has no label {label!r}; it has {', '.join(config.labels)}.")
    return number


def find_labels(config: Config, text: str | None) -> tuple[int, ...]:
    """Returns the classes in `text`, names or numbers separated by commas; all classes for None, none for a run without labels.

    A name may hold commas itself: the longest name that fits is taken. Raises UserError for a class that the run doesn't have.
    """
    if text is None:
        return tuple(range(config.num_classes))
    found = [find_label(config, name) for name in listed(config.labels, text)]
    return tuple(dict.fromkeys(number for number in found if number is not None))


def labels_for(config: Config, num: int, label: int | None) -> np.ndarray | None:
    """Returns `num` labels: all `label`, or cycling through the classes for None; None for a run without labels."""
    if not config.num_classes:
        return None
    return np.full(num, label) if label is not None else np.arange(num) % config.num_classes


def caption(run: Run, epoch_label: str, seed: int | str, truncation: float, label: int | None = None) -> str:
    """Returns the settings of a picture in one line: "mnist, epoch 12, seed 1, ψ 0.8"."""
    parts = [run.name, epoch_label, f"seed {seed}", f"ψ {truncation:g}"]
    return ", ".join(parts if label is None else [*parts, f"label {run.config.labels[label]}"])
