"""A data-parallel training step: each process computes a shard of every batch, and all have the same weights."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ganlib import UserError, networks
from ganlib.datasets import ImageSet
from ganlib.networks import features
from ganlib.objectives.batch_rng import MIN_ROWS, Shard
from ganlib.runs.config import Config
from ganlib.training.process_group import ProcessGroup
from ganlib.training.step import GAN


def gan_of(config: Config, images: ImageSet, device: torch.device, processes: ProcessGroup | None) -> GAN:
    """Returns the GAN for a single process, or for several that share each batch."""
    return DistributedGAN(config, images, device, processes) if processes else GAN(config, images, device)


class DistributedGAN(GAN):
    """A GAN that several processes train. Rank 0 uses it like any other; the other ranks call `follow_rank_0`.

    Gradients are averaged after each backward pass, and the measures with them. Every process draws the random
    numbers of the whole batch, except dropout, which differs by process; so a state has no parts specific to a process.
    """

    def __init__(self, config: Config, images: ImageSet, device: torch.device, processes: ProcessGroup):
        self.processes = processes
        self._in_sync = False  # whether the others have the state of rank 0
        super().__init__(config, images, device)

    def _build(self) -> None:
        super()._build()
        if self.device.type == "cuda":  # except the average, which only rank 0 uses
            self.generator = nn.SyncBatchNorm.convert_sync_batchnorm(self.generator)
            self.discriminator = nn.SyncBatchNorm.convert_sync_batchnorm(self.discriminator)
            if self.heads:
                self.heads = nn.SyncBatchNorm.convert_sync_batchnorm(self.heads)

    def _shard(self, whole: int) -> Shard:
        return Shard.of(whole, self.processes.rank, self.processes.world)

    def _average_over_processes(self, means: Sequence[Tensor]) -> None:
        self.processes.average(means, self.shard.weight)

    def _dropout_seed(self) -> int:
        return super()._dropout_seed() ^ self.processes.rank

    # ------------------------------------------------------------------------------------------ rank 0

    def step(self) -> None:
        if self.processes.is_main:
            self._announce_step()
        super().step()

    def _announce_step(self) -> None:
        if not self._in_sync:
            tensors, settings = self.state()
            self.processes.send("load", {"config": self.config.to_json(), "state": settings}, tensors)
            self._in_sync = True
        self.processes.send("step")

    def load_weights(self, generator: nn.Module, discriminator: nn.Module, heads: nn.Module | None = None) -> None:
        super().load_weights(generator, discriminator, heads)
        self._in_sync = False

    def load_state(self, tensors: dict[str, Tensor], settings: dict) -> None:
        super().load_state(tensors, settings)
        self._in_sync = False

    def change_rates(self, config: Config) -> None:
        super().change_rates(config)
        self._in_sync = False

    # ------------------------------------------------------------------------------------------ the other ranks

    def follow_rank_0(self) -> None:
        """Takes every step that rank 0 takes, until that ends the training. Raises ProcessLost."""
        for command, settings, tensors in self.processes.commands():
            if command == "load":
                self.config = Config.from_json(settings["config"])
                self.recipe = self.config.recipe
                self.load_state(tensors, settings["state"])
            else:
                self.step()


def check(config: Config, device: torch.device, processes: ProcessGroup) -> list[str]:
    """Returns sentences on how these processes will train a run. Raises UserError if they can't."""
    batch = config.recipe.batch_size
    if batch < MIN_ROWS * processes.world:
        raise UserError(
            f"A batch of {batch} is too small for {processes.world} processes, which need {MIN_ROWS} images each; choose a "
            f"larger --batch-size, or start at most {max(batch // MIN_ROWS, 1)}."
        )
    notes = [f"{processes.world} processes share each batch of {batch}."]
    normed = [_has_batch_norm(network) for network in _outlines(config)]
    if device.type == "cpu" and (any(normed) or _has_normed_heads(config)):
        notes.append("Batch norm on the CPU sees each process's share of a batch by itself, as in a batch of that size.")
    penalised = config.recipe.r1 or config.recipe.r2 or config.recipe.gradient_penalty
    if device.type == "cuda" and normed[1] and penalised:
        raise UserError(
            "Batch norm in the discriminator, shared by several GPUs, can't be differentiated twice as a gradient penalty "
            "needs; train on one, or with a recipe whose discriminator has none."
        )
    return notes


def _outlines(config: Config) -> tuple[nn.Module, nn.Module]:
    return networks.outlines(config.generator_settings(), config.discriminator_settings())


def _has_normed_heads(config: Config) -> bool:
    settings = config.heads_settings()
    return settings is not None and _has_batch_norm(features.build(settings))


def _has_batch_norm(network: nn.Module) -> bool:
    return any(isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d) for module in network.modules())
