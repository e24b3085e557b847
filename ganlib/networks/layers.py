"""Linear, Flatten and Embedding for channels-last maps, and counting a network's weighted layers.

Maps (N, C, S, S) lie channels last. To flatten them as torch does, each would be brought into another order, and its gradient
back again. These layers take maps as they lie; their weights, a fraction of that memory, are kept in torch's order, (C, S, S),
and brought into the maps'.
"""

from torch import Tensor, nn
from torch.nn import functional as F

WEIGHTED = (nn.Linear, nn.Conv2d)


def weighted_layers(network: nn.Sequential) -> list[nn.Module]:
    """Each linear or convolutional layer of `network` with all that follows it up to the next: its norm, its non-linearity."""
    starts = [place for place, module in enumerate(network) if isinstance(module, WEIGHTED)]
    return [network[start:end] for start, end in zip(starts, [*starts[1:], len(network)], strict=True)]


class Flatten(nn.Flatten):
    """Maps (N, C, S, S) as rows (N, S * S * C), the same memory where they lie channels last."""

    def forward(self, maps: Tensor) -> Tensor:
        return super().forward(maps.permute(0, 2, 3, 1))


class Linear(nn.Linear):
    """Such rows, of maps with `channels` channels and `side` pixels along each side, to one number each, (N, 1)."""

    def __init__(self, channels: int, side: int, bias: bool = True):
        super().__init__(channels * side**2, 1, bias)
        self.channels = channels

    def forward(self, rows: Tensor) -> Tensor:
        return F.linear(rows, _as_maps_lie(self.weight, self.channels), self.bias)


class Embedding(nn.Embedding):
    """Labels (N,) to such rows (N, S * S * C)."""

    def __init__(self, labels: int, channels: int, side: int):
        super().__init__(labels, channels * side**2)
        self.channels = channels

    def forward(self, labels: Tensor) -> Tensor:
        return F.embedding(labels, _as_maps_lie(self.weight, self.channels))


def _as_maps_lie(weights: Tensor, channels: int) -> Tensor:
    """Weights (O, C * S * S) as (O, S * S * C)."""
    return weights.unflatten(1, (channels, -1)).transpose(1, 2).flatten(1)
