"""What a family of networks must have: the sizes that it draws, and its two classes with what is asked of them."""

from collections.abc import Callable, Collection
from typing import Protocol

from torch import Tensor, nn


class Generator(nn.Module):
    """A latent, and a label where there are classes, to an image."""

    image_size: int
    channels: int
    latent_dim: int
    num_classes: int  # 0 for a generator without labels

    def features(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """The first layer before its non-linearity, (N, F): affine in z, and a label adds a constant. Inputs as `forward`'s."""
        raise NotImplementedError

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """z (N, latent_dim), labels (N,) of integers or None -> images (N, channels, image_size, image_size) in [-1, 1]."""
        raise NotImplementedError


class Discriminator(nn.Module):
    """An image, and its label where there are classes, to one logit."""

    image_size: int
    channels: int
    num_classes: int  # 0 for a discriminator without labels

    def hidden_layers(self) -> list[nn.Module]:
        """From the image on, for `freeze`: neither what gives the logit nor the labels' embedding."""
        raise NotImplementedError

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """images (N, channels, image_size, image_size) in [-1, 1], labels (N,) of integers or None -> logits (N,)."""
        raise NotImplementedError


MakesGenerator = Callable[..., Generator]
MakesDiscriminator = Callable[..., Discriminator]


class Family(Protocol):
    """A file of this folder. Its classes take `image_size`, `channels`, `num_classes` (a generator `latent_dim` too) and what
    settings of their own they have, and raise TypeError, ValueError or LookupError for what they can't be built of."""

    @property
    def SIZES(self) -> Collection[int]: ...  # pixels along an edge

    @property
    def Generator(self) -> MakesGenerator: ...

    @property
    def Discriminator(self) -> MakesDiscriminator: ...
