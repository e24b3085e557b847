"""Reads a family's settings from the shapes of layers, and puts layers into the form that the family keeps them in.

A reader takes the layers of a foreign network in their order and returns settings of a family of `ganlib.networks` and the
layers in the order of that family's modules. `loaded` builds the network and compares every shape. Readers raise UserError with
what is different, without a full stop, for shapes that the family can't have.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isqrt
from typing import Any

import torch
from torch import nn

from ganlib import UserError
from ganlib.adopting.layers import Layer
from ganlib.networks import Network, dcgan
from ganlib.runs import weights

Layers = Sequence[Layer]


@dataclass(frozen=True)
class Read:
    """What the layers of a network say."""

    settings: dict[str, Any]  # of the family, which the shapes determine
    layers: Layers  # in the order of the family's modules


@dataclass(frozen=True)
class ReadGenerator(Read):
    image_size: int
    channels: int
    latent_dim: int
    num_classes: int = 0


GeneratorReader = Callable[[Layers], ReadGenerator]
DiscriminatorReader = Callable[[Layers, int], Read]  # the layers, and the generator's image size


def loaded(build: Callable[[dict], Network], settings: dict, layers: Layers) -> Network:
    """Builds a network with the layers' weights as float32, in evaluation mode. Raises UserError where shapes differ."""
    network = weights.outline(build, settings)
    modules = [module for module in network.modules() if any(True for _ in module.parameters(recurse=False))]
    if len(modules) != len(layers):
        raise UserError(f"it has {len(layers)} layers with weights, and {len(modules)} were expected")
    for module, layer in zip(modules, layers, strict=True):
        module.load_state_dict(_tensors(module, layer), assign=True)
    return network.eval().requires_grad_(False)


def _tensors(module: nn.Module, layer: Layer) -> dict[str, torch.Tensor]:
    """Returns the layer's tensors under the module's names; a count of batches that older versions didn't keep is zero."""
    found = dict(layer.tensors)
    expected = module.state_dict()
    if "num_batches_tracked" in expected:
        found.setdefault("num_batches_tracked", torch.tensor(0))
    for name in expected.keys() | found.keys():
        shapes = [tuple(each[name].shape) if name in each else "missing" for each in (found, expected)]
        if shapes[0] != shapes[1]:
            raise UserError(f"{layer.name}.{name} is {shapes[0]}, where {shapes[1]} was expected")
    return {name: tensor.detach().clone().to(expected[name].dtype) for name, tensor in found.items()}


# ------------------------------------------------------------------------------------ transposed convolutions


def dcgan_generator(layers: Layers) -> ReadGenerator:
    """A stem, linear or a transposed convolution of a 1 x 1 map, and stages that double the size, each with batch norm."""
    stem, norm, *stages, last = layers
    convolutions = [*stages[::2], last]
    kernels = _kernels(convolutions)
    width = len(norm.weight)
    if stem.kind == "C":
        latent_dim, start = len(stem.weight), stem.kernel
        stem = _linear(stem)
    else:
        latent_dim, start = stem.weight.shape[1], _side(len(stem.weight) / width, stem)
    image_size = start
    for kernel in kernels:
        image_size = 2 * image_size - 4 + kernel
    widths = [width, *(layer.weight.shape[1] for layer in convolutions[:-1])][::-1]
    settings, (stem, *convolutions) = _biases(
        [stem, *convolutions], [width, *(layer.weight.shape[1] for layer in convolutions)]
    )
    ordered = [stem, norm, *_alternating(convolutions[:-1], stages[1::2]), convolutions[-1]]
    return ReadGenerator(
        settings | _dcgan_widths(image_size, widths, kernels[::-1]), ordered, image_size, last.weight.shape[1], latent_dim
    )


