"""The convolutional networks of InfoGAN's appendix C.1 (Chen et al. 2016, arXiv:1606.03657) as used in courses on GANs:
without its codes, with batch norm after the non-linearity and max-pooling in the discriminator. For 28 and 32 pixels."""

from collections.abc import Sequence

import torch
from torch import nn

from ganlib.networks import family, twice
from ganlib.networks.conditioning import with_label, with_planes
from ganlib.networks.layers import weighted_layers

SIZES = (28, 32)
SLOPE = 0.01  # of LeakyReLU


class Generator(family.Generator):
    """Maps a latent (and a label, if the model is conditional) to an image. Xavier initialisation.

    Args:
        image_size: 28 or 32.
        channels: 1 (grey), 3 (RGB) or 4 (RGBA).
        latent_dim: length of the latent z.
        num_classes: 0 for a generator without labels; else the label is concatenated to z as a one-hot vector.
        widths: units of the first layer, channels at a quarter and at half of the picture's size.
    """

    def __init__(
        self,
        image_size: int,
        channels: int,
        latent_dim: int = 96,
        num_classes: int = 0,
        widths: Sequence[int] = (1024, 128, 64),
    ):
        super().__init__()
        units, wide, narrow = widths
        start = image_size // 4
        self.image_size, self.channels, self.latent_dim, self.num_classes = image_size, channels, latent_dim, num_classes
        self.first = nn.Linear(latent_dim + num_classes, units)
        self.rest = nn.Sequential(
            nn.ReLU(),
            nn.BatchNorm1d(units),
            nn.Linear(units, wide * start**2),
            nn.ReLU(),
            nn.BatchNorm1d(wide * start**2),
            nn.Unflatten(1, (wide, start, start)),
            nn.ConvTranspose2d(wide, narrow, 4, 2, 1),
            nn.ReLU(),
            nn.BatchNorm2d(narrow),
            nn.ConvTranspose2d(narrow, channels, 4, 2, 1),
            nn.Tanh(),
        )
        self.apply(init_weights)

    def features(self, z: torch.Tensor, labels: torch.Tensor | None = None) -> torch.Tensor:
        """Returns the first layer before its non-linearity, (N, F): affine in z, shifted by a label. Inputs as `forward`."""
        return self.first(with_label(z, labels, self.num_classes))

    def forward(self, z: torch.Tensor, labels: torch.Tensor | None = None) -> torch.Tensor:
        """z (N, latent_dim), labels (N,) of integers or None -> images (N, channels, image_size, image_size) in [-1, 1]."""
        return self.rest(self.features(z, labels))


class Discriminator(family.Discriminator):
    """Maps an image (and its label, if the model is conditional) to a logit. Xavier initialisation.

    Args:
        image_size, channels, num_classes: as the generator's; the label is concatenated to the image as one-hot planes.
        widths: channels of the two convolutions, units of the hidden layer.
    """

    def __init__(self, image_size: int, channels: int, num_classes: int = 0, widths: Sequence[int] = (32, 64, 1024)):
        super().__init__()
        narrow, wide, units = widths
        self.image_size, self.channels, self.num_classes = image_size, channels, num_classes
        left = ((image_size - 4) // 2 - 4) // 2  # pixels a side after two 5x5 convolutions without padding, each pooled
        self.layers = nn.Sequential(
            twice.Conv2d(channels + num_classes, narrow, 5),
            nn.LeakyReLU(SLOPE),
            nn.MaxPool2d(2),
            twice.Conv2d(narrow, wide, 5),
            nn.LeakyReLU(SLOPE),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(wide * left**2, units),
            nn.LeakyReLU(SLOPE),
            nn.Linear(units, 1),
        )
        self.apply(init_weights)

    def hidden_layers(self) -> list[nn.Module]:
        """Returns the convolutions and the hidden layer, from the image on, except the layer that outputs the logit."""
        return weighted_layers(self.layers)[:-1]

    def forward(self, images: torch.Tensor, labels: torch.Tensor | None = None) -> torch.Tensor:
        """images (N, channels, image_size, image_size) in [-1, 1], labels (N,) of integers or None -> logits (N,)."""
        return self.layers(with_planes(images, labels, self.num_classes)).squeeze(1)


def init_weights(module: nn.Module) -> None:
    """Glorot & Bengio 2010, uniform; biases keep PyTorch's default."""
    if isinstance(module, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
        nn.init.xavier_uniform_(module.weight)
