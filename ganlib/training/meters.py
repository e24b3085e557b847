"""Running means of losses and logits, summed on the device and read from it only for log lines."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

NAMES = ("g_loss", "d_loss", "d_real", "d_fake")  # d_real, d_fake: D's mean logit on real and on generated images
OF_HEADS = ("g_heads", "d_heads")  # losses by the second discriminator, unweighted


class Meters:
    """Sums of the measures since the last log line; a step adds those of the networks that it updated."""

    def __init__(self, device: torch.device, heads: bool = False):
        self.names = (*NAMES, *OF_HEADS) if heads else NAMES
        self.sums = torch.zeros(len(self.names), device=device)
        self.counts = [0] * len(self.names)  # values in each of the sums

    def add(self, values: Mapping[str, Tensor]) -> None:
        """Adds scalars by name, without reading from the device."""
        for name, value in values.items():
            at = self.names.index(name)
            self.sums[at] += value
            self.counts[at] += 1

    def means_and_reset(self) -> dict[str, float]:
        """Returns the means since the last call and resets the sums. Each needs at least one value."""
        means = {name: total / num for (name, total), num in zip(self.sums_by_name().items(), self.counts, strict=True)}
        self.sums.zero_()
        self.counts = [0] * len(self.names)
        return means

    def sums_by_name(self) -> dict[str, float]:
        """Reads the sums from the device."""
        return dict(zip(self.names, self.sums.cpu().tolist(), strict=True))

    def load(self, sums: Tensor, counts: Sequence[int]) -> None:
        """Restores saved sums and counts."""
        self.sums.copy_(sums)
        self.counts = list(counts)