def dcgan_discriminator(layers: Layers, image_size: int) -> Read:
    """Strided convolutions that halve the size, all but the first with batch norm, and a linear map or a last convolution."""
    first, *stages, head = layers
    convolutions = [first, *stages[::2]]
    kernels = _kernels(convolutions)
    widths = [len(layer.weight) for layer in convolutions]
    if head.kind == "C":
        head = head.with_tensors(weight=head.weight.flatten(1))
    settings, (*convolutions, head) = _biases([*convolutions, head], [*widths, 1])
    ordered = [convolutions[0], *_alternating(convolutions[1:], stages[1::2]), head]
    return Read(settings | _dcgan_widths(image_size, widths, kernels), ordered)


def _kernels(convolutions: Layers) -> list[int]:
    """Returns the kernels' sizes, of which some may be 3 pixels: such a layer makes 7 pixels of 4, in a picture of 28."""
    _check_kernels([layer for layer in convolutions if layer.kernel != 3], dcgan.KERNEL)
    return [layer.kernel for layer in convolutions]


def _dcgan_widths(image_size: int, widths: list[int], kernels: list[int]) -> dict[str, Any]:
    """Returns the family's settings for these channels and kernels, from half the image size downward."""
    if 3 in kernels:
        return {"widths": widths, "kernels": kernels}
    if image_size in dcgan.SIZES and dcgan.widths_of(image_size, widths[0]) == widths:
        return {"width": widths[0]}
    return {"widths": widths}


def _linear(convolution: Layer) -> Layer:
    """Returns a transposed convolution of a 1 x 1 map as the linear layer that it is."""
    tensors = {"weight": convolution.weight.flatten(1).t()}
    if (bias := convolution.tensors.get("bias")) is not None:
        tensors["bias"] = bias.repeat_interleave(convolution.kernel**2)
    return convolution.with_tensors(**tensors)


def _biases(layers: list[Layer], outputs: list[int]) -> tuple[dict[str, Any], list[Layer]]:
    """Returns the family's `bias`, and the layers; if some have a bias, those without one get zeros."""
    biased = ["bias" in layer.tensors for layer in layers]
    if all(biased) or not any(biased):
        return {"bias": all(biased)}, layers
    zeros = [
        torch.zeros(len(layer.weight) if layer.weight.ndim == 2 else number)
        for layer, number in zip(layers, outputs, strict=True)
    ]
    given = zip(layers, biased, zeros, strict=True)
    return {"bias": True}, [layer if has else layer.with_tensors(bias=zero) for layer, has, zero in given]


# ---------------------------------------------------------------------------------------------- fully connected


def mlp_generator(layers: Layers) -> ReadGenerator:
    """Linear layers, with or without batch norm between them, from a latent, and an embedding of the labels, to pixels."""
    linear = [layer for layer in layers if layer.kind == "L"]
    channels, image_size = _image_shape(len(linear[-1].weight), linear[-1])
    inputs, num_classes, layers = linear[0].weight.shape[1], 0, list(layers)
    if layers[0].kind == "E":
        embedding, first, *rest = layers
        num_classes, width = embedding.weight.shape
        inputs -= width
        folded = _of_one_hot(first.weight[:, :width], embedding, first)
        layers = [first.with_tensors(weight=torch.cat([first.weight[:, width:], folded], 1)), *rest]
    settings = {"widths": [len(layer.weight) for layer in linear[:-1]]}
    return ReadGenerator(settings, layers, image_size, channels, inputs, num_classes)


def mlp_discriminator(layers: Layers, image_size: int, dropout: float = 0.0) -> Read:
    """Linear layers from pixels, and from an embedding of the labels behind them, to a logit; `dropout` after each hidden layer
    but the first."""
    linear, layers = [layer for layer in layers if layer.kind == "L"], list(layers)
    if layers[0].kind == "E":
        embedding, first, *rest = layers
        pixels = first.weight.shape[1] - embedding.weight.shape[1]
        folded = _of_one_hot(first.weight[:, pixels:], embedding, first)
        layers = [first.with_tensors(weight=torch.cat([first.weight[:, :pixels], folded], 1)), *rest]
    hidden = [len(layer.weight) for layer in linear[:-1]]
    settings: dict[str, Any] = {"widths": hidden}
    if dropout:
        settings["dropout"] = [0.0, *[dropout] * (len(hidden) - 1)]
    return Read(settings, layers)


