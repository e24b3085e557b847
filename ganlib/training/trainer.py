"""The trainer: one loop that yields events. The command line draws a bar from them, a page draws pictures.

What is trained, and how, is the game's; here is when something is told, saved or measured. A run that was killed or stopped
continues exactly where it was: the state is written last, and what came after it is written again.
"""

import logging
import time
from collections.abc import Iterator
from dataclasses import replace

import torch

from ganlib import UserError, devices, pictures
from ganlib.datasets import ImageSet
from ganlib.metrics.vitals import Vitals
from ganlib.runs import card
from ganlib.runs.run import HISTORY, Run
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
from ganlib.training.history_writer import HistoryWriter
from ganlib.training.process_group import ProcessGroup
from ganlib.training.snapshot_schedule import snapshot_points

LOG_STEPS = 50  # steps from one line of history to the next: the only times at which losses are read from the device
STATE_SECONDS = 120  # at most this much work is lost to a crash
ADVANCE_SECONDS = 0.5  # from one sign of life to the next
ROLLBACKS = 3  # of a run; one that diverges more often needs other settings than smaller rates

logger = logging.getLogger(__name__)


class Trainer:
    """Trains the networks of `run` on `images`, from the beginning or from the run's saved state.

    A run with a parent begins with its own snapshot 0 and discriminator, into which the parent's were copied.

    Args:
        run: an opened or newly created run; its config says everything about the training.
        images: the prepared set, of the config's size and channels.
        device: where to compute.
        resume: continue from the run's state instead of beginning anew; a run that was stopped before its first state
            begins anew. Raises UserError where there are snapshots but no state.
        rollback: when the run diverges, or did so before it is resumed, go back to its last good state and on with half
            the learning rates, instead of ending.
        team: the processes that train it, seen from the first of them; None for one alone.

    Raises UserError where the run is being trained already: it is the trainer's alone until `events` has ended.
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
        self.run, self.config, self.rollback = run, run.config, rollback
        self.gan = gan_of(run.config, images, device or devices.pick(), processes)
        self.checkpointer = Checkpointer(run, self.gan)
        self.vitals = Vitals(images.images, run.config.recipe.flip)
        self._seconds_before, self._began = 0.0, None
        self._stop = self._whole = False
        with run.lock.lasting():
            self._begin(resume)

    def _begin(self, resume: bool) -> None:
        lines = 0
        if resume and not self.run.is_untouched():
            self._seconds_before, lines = self.checkpointer.load_last()
        elif self.config.parent:
            self._begin_as_parent()
        if resume:
            self.run.rewind(self.images)
        self.history_writer = HistoryWriter(self.run, self.images)
        if lines > len(self.history_writer.lines):
            told = "%s lacks the last %d lines that were written before; the training goes on without them."
            logger.warning(told, self.run.path / HISTORY, lines - len(self.history_writer.lines))

    def _begin_as_parent(self) -> None:
        if not self.run.snapshots():
            raise UserError(f"{self.run.path} ended before its parent's weights were copied; train it anew with --init-from.")
        self.gan.load_weights(self.run.generator(self.run.snapshots()[0]), self.run.discriminator())

    @property
    def images(self) -> int:
        """Seen by the discriminator so far."""
        return self.gan.images

    @property
    def seconds(self) -> float:
        """Of training, over all stretches of the run."""
        return self._seconds_before + (time.monotonic() - self._began if self._began is not None else 0.0)

    def stop(self, whole: bool = False) -> None:
        """Asks the loop to save its state and end after the step it is in; `whole`, with a snapshot of what it has reached.
        Safe from a signal handler or a thread."""
        self._stop, self._whole = True, whole

    def events(self, minutes: float | None = None) -> Iterator[Event]:
        """Trains until the config's `images`, for `minutes` at most, and tells what happens on the way."""
        with self.run.lock:
            yield from self._events(minutes)

    def _events(self, minutes: float | None) -> Iterator[Event]:
        self._began = self._saved_at = advanced_at = time.monotonic()
        self.history_writer.time_from(self.images)
        due = 0 if self.images == 0 else self._next_snapshot()
        if self._must_roll_back():
            yield from self._roll_back()
            due = self._next_snapshot()
        elif self.history_writer.lines:  # by what a resumed run may use now, another remedy may be left
            yield HealthRead(self.images, self.history_writer.reading)
        while True:
            ending = self._stop or self._reached_end(minutes)
            complete = ending and (self._whole or not self._stop)  # else it goes on later as if it had not been stopped
            at_snapshot = due is not None and self.images >= due
            at_log = max(self.gan.meters.counts) >= LOG_STEPS or (complete and min(self.gan.meters.counts) > 0)
            at_save = time.monotonic() - self._saved_at >= STATE_SECONDS
            problem = self.gan.non_finite() if at_snapshot or at_log or at_save or ending else None
            if at_log and not problem:
                yield self._log()
                if self._read_anew():
                    yield HealthRead(self.images, self.history_writer.reading)
            goes_back = at_log and not problem and self._must_roll_back()
            saves = at_snapshot or (complete and self._unsaved())
            if (saves or self._grid_due()) and not (problem or goes_back):
                self._estimate_statistics()  # which may overflow where all weights are finite
                problem = self.gan.non_finite()
            if problem and not self._may_roll_back():
                yield Diverged(self.images, problem)
                return
            if problem or goes_back:
                yield from self._roll_back()
                due = self._next_snapshot()
                continue
            if saves:
                yield self._snapshot()
                due = self._next_snapshot()
            elif at_save or ending:
                self._save_state()
            if self._grid_due():
                yield GridSaved(self.images, self.run.save_grid(self.images, pictures.webp(self.gan.previews.grid())))
            if ending:
                break
            self.gan.step()
            if time.monotonic() - advanced_at >= ADVANCE_SECONDS:
                advanced_at = time.monotonic()
                yield Advanced(self.images, self.seconds)
        self.checkpointer.judge(good=False)  # too early to say
        yield HealthRead(self.images, self.history_writer.reading)
        yield Stopped(self.images) if self._stop else Finished(self.images)

    def _reached_end(self, minutes: float | None) -> bool:
        if minutes is not None and time.monotonic() - self._began >= 60 * minutes:
            return True
        return self.config.images is not None and self.images >= self.config.images

    def _next_snapshot(self) -> int | None:
        return next((point for point in snapshot_points(self.config) if point > self.images), None)

    def _grid_due(self) -> bool:
        """Whether a picture between two snapshots was asked for here."""
        every = self.config.grid_every
        if not every or self.gan.batches.number(self.images) % every:
            return False
        return self.images > 0 and not self.run.has_grid(self.images)

    # ------------------------------------------------------------------------------------------ what is kept

    def _log(self) -> Progress:
        speed = self.history_writer.speed(self.images)
        meters, epoch = self.gan.meters.means_and_reset(), self.images / self.config.dataset_size
        vitals = self.vitals.of(self.gan.previews.samples(self.vitals.num))
        vitals = {name: round(value, 4) for name, value in vitals.items()}
        line = {"images": self.images, "epoch": round(epoch, 4)} | {name: round(value, 5) for name, value in meters.items()}
        self.history_writer.write(line | vitals | {"images_per_second": round(speed, 1), "seconds": round(self.seconds, 1)})
        return Progress(self.images, self.config.images, epoch, speed, meters, vitals)

    def _read_anew(self) -> bool:
        """Reads the run's health, and judges by it the state on trial. Returns whether the verdict is another one."""
        before = self.history_writer.reading.verdict
        verdict, trial = self.history_writer.read().verdict, self.checkpointer.on_trial
        if trial is not None and verdict != "too-early" and self.history_writer.window > trial:
            self.checkpointer.judge(good=verdict == "learning")
        return verdict != before

    def _snapshot(self) -> SnapshotSaved:
        """Writes the snapshot, its grid, the discriminator, the curves and the card; the state last of all, so that a
        run killed in between goes back to the state before and writes these again."""
        snapshot = self.run.save_snapshot(self.gan.average, self.images)
        grid = self.run.save_grid(self.images, pictures.webp(self.gan.previews.grid()))
        self.run.save_discriminator(self.gan.discriminator, self.images)
        self.run.save_text("curves.svg", pictures.curves(self.run.history()))
        self.run.save_text("README.md", card.write(self.run, self.seconds))
        self._save_state()
        self.history_writer.time_from(self.images)  # saving is no part of the speed
        return SnapshotSaved(snapshot, grid)

    def _save_state(self) -> None:
        self.checkpointer.save(self.seconds, len(self.history_writer.lines))
        self._saved_at = time.monotonic()

    def _estimate_statistics(self) -> None:
        """Those of the pictures that are to be shown; a fine-tuned run's first ones are its parent's."""
        if self.images or not self.config.parent:
            self.gan.previews.estimate_statistics()

    def _unsaved(self) -> bool:
        snapshots = self.run.snapshots()
        return not snapshots or snapshots[-1].images != self.images

    # ------------------------------------------------------------------------------------------ going back

    def _may_roll_back(self) -> bool:
        return self.rollback and len(self.config.rollbacks) < ROLLBACKS

    def _must_roll_back(self) -> bool:
        return self.history_writer.reading.remedy == "rollback" and self._may_roll_back()

    def _roll_back(self) -> Iterator[Event]:
        """Goes back to the last good state, to go on with half the learning rates and new noise."""
        recipe = replace(self.config.recipe, g_lr=self.config.recipe.g_lr / 2, d_lr=self.config.recipe.d_lr / 2)
        seconds = self.seconds
        self.checkpointer.load_good()
        self._seconds_before, self._began = seconds, time.monotonic()
        self.config = replace(self.config, recipe=recipe, rollbacks=(*self.config.rollbacks, self.images))
        self.gan.change_rates(self.config)
        self.checkpointer.judge(good=False)
        self._save_state()  # before what came after it is forgotten: a run killed in between diverges and goes back once more
        self.run.rewind(self.images)
        self.run.save_config(self.config)
        self.history_writer = HistoryWriter(self.run, self.images)
        yield RolledBack(self.images, recipe.g_lr, recipe.d_lr)
        yield HealthRead(self.images, self.history_writer.reading)
