"""The DCGAN of eriklindernoren/PyTorch-GAN: nearest-neighbour upsampling and 3x3 convolutions in the generator, which
avoid checkerboard artefacts, and dropout in a small discriminator. From 16 to 256 pixels."""

from collections.abc import Sequence
from itertools import pairwise
from math import prod
from typing import Literal

import torch
from torch import nn
from torch.nn import functional as F

from ganlib.networks import family, twice
from ganlib.networks.conditioning import with_label, with_planes
from ganlib.networks.convolutions import can_double, convolve_doubled
from ganlib.networks.layers import Flatten, Linear, weighted_layers
from ganlib.sizes import Size, height_width

# The longer side, and what the shorter one is a multiple of: both are doubled twice.
SIZES = dict.fromkeys((16, 28, 32, 48, 64, 96, 128, 256), 4)
EPS = 0.8  # of batch norm: the original has BatchNorm2d(n, 0.8), which sets eps, perhaps meant as the momentum
SLOPE = 0.2  # of LeakyReLU
DROPOUT = 0.25

Norms = Literal["all", "maps"]


class Generator(family.Generator):
    """Maps a latent (and a label, if the model is conditional) to an image.

    Args:
        image_size: a side in `SIZES`, or height and width.
        channels: 1 (grey), 3 (RGB) or 4 (RGBA).
        latent_dim: length of the latent z.
        num_classes: 0 for a generator without labels; else the label is concatenated to z as a one-hot vector.
        widths: channels of the first feature map and after each doubling; five for 28 pixels: 2, 4, 7, 14, 28.
        eps: of the batch norm after each convolution.
    """

    def __init__(
        self,
        image_size: Size,
        channels: int,
        latent_dim: int = 100,
        num_classes: int = 0,
        widths: Sequence[int] = (128, 128, 64),
        eps: float = EPS,
    ):
        super().__init__()
        sides = height_width(image_size)
        halvings = range(len(widths) - 2, -1, -1)
        self.sizes = [tuple(-(-side // 2**times) for side in sides) for times in halvings]  # after each stage, rounded up
        start = [-(-side // 2 ** (len(widths) - 1)) for side in sides]
        self.image_size, self.channels, self.latent_dim, self.num_classes = image_size, channels, latent_dim, num_classes
        self.project = nn.Linear(latent_dim + num_classes, widths[0] * prod(start))
        self.unflatten = nn.Unflatten(1, (widths[0], *start))
        self.norm = nn.BatchNorm2d(widths[0])
        self.stages = nn.ModuleList(
            nn.Sequential(nn.Conv2d(before, after, 3, 1, 1), nn.BatchNorm2d(after, float(eps)), nn.LeakyReLU(SLOPE))
            for before, after in pairwise(widths)
        )
        self.to_image = nn.Conv2d(widths[-1], channels, 3, 1, 1)
        self.apply(init_weights)

    def features(self, z: torch.Tensor, labels: torch.Tensor | None = None) -> torch.Tensor:
        """Returns the first layer with its norm, (N, F): affine in z, a label adds a constant. Inputs as `forward`."""
        return self.norm(self.unflatten(self.project(with_label(z, labels, self.num_classes)))).flatten(1)

    def before_tanh(self, z: torch.Tensor, labels: torch.Tensor | None = None) -> torch.Tensor:
        """z (N, latent_dim), labels (N,) of integers or None -> (N, channels, H, W), whose tanh is the image."""
        x = self.unflatten(self.features(z, labels)).contiguous(memory_format=torch.channels_last)
        for size, stage in zip(self.sizes, self.stages, strict=True):
            if can_double(x, size) and not _is_watched(stage):
                x = _in_one_step(x, *stage.children())
            else:
                x = stage(F.interpolate(x, size))
        return self.to_image(x)


def _in_one_step(maps: torch.Tensor, convolution: nn.Module, *rest: nn.Module) -> torch.Tensor:
    """Doubles maps and passes them through the modules of a stage."""
    assert isinstance(convolution, nn.Conv2d)
    maps = convolve_doubled(convolution, maps)
    for module in rest:
        maps = module(maps)
    return maps


def _is_watched(stage: nn.Module) -> bool:
    """Whether hooks ask for what a stage takes and gives: enlarged maps."""
    return any(module._forward_pre_hooks or module._forward_hooks for module in stage.modules())


class Discriminator(family.Discriminator):
    """Maps an image (and its label, if the model is conditional) to a logit.

    Args:
        image_size, channels, num_classes: as the generator's; the label is concatenated to the image as one-hot planes.
        widths: channels of the convolutions, from the image on.
        norms: "all" is the original, with a batch norm after each convolution but the first; "maps" leaves it out where the map
            is a single pixel, as the last one of 16 pixels is: there it would give every batch, real or generated, the same
            mean logit, and nothing could be learned.
    """

    def __init__(
        self,
        image_size: Size,
        channels: int,
        num_classes: int = 0,
        widths: Sequence[int] = (16, 32, 64, 128),
        norms: Norms = "all",
    ):
        super().__init__()
        sides = height_width(image_size)
        self.image_size, self.channels, self.num_classes = image_size, channels, num_classes
        layers: list[nn.Module] = []
        for i, (before, after) in enumerate(pairwise([channels + num_classes, *widths])):
            layers += [twice.Conv2d(before, after, 3, 2, 1), nn.LeakyReLU(SLOPE), nn.Dropout2d(DROPOUT)]
            left = [-(-side // 2 ** (i + 1)) for side in sides]  # each stride of 2 rounds up
            if i > 0 and (norms == "all" or prod(left) > 1):
                layers.append(nn.BatchNorm2d(after, EPS))
        self.features = nn.Sequential(*layers, Flatten())
        height, width = (-(-side // 2 ** len(widths)) for side in sides)
        self.to_logit = Linear(widths[-1], (height, width))
        self.apply(init_weights)

    def hidden_layers(self) -> list[nn.Module]:
        """Returns the convolutions with their norms, from the image on, except the output layer."""
        return weighted_layers(self.features)

    def forward(self, images: torch.Tensor, labels: torch.Tensor | None = None) -> torch.Tensor:
        """images (N, channels, H, W) in [-1, 1], labels (N,) of integers or None -> logits (N,)."""
        return self.to_logit(self.features(with_planes(images, labels, self.num_classes))).squeeze(1)


def init_weights(module: nn.Module) -> None:
    """Convolutions from N(0, 0.02), batch norm's scale from N(1, 0.02), its shift zero; the rest keeps PyTorch's default."""
    if isinstance(module, nn.Conv2d):
        nn.init.normal_(module.weight, 0.0, 0.02)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
        nn.init.zeros_(module.bias)
