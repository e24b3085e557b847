"""Blends the weights of two generators, functions of state dicts, and estimates the batch statistics of the result.

Pinkney & Adler 2020 (arXiv:2010.05334): the weights of a network and of one fine-tuned from it are interpolated layer by layer,
w = (1 - share) a + share b, so that coarse structure may come from one and detail from the other. Batch statistics of blended
weights are not blended statistics, and so they are estimated on the blend's own samples.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from ganlib.networks import Generator
from ganlib.networks.family import STEM
from ganlib.runs.config import Config
from ganlib.training.previews import Previews


def blended(a: Mapping[str, Tensor], b: Mapping[str, Tensor], shares: Mapping[str, float]) -> dict[str, Tensor]:
    """Returns (1 - share) a + share b for each tensor of two state dicts, with its share of `b` in [0, 1].

    Exactly `a` at 0 and `b` at 1, in their dtype. Integers, batch norm's counters, are those of the larger share.
    """
    return {name: blended_tensor(tensor, b[name], shares[name]) for name, tensor in a.items()}


def blended_tensor(a: Tensor, b: Tensor, share: float) -> Tensor:
    """Returns one tensor of `blended`, with the share of `b` in [0, 1]."""
    if share in (0, 1) or not a.is_floating_point():
        return (a if share < 0.5 else b).clone()
    return torch.lerp(a, b, share)


def tensor_shares(generator: Generator, shares: Mapping[str, float]) -> dict[str, float]:
    """Returns the share of each tensor of the generator's state dict from the `shares` of its layers. A tensor outside of all
    layers has that of the first."""
    layer_of = {module: layer for layer, modules in generator.named_layers().items() for module in modules}
    found = {}
    for tensor in generator.state_dict():
        layer = next((layer for module, layer in layer_of.items() if tensor.startswith(f"{module}.")), STEM)
        found[tensor] = shares[layer]
    return found


def estimate_statistics(generator: Generator, config: Config) -> None:
    """Estimates batch norm's statistics on the generator's own samples, as for a snapshot of a training: of as many latents of
    the run's seed, in its precision; labels are equally frequent. The generator ends in evaluation mode."""
    dtype = next(generator.parameters()).dtype

    def call(network, z, labels):
        return network(z.to(dtype), labels)

    Previews(config, None, generator, torch.device("cpu"), call).estimate_statistics()
