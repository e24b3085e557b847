"""The convolutional networks of InfoGAN's appendix C.1 (Chen et al. 2016, arXiv:1606.03657) as used in courses on GANs:
without its codes, with batch norm after the non-linearity and max-pooling in the discriminator. For 16, 28 and 32 pixels."""

from collections.abc import Sequence
from math import prod

import torch
from torch import nn

from ganlib.networks import family, twice
from ganlib.networks.conditioning import with_label, with_planes
from ganlib.networks.layers import weighted_layers
from ganlib.sizes import Size, height_width

SIZES = {16: 4, 28: 4, 32: 4}  # the longer side, and what the shorter one is a multiple of: both are doubled twice
SLOPE = 0.01  # of LeakyReLU


class Generator(family.Generator):
    """Maps a latent (and a label, if the model is conditional) to an image. Xavier initialisation.

    Args:
        image_size: a side in `SIZES`, or height and width.
        channels: 1 (grey), 3 (RGB) or 4 (RGBA).
        latent_dim: length of the latent z.
        num_classes: 0 for a generator without labels; else the label is concatenated to z as a one-hot vector.
        widths: units of the first layer, channels at a quarter and at half of the picture's size.
    """

    def __init__(
        self,
        image_size: Size,
        channels: int,
        latent_dim: int = 96,
        num_classes: int = 0,
        widths: Sequence[int] = (1024, 128, 64),
    ):
        super().__init__()
        units, wide, narrow = widths
        start = [side // 4 for side in height_width(image_size)]
        self.image_size, self.channels, self.latent_dim, self.num_classes = image_size, channels, latent_dim, num_classes
        self.first = nn.Linear(latent_dim + num_classes, units)
        self.rest = nn.Sequential(
            nn.ReLU(),
            nn.BatchNorm1d(units),
            nn.Linear(units, wide * prod(start)),
            nn.ReLU(),
            nn.BatchNorm1d(wide * prod(start)),
            nn.Unflatten(1, (wide, *start)),
            nn.ConvTranspose2d(wide, narrow, 4, 2, 1),
            nn.ReLU(),
            nn.BatchNorm2d(narrow),
            nn.ConvTranspose2d(narrow, channels, 4, 2, 1),
        )
        self.apply(init_weights)

    def features(self, z: torch.Tensor, labels: torch.Tensor | None = None) -> torch.Tensor:
        """Returns the first layer before its non-linearity, (N, F): affine in z, shifted by a label. Inputs as `forward`."""
        return self.first(with_label(z, labels, self.num_classes))

    def before_tanh(self, z: torch.Tensor, labels: torch.Tensor | None = None) -> torch.Tensor:
        """z (N, latent_dim), labels (N,) of integers or None -> (N, channels, H, W), whose tanh is the image."""
        return self.rest(self.features(z, labels))


class Discriminator(family.Discriminator):
    """Maps an image (and its label, if the model is conditional) to a logit. Xavier initialisation.

    Args:
        image_size, channels, num_classes: as the generator's; the label is concatenated to the image as one-hot planes.
        widths: channels of the two convolutions, units of the hidden layer.
    """

    by_itself = True

    def __init__(self, image_size: Size, channels: int, num_classes: int = 0, widths: Sequence[int] = (32, 64, 1024)):
        super().__init__()
        narrow, wide, units = widths
        self.image_size, self.channels, self.num_classes = image_size, channels, num_classes
        # pixels along each side after two 5x5 convolutions without padding, each pooled
        left = [((side - 4) // 2 - 4) // 2 for side in height_width(image_size)]
        self.layers = nn.Sequential(
            twice.Conv2d(channels + num_classes, narrow, 5),
            nn.LeakyReLU(SLOPE),
            nn.MaxPool2d(2),
            twice.Conv2d(narrow, wide, 5),
            nn.LeakyReLU(SLOPE),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(wide * prod(left), units),
            nn.LeakyReLU(SLOPE),
            nn.Linear(units, 1),
        )
        self.apply(init_weights)

    def hidden_layers(self) -> list[nn.Module]:
        """Returns the convolutions and the hidden layer, from the image on, except the layer that outputs the logit."""
        return weighted_layers(self.layers)[:-1]

    def forward(self, images: torch.Tensor, labels: torch.Tensor | None = None) -> torch.Tensor:
        """images (N, channels, H, W) in [-1, 1], labels (N,) of integers or None -> logits (N,)."""
        return self.layers(with_planes(images, labels, self.num_classes)).squeeze(1)


def init_weights(module: nn.Module) -> None:
    """Glorot & Bengio 2010, uniform; biases keep PyTorch's default."""
    if isinstance(module, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
        nn.init.xavier_uniform_(module.weight)
