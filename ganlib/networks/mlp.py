"""Fully connected generator and discriminator on flattened images.

The defaults (generator 1024, 1024; discriminator 256, 256) are common in introductory courses on GANs.
"""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import nn

from ganlib.networks import family
from ganlib.networks.conditioning import with_label
from ganlib.networks.layers import weighted_layers
from ganlib.sizes import Size, height_width, pixels

SIZES = dict.fromkeys((16, 28, 32, 48, 64, 96, 128, 256), 1)  # the longer side; the shorter one may be any
EPS = 0.8  # of batch norm, as in PyTorch-GAN: it damps units of low variance


def _leaky_relu(slope: float) -> nn.LeakyReLU:
    """Raises TypeError or ValueError for a slope that is no number, which torch would do in the forward pass only."""
    return nn.LeakyReLU(float(slope))


class Generator(family.Generator):
    """Maps a latent (and a label, if the model is conditional) to an image. Default initialisation of PyTorch.

    Args:
        image_size: a side in `SIZES`, or height and width.
        channels: 1 (grey), 3 (RGB) or 4 (RGBA).
        latent_dim: length of the latent z.
        widths: units of each hidden layer.
        slope: of LeakyReLU after each; 0 is ReLU.
        norm: batch norm before the non-linearity of every hidden layer but the first.
        num_classes: 0 for a generator without labels; else the label is concatenated to z as a one-hot vector.
        eps: of batch norm.
    """

    def __init__(
        self,
        image_size: Size,
        channels: int,
        latent_dim: int = 100,
        widths: Sequence[int] = (1024, 1024),
        slope: float = 0.0,
        norm: bool = False,
        num_classes: int = 0,
        eps: float = EPS,
    ):
        super().__init__()
        self.image_size, self.channels, self.latent_dim, self.num_classes = image_size, channels, latent_dim, num_classes
        self.first = nn.Linear(latent_dim + num_classes, widths[0])
        layers: list[nn.Module] = [_leaky_relu(slope)]
        for before, after in pairwise(widths):
            layers.append(nn.Linear(before, after))
            if norm:
                layers.append(nn.BatchNorm1d(after, float(eps)))
            layers.append(_leaky_relu(slope))
        self.hidden = nn.Sequential(*layers)
        self.to_image = nn.Linear(widths[-1], channels * pixels(image_size))

    def features(self, z: torch.Tensor, labels: torch.Tensor | None = None) -> torch.Tensor:
        """Returns the first layer before its non-linearity, (N, F): affine in z, shifted by a label. Inputs as `forward`."""
        return self.first(with_label(z, labels, self.num_classes))

    def before_tanh(self, z: torch.Tensor, labels: torch.Tensor | None = None) -> torch.Tensor:
        """z (N, latent_dim), labels (N,) of integers or None -> (N, channels, H, W), whose tanh is the image."""
        values = self.to_image(self.hidden(self.features(z, labels)))
        return values.unflatten(1, (self.channels, *height_width(self.image_size)))


class Discriminator(family.Discriminator):
    """Maps an image (and its label, if the model is conditional) to a logit. Default initialisation of PyTorch.

    Args:
        image_size, channels, num_classes: as the generator's; the label is concatenated to the pixels.
        widths: units of each hidden layer.
        slope: of LeakyReLU after each; 0 is ReLU.
        dropout: the probability after each hidden layer; empty for none.
    """

    def __init__(
        self,
        image_size: Size,
        channels: int,
        widths: Sequence[int] = (256, 256),
        slope: float = 0.01,
        dropout: Sequence[float] = (),
        num_classes: int = 0,
    ):
        super().__init__()
        self.image_size, self.channels, self.num_classes = image_size, channels, num_classes
        self.by_itself = not any(dropout)
        layers: list[nn.Module] = []
        shares = dropout or [0.0] * len(widths)
        inputs = channels * pixels(image_size) + num_classes
        for (before, after), shard in zip(pairwise([inputs, *widths]), shares, strict=True):
            layers += [nn.Linear(before, after), _leaky_relu(slope)]
            if shard:
                layers.append(nn.Dropout(shard))
        self.hidden = nn.Sequential(*layers)
        self.to_logit = nn.Linear(widths[-1], 1)

    def hidden_layers(self) -> list[nn.Module]:
        """Returns the hidden layers, from the image on, except the output layer."""
        return weighted_layers(self.hidden)

    def forward(self, images: torch.Tensor, labels: torch.Tensor | None = None) -> torch.Tensor:
        """images (N, channels, H, W) in [-1, 1], labels (N,) of integers or None -> logits (N,)."""
        return self.to_logit(self.hidden(with_label(images.flatten(1), labels, self.num_classes))).squeeze(1)
