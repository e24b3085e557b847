"""The game of two networks: their updates, the moving average, and all that is needed to go on exactly where it stopped.

Everything random comes from one generator whose state is saved, and the place in the data is a function of the images seen.
Nothing here knows of files.
"""

import copy
import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ganlib import devices, networks
from ganlib.datasets import ImageSet
from ganlib.datasets.batches import Batches
from ganlib.networks import compiling
from ganlib.objectives.augment import augment
from ganlib.objectives.batch_rng import BatchRng, Shard
from ganlib.objectives.losses import LOSSES, gradient_penalty, zero_centred_penalty
from ganlib.runs.config import Config
from ganlib.training import nan_check
from ganlib.training.meters import Meters
from ganlib.training.optimisers import Adam, load_moments, moments
from ganlib.training.previews import Previews


class GAN:
    """The networks of a run after `images` images, and one step after another.

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
        self.generator = generator.to(self.device, memory_format=torch.channels_last).train()
        self.discriminator = discriminator.to(self.device, memory_format=torch.channels_last).train()
        networks.freeze(self.discriminator, recipe.freeze)
        self.learning = [parameter for parameter in self.discriminator.parameters() if parameter.requires_grad]
        self.average = copy.deepcopy(self.generator).eval().requires_grad_(False)
        self.dtype = next(self.generator.parameters()).dtype
        modules = itertools.chain(self.generator.modules(), self.discriminator.modules())
        self.drops_out = any(isinstance(module, nn.Dropout | nn.Dropout2d) for module in modules)
        self.g_optimiser = Adam(self.generator.parameters(), recipe.g_lr, recipe.betas, fused=True)
        self.d_optimiser = Adam(self.learning, recipe.d_lr, recipe.betas, fused=True)
        self.rng = torch.Generator(self.device).manual_seed(config.seed)

    def compile(self) -> None:
        """Computes the steps' passes through both networks by torch.compile from here on, but for those that it can't
        differentiate twice. `compiling.check` says whether it can do so here."""
        self._compiled = {network: compiling.compiled(network, self.device) for network in (self.generator, self.discriminator)}

    def begin_with(self, generator: nn.Module, discriminator: nn.Module) -> None:
        """Takes over the weights of these, as a fine-tuned run does."""
        for network in (self.generator, self.average):
            network.load_state_dict(generator.state_dict())
        self.discriminator.load_state_dict(discriminator.state_dict())

    def go_on_with(self, config: Config) -> None:
        """Takes other learning rates and, after a rollback, other noise than before."""
        self.config, self.recipe = config, config.recipe
        self.rng.manual_seed(self._noise())

    def _noise(self) -> int:
        """A seed of the numbers that are drawn from here on: of the run's seed, the place, and how often it went back."""
        key = [self.config.seed, self.images]
        if self.config.rollbacks:
            key.append(len(self.config.rollbacks))
        return int(np.random.SeedSequence(key).generate_state(1, np.uint64)[0])

    def _networks(self) -> dict[str, nn.Module]:
        return {"generator": self.generator, "discriminator": self.discriminator, "average": self.average}

    def _optimisers(self) -> dict[str, torch.optim.Optimizer]:
        return {"g_optimiser": self.g_optimiser, "d_optimiser": self.d_optimiser}

    # ------------------------------------------------------------------------------------------ one step

    def step(self) -> None:
        """One update of each player whose turn it is, in the recipe's order, on one batch."""
        recipe, number = self.recipe, self.batches.number(self.images)
        if self._compiled:
            compiling.begin_step()
        self._schedule()
        real, labels = self._real()
        labels = labels if self.labelled else None
        g_due, d_due = number % recipe.g_every == 0, number % recipe.d_every == 0
        with self._own_dropout():
            with torch.set_grad_enabled(g_due and not recipe.fresh_latents):
                fake = self._generate(len(real), labels)
            moves = [
                (d_due, lambda: self._update_discriminator(real, fake.detach(), labels, number)),
                (g_due, lambda: self._update_generator(real, fake, labels)),
            ]
            for due, move in moves if recipe.first == "discriminator" else reversed(moves):
                if due:
                    move()
        self.images += self.shard.whole
        self._update_average()

    def _update_discriminator(self, real: Tensor, fake: Tensor, labels: Tensor | None, number: int) -> None:
        recipe = self.recipe
        penalised = number % recipe.penalty_every == 0
        real.requires_grad_(penalised and recipe.r1 > 0)
        fake.requires_grad_(penalised and recipe.r2 > 0)
        real_logits, fake_logits = (self._judge(images, labels, images.requires_grad) for images in (real, fake))
        loss = recipe.d_weight * self.loss.discriminator(real_logits, fake_logits)
        total = loss
        if real.requires_grad:
            total = total + recipe.r1 * recipe.penalty_every * zero_centred_penalty(real_logits, real)
        if fake.requires_grad:
            total = total + recipe.r2 * recipe.penalty_every * zero_centred_penalty(fake_logits, fake)
        if recipe.gradient_penalty:
            penalty = gradient_penalty(lambda mixed: self._judge(mixed, labels, True), real, fake, self.batch_rng)
            total = total + recipe.gradient_penalty * penalty
        self._descend(self.d_optimiser, total, d_loss=loss, d_real=real_logits.mean(), d_fake=fake_logits.mean())
        real.requires_grad_(False)

    def _update_generator(self, real: Tensor, fake: Tensor, labels: Tensor | None) -> None:
        if self.recipe.fresh_latents:
            fake = self._generate(len(real), labels)
        for parameter in self.learning:  # its weights' gradients would be computed and thrown away
            parameter.requires_grad_(False)
        with torch.no_grad():
            real_logits = self._judge(real, labels) if self.loss.pairs else None
        loss = self.loss.generator(real_logits, self._judge(fake, labels))
        self._descend(self.g_optimiser, loss, g_loss=loss)
        for parameter in self.learning:
            parameter.requires_grad_(True)

    def _generate(self, num: int, labels: Tensor | None) -> Tensor:
        return self._autocast(self._quickest(self.generator), self._latents(num), labels)

    def _descend(self, optimiser: torch.optim.Optimizer, loss: Tensor, **meters: Tensor) -> None:
        """One step of an optimiser. Adds the measures to the sums whose means are written to the history; nothing is read
        from the device."""
        loss.backward()
        values = {name: value.detach() for name, value in meters.items()}
        gradients = [p.grad for group in optimiser.param_groups for p in group["params"] if p.grad is not None]
        self._to_means_of_the_batch([*gradients, *values.values()])
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)  # a compiled pass writes the next ones to the same place
        self.meters.add(values)

    def _shard(self, whole: int) -> Shard:
        """What this process computes of a batch of `whole` images: here, all of it."""
        return Shard.of(whole)

    def _to_means_of_the_batch(self, means: Sequence[Tensor]) -> None:
        """Makes what are means over this process's share means over the batch: here, they are."""

    @contextmanager
    def _own_dropout(self) -> Iterator[None]:
        """Dropout draws from torch's global generator, which belongs to everybody: for a step that has some, its numbers
        are a function of the seed and the images seen."""
        if not self.drops_out:
            yield
            return
        with torch.random.fork_rng([self.device] if self.device.type == "cuda" else []):
            torch.manual_seed(self._noise())
            yield

    def _judge(self, images: Tensor, labels: Tensor | None, penalised: bool = False) -> Tensor:
        """D's logits, in full precision, of images seen through the recipe's augmentation. What is `penalised`
        is differentiated twice, which torch can't do with a compiled pass."""
        images = augment(images, self.recipe.augment, self.batch_rng)
        discriminator = self.discriminator if penalised else self._quickest(self.discriminator)
        return self._autocast(discriminator, images, labels)

    def _quickest(self, network: nn.Module) -> Callable[..., Tensor]:
        """What computes a network's pass. A short batch, of which an epoch has one, isn't worth being compiled for."""
        return self._compiled.get(network, network) if self.shard.whole == self.recipe.batch_size else network

    def _autocast(self, network: Callable[..., Tensor], *inputs: Tensor | None) -> Tensor:
        with torch.autocast(self.device.type, self.precision, enabled=self.precision != torch.float32):
            return network(*inputs).to(self.dtype)

    def _real(self) -> tuple[Tensor, Tensor | None]:
        """This process's share of the next batch, for which everything random is drawn from here on."""
        self.shard = self._shard(self.batches.size(self.images))
        self.batch_rng = BatchRng(self.rng, self.shard)
        images, labels = self.batches.at(self.images, self.shard.rows)
        images = images.to(self.dtype).div_(127.5).sub_(1)
        if self.recipe.flip:
            mirrored = self.batch_rng.uniform(len(images), 1, 1, 1) < 0.5
            images = torch.where(mirrored, images.flip(3), images)
        images = images.contiguous(memory_format=torch.channels_last)
        if labels is None and self.labelled:  # a set whose classes the networks don't know: any label for any image
            return images, self.batch_rng.integers(self.config.num_classes, len(images))
        return images, labels

    def _latents(self, n: int) -> Tensor:
        if self.recipe.latent == "normal":
            return self.batch_rng.normal(n, self.recipe.latent_dim, dtype=self.dtype)
        return self.batch_rng.uniform(n, self.recipe.latent_dim, dtype=self.dtype) * 2 - 1

    def _schedule(self) -> None:
        """The learning rate falls along half a cosine to `final_lr` of itself."""
        place = min(self.images / self.config.schedule_images, 1)
        final = self.recipe.final_lr
        factor = final + (1 - final) * 0.5 * (1 + math.cos(math.pi * place))
        for optimiser, rate in ((self.g_optimiser, self.recipe.g_lr), (self.d_optimiser, self.recipe.d_lr)):
            for group in optimiser.param_groups:
                group["lr"] = rate * factor

    @torch.no_grad()
    def _update_average(self) -> None:
        """The generator's moving average; its half-life starts at 5 % of the images seen (Karras et al. 2020). A half-life
        of 0 is the generator itself."""
        half_life = min(self.recipe.ema_half_life, 0.05 * self.images)
        keep = 0.5 ** (self.recipe.batch_size / half_life) if half_life else 0.0
        torch._foreach_lerp_(list(self.average.parameters()), list(self.generator.parameters()), 1 - keep)

    # ------------------------------------------------------------------------------------------ state

    def problem(self) -> str | None:
        """Which of all numbers that the training carries on is no longer finite, and what to do; None while all is well."""
        optimisers = {"generator": self.g_optimiser, "discriminator": self.d_optimiser}
        return nan_check.problem(self.images, self.meters.by_name(), self._networks(), optimisers)

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """All that is needed to go on exactly from here, but the place of the files: tensors and settings."""
        tensors = {"rng": self.rng.get_state(), "sums": self.meters.sums}
        for role, network in self._networks().items():
            tensors |= {f"{role}.{name}": tensor for name, tensor in network.state_dict().items()}
        for role, optimiser in self._optimisers().items():
            tensors |= {f"{role}.{name}": tensor for name, tensor in moments(optimiser).items()}
        return tensors, {"images": self.images, "summed": self.meters.summed, "device": self.device.type}

    def load_state(self, tensors: dict[str, Tensor], settings: dict[str, Any]) -> None:
        """Goes back, or on, to where `state` was taken. Raises KeyError, IndexError, ValueError, RuntimeError or TypeError
        for one that does not fit."""
        parts: dict[str, dict[str, Tensor]] = {}
        for key, tensor in tensors.items():
            role, _, name = key.partition(".")
            parts.setdefault(role, {})[name] = tensor
        self.images = settings["images"]
        self.meters.load(tensors["sums"], settings["summed"])
        for role, network in self._networks().items():
            network.load_state_dict(parts[role])
        for role, optimiser in self._optimisers().items():
            load_moments(optimiser, parts.get(role, {}))
        if settings["device"] == self.device.type:  # random generators of different devices have different states
            self.rng.set_state(tensors["rng"])
        else:
            self.rng.manual_seed(self.config.seed + self.images)
