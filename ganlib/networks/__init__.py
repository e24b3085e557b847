"""Builds generators and discriminators from their settings, one file per family.

Settings are a plain dict as in a run's `config.json`: {"family": "dcgan", "image_size": 28, "width": 64, ...}; everything but
`family` is an argument of the family's class. `family.py` defines what a family must provide.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from ganlib import UserError
from ganlib.networks import dcgan, dcgan96, infogan, mlp, resnet, style, upsample
from ganlib.networks.family import Discriminator, Family, Generator
from ganlib.sizes import height_width, written

FAMILIES: dict[str, Family] = {
    "dcgan": dcgan,
    "dcgan-96": dcgan96,
    "infogan": infogan,
    "mlp": mlp,
    "resnet": resnet,
    "style": style,
    "upsample": upsample,
}

Network = TypeVar("Network", bound=nn.Module)
SMALLEST = 16  # pixels along the shorter side of a rectangle, at least
MOST_LAYERS = 256  # per network; bounds the time to build an untrusted config


def build_generator(settings: dict) -> Generator:
    """Builds the generator that `settings` describe, with initial weights. Raises UserError for invalid settings."""
    return _build("generator", settings, lambda family: family.Generator)


def build_discriminator(settings: dict) -> Discriminator:
    """Builds the discriminator that `settings` describe, with initial weights. Raises UserError for invalid settings."""
    return _build("discriminator", settings, lambda family: family.Discriminator)


def outline(build: Callable[[dict], Network], settings: dict, device: str = "meta") -> Network:
    """Builds a network on the meta device: with shapes but without memory for weights, to count or describe its parameters or
    compare them with a file. On the CPU it has memory but no initial weights, and a pass through it shows the shapes between
    its layers; on the meta device torch would import its compiler for that, a second and 80 MB, and the app's torch can't."""
    with torch.device(device), _NoNumbers():
        return build(settings)


def outlines(generator: dict, discriminator: dict, device: str = "meta") -> tuple[Generator, Discriminator]:
    """Returns the outlines of both networks."""
    return outline(build_generator, generator, device), outline(build_discriminator, discriminator, device)


NUMBERS = {  # functions whose result differs from their first argument in its numbers alone
    Tensor.normal_, Tensor.uniform_, nn.init.normal_, nn.init.uniform_, nn.init.kaiming_uniform_,
    Tensor.div, nn.functional.normalize,
}  # fmt: skip
PRODUCTS = {torch.mv, torch.vdot}  # with a vector


class _NoNumbers(TorchFunctionMode):
    """Skips the random initialisation of weights, and what spectral norm computes of them. On the meta device they
    have no effect, but make torch import its compiler, which takes seconds."""

    def __torch_function__(self, func: Callable, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        kwargs = kwargs or {}
        if func in NUMBERS:
            return args[0] if args else kwargs["tensor"]
        if func in PRODUCTS:
            return args[0].new_empty(args[0].shape[:-1])
        return func(*args, **kwargs)


def freeze(discriminator: Discriminator, number: int) -> None:
    """Freezes the first `number` hidden layers of a discriminator: FreezeD (Mo et al. 2020, arXiv:2002.10964). Raises
    UserError where it has fewer."""
    layers = discriminator.hidden_layers()
    if number > len(layers):
        raise UserError(f"--freeze {number} is more than the {len(layers)} hidden layers of this discriminator; take fewer.")
    for layer in layers[:number]:
        layer.requires_grad_(False)


def check_size(family: str, image_size: object) -> None:
    """Raises UserError for a size that the family doesn't support."""
    sizes, pair = FAMILIES[family].SIZES, _pair(image_size)
    longer, shorter = max(pair), min(pair)
    if longer in sizes and (shorter == longer or shorter in shorter_sides(family, longer)):
        return
    asked = written(pair) if all(pair) else repr(image_size)
    if longer in sizes and (fitting := shorter_sides(family, longer)):
        raise UserError(
            f"{family} draws images of {longer} pixels by {fitting[0]} to {fitting[-1]} in steps of {fitting.step}, or squares "
            f"of them, not {asked}; choose another --image-size."
        )
    example = 64 if 64 in sizes else max(sizes)
    fitting = shorter_sides(family, example)
    listed = ", ".join(map(str, sizes))
    sentence = f"{family} draws images of {listed} pixels, not {asked}; choose one of these with --image-size"
    raise UserError(sentence + (f", or a rectangle such as {example}x{fitting[len(fitting) // 2]}." if fitting else "."))


def shorter_sides(family: str, longer: int) -> range:
    """Returns the shorter sides of the rectangles that a family draws with this longer side, in pixels."""
    sizes = FAMILIES[family].SIZES
    step = sizes[longer] if isinstance(sizes, Mapping) else longer
    return range(-(-SMALLEST // step) * step, longer, step)


def check_single(generator: dict, discriminator: dict) -> None:
    """Raises UserError where batch norm would get a single value of a batch of one picture, which has no variance."""
    makes, judges = outlines(generator, discriminator)
    z = torch.empty(1, makes.latent_dim, device="meta")
    labels = torch.empty(1, dtype=torch.long, device="meta") if makes.num_classes else None
    try:
        judges(makes(z, labels), labels)
    except ValueError as error:
        families = " and ".join(dict.fromkeys((generator["family"], discriminator["family"])))
        raise UserError(
            f"{families} can't be trained on batches of 1 by batch norm: choose a --batch-size of 2 or more."
        ) from error


def _pair(size: object) -> tuple[int, int]:
    """Returns the height and width of an untrusted size; (0, 0) for a value that is none."""
    pair = size if isinstance(size, tuple) else (size, size)
    valid = len(pair) == 2 and all(type(side) is int and side > 0 for side in pair)
    return height_width(pair) if valid else (0, 0)


def _build(role: str, settings: dict, class_of: Callable[[Family], Callable[..., Network]]) -> Network:
    arguments = dict(settings)
    family = arguments.pop("family", None)
    if not isinstance(family, str) or family not in FAMILIES:
        known = ", ".join(FAMILIES)
        raise UserError(
            f"Unknown network family {family!r}; this version knows {known}, and what ganlib.register_networks adds."
        )
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
    """Returns the number of layers that a setting requests: its value, or the length of a list."""
    if isinstance(value, list | tuple):
        return len(value)
    return value if isinstance(value, int) else 0


def count_parameters(network: nn.Module) -> int:
    """Returns the number of trainable parameters."""
    return sum(parameter.numel() for parameter in network.parameters())
