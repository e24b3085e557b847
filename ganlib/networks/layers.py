"""Linear, Flatten and Embedding for channels-last feature maps, and the list of a network's weighted layers.

Feature maps (N, C, H, W) are channels-last. torch's Flatten would copy each map to another memory order, and its gradient back.
These layers flatten maps in place; their weights, a fraction of that memory, are stored in torch's order, (C, H, W), and
permuted instead.
"""

from torch import Tensor, nn
from torch.nn import functional as F

from ganlib.sizes import Size, pixels

WEIGHTED = (nn.Linear, nn.Conv2d)


def weighted_layers(network: nn.Sequential) -> list[nn.Module]:
    """Returns each linear or convolutional layer of `network` with the modules up to the next (norm, non-linearity)."""
    starts = [place for place, module in enumerate(network) if isinstance(module, WEIGHTED)]
    return [network[start:end] for start, end in zip(starts, [*starts[1:], len(network)], strict=True)]


class Flatten(nn.Flatten):
    """Flattens maps (N, C, H, W) to rows (N, H * W * C): a view where they are channels-last."""

    def forward(self, maps: Tensor) -> Tensor:
        return super().forward(maps.permute(0, 2, 3, 1))


class Linear(nn.Linear):
    """Maps such rows (N, H * W * channels) to one number each, (N, 1)."""

    def __init__(self, channels: int, size: Size, bias: bool = True):
        super().__init__(channels * pixels(size), 1, bias)
        self.channels = channels

    def forward(self, rows: Tensor) -> Tensor:
        return F.linear(rows, _as_maps_lie(self.weight, self.channels), self.bias)


class Embedding(nn.Embedding):
    """Maps labels (N,) to such rows (N, H * W * C)."""

    def __init__(self, labels: int, channels: int, size: Size):
        super().__init__(labels, channels * pixels(size))
        self.channels = channels

    def forward(self, labels: Tensor) -> Tensor:
        return F.embedding(labels, _as_maps_lie(self.weight, self.channels))


def _as_maps_lie(weights: Tensor, channels: int) -> Tensor:
    """Permutes weights (O, C * H * W) to (O, H * W * C)."""
    return weights.unflatten(1, (channels, -1)).transpose(1, 2).flatten(1)
