"""torch.compile for the networks: checks that it works on this machine, and compiles forward and backward passes.

Importing this module does not import torch's compiler; compiling does, which takes seconds.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ganlib import UserError

NEEDS = {"cpu": "a C++ compiler", "cuda": "Triton and a C compiler"}  # by device type; others are not supported


def check(device: torch.device) -> None:
    """Compiles a small function. Raises UserError where that fails."""
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
    """Returns `network`'s forward pass, compiled at the first call with each input shape. Weights and buffers stay in
    `network`, under their names.

    On CUDA the pass and its gradients are CUDA graphs: their outputs are overwritten in the next step, after `begin_step`.
    A network with SyncBatchNorm is returned uncompiled.
    """
    if any(isinstance(module, nn.SyncBatchNorm) for module in network.modules()):
        return network
    return _compile(network, device)


def begin_step() -> None:
    """Marks the outputs of earlier compiled passes as free to be overwritten."""
    torch.compiler.cudagraph_mark_step_begin()


def _compile(function: Callable, device: torch.device) -> Callable:
    # Dropout draws the same numbers as uncompiled, so that a run can be resumed with or without --compile.
    options: dict[str, str | int | bool | Callable] = {"fallback_random": True, "triton.cudagraphs": device.type == "cuda"}
    return torch.compile(function, dynamic=False, options=options)
