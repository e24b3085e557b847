"""Builds generators and discriminators, one file a family: `build_generator` and `build_discriminator`, from their settings.

Settings are a plain dict as it stands in a run's `config.json`: {"family": "dcgan", "image_size": 28, "width": 64, ...};
everything but `family` is an argument of the family's class. What a family must have stands in `family.py`.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from ganlib import UserError
from ganlib.networks import dcgan, dcgan96, infogan, mlp, resnet, upsample
from ganlib.networks.family import Discriminator, Family, Generator

FAMILIES: dict[str, Family] = {
    "dcgan": dcgan,
    "dcgan-96": dcgan96,
    "infogan": infogan,
    "mlp": mlp,
    "resnet": resnet,
    "upsample": upsample,
}

Network = TypeVar("Network", bound=nn.Module)
MOST_LAYERS = 256  # of each list of settings; a foreign config must not keep us building


def build_generator(settings: dict) -> Generator:
    """The generator that `settings` describe, with fresh weights. Raises UserError on settings that describe none."""
    return _build("generator", settings, lambda family: family.Generator)


def build_discriminator(settings: dict) -> Discriminator:
    """The discriminator that `settings` describe, with fresh weights. Raises UserError on settings that describe none."""
    return _build("discriminator", settings, lambda family: family.Discriminator)


def outline(build: Callable[[dict], Network], settings: dict) -> Network:
    """The network that `build` makes of `settings`, with shapes but without memory for weights: to be counted, described, or
    compared with a file."""
    with torch.device("meta"), _NoRandomNumbers():
        return build(settings)


def outlines(generator: dict, discriminator: dict) -> tuple[Generator, Discriminator]:
    """The outlines of both networks that these settings describe."""
    return outline(build_generator, generator), outline(build_discriminator, discriminator)


RANDOM = {Tensor.normal_, Tensor.uniform_, nn.init.normal_, nn.init.uniform_, nn.init.kaiming_uniform_}


class _NoRandomNumbers(TorchFunctionMode):
    """Leaves tensors as they are instead of drawing initial weights: those of an outline hold no numbers, and torch imports its
    compiler, in more than a second, to pretend that it draws some. Spectral norm, which computes as it is built, still does."""

    def __torch_function__(self, func: Callable, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        kwargs = kwargs or {}
        if func in RANDOM:
            return args[0] if args else kwargs["tensor"]
        return func(*args, **kwargs)


def freeze(discriminator: Discriminator, number: int) -> None:
    """Takes the first `number` hidden layers of a discriminator, as its family counts them, out of the training: FreezeD
    (Mo et al. 2020, arXiv:2002.10964). Raises UserError where it has fewer."""
    layers = discriminator.hidden_layers()
    if number > len(layers):
        raise UserError(f"--freeze {number} is more than the {len(layers)} hidden layers of this discriminator; take fewer.")
    for layer in layers[:number]:
        layer.requires_grad_(False)


def check_size(family: str, image_size: object) -> None:
    """Raises UserError for a size that the family can't draw."""
    sizes = FAMILIES[family].SIZES
    if not isinstance(image_size, int) or image_size not in sizes:
        told = ", ".join(map(str, sizes))
        raise UserError(f"{family} draws images of {told} pixels, not {image_size!r}; choose one of these with --image-size.")


def _build(role: str, settings: dict, class_of: Callable[[Family], Callable[..., Network]]) -> Network:
    arguments = dict(settings)
    family = arguments.pop("family", None)
    if not isinstance(family, str) or family not in FAMILIES:
        raise UserError(f"Unknown network family {family!r}; this version knows {', '.join(FAMILIES)}.")
    check_size(family, arguments.get("image_size"))
    if any(_number(value) > MOST_LAYERS for name, value in arguments.items() if name in ("widths", "dropout", "blocks")):
        raise UserError(f"A {role} of the family {family} has at most {MOST_LAYERS} layers; choose fewer.")
    try:
        if not _number(arguments.get("widths", (1,))):
            raise ValueError("widths lists at least one layer")
        network = class_of(FAMILIES[family])(**arguments)
        if not all(parameter.numel() for parameter in network.parameters()):
            raise ValueError("one of its layers has no weights")
        return network
    except (TypeError, ValueError, LookupError, RuntimeError) as error:
        raise UserError(f"The settings {settings} describe no {family} {role}: {error}.") from error


def _number(value: object) -> int:
    """How many a setting asks for: a list, of as many as it holds."""
    if isinstance(value, list | tuple):
        return len(value)
    return value if isinstance(value, int) else 0


def count_parameters(network: nn.Module) -> int:
    """How many trainable numbers a network has."""
    return sum(parameter.numel() for parameter in network.parameters())
