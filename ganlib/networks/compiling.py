"""torch.compile for the networks of a training: whether it works here, and the compiled passes.

Importing this imports nothing of torch's compiler; compiling does, which takes seconds.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ganlib import UserError

NEEDS = {"cpu": "a C++ compiler", "cuda": "Triton and a C compiler"}  # by kinds of device; nothing is compiled for others


def check(device: torch.device) -> None:
    """Compiles something small. Raises UserError where that can't be done."""
    if device.type not in NEEDS:
        raise UserError(f"--compile is for {' and '.join(NEEDS)}, not for {device.type}; leave it out.")
    try:
        _compile(lambda x: x + 1, device)(torch.zeros(2, device=device))
    except (RuntimeError, ImportError, OSError) as error:
        raise UserError(
            f"--compile needs {NEEDS[device.type]}, which torch can't use on this machine ({str(error).splitlines()[0]}); "
            "install it, or leave --compile out."
        ) from error


def compiled(network: nn.Module, device: torch.device) -> Callable[..., Tensor]:
    """What computes `network`'s pass, compiled at the first call with inputs of a shape. Its weights and buffers stay where
    they are, under their names.

    On CUDA the pass and its gradients are CUDA graphs: what they return is overwritten in the next step, after `begin_step`.
    A network whose batch norm is shared by several processes is called as it is.
    """
    if any(isinstance(module, nn.SyncBatchNorm) for module in network.modules()):
        return network
    return _compile(network, device)


def begin_step() -> None:
    """Says that of what compiled passes returned, nothing is needed any more."""
    torch.compiler.cudagraph_mark_step_begin()


def _compile(function: Callable, device: torch.device) -> Callable:
    # Dropout draws the numbers that it would draw uncompiled, so that a run can go on either way.
    options: dict[str, str | int | bool | Callable] = {"fallback_random": True, "triton.cudagraphs": device.type == "cuda"}
    return torch.compile(function, dynamic=False, options=options)
