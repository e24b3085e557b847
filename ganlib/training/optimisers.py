"""Adam without the import of torch's compiler, and its moments as tensors of a saved state."""

import inspect

import torch
from torch import Tensor


class Adam(torch.optim.Adam):
    """torch's Adam without its decorators, which import torch.compile at the first call only to disable it for these methods:
    seconds before the first step of a training."""

    step = torch.no_grad()(inspect.unwrap(torch.optim.Adam.step))
    add_param_group = inspect.unwrap(torch.optim.Adam.add_param_group)
    zero_grad = inspect.unwrap(torch.optim.Adam.zero_grad)
    state_dict = inspect.unwrap(torch.optim.Adam.state_dict)
    load_state_dict = inspect.unwrap(torch.optim.Adam.load_state_dict)


def moments(optimiser: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Returns Adam's moments, named "parameter's index.moment's name"."""
    by_parameter = optimiser.state_dict()["state"]
    return {f"{index}.{name}": tensor for index, kept in by_parameter.items() for name, tensor in kept.items()}


def load_moments(optimiser: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    """Restores Adam's moments from `moments`. Raises KeyError, IndexError, ValueError or RuntimeError if they do not fit."""
    parameters = [parameter for group in optimiser.param_groups for parameter in group["params"]]
    by_parameter: dict[int, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        index, _, name = key.partition(".")
        parameter = parameters[int(index)]
        if tensor.ndim:  # fused Adam needs the same memory order for a parameter and its moments
            tensor = torch.empty_like(parameter, requires_grad=False).copy_(tensor)
        by_parameter.setdefault(int(index), {})[name] = tensor
    optimiser.load_state_dict(optimiser.state_dict() | {"state": by_parameter})
