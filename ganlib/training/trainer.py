"""The training loop: after each step it decides what is due (a log line, a snapshot, the end, ...), then does that.

It yields events for progress bars, logs and the page. The step itself is in `training/step.py`. A run that was killed or
stopped resumes exactly: the state is written last, and anything after it is written again.
"""

import logging
from collections.abc import Iterator
from dataclasses import astuple, dataclass, replace

import torch

from ganlib import UserError, devices, pictures
from ganlib.datasets import ImageSet
from ganlib.metrics.artefacts import Artefacts
from ganlib.metrics.vitals import Vitals
from ganlib.runs import card
from ganlib.runs.run import HISTORY, Run
from ganlib.threads.shared_cores import SharedCores
from ganlib.training.checkpointer import Checkpointer
from ganlib.training.distributed_step import gan_of
from ganlib.training.events import (
    Advanced,
    Diverged,
    Event,
    Finished,
    GridSaved,
    HealthRead,
    Progress,
    RolledBack,
    SnapshotSaved,
    Stopped,
)
from ganlib.training.health import SOUND
from ganlib.training.history_writer import HistoryWriter
from ganlib.training.process_group import ProcessGroup
from ganlib.training.snapshot_schedule import snapshot_points
from ganlib.training.stopwatch import Stopwatch

LOG_STEPS = 50  # steps between two log lines; losses are read from the device only then
STATE_SECONDS = 120  # between two saved states, at most: the most that a crash loses
ADVANCE_SECONDS = 0.5  # between two `Advanced` events
ROLLBACKS = 3  # per run; one that diverges more often needs other settings

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Due:
    """What is due after a step, in this order."""

    log: bool  # a log line
    snapshot: bool  # with its grid and the state
    save: bool  # the state alone
    grid: bool  # alone, between two snapshots
    end: bool  # of the loop

    @property
    def anything(self) -> bool:
        return any(astuple(self))


