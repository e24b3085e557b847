"""The protocol of a network family: the sizes that it draws, and what its generator and discriminator must have.

A family is a file of this folder and one row of `networks.FAMILIES`; nothing else names it. N is the batch, C the channels
(1 or 3), S the image's side in pixels.
"""

import inspect
from collections.abc import Callable, Collection
from typing import Any, Protocol, get_type_hints

from torch import Tensor, nn

# What a run's data set and recipe tell a network; every other argument is a setting of its family.
GIVEN = ("image_size", "channels", "latent_dim", "num_classes")


class Generator(nn.Module):
    """A latent, and a label where there are classes, to an image. torch.onnx.export must be able to trace `forward` for any N;
    a browser draws by that, and without it the server does."""

    image_size: int
    channels: int
    latent_dim: int
    num_classes: int  # 0 for a generator without labels

    def features(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """The first layer before its non-linearity, (N, F): affine in z, and a label adds a constant. Inputs as `forward`'s.
        The page's sliders are the principal components of these."""
        raise NotImplementedError

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """z (N, latent_dim), labels (N,) of integers or None -> images (N, channels, image_size, image_size) in [-1, 1]."""
        raise NotImplementedError


class Discriminator(nn.Module):
    """An image, and its label where there are classes, to one logit. The gradient penalties differentiate it twice."""

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
    settings of their own they have, and raise TypeError, ValueError or LookupError for what they can't be built of. They can
    be built on torch's meta device.

    A setting has a default, and an annotation of numbers, texts, literals or sequences of these, by which `train.py --set`
    reads it. One that asks for a number of layers is called `widths`, `dropout` or `blocks`: that is bounded."""

    @property
    def SIZES(self) -> Collection[int]: ...  # pixels along an edge

    @property
    def Generator(self) -> MakesGenerator: ...

    @property
    def Discriminator(self) -> MakesDiscriminator: ...


def settings(network: type[nn.Module]) -> dict[str, Any]:
    """The settings of a family's own that its `Generator` or `Discriminator` takes, and the annotation of each."""
    kinds = get_type_hints(network.__init__)
    return {name: kinds.get(name, Any) for name in inspect.signature(network).parameters if name not in GIVEN}
