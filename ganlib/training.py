"""The trainer: one loop that yields events. The command line draws a bar from them, a page draws pictures.

The only room with optimisers. Everything random comes from one generator whose state is saved, and the place in the data
is a function of the images seen, so a resumed run continues exactly where it stopped.
"""

import copy
import itertools
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from ganlib import UserError, card, devices, latents, networks, pictures
from ganlib.augment import augment
from ganlib.batches import Batches
from ganlib.config import Config
from ganlib.datasets import ImageSet
from ganlib.files import DamagedFile
from ganlib.losses import LOSSES, gradient_penalty, zero_centred_penalty
from ganlib.runs import Run, Snapshot

LOG_STEPS = 50  # steps from one line of history to the next: the only times at which losses are read from the device
STATE_SECONDS = 120  # at most this much work is lost to a crash
ADVANCE_SECONDS = 0.5  # from one sign of life to the next
STATISTICS_PIXELS = 4096 * 28**2  # drawn to estimate a snapshot's batch statistics; fewer pictures where they are larger
MEASURES = ("g_loss", "d_loss", "d_real", "d_fake")  # d_real, d_fake: D's mean logit on real and on generated images
# Epochs of the default snapshots: close together at first, when much changes
EARLY = (1 / 16, 1 / 8, 1 / 4, 1 / 2)
LATER = (1, 2, 3, 5, 8, 12, 20, 30, 50, 80)
FIRST_SNAPSHOT = 2_000  # images; an epoch of a small set is over before anything has been learned


@dataclass(frozen=True)
class Progress:
    """The run stands at `images` of `total`; the measures are means since the last such event."""

    images: int
    total: int | None  # None where only time ends the run
    epoch: float
    images_per_second: float
    measures: dict[str, float]


@dataclass(frozen=True)
class Advanced:
    """A sign of life: the run stands at `images`. Costs nothing, since no measure is read."""

    images: int


@dataclass(frozen=True)
class SnapshotSaved:
    """A snapshot and its grid lie in the run's folder."""

    snapshot: Snapshot
    grid: Path

    @property
    def images(self) -> int:
        return self.snapshot.images


@dataclass(frozen=True)
class Diverged:
    """The run can't go on; what was saved before is kept."""

    images: int
    message: str


@dataclass(frozen=True)
class Stopped:
    """The run was asked to stop early and has saved its state."""

    images: int


@dataclass(frozen=True)
class Finished:
    """The run has reached its length."""

    images: int


Event = Progress | Advanced | SnapshotSaved | Diverged | Stopped | Finished


