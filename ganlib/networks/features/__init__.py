"""Frozen networks that ship, by name, and the discriminator on their feature maps.

A frozen network is no part of a run: its file in `ganlib/assets/` is checked by its hash. To add one, add its file and a row.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ganlib import UserError, files
from ganlib.networks.features import efficientnet
from ganlib.networks.features.heads import FeatureDiscriminator
from ganlib.pictures import RGBA

ASSETS = Path(__file__).parents[2] / "assets"


class Frozen(NamedTuple):
    """A frozen network: the class, which takes the number of stages, the channels of each stage, the file of the weights."""

    build: Callable[[int], nn.Module]
    channels: tuple[int, ...]
    file: Path
    sha256: str


NETWORKS = {
    "efficientnet-lite0": Frozen(
        efficientnet.EfficientNetLite0,
        efficientnet.CHANNELS,
        ASSETS / "efficientnet-lite0.safetensors",
        "15f62d424d193c017b9c781a42ec202fb8a84fb48bb805c9e4f83184853ede60",
    ),
}


class FeatureNetwork(nn.Module):
    """Maps pictures of any size and channels to the feature maps of `stages` (numbers from 1) of a frozen network."""

    def __init__(self, network: str, stages: Sequence[int]):
        super().__init__()
        self.places = [stage - 1 for stage in stages]
        self.network = load(network, max(stages))

    def forward(self, images: Tensor, size: int) -> list[Tensor]:
        """images (N, C, H, W) in [-1, 1], of four channels with premultiplied colour -> maps, from the largest to the
        smallest, of the images with `size` pixels on their longer side. Grey becomes RGB, and what is transparent mid-grey."""
        found = self.network(brought_to(in_colour(images), size))
        return [found[place] for place in self.places]


def in_colour(images: Tensor) -> Tensor:
    """Returns RGB (N, 3, H, W)."""
    channels = images.shape[1]
    if channels == RGBA:
        return images[:, :3] + (1 - images[:, 3:]) / 2
    return images.expand(-1, 3, -1, -1) if channels == 1 else images


def brought_to(images: Tensor, size: int) -> Tensor:
    """Returns images whose longer side has `size` pixels, antialiased."""
    height, width = images.shape[2:]
    if max(height, width) == size:
        return images
    sides = [max(1, round(side * size / max(height, width))) for side in (height, width)]
    return F.interpolate(images, sides, mode="bilinear", antialias=True)


def load(name: str, stages: int) -> nn.Module:
    """Returns the first stages of a frozen network. Raises UserError if its file is missing or not the one that ships."""
    frozen = NETWORKS[name]
    with torch.random.fork_rng(devices=[]):
        network = frozen.build(stages).eval().requires_grad_(False)
    try:
        content = frozen.file.read_bytes()
    except OSError:
        content = b""
    if hashlib.sha256(content).hexdigest() != frozen.sha256:
        raise UserError(
            f"{frozen.file} is {'damaged' if content else 'missing'}, and the recipe's features need it: copy it from the "
            "project's repository again, or train without, by --set features=none."
        )
    tensors, _ = files.read_tensors(frozen.file)
    network.load_state_dict({name: tensors[name].float() for name in network.state_dict()})
    return network


def build(settings: Mapping[str, Any]) -> FeatureDiscriminator:
    """Builds the heads that `settings` describe, with initial weights: a network, its stages, the number of classes, and what
    FeatureDiscriminator takes."""
    arguments = dict(settings)
    channels = NETWORKS[arguments.pop("network")].channels
    return FeatureDiscriminator([channels[stage - 1] for stage in arguments.pop("stages")], **arguments)
