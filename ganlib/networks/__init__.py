"""Generators and discriminators, one file a family; `build_generator` and `build_discriminator` make one from its settings.

Settings are a plain dict as it stands in a run's `config.json`: {"family": "dcgan", "image_size": 28, "width": 64, ...};
everything but `family` is an argument of the family's class.
"""

from types import ModuleType

import torch
from torch import nn

from ganlib import UserError
from ganlib.networks import dcgan, dcgan96, infogan, mlp, resnet, upsample

FAMILIES: dict[str, ModuleType] = {
    "dcgan": dcgan,
    "dcgan-96": dcgan96,
    "infogan": infogan,
    "mlp": mlp,
    "resnet": resnet,
    "upsample": upsample,
}


def build_generator(settings: dict) -> nn.Module:
    """The generator that `settings` describe, with fresh weights. Raises UserError on settings that describe none."""
    return _build("Generator", settings)


def build_discriminator(settings: dict) -> nn.Module:
    """The discriminator that `settings` describe, with fresh weights. Raises UserError on settings that describe none."""
    return _build("Discriminator", settings)


def outlines(generator: dict, discriminator: dict) -> tuple[nn.Module, nn.Module]:
    """Both networks that these settings describe, with shapes but without memory, to be counted and told of."""
    with torch.device("meta"):
        return build_generator(generator), build_discriminator(discriminator)


def check_size(family: str, image_size: int) -> None:
    """Raises UserError for a size that the family can't draw."""
    sizes = FAMILIES[family].SIZES
    if not isinstance(image_size, int) or image_size not in sizes:
        sizes = ", ".join(map(str, sizes))
        raise UserError(f"{family} draws images of {sizes} pixels, not {image_size!r}; choose one of these with --image-size.")


def _build(role: str, settings: dict) -> nn.Module:
    arguments = dict(settings)
    family = arguments.pop("family", None)
    if not isinstance(family, str) or family not in FAMILIES:
        raise UserError(f"Unknown network family {family!r}; this version knows {', '.join(FAMILIES)}.")
    check_size(family, arguments.get("image_size"))
    try:
        return getattr(FAMILIES[family], role)(**arguments)
    except (TypeError, ValueError, RuntimeError) as error:
        raise UserError(f"The settings {settings} describe no {family} {role.lower()}: {error}.") from error


def count_parameters(network: nn.Module) -> int:
    """How many trainable numbers a network has."""
    return sum(parameter.numel() for parameter in network.parameters())
