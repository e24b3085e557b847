"""The protocol of a network family: its image sizes, and the interface of its generator and discriminator.

A family is a file of this folder and one row of `networks.FAMILIES`; nothing else names it. N is the batch size, C the
number of channels (1, 3 or 4), S the image size in pixels.
"""

import inspect
from collections.abc import Callable, Collection
from typing import Any, Protocol, get_type_hints

from torch import Tensor, nn

# Arguments that come from a run's data set and recipe; every other argument is a setting of the family.
GIVEN = ("image_size", "channels", "latent_dim", "num_classes")


class Generator(nn.Module):
    """Maps a latent (and a label, if the model is conditional) to an image. torch.onnx.export should be able to trace `forward`
    for any N, so that a browser can run it; otherwise the server does."""

    image_size: int
    channels: int
    latent_dim: int
    num_classes: int  # 0 for a generator without labels

    def features(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """Returns the first layer before its non-linearity, (N, F): affine in z, shifted by a label. Inputs as `forward`.
        The page's sliders are their principal components."""
        raise NotImplementedError

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """z (N, latent_dim), labels (N,) of integers or None -> images (N, channels, image_size, image_size) in [-1, 1]."""
        raise NotImplementedError


class Discriminator(nn.Module):
    """Maps an image (and its label, if the model is conditional) to a logit. Must be twice differentiable."""

    image_size: int
    channels: int
    num_classes: int  # 0 for a discriminator without labels

    def hidden_layers(self) -> list[nn.Module]:
        """Returns the layers for `freeze`, from the image on; neither the output layer nor the labels' embedding."""
        raise NotImplementedError

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """images (N, channels, image_size, image_size) in [-1, 1], labels (N,) of integers or None -> logits (N,)."""
        raise NotImplementedError


MakesGenerator = Callable[..., Generator]
MakesDiscriminator = Callable[..., Discriminator]


class Family(Protocol):
    """A file of this folder. Its classes take `image_size`, `channels`, `num_classes` (a generator `latent_dim` too) and
    settings of their own, and raise TypeError, ValueError or LookupError for invalid ones. They can be built on torch's meta
    device.

    A setting has a default, and an annotation of numbers, strings, literals or sequences of these, by which `train.py --set`
    parses it. Settings that determine the number of layers are named `widths`, `dropout` or `blocks`; they are bounded."""

    @property
    def SIZES(self) -> Collection[int]: ...  # pixels along an edge

    @property
    def Generator(self) -> MakesGenerator: ...

    @property
    def Discriminator(self) -> MakesDiscriminator: ...


def settings(network: type[nn.Module]) -> dict[str, Any]:
    """Returns the family's own settings of a `Generator` or `Discriminator` and the annotation of each."""
    kinds = get_type_hints(network.__init__)
    return {name: kinds.get(name, Any) for name in inspect.signature(network).parameters if name not in GIVEN}
