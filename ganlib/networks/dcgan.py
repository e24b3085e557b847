"""The DCGAN of Radford, Metz and Chintala 2015 (arXiv:1511.06434), from 16 to 256 pixels, with or without labels.

The generator starts at 4 to 7 pixels along the longer side and doubles both sides up to `image_size`. With `width` n the
generator has n channels at half the picture's size and twice as many at each size below it, 16 n at most; the discriminator
mirrors it. At 64 pixels and n = 128 these are the paper's 1024, 512, 256 and 128 channels.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import prod
from typing import Literal

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

from ganlib.networks import family
from ganlib.networks.conditioning import with_label, with_planes
from ganlib.networks.convolutions import Conv2d, ConvTranspose2d
from ganlib.networks.layers import Embedding, Flatten, Linear, weighted_layers
from ganlib.sizes import Size, height_width

# The longer side, and the factor from the first to the last size, a power of 2; the shorter side is a multiple of the factor.
SIZES = {16: 4, 28: 4, 32: 8, 48: 8, 64: 16, 96: 16, 128: 32, 256: 64}
MOST = 16  # times the width: channels of the widest stage

KERNEL = 4  # pixels; with a stride of 2 and a padding of 1 it doubles the size

Norm = Literal["batch", "spectral", "none"]
Conditioning = Literal["projection", "concat"]


class Generator(family.Generator):
    """Maps a latent (and a label, if the model is conditional) to an image by transposed convolutions.

    Args:
        image_size: a side in `SIZES`, or height and width.
        channels: 1 (grey), 3 (RGB) or 4 (RGBA).
        latent_dim: length of the latent z.
        width: channels at half the picture's size.
        num_classes: 0 for a generator without labels; else the label is concatenated to z as a one-hot vector.
        bias: of every layer, also below a batch norm, which has its own.
        widths: channels at each size, from half the picture's size downward, instead of those that `width` gives; their number
            is that of the doublings.
        kernels: of the transposed convolutions in the same order, each 4 or 3 pixels: 3 makes 2 n - 1 pixels of n.
    """

    def __init__(
        self,
        image_size: Size,
        channels: int,
        latent_dim: int = 100,
        width: int = 64,
        num_classes: int = 0,
        bias: bool = False,
        widths: Sequence[int] | None = None,
        kernels: Sequence[int] | None = None,
    ):
        super().__init__()
        widths = (widths or widths_of(image_size, width))[::-1]
        kernels = (kernels or [KERNEL] * len(widths))[::-1]
        start = stem(image_size, kernels[::-1])
        self.image_size, self.channels, self.latent_dim, self.num_classes = image_size, channels, latent_dim, num_classes
        self.project = nn.Linear(latent_dim + num_classes, widths[0] * prod(start), bias=bias)
        self.unflatten = nn.Unflatten(1, (widths[0], *start))
        self.norm = nn.BatchNorm2d(widths[0])
        self.stages = nn.ModuleList(
            nn.Sequential(ConvTranspose2d(wide, narrow, kernel, 2, 1, bias=bias), nn.BatchNorm2d(narrow), nn.ReLU())
            for (wide, narrow), kernel in zip(pairwise(widths), kernels[:-1], strict=True)
        )
        self.to_image = nn.ConvTranspose2d(widths[-1], channels, kernels[-1], 2, 1, bias=bias)
        self.apply(init_weights)

    def features(self, z: torch.Tensor, labels: torch.Tensor | None = None) -> torch.Tensor:
        """Returns the first layer before its non-linearity, (N, F): affine in z, shifted by a label. Inputs as `forward`."""
        return self.norm(self.unflatten(self.project(with_label(z, labels, self.num_classes)))).flatten(1)

    def before_tanh(self, z: torch.Tensor, labels: torch.Tensor | None = None) -> torch.Tensor:
        """z (N, latent_dim), labels (N,) of integers or None -> (N, channels, H, W), whose tanh is the image."""
        x = F.relu(self.unflatten(self.features(z, labels)).contiguous(memory_format=torch.channels_last))
        for stage in self.stages:
            x = stage(x)
        return self.to_image(x)


class Discriminator(family.Discriminator):
    """Maps an image (and its label, if the model is conditional) to a logit by strided convolutions.

    Args:
        image_size, channels, width, num_classes, widths, kernels: as the generator's.
        norm: "batch" is the paper's; "spectral" normalises every weight (Miyato et al. 2018, arXiv:1802.05957);
            "none" is for losses with a gradient penalty, which needs per-image gradients (Gulrajani et al. 2017, section 4).
        conditioning: "projection" adds <embedding(label), features> to the logit (Miyato & Koyama 2018, arXiv:1802.05637);
            "concat" gives the label to the first layer as one-hot planes (Mirza & Osindero 2014, arXiv:1411.1784).
        bias: of every layer, also below a batch norm; without batch norm every layer has one.
    """

    def __init__(
        self,
        image_size: Size,
        channels: int,
        width: int = 64,
        num_classes: int = 0,
        norm: Norm = "batch",
        conditioning: Conditioning = "projection",
        bias: bool = False,
        widths: Sequence[int] | None = None,
        kernels: Sequence[int] | None = None,
    ):
        super().__init__()
        widths = widths or widths_of(image_size, width)
        kernels = kernels or [KERNEL] * len(widths)
        left = stem(image_size, kernels)
        self.image_size, self.channels, self.num_classes = image_size, channels, num_classes
        self.planes = num_classes if conditioning == "concat" else 0
        bias = bias or norm != "batch"
        self.by_itself = norm == "none"
        layers: list[nn.Module] = []
        for i, (before, after) in enumerate(pairwise([channels + self.planes, *widths])):
            layers.append(Conv2d(before, after, kernels[i], 2, 1, bias=bias))
            if norm == "batch" and i > 0:
                layers.append(nn.BatchNorm2d(after))
            layers.append(nn.LeakyReLU(0.2))
        self.features = nn.Sequential(*layers, Flatten())
        self.to_logit = Linear(widths[-1], left, bias)
        self.embed = None
        if num_classes and conditioning == "projection":
            self.embed = Embedding(num_classes, widths[-1], left)
        self.apply(init_weights if norm == "batch" else init_without_norm)
        if norm == "spectral":
            for module in [module for module in self.modules() if isinstance(module, WEIGHTED)]:
                spectral_norm(module)

    def hidden_layers(self) -> list[nn.Module]:
        """Returns the convolutions with their norms, from the image on; neither the logit nor the labels' embedding."""
        return weighted_layers(self.features)

    def forward(self, images: torch.Tensor, labels: torch.Tensor | None = None) -> torch.Tensor:
        """images (N, channels, H, W) in [-1, 1], labels (N,) of integers or None -> logits (N,)."""
        return self._logits(self.features(with_planes(images, labels, self.planes)), labels)

    def with_either(self, images: torch.Tensor, labels: torch.Tensor, others: torch.Tensor) -> list[torch.Tensor]:
        if self.embed is None:
            return super().with_either(images, labels, others)
        features = self.features(images)
        return [self._logits(features, labels), self._logits(features, others)]

    def _logits(self, features: torch.Tensor, labels: torch.Tensor | None) -> torch.Tensor:
        logits = self.to_logit(features).squeeze(1)
        if self.embed is not None:
            logits = logits + (self.embed(labels) * features).sum(1)
        return logits


