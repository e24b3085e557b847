"""Draws pictures with the averaged generator during training, from fixed latents, and estimates its batch norm statistics."""

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor, nn

from ganlib import latents, pictures
from ganlib.runs.config import Config
from ganlib.sizes import pixels

STATISTICS_PIXELS = 4096 * 28**2  # drawn to estimate a snapshot's batch statistics; fewer pictures where they are larger
STATISTICS_LEAST = 512  # pictures at least


class Previews:
    """Pictures of a run's averaged generator. The training's random generator is not used.

    Args:
        config: the run's.
        known: the labels of its images, int64 (N,), from which the pictures' labels are drawn; None without labels.
        average: a generator that stays in evaluation mode.
        device: the generator's device.
        call: calls a network with its inputs, in the training's precision.
    """

    def __init__(
        self,
        config: Config,
        known: np.ndarray | None,
        average: nn.Module,
        device: torch.device,
        call: Callable[..., Tensor],
    ):
        self.config, self.known, self.average, self.device, self.call = config, known, average, device, call

    @torch.no_grad()
    def samples(self, num: int) -> np.ndarray:
        """Draws `num` pictures, uint8 (N, C, H, W), for the run's vitals.

        Batch norm uses the statistics of these pictures, since estimating those of a snapshot takes longer than all else.
        """
        self.average.train()
        images = self.call(self.average, *self._inputs(num))
        self.average.eval()
        return pictures.to_uint8(images.cpu().numpy())

    @torch.no_grad()
    def grid(self):
        """Draws the grid of a snapshot, as a PIL image."""
        dim, num_classes = self.config.recipe.latent_dim, self.config.num_classes
        z, labels, columns = latents.fixed(num_classes, dim, self.config.seed, self.config.recipe.latent)
        images = self.average(self._to_device(z), None if labels is None else self._to_device(labels))
        return pictures.grid(pictures.to_uint8(images.cpu().numpy()), columns)

    @torch.no_grad()
    def estimate_statistics(self, roughly: bool = False) -> None:
        """Estimates batch norm's statistics for the averaged weights, which differ from averaged statistics; `roughly` from
        no more than STATISTICS_LEAST pictures."""
        norms = [module for module in self.average.modules() if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d)]
        if not norms:
            return
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None  # a plain mean over all batches
        self.average.train()
        enough = max(STATISTICS_LEAST, STATISTICS_PIXELS // pixels(self.config.image_size))
        for z, labels in self._statistics_batches(STATISTICS_LEAST if roughly else enough):
            self.call(self.average, z, labels)
        self.average.eval()

    def _statistics_batches(self, num: int) -> Iterator[tuple[Tensor, Tensor | None]]:
        z, labels = self._inputs(num)
        for start in range(0, len(z), 128):
            part = slice(start, start + 128)
            yield z[part], None if labels is None else labels[part]

    def _inputs(self, num: int) -> tuple[Tensor, Tensor | None]:
        """Returns `num` fixed latents with labels."""
        recipe = self.config.recipe
        z = latents.sample(num, recipe.latent_dim, self.config.seed, recipe.latent)
        labels = self._labels(num)
        return self._to_device(z), None if labels is None else self._to_device(labels)

    def _labels(self, num: int) -> np.ndarray | None:
        if not self.config.num_classes:
            return None
        return np.random.default_rng(self.config.seed).choice(
            self.config.num_classes if self.known is None else self.known, num
        )

    def _to_device(self, array: np.ndarray) -> Tensor:
        return torch.from_numpy(array).to(self.device)
