"""The networks of a run, their optimisers, the moving average, and the state that is saved.

All random numbers come from one generator whose state is saved, and the position in the data is a function of the images seen.
A resumed training is therefore equal to an uninterrupted one. This module doesn't access files.
"""

import copy
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ganlib import devices, networks
from ganlib.datasets import ImageSet
from ganlib.datasets.batches import Batches
from ganlib.networks import Network, compiling, features
from ganlib.networks.features import FeatureDiscriminator, FeatureNetwork
from ganlib.objectives.losses import LOSSES
from ganlib.runs.config import Config
from ganlib.training import nan_check
from ganlib.training.meters import Meters
from ganlib.training.optimisers import Adam, load_moments, moments
from ganlib.training.previews import Previews


class Players:
    """The networks of a run after `images` images, and all other state between training steps.

    Args:
        config: all settings of the training.
        images: the prepared set, of the config's size and channels.
        device: where to compute.
    """

    def __init__(self, config: Config, images: ImageSet, device: torch.device):
        self.config, self.recipe, self.device = config, config.recipe, device
        self.precision = devices.precision(device, config.precision)
        self.loss = LOSSES[self.recipe.loss]
        self.labelled = config.num_classes > 0
        self.batches = Batches(images, self.recipe.batch_size, config.seed, self.recipe.last_batch, device)
        self.images = 0
        self.meters = Meters(device, heads=self.recipe.features is not None)
        self._compiled: dict[nn.Module, Callable[..., Any]] = {}
        self._build()
        self.previews = Previews(config, images.labels, self.average, device, self._autocast)

    def _build(self) -> None:
        config, recipe = self.config, self.recipe
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            generator = networks.build_generator(config.generator_settings())
            discriminator = networks.build_discriminator(config.discriminator_settings())
            heads = features.build(settings) if (settings := config.heads_settings()) else None
        self.generator, self.discriminator = _placed(generator, self.device), _placed(discriminator, self.device)
        networks.freeze(self.discriminator, recipe.freeze)
        self.heads, self.frozen = self._second_discriminator(heads)
        players = [self.discriminator, *([self.heads] if self.heads else [])]
        self.d_parameters = [each for player in players for each in player.parameters() if each.requires_grad]
        self.average = copy.deepcopy(self.generator).eval().requires_grad_(False)
        self.dtype = next(self.generator.parameters()).dtype
        modules = itertools.chain(self.generator.modules(), self.discriminator.modules())
        self.has_dropout = any(isinstance(module, nn.Dropout | nn.Dropout2d) for module in modules)
        self.g_optimiser = Adam(self.generator.parameters(), recipe.g_lr, recipe.betas, fused=True)
        self.d_optimiser = Adam(self.d_parameters, recipe.d_lr, recipe.betas, fused=True)
        self.rng = torch.Generator(self.device).manual_seed(config.seed)

    def _second_discriminator(
        self, heads: FeatureDiscriminator | None
    ) -> tuple[FeatureDiscriminator | None, FeatureNetwork | None]:
        """Returns the heads and the frozen network of a recipe with features; None for both without."""
        chosen = self.recipe.features
        if heads is None or chosen is None:
            return None, None
        frozen = FeatureNetwork(chosen.network, chosen.stages).to(next(heads.parameters()).dtype)
        return _placed(heads, self.device), _placed(frozen, self.device).eval()

    def compile(self) -> None:
        """Compiles the passes through all networks with torch.compile, except those that are differentiated twice. Call
        `compiling.check` first."""
        passes = [self.generator, self.discriminator, self.heads, self.frozen]
        self._compiled = {network: compiling.compiled(network, self.device) for network in passes if network is not None}

    def load_weights(self, generator: nn.Module, discriminator: nn.Module, heads: nn.Module | None = None) -> None:
        """Copies the initial weights of a fine-tuned run from these networks. Without `heads` its own are new."""
        for network in (self.generator, self.average):
            network.load_state_dict(generator.state_dict())
        self.discriminator.load_state_dict(discriminator.state_dict())
        if self.heads and heads:
            self.heads.load_state_dict(heads.state_dict())

    def change_rates(self, config: Config) -> None:
        """Sets the learning rates of `config`, as after a rollback, and reseeds the random generator."""
        self.config, self.recipe = config, config.recipe
        self.rng.manual_seed(self._noise_seed())

    def non_finite(self) -> str | None:
        """Returns a sentence on what is NaN or Inf in weights, moments and losses; None if all is finite."""
        optimisers = self._optimisers().values()
        return nan_check.non_finite(self.images, self.meters.sums_by_name(), self.named_networks(), optimisers)

    def named_networks(self) -> dict[str, nn.Module]:
        """Returns the networks by their names in a saved state; the frozen one is none of them."""
        found = {"generator": self.generator, "discriminator": self.discriminator, "average": self.average}
        return found | {"heads": self.heads} if self.heads else found

    def _optimisers(self) -> dict[str, torch.optim.Optimizer]:
        return {"g_optimiser": self.g_optimiser, "d_optimiser": self.d_optimiser}

    def _noise_seed(self) -> int:
        """Returns a seed that depends on the run's seed, the images seen and the number of rollbacks, so that a run doesn't
        repeat after a rollback the random numbers with which it diverged."""
        key = [self.config.seed, self.images]
        if self.config.rollbacks:
            key.append(len(self.config.rollbacks))
        return int(np.random.SeedSequence(key).generate_state(1, np.uint64)[0])

    def _autocast(self, network: Callable[..., Tensor], *inputs: Tensor | None) -> Tensor:
        """Calls a network in the run's precision; the output has the dtype of the weights."""
        with torch.autocast(self.device.type, self.precision, enabled=self.precision != torch.float32):
            return network(*inputs).to(self.dtype)

    def _autocast_all(self, network: Callable[..., list[Tensor]], *inputs: Any) -> list[Tensor]:
        """As `_autocast`, of a network with several outputs."""
        with torch.autocast(self.device.type, self.precision, enabled=self.precision != torch.float32):
            return [output.to(self.dtype) for output in network(*inputs)]

    # ------------------------------------------------------------------------------------------ the saved state

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Returns all that is needed for an exact resume, as tensors and JSON settings."""
        tensors = {"rng": self.rng.get_state(), "sums": self.meters.sums}
        for role, network in self.named_networks().items():
            tensors |= {f"{role}.{name}": tensor for name, tensor in network.state_dict().items()}
        for role, optimiser in self._optimisers().items():
            tensors |= {f"{role}.{name}": tensor for name, tensor in moments(optimiser).items()}
        return tensors, {"images": self.images, "summed": self.meters.counts, "device": self.device.type}

    def load_state(self, tensors: dict[str, Tensor], settings: dict[str, Any]) -> None:
        """Restores a `state`. One from another type of device has no state for this one's random generator, so that other
        random numbers follow. Raises KeyError, IndexError, ValueError, RuntimeError or TypeError for one that does not
        fit."""
        parts: dict[str, dict[str, Tensor]] = {}
        for key, tensor in tensors.items():
            role, _, name = key.partition(".")
            parts.setdefault(role, {})[name] = tensor
        self.images = settings["images"]
        self.meters.load(tensors["sums"], settings["summed"])
        for role, network in self.named_networks().items():
            network.load_state_dict(parts[role])
        for role, optimiser in self._optimisers().items():
            load_moments(optimiser, parts.get(role, {}))
        if settings["device"] == self.device.type:
            self.rng.set_state(tensors["rng"])
        else:
            self.rng.manual_seed(self._noise_seed())


def _placed(network: Network, device: torch.device) -> Network:
    """Moves a network to the device, channels-last, in training mode."""
    placed = network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack this one
    return placed.train()
