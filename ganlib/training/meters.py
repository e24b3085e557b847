"""What the steps of a training measure. It is summed up on the device, and read from there only when somebody asks."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

NAMES = ("g_loss", "d_loss", "d_real", "d_fake")  # d_real, d_fake: D's mean logit on real and on generated images


class Meters:
    """Sums of the measures since they were last taken; a step adds those of the players whose turn it was."""

    def __init__(self, device: torch.device):
        self.sums = torch.zeros(len(NAMES), device=device)
        self.summed = [0] * len(NAMES)  # how many values each of the sums holds

    def add(self, values: Mapping[str, Tensor]) -> None:
        """Adds scalars by name; nothing is read from the device."""
        for name, value in values.items():
            at = NAMES.index(name)
            self.sums[at] += value
            self.summed[at] += 1

    def take(self) -> dict[str, float]:
        """The means since they were last taken, each of at least one value."""
        means = {name: total / num for (name, total), num in zip(self.by_name().items(), self.summed, strict=True)}
        self.sums.zero_()
        self.summed = [0] * len(NAMES)
        return means

    def by_name(self) -> dict[str, float]:
        """The sums, read from the device."""
        return dict(zip(NAMES, self.sums.tolist(), strict=True))

    def load(self, sums: Tensor, summed: Sequence[int]) -> None:
        """Goes on from these."""
        self.sums.copy_(sums)
        self.summed = list(summed)
