"""Small residual networks without normalisation, from 16 to 256 pixels, with or without labels.

After R3GAN (Huang et al. 2024, arXiv:2501.05441), reduced for two CPU cores: a learned basis modulated by the latent, one
block per stage (1x1, grouped 3x3, 1x1), and none at the full image size, where a CPU spends most of its time. With `width` n
there are n channels at half the picture's size and twice as many at each size below, up to `most`.
"""

from itertools import pairwise
from math import prod

import torch
from torch import nn
from torch.nn import functional as F

from ganlib.networks import dcgan, family, twice
from ganlib.networks.conditioning import with_label
from ganlib.networks.convolutions import Conv2d, ConvTranspose2d
from ganlib.networks.dcgan import stages, stem
from ganlib.networks.layers import Embedding, Flatten, Linear
from ganlib.sizes import Size

SIZES = dcgan.SIZES
SLOPE = 0.2  # of LeakyReLU
GROUP = 16  # channels per group of a 3x3 convolution


class Generator(family.Generator):
    """Maps a latent (and a label, if the model is conditional) to an image.

    Args:
        image_size: a side in `SIZES`, or height and width.
        channels: 1 (grey), 3 (RGB) or 4 (RGBA).
        latent_dim: length of the latent z.
        width: channels at half the picture's size, a multiple of 16.
        most: channels of the widest stage, a multiple of 16.
        blocks: residual blocks a stage.
        num_classes: 0 for a generator without labels; else the label is concatenated to z as a one-hot vector.
    """

    def __init__(
        self,
        image_size: Size,
        channels: int,
        latent_dim: int = 64,
        width: int = 32,
        most: int = 256,
        blocks: int = 1,
        num_classes: int = 0,
    ):
        super().__init__()
        start, widths = stem(image_size), _widths(image_size, width, most)[::-1]
        self.image_size, self.channels, self.latent_dim, self.num_classes = image_size, channels, latent_dim, num_classes
        self.project = nn.Linear(latent_dim + num_classes, widths[0] * prod(start))
        self.unflatten = nn.Unflatten(1, (widths[0], *start))
        steps = [_stage(nn.Identity(), widths[0], blocks)]
        steps += [_stage(ConvTranspose2d(wide, narrow, 4, 2, 1), narrow, blocks) for wide, narrow in pairwise(widths)]
        self.stages = nn.ModuleList(steps)
        self.to_image = nn.ConvTranspose2d(widths[-1], channels, 4, 2, 1)
        self.apply(init_weights)
        _scale_blocks(self)

    def features(self, z: torch.Tensor, labels: torch.Tensor | None = None) -> torch.Tensor:
        """Returns the first layer before its non-linearity, (N, F): affine in z, shifted by a label. Inputs as `forward`."""
        return self.project(with_label(z, labels, self.num_classes))

    def before_tanh(self, z: torch.Tensor, labels: torch.Tensor | None = None) -> torch.Tensor:
        """z (N, latent_dim), labels (N,) of integers or None -> (N, channels, H, W), whose tanh is the image."""
        x = self.unflatten(self.features(z, labels))
        for stage in self.stages:
            x = stage(x)
        return self.to_image(x)


class Discriminator(family.Discriminator):
    """Maps an image (and its label, if the model is conditional) to a logit. Arguments as the generator's.

    A label adds <embedding(label), features> to the logit (Miyato & Koyama 2018, arXiv:1802.05637).
    """

    by_itself = True

    def __init__(
        self, image_size: Size, channels: int, width: int = 32, most: int = 256, blocks: int = 1, num_classes: int = 0
    ):
        super().__init__()
        widths = _widths(image_size, width, most)
        self.image_size, self.channels, self.num_classes = image_size, channels, num_classes
        self.stages = nn.ModuleList(
            _stage(Conv2d(before, after, 4, 2, 1), after, blocks) for before, after in pairwise([channels, *widths])
        )
        self.flatten = Flatten()
        self.to_logit = Linear(widths[-1], stem(image_size))
        self.embed = Embedding(num_classes, widths[-1], stem(image_size)) if num_classes else None
        self.apply(init_weights)
        _scale_blocks(self)

    def hidden_layers(self) -> list[nn.Module]:
        """Returns the stages, from the image on; neither the logit nor the labels' embedding."""
        return list(self.stages)

    def forward(self, images: torch.Tensor, labels: torch.Tensor | None = None) -> torch.Tensor:
        """images (N, channels, H, W) in [-1, 1], labels (N,) of integers or None -> logits (N,)."""
        x = images
        for stage in self.stages:
            x = stage(x)
        features = self.flatten(x)
        logits = self.to_logit(features).squeeze(1)
        if self.embed is not None:
            logits = logits + (self.embed(labels) * features).sum(1)
        return logits


class Block(nn.Module):
    """Adds to x three convolutions of it, 1x1, grouped 3x3, 1x1, with LeakyReLU between. The last is initialised to zero, so
    that every block starts as the identity (R3GAN, section 3.3)."""

    def __init__(self, width: int):
        super().__init__()
        self.into = twice.Conv2d(width, width, 1)
        self.across = twice.Conv2d(width, width, 3, 1, 1, groups=width // GROUP)
        self.out = twice.Conv2d(width, width, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = F.leaky_relu(self.into(x), SLOPE)
        y = F.leaky_relu(self.across(y), SLOPE)
        return x + self.out(y)


def _widths(image_size: Size, width: int, most: int) -> list[int]:
    """Returns the channels of each stage, from half the image size downward."""
    return [min(width * 2**stage, most) for stage in range(stages(image_size))]


def _stage(resample: nn.Module, width: int, blocks: int) -> nn.Sequential:
    return nn.Sequential(resample, nn.LeakyReLU(SLOPE), *(Block(width) for _ in range(blocks)))


def init_weights(module: nn.Module) -> None:
    """He et al. 2015 (arXiv:1502.01852) for LeakyReLU 0.2. Each output pixel of a 4x4 stride-2 transposed convolution
    uses a quarter of the kernel, so its fan-in is 4 times its input channels."""
    if isinstance(module, nn.ConvTranspose2d):
        nn.init.normal_(module.weight, 0.0, (2 / (1 + SLOPE**2) / (4 * module.in_channels)) ** 0.5)
    elif isinstance(module, nn.Linear | nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, SLOPE)
    elif isinstance(module, nn.Embedding):
        nn.init.normal_(module.weight, 0.0, 0.02)
    if isinstance(bias := getattr(module, "bias", None), torch.Tensor):
        nn.init.zeros_(bias)


def _scale_blocks(network: nn.Module) -> None:
    """Scales the first two layers of each of L blocks by L**(-1/4), zeroes the third (Zhang et al. 2019, arXiv:1901.09321)."""
    blocks = [module for module in network.modules() if isinstance(module, Block)]
    with torch.no_grad():
        for block in blocks:
            for layer in (block.into, block.across):
                layer.weight *= len(blocks) ** -0.25
            block.out.weight.zero_()
