"""What a network's layers are, for those who count them."""

from torch import nn

WEIGHTED = (nn.Linear, nn.Conv2d)


def weighted_layers(network: nn.Sequential) -> list[nn.Module]:
    """Each linear or convolutional layer of `network` with all that follows it up to the next: its norm, its non-linearity."""
    starts = [place for place, module in enumerate(network) if isinstance(module, WEIGHTED)]
    return [network[start:end] for start, end in zip(starts, [*starts[1:], len(network)], strict=True)]
