"""A generator's units: the channels of its stages, which can be turned off or scaled, everywhere or at places.

A stage's units are what the next layer takes. Bau et al. 2019 (GAN Dissection, arXiv:1811.10597, section 3.2) set some to zero
to find what they cause; Broad et al. 2020 (network bending, arXiv:2005.12420) put other changes there.
"""

import copy
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor

from ganlib.networks.family import Generator


@dataclass(frozen=True)
class Stage:
    """The units of one layer, counted from 0."""

    name: str  # of the layer, "stem" or "stages.1"
    module: str  # whose input they are
    units: int
    sides: tuple[int, ...]  # height and width of each unit's map; () for units that are numbers


def stages(generator: Generator) -> tuple[Stage, ...]:
    """Returns the stages of a generator in evaluation mode, from the latent on: all layers but the last, which makes the
    picture. Works on the meta device."""
    names = list(generator.named_layers())
    following = [modules[0] for modules in generator.named_layers().values()][1:]
    taken: dict[str, tuple[int, ...]] = {}
    hooks = {module: partial(_note, taken, module) for module in following}
    device = next(generator.parameters()).device
    labels = torch.zeros(1, dtype=torch.long, device=device) if generator.num_classes else None
    with _hooked(generator, hooks), torch.no_grad():
        generator(torch.zeros(1, generator.latent_dim, device=device, dtype=next(generator.parameters()).dtype), labels)
    pairs = [(name, module) for name, module in zip(names, following, strict=False) if len(taken.get(module, ())) in (1, 3)]
    return tuple(Stage(name, module, taken[module][0], taken[module][1:]) for name, module in pairs)


@contextmanager
def scaled(generator: Generator, scales: Mapping[Stage, Tensor]) -> Iterator[None]:
    """Multiplies the units of stages inside the `with` block: by (1, units) or (1, units, 1, 1), or at each place, by
    (1, units, height, width). For one thread at a time; others need a `twin`."""

    def multiply(scale: Tensor, _: Any, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        return inputs[0] * scale, *inputs[1:]

    with _hooked(generator, {stage.module: partial(multiply, scale) for stage, scale in scales.items()}):
        yield


def twin(generator: Generator) -> Generator:
    """Returns a copy that shares the weights, to be scaled while others draw with the original."""
    return copy.deepcopy(generator, {id(tensor): tensor for tensor in [*generator.parameters(), *generator.buffers()]})


@contextmanager
def _hooked(generator: Generator, hooks: Mapping[str, Callable]) -> Iterator[None]:
    handles = [generator.get_submodule(module).register_forward_pre_hook(hook) for module, hook in hooks.items()]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _note(taken: dict[str, tuple[int, ...]], module: str, _: Any, inputs: tuple[Tensor, ...]) -> None:
    taken[module] = tuple(inputs[0].shape[1:])