def _of_one_hot(weight: torch.Tensor, embedding: Layer, first: Layer) -> torch.Tensor:
    """Returns the weights by which a label as a one-hot vector has the effect of its embedding: an embedding is a linear map of
    it. Raises UserError where they don't fit."""
    if weight.shape[1] != embedding.weight.shape[1]:
        raise UserError(f"{first.name} has {first.weight.shape[1]} inputs, too few for {embedding.name}")
    return (weight.double() @ embedding.weight.double().t()).to(weight.dtype)


# ------------------------------------------------------------------------ the convolutional pairs with sizes of their own


def upsample_generator(layers: Layers) -> ReadGenerator:
    """A linear stem with batch norm, and 3x3 convolutions with batch norm after each doubling of the size."""
    stem, norm, *stages, last = layers
    _check_kernels([*stages[::2], last], 3)
    widths = [len(norm.weight), *(len(layer.weight) for layer in stages[::2])]
    image_size = _side(len(stem.weight) / widths[0], stem) * 2 ** len(stages[::2])
    return ReadGenerator({"widths": widths}, layers, image_size, len(last.weight), stem.weight.shape[1])


def upsample_discriminator(layers: Layers, image_size: int) -> Read:
    """Strided 3x3 convolutions, all but the first with batch norm, and a linear map."""
    first, *stages, _ = layers
    _check_kernels([first, *stages[::2]], 3)
    return Read({"widths": [len(layer.weight) for layer in (first, *stages[::2])]}, layers)


def infogan_generator(layers: Layers) -> ReadGenerator:
    """Two linear layers and two transposed convolutions, batch norm after each but the last."""
    first, _, second, _, convolution, _, last = layers
    _check_kernels([convolution, last], 4)
    maps = len(convolution.weight)
    image_size = _side(len(second.weight) / maps, second) * 4
    widths = [len(first.weight), maps, convolution.weight.shape[1]]
    return ReadGenerator({"widths": widths}, layers, image_size, last.weight.shape[1], first.weight.shape[1])


def infogan_discriminator(layers: Layers, image_size: int) -> Read:
    """Two 5x5 convolutions and two linear layers."""
    *convolutions, hidden, _ = layers
    _check_kernels(convolutions, 5)
    return Read({"widths": [*(len(layer.weight) for layer in convolutions), len(hidden.weight)]}, layers)


# -------------------------------------------------------------------------------------------------------- shapes


def _check_kernels(convolutions: Layers, kernel: int) -> None:
    for layer in convolutions:
        if layer.kernel != kernel:
            raise UserError(f"{layer.name} has a kernel of {layer.kernel} pixels, where {kernel} were expected")


def _side(area: float, layer: Layer) -> int:
    """Returns the side of a square feature map. Raises UserError for an area that is no square."""
    if area < 1 or area != isqrt(int(area)) ** 2:
        raise UserError(f"{layer.name} has {len(layer.weight)} outputs, which make no square feature maps")
    return isqrt(int(area))


def _image_shape(pixels: int, layer: Layer) -> tuple[int, int]:
    """Returns the channels and the side of a square image of so many numbers; raises UserError if there is none."""
    for channels in (1, 3):
        if pixels % channels == 0 and isqrt(pixels // channels) ** 2 == pixels // channels:
            return channels, isqrt(pixels // channels)
    raise UserError(f"{layer.name} has {pixels} outputs, which make no square picture, grey or in colour")


def _alternating(convolutions: Layers, norms: Layers) -> list[Layer]:
    return [layer for pair in zip(convolutions, norms, strict=True) for layer in pair]
