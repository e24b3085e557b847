"""Reads and writes the weights of one network, names and shapes checked against the config before memory is allocated."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ganlib import UserError, files, networks
from ganlib.files import DamagedFile
from ganlib.networks import Network

MOST_PARAMETERS = 1_000_000_000  # of one network; a config with more is rejected


def outline(build: Callable[[dict], Network], settings: dict) -> Network:
    """Builds a network on the meta device, so that an untrusted config can't allocate memory. Raises UserError for invalid
    settings and for a network that is too large."""
    network = networks.outline(build, settings)
    if networks.count_parameters(network) > MOST_PARAMETERS:
        raise UserError(f"The settings {settings} describe a network larger than a billion parameters.")
    return network


def write(path: Path, network: nn.Module, dtype: str, settings: Mapping[str, Any]) -> None:
    """Writes a network's matrices as `dtype` ("float16"), vectors as they are, and `settings` into the file's header."""
    smaller = getattr(torch, dtype)
    tensors = {
        name: _smaller(tensor, smaller) if tensor.is_floating_point() and tensor.ndim > 1 else tensor
        for name, tensor in network.state_dict().items()
    }
    files.write_tensors(path, tensors, settings)


def read(path: Path, network: Network) -> Network:
    """Loads the weights in `path` into `network`, an outline, with its own dtypes, in evaluation mode, on the CPU. Raises
    DamagedFile."""
    expected = network.state_dict()
    tensors, _ = files.read_tensors(path, _shapes(network))
    for name, tensor in tensors.items():
        if tensor.is_floating_point() != expected[name].is_floating_point():
            raise DamagedFile(path, f"tensor {name} holds {tensor.dtype}")
    tensors = {name: tensor.to(expected[name].dtype) for name, tensor in tensors.items()}
    network.load_state_dict(tensors, assign=True)
    return network.eval().requires_grad_(False)


def check(path: Path, network: nn.Module) -> None:
    """Reads the file's header. Raises DamagedFile unless its tensors match `network`."""
    files.check_tensors(path, _shapes(network))


def num_bytes(network: nn.Module) -> int:
    """Returns an upper bound in bytes of a network's weights in a file."""
    return sum(tensor.nbytes for tensor in network.state_dict().values())


def _shapes(network: nn.Module) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}


def _smaller(tensor: Tensor, dtype: torch.dtype) -> Tensor:
    """Converts `tensor` to `dtype`, unless that overflows."""
    smaller = tensor.to(dtype)
    return smaller if smaller.isfinite().all() else tensor