def stages(size: Size) -> int:
    """Returns how often the sides are doubled."""
    return SIZES[max(height_width(size))].bit_length() - 1


def widths_of(image_size: Size, width: int) -> list[int]:
    """Returns the channels at each size, from half the image size downward."""
    return [width * min(2**stage, MOST) for stage in range(stages(image_size))]


def stem(image_size: Size, kernels: Sequence[int] | None = None) -> tuple[int, int]:
    """Returns height and width of the first, smallest feature maps: 4 x 4 for 64 pixels, 2 x 4 for 64 across and 32 down.

    Raises ValueError for a size that `kernels` (None: all of 4 pixels) can't draw.
    """
    kernels = kernels or [KERNEL] * stages(image_size)
    height, width = (_first(side, kernels) for side in height_width(image_size))
    return height, width


def _first(side: int, kernels: Sequence[int]) -> int:
    for kernel in kernels:
        if kernel not in (3, 4) or (side - kernel) % 2:
            raise ValueError(f"a kernel of {kernel} pixels with a stride of 2 draws no {side} pixels")
        side = (side - kernel) // 2 + 2
    return side


WEIGHTED = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d, nn.Embedding)


def init_weights(module: nn.Module) -> None:
    """Weights from N(0, 0.02), batch norm's scale from N(1, 0.02), shifts zero (Radford et al. 2015, section 4)."""
    if isinstance(module, WEIGHTED):
        nn.init.normal_(module.weight, 0.0, 0.02)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
    if isinstance(bias := getattr(module, "bias", None), torch.Tensor):
        nn.init.zeros_(bias)


def init_without_norm(module: nn.Module) -> None:
    """He et al. 2015 (arXiv:1502.01852) for LeakyReLU 0.2: without a norm, weights of 0.02 make activations vanish."""
    init_weights(module)
    if isinstance(module, nn.Linear | nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, 0.2)
