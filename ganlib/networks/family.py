"""What a network family is: a module of this folder with `SIZES`, a `Generator` and a `Discriminator`, and one row in
`networks.FAMILIES`. Nothing else names a family.

N is the batch, C the channels (1 or 3), S the image's side in pixels, D the latent's dimension.
"""

import inspect
from collections.abc import Callable, Collection
from typing import Any, Protocol, get_type_hints

from torch import Tensor, nn

# What a run's data set and recipe tell a network; every other argument is one of the family's own settings.
GIVEN = ("image_size", "channels", "latent_dim", "num_classes")


class GeneratorNetwork(Protocol):
    """A `torch.nn.Module` from latents to images.

    Made with `image_size`, `channels`, `latent_dim` and `num_classes` (0 without labels), and with the family's own settings,
    each of which has a default, and an annotation of numbers, texts, literals or sequences of these, by which `--set` reads
    it. What describes no network raises TypeError, ValueError, LookupError or RuntimeError. A setting that asks for a number
    of layers is called `widths`, `dropout` or `blocks`: of these a config may ask for 256.

    It can be built on torch's meta device. torch.onnx.export must be able to trace `forward` for any N, or the page draws on
    the server.
    """

    num_classes: int

    def features(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """z (N, D), labels (N,) int64 or None -> the first layer's output (N, F), before its non-linearity where it has one.
        Of these the sliders' directions are the principal components. A label may only add a constant."""

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """z (N, D), labels (N,) int64 or None -> images (N, C, S, S) in [-1, 1]."""


class DiscriminatorNetwork(Protocol):
    """A `torch.nn.Module` from images to logits; made like a generator, but without `latent_dim`. The gradient penalties
    differentiate it twice."""

    def hidden_layers(self) -> list[nn.Module]:
        """Its layers with weights, from the image on, each with its norm and non-linearity; without the one that makes the
        logit. `--freeze` takes the first of these out of the training."""

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """images (N, C, S, S) in [-1, 1], labels (N,) int64 or None -> logits (N,)."""


class Family(Protocol):
    """A module of this folder."""

    @property
    def SIZES(self) -> Collection[int]:
        """The sides S in pixels that it can draw."""

    @property
    def Generator(self) -> Callable[..., GeneratorNetwork]:
        """A class."""

    @property
    def Discriminator(self) -> Callable[..., DiscriminatorNetwork]:
        """A class."""


def settings(network: Callable[..., Any]) -> dict[str, Any]:
    """The own settings of a family's `Generator` or `Discriminator`, and the annotation of each."""
    kinds = get_type_hints(network.__init__)
    names = inspect.signature(network).parameters
    return {name: kinds.get(name, Any) for name in names if name not in GIVEN}
