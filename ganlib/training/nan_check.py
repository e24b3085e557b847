"""Detects NaN and Inf in weights, buffers, Adam moments and losses."""

import math
from collections.abc import Iterable, Iterator, Mapping

import torch
from torch import Tensor, nn


def non_finite(
    images: int,
    measures: Mapping[str, float],
    networks: Mapping[str, nn.Module],
    optimisers: Iterable[torch.optim.Optimizer],
) -> str | None:
    """Returns a sentence on which of these is NaN or Inf after `images` images, and the remedy; None if all is finite.

    Gradients need no check of their own: they enter the moments of the `optimisers`.
    """
    names, tensors = zip(*_tensors(networks, optimisers), strict=True)
    norms = dict(zip(names, torch.stack(torch._foreach_norm(tensors)).cpu().tolist(), strict=True))  # one read from the device
    found = [name for values in (measures, norms) if (name := _first_not_finite(values))]
    if not found:
        return None
    return (
        f"After {images:,} images {' and '.join(found)} {'is' if len(found) == 1 else 'are'} not finite; all that was "
        "saved before is kept. Go on from there with --resume and smaller --g-lr and --d-lr, or train anew with another "
        "--seed, --batch-size or --recipe."
    )


def _first_not_finite(values: Mapping[str, float]) -> str | None:
    return next((name for name, value in values.items() if not math.isfinite(value)), None)


def _tensors(networks: Mapping[str, nn.Module], optimisers: Iterable[torch.optim.Optimizer]) -> Iterator[tuple[str, Tensor]]:
    """Yields all tensors that persist between steps, with their display names."""
    names: dict[Tensor, str] = {}
    for role, network in networks.items():
        whose = f"the {role}'" if role.endswith("s") else f"the {role}'s"
        names |= {parameter: f"{whose} {name}" for name, parameter in network.named_parameters()}
        for name, tensor in network.state_dict().items():
            if tensor.is_floating_point():
                yield f"{whose} {name}", tensor
    for optimiser in optimisers:
        for parameter, moments in optimiser.state.items():
            for name, tensor in moments.items():
                if tensor.ndim:
                    yield f"{names[parameter]} ({name} of its gradients)", tensor
