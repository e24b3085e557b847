"""The two players of a run: generator, discriminator, their optimisers, the moving average, and the state that is saved.

Everything random comes from one generator whose state is saved, and the place in the data is a function of the images seen:
so a training that goes on from a state is the one that was never stopped. Nothing here knows of files.
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
from ganlib.networks import Network, compiling
from ganlib.objectives.losses import LOSSES
from ganlib.runs.config import Config
from ganlib.training import nan_check
from ganlib.training.meters import Meters
from ganlib.training.optimisers import Adam, load_moments, moments
from ganlib.training.previews import Previews


class Players:
    """The networks of a run after `images` images, and all else that one training step hands on to the next.

    Args:
        config: says everything about the training.
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
        self.meters = Meters(device)
        self._compiled: dict[nn.Module, Callable[..., Tensor]] = {}
        self._build()
        self.previews = Previews(config, images.labels, self.average, device, self._autocast)

    def _build(self) -> None:
        config, recipe = self.config, self.recipe
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            generator = networks.build_generator(config.generator_settings())
            discriminator = networks.build_discriminator(config.discriminator_settings())
        self.generator, self.discriminator = _placed(generator, self.device), _placed(discriminator, self.device)
        networks.freeze(self.discriminator, recipe.freeze)
        self.d_parameters = [parameter for parameter in self.discriminator.parameters() if parameter.requires_grad]
        self.average = copy.deepcopy(self.generator).eval().requires_grad_(False)
        self.dtype = next(self.generator.parameters()).dtype
        modules = itertools.chain(self.generator.modules(), self.discriminator.modules())
        self.has_dropout = any(isinstance(module, nn.Dropout | nn.Dropout2d) for module in modules)
        self.g_optimiser = Adam(self.generator.parameters(), recipe.g_lr, recipe.betas, fused=True)
        self.d_optimiser = Adam(self.d_parameters, recipe.d_lr, recipe.betas, fused=True)
        self.rng = torch.Generator(self.device).manual_seed(config.seed)

    def compile(self) -> None:
        """Computes the steps' passes through both networks by torch.compile from here on, but for those that it can't
        differentiate twice. `compiling.check` says whether it can do so here."""
        self._compiled = {network: compiling.compiled(network, self.device) for network in (self.generator, self.discriminator)}

    def load_weights(self, generator: nn.Module, discriminator: nn.Module) -> None:
        """Copies the weights of these, with which a fine-tuned run begins."""
        for network in (self.generator, self.average):
            network.load_state_dict(generator.state_dict())
        self.discriminator.load_state_dict(discriminator.state_dict())

    def change_rates(self, config: Config) -> None:
        """Goes on with the learning rates of `config`, as after a rollback, and with other random numbers than before it."""
        self.config, self.recipe = config, config.recipe
        self.rng.manual_seed(self._noise_seed())

    def non_finite(self) -> str | None:
        """A sentence on what is NaN or Inf of all that one step hands on to the next; None while all is finite."""
        optimisers = {"generator": self.g_optimiser, "discriminator": self.d_optimiser}
        return nan_check.non_finite(self.images, self.meters.sums_by_name(), self.named_networks(), optimisers)

    def named_networks(self) -> dict[str, nn.Module]:
        """By their names in a saved state."""
        return {"generator": self.generator, "discriminator": self.discriminator, "average": self.average}

    def _optimisers(self) -> dict[str, torch.optim.Optimizer]:
        return {"g_optimiser": self.g_optimiser, "d_optimiser": self.d_optimiser}

    def _noise_seed(self) -> int:
        """Of random numbers that no saved state of a random generator gives: a function of the run's seed, the images seen
        and the number of rollbacks, since a run that went back must not see the numbers again with which it diverged."""
        key = [self.config.seed, self.images]
        if self.config.rollbacks:
            key.append(len(self.config.rollbacks))
        return int(np.random.SeedSequence(key).generate_state(1, np.uint64)[0])

    def _autocast(self, network: Callable[..., Tensor], *inputs: Tensor | None) -> Tensor:
        """A pass in the run's precision; what it returns is in that of the weights."""
        with torch.autocast(self.device.type, self.precision, enabled=self.precision != torch.float32):
            return network(*inputs).to(self.dtype)

    # ------------------------------------------------------------------------------------------ the saved state

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """All that is needed to go on exactly from here, as tensors and settings for JSON."""
        tensors = {"rng": self.rng.get_state(), "sums": self.meters.sums}
        for role, network in self.named_networks().items():
            tensors |= {f"{role}.{name}": tensor for name, tensor in network.state_dict().items()}
        for role, optimiser in self._optimisers().items():
            tensors |= {f"{role}.{name}": tensor for name, tensor in moments(optimiser).items()}
        return tensors, {"images": self.images, "summed": self.meters.counts, "device": self.device.type}

    def load_state(self, tensors: dict[str, Tensor], settings: dict[str, Any]) -> None:
        """Goes back, or on, to where `state` was taken. One of another kind of device lacks a state of this one's random
        generator, so that other random numbers follow than there. Raises KeyError, IndexError, ValueError, RuntimeError or
        TypeError for one that does not fit."""
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
    """In training mode on the device, its weights channels-last."""
    placed = network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack this one
    return placed.train()
