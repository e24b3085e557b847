"""One training step of a GAN, as in Algorithm 1 of Goodfellow et al. 2014 (arXiv:1406.2661)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from ganlib.networks import compiling
from ganlib.objectives.augment import augment
from ganlib.objectives.batch_rng import BatchRng, Shard
from ganlib.objectives.losses import LOSSES, gradient_penalty, zero_centred_penalty
from ganlib.objectives.schedules import Schedule
from ganlib.objectives.transparency import premultiplied
from ganlib.training.players import Players


class Maps(NamedTuple):
    """The frozen network's maps of real images, without gradients, and of generated ones, mixed for the heads."""

    real: list[Tensor]
    fake: list[Tensor]

    def detached(self) -> "Maps":
        return Maps(self.real, [each.detach() for each in self.fake])


class GAN(Players):
    """The networks of a run, and the step that trains them. Images are (N, C, H, W) in [-1, 1], with
    transparency as D sees them (`premultiplied`); logits are (N,)."""

    def step(self) -> None:
        """Updates D and G where due, in the recipe's order, on one batch of the data; then the moving average.

        D is updated at every `d_every`-th batch and G at every `g_every`-th: the paper's k steps of D for one of G are a
        `g_every` of k.
        """
        recipe, number = self.recipe, self.batches.number(self.images)
        d_due, g_due = number % recipe.d_every == 0, number % recipe.g_every == 0
        if self._compiled:
            compiling.begin_step()
        self._set_rates()
        real, labels = self._draw_real()
        with self._reproducible_dropout():
            with torch.set_grad_enabled(g_due and not recipe.fresh_latents):
                fake = self._generate(self._draw_latents(len(real)), labels)
            maps = self._both_maps(real, fake) if recipe.features else None
            if g_due and recipe.first == "generator":
                self._update_generator(real, fake, labels, maps)
            if d_due:
                self._update_discriminator(real, fake, labels, maps, penalised=number % recipe.penalty_every == 0)
            if g_due and recipe.first == "discriminator":
                self._update_generator(real, fake, labels, maps)
        self.images += self.shard.whole
        self._update_average()

    def _update_discriminator(
        self, real: Tensor, fake: Tensor, labels: Tensor | None, maps: Maps | None, penalised: bool
    ) -> None:  # fmt: skip
        """Descends D's loss and the recipe's penalties: R1 at real and R2 at generated images in `penalised` steps, every
        `penalty_every`-th with that many times the weight (Karras et al. 2020, arXiv:1912.04958, section 3.1); WGAN-GP's in
        every step. With `mismatch`, D also tells real images with their labels from the same with others: the matching-aware
        discriminator of Reed et al. 2016 (arXiv:1605.05396), section 4.1. The loss of the heads, if any, is added."""
        recipe = self.recipe
        r1_due, r2_due = penalised and recipe.r1 > 0, penalised and recipe.r2 > 0
        real, fake = real.detach().requires_grad_(r1_due), fake.detach().requires_grad_(r2_due)
        real_logits, fake_logits, wrong_logits = self._discriminate_all(real, fake, labels, r1_due, r2_due)
        loss = recipe.d_weight * self.loss.discriminator(real_logits, fake_logits)
        r1 = recipe.r1 * recipe.penalty_every * zero_centred_penalty(real_logits, real) if r1_due else 0.0
        r2 = recipe.r2 * recipe.penalty_every * zero_centred_penalty(fake_logits, fake) if r2_due else 0.0
        wgan_gp = recipe.gradient_penalty * self._gradient_penalty(real, fake, labels) if recipe.gradient_penalty else 0.0
        mismatch = recipe.mismatch * self.loss.discriminator(real_logits, wrong_logits) if wrong_logits is not None else 0.0
        gamma = self._scheduled("gamma", 1.0)
        objective = loss + gamma * r1 + gamma * r2 + wgan_gp + self._scheduled("mismatch", 1.0) * mismatch
        measures = {"d_loss": loss, "d_real": real_logits.mean(), "d_fake": fake_logits.mean()}
        if recipe.features and maps:
            heads = self._by_heads(LOSSES[recipe.features.loss].discriminator, maps.detached(), labels)
            objective, measures["d_heads"] = objective + heads, heads
        self._descend(self.d_optimiser, objective, measures)

    def _update_generator(self, real: Tensor, fake: Tensor, labels: Tensor | None, maps: Maps | None) -> None:
        """Descends G's loss, on the step's generated images, or on new ones with `fresh_latents`; with heads, their loss is
        added, weighted."""
        recipe = self.recipe
        if recipe.fresh_latents:
            fake = self._generate(self._draw_latents(len(real)), labels)
            maps = self._both_maps(real, fake) if maps else None
        with self._fixed_discriminator():
            real_logits = self._discriminate(real, labels) if self.loss.pairs else real.new_empty(0)  # unused by other losses
            loss = self.loss.generator(real_logits, self._discriminate(fake, labels))
            objective, measures = loss, {"g_loss": loss}
            if recipe.features and maps:
                judge_real = LOSSES[recipe.features.loss].pairs
                heads = self._by_heads(LOSSES[recipe.features.loss].generator, maps, labels, judge_real)
                weight = recipe.features.weight * self._scheduled("features", 1.0)
                objective, measures["g_heads"] = objective + weight * heads, heads
            self._descend(self.g_optimiser, objective, measures)

    def _descend(self, optimiser: torch.optim.Optimizer, loss: Tensor, measures: Mapping[str, Tensor]) -> None:
        """Makes one step of an optimiser, and adds the measures to sums on the device, without reading from it."""
        loss.backward()
        values = {name: value.detach() for name, value in measures.items()}
        gradients = [p.grad for group in optimiser.param_groups for p in group["params"] if p.grad is not None]
        self._average_over_processes([*gradients, *values.values()])
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)  # a compiled pass reuses the memory of gradients
        self.meters.add(values)

    @torch.no_grad()
    def _update_average(self) -> None:
        """Updates the generator's moving average. Without a schedule its half-life is at most 5 % of the images seen (Karras et
        al. 2020). A half-life of 0 copies the generator."""
        half_life = self._scheduled("ema_half_life", min(self.recipe.ema_half_life, 0.05 * self.images))
        keep = 0.5 ** (self.recipe.batch_size / half_life) if half_life else 0.0
        torch._foreach_lerp_(list(self.average.parameters()), list(self.generator.parameters()), 1 - keep)

    # ------------------------------------------------------------------------------------------ what a step begins with

    def _set_rates(self) -> None:
        """Sets the optimisers' learning rates and beta2 by their schedules. Without one the rates fall to `final_lr` times the
        recipe's, over the planned length."""
        recipe = self.recipe
        falling = Schedule(1.0, recipe.final_lr, self.config.schedule_images)
        factor = recipe.schedules.get("lr", falling).at(self.images)
        betas = (recipe.betas[0], self._scheduled("beta2", recipe.betas[1]))
        for optimiser, rate in ((self.g_optimiser, recipe.g_lr), (self.d_optimiser, recipe.d_lr)):
            for group in optimiser.param_groups:
                group["lr"], group["betas"] = rate * factor, betas

    def _scheduled(self, name: str, otherwise: float) -> float:
        return self.recipe.scheduled(name, self.images, otherwise)

    def _draw_real(self) -> tuple[Tensor, Tensor | None]:
        """Returns this process's shard of the next batch, and sets `shard` and `batch_rng` for it. Labels are None for
        unconditional networks."""
        self.shard = self._shard(self.batches.size(self.images))
        self.batch_rng = BatchRng(self.rng, self.shard)
        images, labels = self.batches.at(self.images, self.shard.rows)
        images = premultiplied(images.to(self.dtype).div_(127.5).sub_(1))
        if self.recipe.flip:
            mirrored = self.batch_rng.uniform(len(images), 1, 1, 1) < 0.5
            images = torch.where(mirrored, images.flip(3), images)
        images = images.contiguous(memory_format=torch.channels_last)
        if not self.labelled:
            return images, None
        if labels is None:  # a set whose classes the networks don't have: random labels
            labels = self.batch_rng.integers(self.config.num_classes, len(images))
        return images, labels

    def _draw_latents(self, num: int) -> Tensor:
        """Returns (num, latent_dim), normal or uniform on [-1, 1)."""
        if self.recipe.latent == "normal":
            return self.batch_rng.normal(num, self.recipe.latent_dim, dtype=self.dtype)
        return self.batch_rng.uniform(num, self.recipe.latent_dim, dtype=self.dtype) * 2 - 1

    @contextmanager
    def _reproducible_dropout(self) -> Iterator[None]:
        """Seeds torch's global generator, from which dropout draws, by the run's seed and the images seen, for networks with
        dropout; restores it afterwards."""
        if not self.has_dropout:
            yield
            return
        with torch.random.fork_rng([self.device] if self.device.type == "cuda" else []):
            torch.manual_seed(self._dropout_seed())
            yield

    # ------------------------------------------------------------------------------------------ passes through the networks

    def _generate(self, latents: Tensor, labels: Tensor | None) -> Tensor:
        return premultiplied(self._autocast(self._fastest(self.generator), latents, labels))

    def _discriminate(self, images: Tensor, labels: Tensor | None, twice: bool = False) -> Tensor:
        """Returns D's logits of augmented images. A pass that a penalty differentiates `twice` can't be compiled."""
        discriminator = self.discriminator if twice else self._fastest(self.discriminator)
        return self._autocast(discriminator, self._augmented(images), labels)

    def _discriminate_all(
        self, real: Tensor, fake: Tensor, labels: Tensor | None, r1_due: bool, r2_due: bool
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """Returns D's logits of real and of generated images with their labels and, for a `mismatch`, of real ones with labels
        of other classes, else None. Real and generated images share a pass, which is faster, where D judges each by itself
        and nothing else is asked of the pass of either."""
        mismatched = labels is not None and self.recipe.mismatch * self._scheduled("mismatch", 1.0) > 0
        if self.discriminator.by_itself and not (r1_due or r2_due or mismatched or self._compiled):
            images = torch.cat([self._augmented(real), self._augmented(fake)]).contiguous(memory_format=torch.channels_last)
            both = self._autocast(self.discriminator, images, None if labels is None else labels.repeat(2))
            return both[: len(real)], both[len(real) :], None
        if mismatched and labels is not None:
            real_logits, wrong_logits = self._discriminate_mismatched(real, labels)
        else:
            real_logits, wrong_logits = self._discriminate(real, labels, twice=r1_due), None
        return real_logits, self._discriminate(fake, labels, twice=r2_due), wrong_logits

    def _discriminate_mismatched(self, real: Tensor, labels: Tensor) -> list[Tensor]:
        """Returns D's logits of augmented real images with their labels, and with labels of other classes: of one pass, which
        isn't compiled."""
        classes = self.config.num_classes
        others = (labels + 1 + self.batch_rng.integers(classes - 1, len(labels))) % classes
        return self._autocast_all(self.discriminator.with_either, self._augmented(real), labels, others)

    def _augmented(self, images: Tensor) -> Tensor:
        return augment(images, self.recipe.augment, self.batch_rng, self._scheduled("augment", 1.0))

    def _both_maps(self, real: Tensor, fake: Tensor) -> Maps:
        """Passes real and generated images through the frozen network and the mixing, once for both updates: their gradients
        differ only in the heads."""
        with torch.no_grad():
            of_real = self._maps(real)
        return Maps(of_real, self._maps(fake))

    def _maps(self, images: Tensor) -> list[Tensor]:
        assert self.recipe.features and self.frozen and self.heads
        images = augment(images, self.recipe.features.augment, self.batch_rng, self._scheduled("augment", 1.0))
        frozen, heads, size = self._fastest(self.frozen), self.heads, self.recipe.feature_size(self.images)
        return self._autocast_all(lambda: heads.mixed(frozen(images, size)))

    def _by_heads(
        self, loss: Callable[[Tensor, Tensor], Tensor], maps: Maps, labels: Tensor | None, judge_real: bool = True
    ) -> Tensor:  # fmt: skip
        """Returns the mean over heads of their loss; of one that doesn't use the logits of real images, without these."""
        assert self.heads
        judge = partial(self._autocast_all, self._fastest(self.heads))
        fake = judge(maps.fake, labels)
        real = judge(maps.real, labels) if judge_real else [logits.new_empty(0) for logits in fake]
        return torch.stack([loss(*logits) for logits in zip(real, fake, strict=True)]).mean()

    def _gradient_penalty(self, real: Tensor, fake: Tensor, labels: Tensor | None) -> Tensor:
        critic = partial(self._discriminate, labels=labels, twice=True)
        return gradient_penalty(critic, real, fake, self.batch_rng)

    @contextmanager
    def _fixed_discriminator(self) -> Iterator[None]:
        """Disables gradients of D's weights, which G's update doesn't need."""
        for parameter in self.d_parameters:
            parameter.requires_grad_(False)
        yield
        for parameter in self.d_parameters:
            parameter.requires_grad_(True)

    def _fastest(self, network: nn.Module) -> Callable[..., Any]:
        """Returns the compiled pass of a network, if any. A short batch, one per epoch, is not worth a compilation."""
        return self._compiled.get(network, network) if self.shard.whole == self.recipe.batch_size else network

    # ------------------------------------------------------------------------------------------ of several processes

    def _shard(self, whole: int) -> Shard:
        """Returns this process's shard of a batch of `whole` images: here, all of it."""
        return Shard.of(whole)

    def _average_over_processes(self, means: Sequence[Tensor]) -> None:
        """Replaces means over this process's shard by means over the batch: here they are equal."""

    def _dropout_seed(self) -> int:
        return self._noise_seed()