class Trainer:
    """Trains the networks of `run` on `images`, from the beginning or from the run's saved state.

    Args:
        run: an opened or newly created run; its config says everything about the training.
        images: the prepared set, of the config's size and channels.
        device: where to compute.
        resume: continue from the run's state instead of beginning anew; a run that was stopped before its first state
            begins anew. Raises UserError where there are snapshots but no state.
    """

    def __init__(self, run: Run, images: ImageSet, device: torch.device | None = None, resume: bool = False):
        self.run, self.config, self.recipe = run, run.config, run.config.recipe
        self.device = device or devices.pick()
        self.precision = devices.precision(self.device)
        self.loss = LOSSES[self.recipe.loss]
        self.labelled = self.config.num_classes > 0
        self.batches = Batches(images, self.recipe.batch_size, self.config.seed, self.recipe.last_batch)
        self.images = 0
        self._seconds_before, self._began = 0.0, None
        self.sums = torch.zeros(len(MEASURES), device=self.device)
        self.summed = [0] * len(MEASURES)  # how many values each of the sums holds
        self._stop = False
        self._build()
        if resume:
            if not run.is_untouched():
                self._load_state()
            run.rewind(self.images)

    def stop(self) -> None:
        """Asks the loop to save its state and end after the step it is in. Safe from a signal handler or a thread."""
        self._stop = True

    def events(self, minutes: float | None = None) -> Iterator[Event]:
        """Trains until the config's `images`, for `minutes` at most, and tells what happens on the way."""
        self._began = self._logged_at = self._saved_at = advanced_at = time.monotonic()
        self._logged_images = self.images
        points = snapshot_points(self.config)
        due = next(points) if self.images == 0 else _after(points, self.images)
        while True:
            ending = self._stop or self._reached_end(minutes)
            complete = ending and not self._stop  # a stopped run goes on later as if it had not been stopped
            at_snapshot = due is not None and self.images >= due
            at_log = max(self.summed) >= LOG_STEPS or (complete and min(self.summed) > 0)
            at_save = time.monotonic() - self._saved_at >= STATE_SECONDS
            if (at_snapshot or at_log or at_save or ending) and (problem := self._problem()):
                yield Diverged(self.images, problem)
                return
            if at_log:
                yield self._log()
            if at_snapshot or (complete and self._unsaved()):
                yield self._snapshot()
                due = _after(points, self.images)
            elif at_save or ending:
                self._save_state()
            if self._grid_due():
                self._estimate_statistics()
                self.run.save_grid(self.images, pictures.webp(self._grid()))
            if ending:
                break
            self._step()
            if time.monotonic() - advanced_at >= ADVANCE_SECONDS:
                advanced_at = time.monotonic()
                yield Advanced(self.images)
        yield Stopped(self.images) if self._stop else Finished(self.images)

    @property
    def seconds(self) -> float:
        """Of training, over all stretches of the run."""
        return self._seconds_before + (time.monotonic() - self._began if self._began is not None else 0.0)

    def _grid_due(self) -> bool:
        """Whether a picture between two snapshots was asked for here."""
        every = self.config.grid_every
        if not every or self.batches.number(self.images) % every:
            return False
        return self.images > 0 and not self.run.has_grid(self.images)

    def _reached_end(self, minutes: float | None) -> bool:
        if minutes is not None and time.monotonic() - self._began >= 60 * minutes:
            return True
        return self.config.images is not None and self.images >= self.config.images

    # ------------------------------------------------------------------------------------------ one step

    def _step(self) -> None:
        """One update of each player whose turn it is, in the recipe's order, on one batch."""
        recipe, number = self.recipe, self.batches.number(self.images)
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
        self.images += len(real)
        self._update_average()

    def _update_discriminator(self, real: Tensor, fake: Tensor, labels: Tensor | None, number: int) -> None:
        recipe = self.recipe
        penalised = number % recipe.penalty_every == 0
        real.requires_grad_(penalised and recipe.r1 > 0)
        fake.requires_grad_(penalised and recipe.r2 > 0)
        real_logits, fake_logits = self._judge(real, labels), self._judge(fake, labels)
        loss = recipe.d_weight * self.loss.discriminator(real_logits, fake_logits)
        total = loss
        if real.requires_grad:
            total = total + recipe.r1 * recipe.penalty_every * zero_centred_penalty(real_logits, real)
        if fake.requires_grad:
            total = total + recipe.r2 * recipe.penalty_every * zero_centred_penalty(fake_logits, fake)
        if recipe.gradient_penalty:
            penalty = gradient_penalty(lambda mixed: self._judge(mixed, labels), real, fake, self.rng)
            total = total + recipe.gradient_penalty * penalty
        _descend(self.d_optimiser, total)
        real.requires_grad_(False)
        self._note(d_loss=loss, d_real=real_logits.mean(), d_fake=fake_logits.mean())

    def _update_generator(self, real: Tensor, fake: Tensor, labels: Tensor | None) -> None:
        if self.recipe.fresh_latents:
            fake = self._generate(len(real), labels)
        self.discriminator.requires_grad_(False)  # its weights' gradients would be computed and thrown away
        with torch.no_grad():
            real_logits = self._judge(real, labels) if self.loss.pairs else None
        loss = self.loss.generator(real_logits, self._judge(fake, labels))
        _descend(self.g_optimiser, loss)
        self.discriminator.requires_grad_(True)
        self._note(g_loss=loss)

    def _generate(self, num: int, labels: Tensor | None) -> Tensor:
        return self._autocast(self.generator, self._latents(num), labels)

    def _note(self, **measures: Tensor) -> None:
        """Adds to the sums whose means are written to the history; nothing is read from the device."""
        for name, value in measures.items():
            at = MEASURES.index(name)
            self.sums[at] += value.detach()
            self.summed[at] += 1

    @contextmanager
    def _own_dropout(self) -> Iterator[None]:
        """Dropout draws from torch's global generator, which belongs to everybody: for a step that has some, its numbers
        are a function of the seed and the images seen."""
        if not self.drops_out:
            yield
            return
        with torch.random.fork_rng([self.device] if self.device.type == "cuda" else []):
            torch.manual_seed(int(np.random.SeedSequence([self.config.seed, self.images]).generate_state(1, np.uint64)[0]))
            yield

    def _judge(self, images: Tensor, labels: Tensor | None) -> Tensor:
        """D's logits, in full precision, of images seen through the recipe's augmentation."""
        images = augment(images, self.recipe.augment, self.rng)
        return self._autocast(self.discriminator, images, labels)

    def _autocast(self, network: nn.Module, *inputs: Tensor | None) -> Tensor:
        with torch.autocast(self.device.type, self.precision, enabled=self.precision != torch.float32):
            return network(*inputs).to(self.dtype)

    def _real(self) -> tuple[Tensor, Tensor | None]:
        images, labels = self.batches.at(self.images)
        images = images.to(self.device, non_blocking=True).to(self.dtype).div_(127.5).sub_(1)
        if self.recipe.flip:
            mirrored = torch.rand(len(images), 1, 1, 1, device=self.device, generator=self.rng) < 0.5
            images = torch.where(mirrored, images.flip(3), images)
        images = images.contiguous(memory_format=torch.channels_last)
        return images, None if labels is None else labels.to(self.device, non_blocking=True)

    def _latents(self, n: int) -> Tensor:
        shape = (n, self.recipe.latent_dim)
        if self.recipe.latent == "normal":
            return torch.randn(shape, dtype=self.dtype, device=self.device, generator=self.rng)
        return torch.rand(shape, dtype=self.dtype, device=self.device, generator=self.rng) * 2 - 1

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

    # ------------------------------------------------------------------------------------------ what is kept

    def _log(self) -> Progress:
        now = time.monotonic()
        speed = (self.images - self._logged_images) / max(now - self._logged_at, 1e-9)
        self._logged_at, self._logged_images = now, self.images
        sums = zip(MEASURES, self.sums.tolist(), self.summed, strict=True)
        measures = {name: total / num for name, total, num in sums}
        self.sums.zero_()
        self.summed = [0] * len(MEASURES)
        epoch = self.images / self.config.dataset_size
        line = {"images": self.images, "epoch": round(epoch, 4)} | {name: round(value, 5) for name, value in measures.items()}
        self.run.append_history(line | {"images_per_second": round(speed, 1), "seconds": round(self.seconds, 1)})
        return Progress(self.images, self.config.images, epoch, speed, measures)

    def _problem(self) -> str | None:
        """What is no longer finite, in words; None while all is well."""
        advice = "train anew with another --seed, --batch-size or --recipe; the snapshots up to here are kept."
        if not torch.isfinite(self.sums).all():
            names = [name for name, value in zip(MEASURES, self.sums.tolist(), strict=True) if not math.isfinite(value)]
            return f"{names[0]} is not finite after {self.images:,} images: {advice}"
        for role in ("generator", "discriminator"):
            names, tensors = zip(*getattr(self, role).named_parameters(), strict=True)
            finite = torch.stack(torch._foreach_norm(tensors)).isfinite().tolist()  # one read from the device
            if not all(finite):
                return f"The {role}'s {names[finite.index(False)]} is not finite after {self.images:,} images: {advice}"
        return None

    def _snapshot(self) -> SnapshotSaved:
        """Writes the snapshot, its grid, the discriminator, the curves and the card; the state last of all, so that a
        run killed in between goes back to the state before and writes these again."""
        self._estimate_statistics()
        snapshot = self.run.save_snapshot(self.average, self.images)
        grid = self.run.save_grid(self.images, pictures.webp(self._grid()))
        self.run.save_discriminator(self.discriminator, self.images)
        self.run.save_text("curves.svg", pictures.curves(self.run.history()))
        self.run.save_text("README.md", card.write(self.run, self.seconds))
        self._save_state()
        self._logged_at, self._logged_images = time.monotonic(), self.images  # saving is no part of the speed
        return SnapshotSaved(snapshot, grid)

    def _unsaved(self) -> bool:
        snapshots = self.run.snapshots()
        return not snapshots or snapshots[-1].images != self.images

    @torch.no_grad()
    def _estimate_statistics(self) -> None:
        """Batch norm's statistics of the averaged weights: they are not the average of the statistics."""
        norms = [module for module in self.average.modules() if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d)]
        if not norms:
            return
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None  # a plain mean over all batches
        self.average.train()
        for z, labels in self._statistics_batches():
            self._autocast(self.average, z, labels)
        self.average.eval()

    def _statistics_batches(self) -> Iterator[tuple[Tensor, Tensor | None]]:
        """Latents of a fixed seed, with labels as the data has them; the training's own random numbers stay untouched."""
        num = max(512, STATISTICS_PIXELS // self.config.image_size**2)
        z = latents.sample(num, self.recipe.latent_dim, self.config.seed, self.recipe.latent)
        labels = np.random.default_rng(self.config.seed).choice(self.batches.images.labels, num) if self.labelled else None
        for start in range(0, num, 128):
            part = slice(start, start + 128)
            yield self._to_device(z[part]), None if labels is None else self._to_device(labels[part])

    @torch.no_grad()
    def _grid(self):
        dim, num_classes = self.recipe.latent_dim, self.config.num_classes
        z, labels, columns = latents.fixed(num_classes, dim, self.config.seed, self.recipe.latent)
        images = self.average(self._to_device(z), None if labels is None else self._to_device(labels))
        return pictures.grid(pictures.to_uint8(images.cpu().numpy()), columns)

    def _to_device(self, array: np.ndarray) -> Tensor:
        return torch.from_numpy(array).to(self.device)

    # ------------------------------------------------------------------------------------------ state

    def _build(self) -> None:
        config, recipe = self.config, self.recipe
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            generator = networks.build_generator(config.generator_settings())
            discriminator = networks.build_discriminator(config.discriminator_settings())
        self.generator = generator.to(self.device, memory_format=torch.channels_last).train()
        self.discriminator = discriminator.to(self.device, memory_format=torch.channels_last).train()
        self.average = copy.deepcopy(self.generator).eval().requires_grad_(False)
        self.dtype = next(self.generator.parameters()).dtype
        modules = itertools.chain(self.generator.modules(), self.discriminator.modules())
        self.drops_out = any(isinstance(module, nn.Dropout | nn.Dropout2d) for module in modules)
        self.g_optimiser = torch.optim.Adam(self.generator.parameters(), recipe.g_lr, recipe.betas, fused=True)
        self.d_optimiser = torch.optim.Adam(self.discriminator.parameters(), recipe.d_lr, recipe.betas, fused=True)
        self.rng = torch.Generator(self.device).manual_seed(config.seed)

    def _networks(self) -> dict[str, nn.Module]:
        return {"generator": self.generator, "discriminator": self.discriminator, "average": self.average}

    def _optimisers(self) -> dict[str, torch.optim.Optimizer]:
        return {"g_optimiser": self.g_optimiser, "d_optimiser": self.d_optimiser}

    def _save_state(self) -> None:
        tensors = {"rng": self.rng.get_state(), "sums": self.sums}
        for role, network in self._networks().items():
            tensors |= {f"{role}.{name}": tensor for name, tensor in network.state_dict().items()}
        for role, optimiser in self._optimisers().items():
            for index, moments in optimiser.state_dict()["state"].items():
                tensors |= {f"{role}.{index}.{name}": tensor for name, tensor in moments.items()}
        settings = {"images": self.images, "seconds": self.seconds, "summed": self.summed}
        self.run.save_state(tensors, settings | {"device": self.device.type})
        self._saved_at = time.monotonic()

    def _load_state(self) -> None:
        path = self.run.path / "state.safetensors"
        tensors, settings = self.run.state()
        if "summed" not in settings:
            raise UserError(f"{path} was written by an older version, which alone can go on from it; or train a new run.")
        parts: dict[str, dict[str, Tensor]] = {}
        for key, tensor in tensors.items():
            role, _, name = key.partition(".")
            parts.setdefault(role, {})[name] = tensor
        try:
            self.images, self._seconds_before = settings["images"], settings["seconds"]
            self.summed = list(settings["summed"])
            self.sums.copy_(tensors["sums"])
            for role, network in self._networks().items():
                network.load_state_dict(parts[role])
            for role, optimiser in self._optimisers().items():
                _load_moments(optimiser, parts.get(role, {}))
            if settings["device"] == self.device.type:  # random generators of different devices have different states
                self.rng.set_state(tensors["rng"])
            else:
                self.rng.manual_seed(self.config.seed + self.images)
        except (KeyError, IndexError, ValueError, RuntimeError, TypeError) as error:
            raise DamagedFile(path, f"it does not fit this run ({error})") from error


def snapshot_points(config: Config) -> Iterator[int]:
    """The numbers of images, rising from 0 without end, after which a snapshot is due."""
    if config.snapshot_at is not None:
        epochs = iter(sorted(config.snapshot_at))
    elif config.snapshot_every is not None:
        epochs = (config.snapshot_every * i for i in itertools.count(1))
    else:
        later = (100**century * epoch for century in itertools.count() for epoch in LATER)
        epochs = (epoch for epoch in itertools.chain(EARLY, later) if epoch * config.dataset_size >= FIRST_SNAPSHOT)
    yield 0
    yield from (round(epoch * config.dataset_size) for epoch in epochs)


def _load_moments(optimiser: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    """Adam's moments from tensors named "parameter's index.moment's name"."""
    parameters = [parameter for group in optimiser.param_groups for parameter in group["params"]]
    moments: dict[int, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        index, _, name = key.partition(".")
        parameter = parameters[int(index)]
        if tensor.ndim:  # fused Adam walks a parameter and its moments in memory order, so they must lie alike
            tensor = torch.empty_like(parameter, requires_grad=False).copy_(tensor)
        moments.setdefault(int(index), {})[name] = tensor
    optimiser.load_state_dict(optimiser.state_dict() | {"state": moments})


def _after(points: Iterator[int], images: int) -> int | None:
    return next((point for point in points if point > images), None)


def _descend(optimiser: torch.optim.Optimizer, loss: Tensor) -> None:
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    optimiser.step()