class Trainer:
    """Trains the networks of `run` on `images`, from the start or from the run's saved state.

    A run with a parent starts from its snapshot 0 and discriminator, which were copied from the parent.

    Args:
        run: an opened or newly created run; its config has all settings of the training.
        images: the prepared set, of the config's size and channels.
        device: where to compute.
        resume: continue from the run's state; a run that was stopped before its first state starts again. Raises
            UserError if there are snapshots but no state.
        rollback: when the run diverges, or had diverged before it is resumed, continue from its last good state with half
            the learning rates, instead of ending.
        processes: the processes that train it together, on rank 0; None for a single one.

    Raises UserError if the run is being trained already: the trainer holds its lock until `events` has ended. All its times
    are those of `clock`, which who lets several trainers take turns pauses between two turns.
    """

    def __init__(
        self,
        run: Run,
        images: ImageSet,
        device: torch.device | None = None,
        resume: bool = False,
        rollback: bool = False,
        processes: ProcessGroup | None = None,
    ):
        self.run, self.config, self.rollback, self.clock = run, run.config, rollback, Stopwatch()
        self.gan = gan_of(run.config, images, device or devices.pick(), processes)
        self.cores = SharedCores(wanted=self.gan.device.type == "cpu" and processes is None)
        self.checkpointer = Checkpointer(run, self.gan)
        self.vitals, self.artefacts = Vitals(images.images, run.config.recipe.flip), Artefacts(images.images)
        self._seconds_before = 0.0
        self._began: float | None = None  # when `events` was called
        self._stop = self._whole = False
        with run.lock.kept_unless_error():
            self._begin(resume)

    def _begin(self, resume: bool) -> None:
        lines = 0
        if resume and not self.run.is_untouched():
            self._seconds_before, lines = self.checkpointer.load_last()
        elif self.config.parent:
            self._load_parents_weights()
        if resume:
            self.run.rewind(self.images)
        self.history_writer = HistoryWriter(self.run, self.images, self.clock)
        if lines > len(self.history_writer.lines):
            message = "%s lacks the last %d lines that were written before; the training goes on without them."
            logger.warning(message, self.run.path / HISTORY, lines - len(self.history_writer.lines))

    def _load_parents_weights(self) -> None:
        if not self.run.snapshots():
            raise UserError(f"{self.run.path} ended before its parent's weights were copied; train it anew with --init-from.")
        self.gan.load_weights(self.run.generator(self.run.snapshots()[0]), self.run.discriminator(), self.run.heads())

    @property
    def images(self) -> int:
        """Images seen by the discriminator so far."""
        return self.gan.images

    @property
    def seconds(self) -> float:
        """Seconds of training, including those before a resume."""
        return self._seconds_before + (self.clock.now() - self._began if self._began is not None else 0.0)

    def stop(self, whole: bool = False) -> None:
        """Requests the loop to save its state and end after the current step; `whole`: with a snapshot.
        Safe from a signal handler or a thread."""
        self._stop, self._whole = True, whole

    def events(self, minutes: float | None = None) -> Iterator[Event]:
        """Trains until the config's `images`, for `minutes` at most, and yields events."""
        with self.run.lock, self.cores:
            yield from self._events(minutes)

    def _events(self, minutes: float | None) -> Iterator[Event]:
        self._began = self._saved_at = advanced_at = self.clock.now()
        self.history_writer.restart_clock(self.images)
        self._snapshot_due_at = 0 if self.images == 0 else self._next_snapshot()
        if self._should_roll_back():
            yield from self._roll_back()
        elif self.history_writer.lines:  # with settings changed at resume, the remedy may differ
            yield HealthRead(self.images, self.history_writer.reading)
        while True:
            due = self._due(minutes)
            non_finite = self.gan.non_finite() if due.anything else None
            if due.log and not non_finite:
                yield from self._log()
            diverging = due.log and not non_finite and self._should_roll_back()
            if (due.snapshot or due.grid) and not (non_finite or diverging):
                non_finite = self._estimate_statistics()
            if non_finite and not self._may_roll_back():
                yield Diverged(self.images, non_finite)
                return
            if non_finite or diverging:
                yield from self._roll_back()
                continue
            if due.snapshot:
                yield self._save_snapshot()
            if due.save:
                self._save_state()
            if due.grid:
                yield self._save_grid()
            if due.end:
                break
            self.gan.step()
            self.cores.watch()
            if self.clock.now() - advanced_at >= ADVANCE_SECONDS:
                advanced_at = self.clock.now()
                yield Advanced(self.images, self.seconds)
        self.checkpointer.settle_candidate(good=False)  # too early to say
        yield HealthRead(self.images, self.history_writer.reading)
        yield Stopped(self.images) if self._stop else Finished(self.images)

    def _due(self, minutes: float | None) -> Due:
        """Decides what is due at the current images. A stop before the end saves the state only, unless `whole`: the
        resumed run is equal to an uninterrupted one."""
        end = self._stop or self._reached_end(minutes)
        complete = end and (self._whole or not self._stop)
        counts = self.gan.meters.counts
        snapshot = self._snapshot_due_at is not None and self.images >= self._snapshot_due_at
        snapshot = snapshot or (complete and self._lacks_snapshot())
        return Due(
            log=max(counts) >= LOG_STEPS or (complete and min(counts) > 0),
            snapshot=snapshot,
            save=not snapshot and (end or self.clock.now() - self._saved_at >= STATE_SECONDS),
            grid=not snapshot and self._grid_due(),
            end=end,
        )

    def _reached_end(self, minutes: float | None) -> bool:
        if minutes is not None and self._began is not None and self.clock.now() - self._began >= 60 * minutes:
            return True
        return self.config.images is not None and self.images >= self.config.images

    def _next_snapshot(self) -> int | None:
        return next((point for point in snapshot_points(self.config) if point > self.images), None)

    def _lacks_snapshot(self) -> bool:
        """Whether the current images have no snapshot yet."""
        snapshots = self.run.snapshots()
        return not snapshots or snapshots[-1].images != self.images

    def _grid_due(self) -> bool:
        """Whether a grid between two snapshots is due."""
        every = self.config.grid_every
        if not every or self.gan.batches.number(self.images) % every:
            return False
        return self.images > 0 and not self.run.has_grid(self.images)

    # ------------------------------------------------------------------------------------------ what is kept

    def _log(self) -> Iterator[Event]:
        """Writes a log line and reads the run's health from the history."""
        speed = self.history_writer.speed(self.images)
        measures, epoch = self.gan.meters.means_and_reset(), self.images / self.config.dataset_size
        samples = self.gan.previews.samples(self.vitals.num)
        vitals, artefacts = (
            {name: round(value, 4) for name, value in look.of(samples).items()} for look in (self.vitals, self.artefacts)
        )
        line = {"images": self.images, "epoch": round(epoch, 4)} | {name: round(value, 5) for name, value in measures.items()}
        times = {"images_per_second": round(speed, 1), "seconds": round(self.seconds, 1)}
        self.history_writer.write(line | vitals | artefacts | times)
        yield Progress(self.images, self.config.images, epoch, speed, measures, vitals, artefacts)
        if self._verdict_changed():
            yield HealthRead(self.images, self.history_writer.reading)

    def _verdict_changed(self) -> bool:
        """Updates the run's health, and accepts or rejects the candidate state by it."""
        before = self.history_writer.reading.verdict
        verdict, candidate = self.history_writer.read_health().verdict, self.checkpointer.candidate_images
        if candidate is not None and verdict != "too-early" and self.history_writer.window_start > candidate:
            self.checkpointer.settle_candidate(good=verdict in SOUND)
        return verdict != before

    def _save_snapshot(self) -> SnapshotSaved:
        """Writes the snapshot, its grid, the discriminator, the curves and the card; the state last, so that a run
        that is killed in between resumes from the previous state and writes these again."""
        snapshot = self.run.save_snapshot(self.gan.average, self.images)
        grid = self._save_grid().grid
        self.run.save_discriminator(self.gan.discriminator, self.images)
        if self.gan.heads:
            self.run.save_heads(self.gan.heads, self.images)
        self.run.save_text("curves.svg", pictures.curves(self.run.history()))
        self.run.save_text("README.md", card.write(self.run, self.seconds))
        self._save_state()
        self._snapshot_due_at = self._next_snapshot()
        self.history_writer.restart_clock(self.images)  # the speed excludes saving
        return SnapshotSaved(snapshot, grid)

    def _save_grid(self) -> GridSaved:
        return GridSaved(self.images, self.run.save_grid(self.images, pictures.webp(self.gan.previews.grid())))

    def _save_state(self) -> None:
        self.checkpointer.save(self.seconds, len(self.history_writer.lines))
        self._saved_at = self.clock.now()

    def _estimate_statistics(self) -> str | None:
        """Estimates batch norm's statistics of the averaged generator, roughly of an untrained one; the first ones of a
        fine-tuned run are its parent's. They may overflow although all weights are finite: then returns a sentence."""
        if self.images or not self.config.parent:
            self.gan.previews.estimate_statistics(roughly=not self.images)
        return self.gan.non_finite()

    # ------------------------------------------------------------------------------------------ going back

    def _may_roll_back(self) -> bool:
        return self.rollback and len(self.config.rollbacks) < ROLLBACKS

    def _should_roll_back(self) -> bool:
        return self.history_writer.reading.remedy == "rollback" and self._may_roll_back()

    def _roll_back(self) -> Iterator[Event]:
        """Goes back to the last good state, with half the learning rates and new random numbers."""
        recipe = replace(self.config.recipe, g_lr=self.config.recipe.g_lr / 2, d_lr=self.config.recipe.d_lr / 2)
        seconds = self.seconds
        self.checkpointer.load_last_good()
        self._seconds_before, self._began = seconds, self.clock.now()
        self.config = replace(self.config, recipe=recipe, rollbacks=(*self.config.rollbacks, self.images))
        self.gan.change_rates(self.config)
        self.checkpointer.settle_candidate(good=False)
        self._save_state()  # before the rewind: a run killed in between diverges and rolls back again
        self.run.rewind(self.images)
        self.run.save_config(self.config)
        self.history_writer = HistoryWriter(self.run, self.images, self.clock)
        self._snapshot_due_at = self._next_snapshot()
        yield RolledBack(self.images, recipe.g_lr, recipe.d_lr)
        yield HealthRead(self.images, self.history_writer.reading)
