"""State dicts as lists of layers, and where in a checkpoint they are."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from ganlib import UserError

PARAMETERS = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
WRAPPERS = ("module", "_orig_mod")  # prefixes of DataParallel and of torch.compile
# The attributes that hold the two networks where one state dict has both: netG.main.0.weight, discriminator.0.weight.
NETWORK = re.compile(r"(net|model)?_?(g|d|gen|dis|disc|generator|discriminator|critic)(_?(net|model|ema|avg))?", re.IGNORECASE)
DEEPEST = 4  # dicts within dicts


@dataclass(frozen=True, eq=False)
class Layer:
    """A module with weights, as a state dict holds it."""

    name: str  # "main.3"; "" for a network that is one layer
    tensors: Mapping[str, Tensor]  # by names of PARAMETERS

    @property
    def weight(self) -> Tensor:
        return self.tensors["weight"]

    @property
    def kind(self) -> str:
        """C for a convolution, transposed or not, L for a linear layer, E for an embedding, N for a norm."""
        if self.weight.ndim == 2:
            return "E" if "emb" in self.name and "bias" not in self.tensors else "L"
        return {1: "N", 4: "C"}.get(self.weight.ndim, "?")

    @property
    def kernel(self) -> int:
        """The side of a convolution's kernel. Raises UserError unless it is a square."""
        height, width = self.weight.shape[2:]
        if height != width:
            raise UserError(f"{self.name} has a kernel of {height} x {width}; only square ones can be adopted")
        return height

    def with_tensors(self, **tensors: Tensor) -> "Layer":
        return replace(self, tensors={**self.tensors, **tensors})


@dataclass(frozen=True, eq=False)
class Network:
    """A state dict in a file."""

    place: str  # the keys of the dicts that lead to it: "netG", "" for the whole file
    layers: tuple[Layer, ...]


def networks_in(content: Any, place: str = "", depth: int = 0) -> Iterator[Network]:
    """Yields the state dicts in what a file holds: itself, those in a checkpoint, those that share one dict by prefixes."""
    if isinstance(content, list | tuple):
        content = {str(number): part for number, part in enumerate(content)}
    if not isinstance(content, Mapping) or depth > DEEPEST or not all(isinstance(key, str) for key in content):
        return
    state = _unwrapped(content)
    if layers := _layers(state):
        yield Network(place, layers)
    for key, part in (
        _by_prefix(state) | {key: part for key, part in state.items() if isinstance(part, Mapping | list | tuple)}
    ).items():
        yield from networks_in(part, f"{place}.{key}".lstrip("."), depth + 1)


def _unwrapped(state: Mapping[str, Any]) -> dict[str, Any]:
    """Removes the prefixes that wrappers add."""
    for wrapper in WRAPPERS:
        if state and all(key.startswith(f"{wrapper}.") for key in state):
            return _unwrapped({key.removeprefix(f"{wrapper}."): value for key, value in state.items()})
    return dict(state)


def _by_prefix(state: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Collects the entries of a state dict under names of networks, by the names up to these: "gan.generator"."""
    parts: dict[str, dict[str, Any]] = {}
    for key, value in state.items():
        names = key.split(".")
        if depth := next((number for number, name in enumerate(names[:-1], 1) if NETWORK.fullmatch(name)), 0):
            parts.setdefault(".".join(names[:depth]), {})[".".join(names[depth:])] = value
    return parts


def _layers(state: Mapping[str, Any]) -> tuple[Layer, ...]:
    """Returns the layers of a state dict in its order; none if it holds anything else."""
    found: dict[str, dict[str, Tensor]] = {}
    for key, value in state.items():
        name, _, parameter = key.rpartition(".")
        if parameter not in PARAMETERS or not isinstance(value, Tensor):
            return ()
        found.setdefault(name, {})[parameter] = value
    if not all("weight" in tensors for tensors in found.values()):
        return ()
    return tuple(Layer(name, tensors) for name, tensors in found.items())


def check_values(layers: Sequence[Layer]) -> None:
    """Raises UserError for weights that are no finite numbers, and for tensors that are none or larger than what is stored."""
    for layer in layers:
        for parameter, tensor in layer.tensors.items():
            if parameter == "num_batches_tracked":
                continue
            if not tensor.is_floating_point() or tensor.is_quantized or tensor.layout is not torch.strided or tensor.is_meta:
                raise UserError(f"{layer.name}.{parameter} is no plain tensor of real numbers")
            if not 0 < tensor.nbytes <= tensor.untyped_storage().nbytes():
                raise UserError(f"{layer.name}.{parameter} of the shape {tuple(tensor.shape)} has no numbers, or not as many")
            if not torch.isfinite(tensor).all():
                raise UserError(f"{layer.name}.{parameter} holds what is no finite number, so its training had diverged")
