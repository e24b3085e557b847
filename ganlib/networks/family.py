"""The protocol of a network family: its image sizes, and the interface of its generator and discriminator.

A family is a file of this folder and one row of `networks.FAMILIES`; nothing else names it. N is the batch size, C the
number of channels (1, 3 or 4), H and W the height and width in pixels.
"""

import inspect
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, Protocol, get_type_hints

import torch
from torch import Tensor, nn

from ganlib.sizes import Size

# Arguments that come from a run's data set and recipe; every other argument is a setting of the family.
GIVEN = ("image_size", "channels", "latent_dim", "num_classes")
NEARLY_ONE = 1 - 2**-20  # the largest value of a pixel whose inverse tanh is taken
STEM, STAGES = "stem", "stages"  # names of a generator's layers: the first one, and all others


class Generator(nn.Module):
    """Maps a latent (and a label, if the model is conditional) to an image. torch.onnx.export should be able to trace `forward`
    for any N, so that a browser can run it; otherwise the server does."""

    image_size: Size
    channels: int
    latent_dim: int
    num_classes: int  # 0 for a generator without labels

    def features(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """Returns the first layer before its non-linearity, (N, F): affine in z, shifted by a label. Inputs as `forward`.
        The page's sliders are their principal components."""
        raise NotImplementedError

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """z (N, latent_dim), labels (N,) of integers or None -> images (N, C, H, W) in [-1, 1]."""
        return torch.tanh(self.before_tanh(z, labels))

    def before_tanh(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """Returns (N, C, H, W), whose tanh is the image. A family has this or `forward`. The search for a latent needs these
        values: where the tanh is flat they still tell which way a pixel would change."""
        return torch.atanh(self(z, labels).clamp(-NEARLY_ONE, NEARLY_ONE))

    def named_layers(self) -> dict[str, list[str]]:
        """Returns the modules of each layer by name, from the latent on: "stem", "stages.1", "stages.2", and so on; the last
        makes the picture. A blend of runs has a share for each.

        A layer is an attribute with weights, or an entry of one that is a list; a batch norm belongs to the layer before it.
        A family whose attributes don't follow the order of `forward` overrides this.
        """
        layers: list[list[str]] = []
        for name, module in self._parts():
            if isinstance(module, NORMS) and layers:
                layers[-1].append(name)
            else:
                layers.append([name])
        return {f"{STAGES}.{number}" if number else STEM: modules for number, modules in enumerate(layers)}

    def _parts(self) -> Iterator[tuple[str, nn.Module]]:
        for name, child in self.named_children():
            if isinstance(child, nn.Sequential | nn.ModuleList):
                yield from ((f"{name}.{place}", entry) for place, entry in child.named_children() if entry.state_dict())
            elif child.state_dict():
                yield name, child


NORMS = nn.BatchNorm1d | nn.BatchNorm2d


class MixingGenerator(Generator):
    """A generator whose stages take a style w each, so that they can take those of different latents: style mixing (Karras et
    al. 2019, arXiv:1812.04948, section 3.1)."""

    sides: list[tuple[int, int]]  # height and width of each stage's maps, coarse to fine

    def style(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """Returns w, (N, W). Inputs as `forward`."""
        raise NotImplementedError

    def of_styles(self, styles: Sequence[Tensor]) -> Tensor:
        """w (N, W) for each stage -> (N, C, H, W), whose tanh is the image."""
        raise NotImplementedError

    def before_tanh(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        return self.of_styles([self.style(z, labels)] * len(self.sides))

    def mixed(self, z: Tensor, labels: Tensor | None, other: Tensor, other_labels: Tensor | None, amounts: Tensor) -> Tensor:
        """Returns the images, (N, C, H, W) in [-1, 1], of which each stage takes a style between those of two latents.

        Args:
            z, labels: as `forward`.
            other, other_labels: the second latent, (N, latent_dim) or (1, latent_dim) for all, and its label.
            amounts: (stages,), of the second style: 0 draws as z alone, 1 as the other.
        """
        own, theirs = self.style(z, labels), self.style(other, other_labels)
        return torch.tanh(self.of_styles([(1 - amount) * own + amount * theirs for amount in amounts.unbind()]))


class Discriminator(nn.Module):
    """Maps an image (and its label, if the model is conditional) to a logit. Must be twice differentiable."""

    image_size: Size
    channels: int
    num_classes: int  # 0 for a discriminator without labels
    by_itself = False  # whether an image's logit depends on that image alone, so that two batches can share a pass

    def hidden_layers(self) -> list[nn.Module]:
        """Returns the layers for `freeze`, from the image on; neither the output layer nor the labels' embedding."""
        raise NotImplementedError

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """images (N, C, H, W) in [-1, 1], labels (N,) of integers or None -> logits (N,)."""
        raise NotImplementedError

    def with_either(self, images: Tensor, labels: Tensor, others: Tensor) -> list[Tensor]:
        """Returns the logits (N,) of images with `labels` (N,), and of the same images with `others` (N,). A family that uses
        the label only after its convolutions overrides this, to compute them once."""
        return [self(images, labels), self(images, others)]


MakesGenerator = Callable[..., Generator]
MakesDiscriminator = Callable[..., Discriminator]


class Family(Protocol):
    """A file of this folder. Its classes take `image_size`, `channels`, `num_classes` (a generator `latent_dim` too) and
    settings of their own, and raise TypeError, ValueError or LookupError for invalid ones. They can be built on torch's meta
    device.

    A setting has a default, and an annotation of numbers, strings, literals or sequences of these, by which `train.py --set`
    parses it. Settings that determine the number of layers are named `widths`, `dropout` or `blocks`; they are bounded."""

    # The sides of squares in pixels. With a number for each, the family draws rectangles too: of such a longer side and of a
    # shorter one that is a multiple of the number; without, squares only.
    @property
    def SIZES(self) -> Collection[int] | Mapping[int, int]: ...

    @property
    def Generator(self) -> MakesGenerator: ...

    @property
    def Discriminator(self) -> MakesDiscriminator: ...


def settings(network: type[nn.Module]) -> dict[str, Any]:
    """Returns the family's own settings of a `Generator` or `Discriminator` and the annotation of each."""
    kinds = get_type_hints(network.__init__)
    return {name: kinds.get(name, Any) for name in inspect.signature(network).parameters if name not in GIVEN}
