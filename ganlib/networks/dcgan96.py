"""The DCGAN of a Chinese textbook for 96-pixel anime faces: 4 pixels doubled three times, then tripled by a 5x5 kernel.

With `width` n the generator has 8n, 4n, 2n and n channels at 4, 8, 16 and 32 pixels; the discriminator mirrors it.
"""

from itertools import pairwise

import torch
from torch import nn

from ganlib.networks import family, twice
from ganlib.networks.conditioning import with_label, with_planes
from ganlib.networks.convolutions import Conv2d, ConvTranspose2d
from ganlib.networks.layers import weighted_layers

SIZES = (96,)  # squares only
SLOPE = 0.2  # of the discriminator's LeakyReLU


class Generator(family.Generator):
    """Maps a latent (and a label, if the model is conditional) to an image of 96 pixels. Default initialisation of PyTorch.

    Args:
        image_size: 96.
        channels: 1 (grey), 3 (RGB) or 4 (RGBA).
        latent_dim: length of the latent z.
        width: channels at 32 pixels.
        num_classes: 0 for a generator without labels; else the label is concatenated to z as a one-hot vector.
    """

    def __init__(self, image_size: int, channels: int, latent_dim: int = 100, width: int = 32, num_classes: int = 0):
        super().__init__()
        self.image_size, self.channels, self.latent_dim, self.num_classes = image_size, channels, latent_dim, num_classes
        widths = [8 * width, 4 * width, 2 * width, width]
        self.project = nn.ConvTranspose2d(latent_dim + num_classes, widths[0], 4)
        self.norm = nn.BatchNorm2d(widths[0])
        self.stages = nn.Sequential(
            *(
                nn.Sequential(ConvTranspose2d(wide, narrow, 4, 2, 1), nn.BatchNorm2d(narrow), nn.ReLU())
                for wide, narrow in pairwise(widths)
            )
        )
        self.to_image = nn.ConvTranspose2d(width, channels, 5, 3, 1)

    def features(self, z: torch.Tensor, labels: torch.Tensor | None = None) -> torch.Tensor:
        """Returns the first layer before its non-linearity, (N, F): affine in z, shifted by a label. Inputs as `forward`."""
        z = with_label(z, labels, self.num_classes)
        return self.norm(self.project(z[:, :, None, None])).flatten(1)

    def before_tanh(self, z: torch.Tensor, labels: torch.Tensor | None = None) -> torch.Tensor:
        """z (N, latent_dim), labels (N,) of integers or None -> (N, channels, 96, 96), whose tanh is the image."""
        x = self.features(z, labels).relu().unflatten(1, (-1, 4, 4))
        return self.to_image(self.stages(x))


class Discriminator(family.Discriminator):
    """Maps an image of 96 pixels (and its label, if the model is conditional) to a logit. No norm; default initialisation.

    Args:
        image_size, channels, width, num_classes: as the generator's; the label is concatenated to the image as one-hot planes.
    """

    by_itself = True

    def __init__(self, image_size: int, channels: int, width: int = 32, num_classes: int = 0):
        super().__init__()
        self.image_size, self.channels, self.num_classes = image_size, channels, num_classes
        layers: list[nn.Module] = [twice.Conv2d(channels + num_classes, width, 5, 3, 1), nn.LeakyReLU(SLOPE)]
        for narrow, wide in pairwise([width, 2 * width, 4 * width, 8 * width]):
            layers += [Conv2d(narrow, wide, 4, 2, 1), nn.LeakyReLU(SLOPE)]
        self.layers = nn.Sequential(*layers, twice.Conv2d(8 * width, 1, 4), nn.Flatten())

    def hidden_layers(self) -> list[nn.Module]:
        """Returns the convolutions, from the image on, except the one that outputs the logit."""
        return weighted_layers(self.layers)[:-1]

    def forward(self, images: torch.Tensor, labels: torch.Tensor | None = None) -> torch.Tensor:
        """images (N, channels, 96, 96) in [-1, 1], labels (N,) of integers or None -> logits (N,)."""
        return self.layers(with_planes(images, labels, self.num_classes)).squeeze(1)
