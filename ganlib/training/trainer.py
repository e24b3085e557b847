"""The training loop: after each step it decides what is due (a log line, a snapshot, the end, ...), then does that.

It yields events, from which the command line draws a bar and a page draws pictures. The step itself is `training/step.py`. A
run that was killed or stopped continues exactly where it was: the state is written last, and what came after it is written
again.
"""

import logging
import time
from collections.abc import Iterator
from dataclasses import astuple, dataclass, replace

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
STATE_SECONDS = 120  # from one saved state to the next, at most: a crash loses no more
ADVANCE_SECONDS = 0.5  # from one `Advanced` event to the next
ROLLBACKS = 3  # of a run; one that diverges more often needs other settings than smaller rates

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Due:
    """What is to be done after a step, in this order."""

    log: bool  # a line of history
    snapshot: bool  # with its grid and the state
    save: bool  # the state alone
    grid: bool  # alone, between two snapshots
    end: bool  # of the loop

    @property
    def anything(self) -> bool:
        return any(astuple(self))


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
        processes: those that train it together, seen from rank 0; None for one alone.

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
        self.history_writer = HistoryWriter(self.run, self.images)
        if lines > len(self.history_writer.lines):
            told = "%s lacks the last %d lines that were written before; the training goes on without them."
            logger.warning(told, self.run.path / HISTORY, lines - len(self.history_writer.lines))

    def _load_parents_weights(self) -> None:
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
        """Trains until the config's `images`, for `minutes` at most, and yields what happens on the way."""
        with self.run.lock:
            yield from self._events(minutes)

    def _events(self, minutes: float | None) -> Iterator[Event]:
        self._began = self._saved_at = advanced_at = time.monotonic()
        self.history_writer.restart_clock(self.images)
        self._snapshot_due_at = 0 if self.images == 0 else self._next_snapshot()
        if self._should_roll_back():
            yield from self._roll_back()
        elif self.history_writer.lines:  # by what a resumed run may use now, another remedy may be left
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
            if time.monotonic() - advanced_at >= ADVANCE_SECONDS:
                advanced_at = time.monotonic()
                yield Advanced(self.images, self.seconds)
        self.checkpointer.settle_candidate(good=False)  # too early to say
        yield HealthRead(self.images, self.history_writer.reading)
        yield Stopped(self.images) if self._stop else Finished(self.images)

    def _due(self, minutes: float | None) -> Due:
        """Decides what is to be done where the run stands. A stop before the end leaves no trace, unless it is a
        `whole` one: the run goes on later as if it had not been stopped."""
        end = self._stop or self._reached_end(minutes)
        complete = end and (self._whole or not self._stop)
        counts = self.gan.meters.counts
        snapshot = self._snapshot_due_at is not None and self.images >= self._snapshot_due_at
        snapshot = snapshot or (complete and self._lacks_snapshot())
        return Due(
            log=max(counts) >= LOG_STEPS or (complete and min(counts) > 0),
            snapshot=snapshot,
            save=not snapshot and (end or time.monotonic() - self._saved_at >= STATE_SECONDS),
            grid=not snapshot and self._grid_due(),
            end=end,
        )

    def _reached_end(self, minutes: float | None) -> bool:
        if minutes is not None and self._began is not None and time.monotonic() - self._began >= 60 * minutes:
            return True
        return self.config.images is not None and self.images >= self.config.images

    def _next_snapshot(self) -> int | None:
        return next((point for point in snapshot_points(self.config) if point > self.images), None)

    def _lacks_snapshot(self) -> bool:
        """Whether there is no snapshot of where the run stands."""
        snapshots = self.run.snapshots()
        return not snapshots or snapshots[-1].images != self.images

    def _grid_due(self) -> bool:
        """Whether a grid between two snapshots was asked for here."""
        every = self.config.grid_every
        if not every or self.gan.batches.number(self.images) % every:
            return False
        return self.images > 0 and not self.run.has_grid(self.images)

    # ------------------------------------------------------------------------------------------ what is kept

    def _log(self) -> Iterator[Event]:
        """Writes a line of history and reads the run's health from all of them."""
        speed = self.history_writer.speed(self.images)
        measures, epoch = self.gan.meters.means_and_reset(), self.images / self.config.dataset_size
        vitals = self.vitals.of(self.gan.previews.samples(self.vitals.num))
        vitals = {name: round(value, 4) for name, value in vitals.items()}
        line = {"images": self.images, "epoch": round(epoch, 4)} | {name: round(value, 5) for name, value in measures.items()}
        self.history_writer.write(line | vitals | {"images_per_second": round(speed, 1), "seconds": round(self.seconds, 1)})
        yield Progress(self.images, self.config.images, epoch, speed, measures, vitals)
        if self._verdict_changed():
            yield HealthRead(self.images, self.history_writer.reading)

    def _verdict_changed(self) -> bool:
        """Reads the run's health anew, and by it settles whether the candidate state was a good one."""
        before = self.history_writer.reading.verdict
        verdict, candidate = self.history_writer.read_health().verdict, self.checkpointer.candidate_images
        if candidate is not None and verdict != "too-early" and self.history_writer.window_start > candidate:
            self.checkpointer.settle_candidate(good=verdict == "learning")
        return verdict != before

    def _save_snapshot(self) -> SnapshotSaved:
        """Writes the snapshot, its grid, the discriminator, the curves and the card; the state last of all, so that a
        run killed in between goes back to the state before and writes these again."""
        snapshot = self.run.save_snapshot(self.gan.average, self.images)
        grid = self._save_grid().grid
        self.run.save_discriminator(self.gan.discriminator, self.images)
        self.run.save_text("curves.svg", pictures.curves(self.run.history()))
        self.run.save_text("README.md", card.write(self.run, self.seconds))
        self._save_state()
        self._snapshot_due_at = self._next_snapshot()
        self.history_writer.restart_clock(self.images)  # saving is no part of the speed
        return SnapshotSaved(snapshot, grid)

    def _save_grid(self) -> GridSaved:
        return GridSaved(self.images, self.run.save_grid(self.images, pictures.webp(self.gan.previews.grid())))

    def _save_state(self) -> None:
        self.checkpointer.save(self.seconds, len(self.history_writer.lines))
        self._saved_at = time.monotonic()

    def _estimate_statistics(self) -> str | None:
        """Estimates batch norm's statistics for pictures of the average; a fine-tuned run's first ones are its parent's. They
        may overflow where all weights are finite: returns a sentence where they do."""
        if self.images or not self.config.parent:
            self.gan.previews.estimate_statistics()
        return self.gan.non_finite()

    # ------------------------------------------------------------------------------------------ going back

    def _may_roll_back(self) -> bool:
        return self.rollback and len(self.config.rollbacks) < ROLLBACKS

    def _should_roll_back(self) -> bool:
        return self.history_writer.reading.remedy == "rollback" and self._may_roll_back()

    def _roll_back(self) -> Iterator[Event]:
        """Goes back to the last good state, to go on with half the learning rates and new noise."""
        recipe = replace(self.config.recipe, g_lr=self.config.recipe.g_lr / 2, d_lr=self.config.recipe.d_lr / 2)
        seconds = self.seconds
        self.checkpointer.load_last_good()
        self._seconds_before, self._began = seconds, time.monotonic()
        self.config = replace(self.config, recipe=recipe, rollbacks=(*self.config.rollbacks, self.images))
        self.gan.change_rates(self.config)
        self.checkpointer.settle_candidate(good=False)
        self._save_state()  # before what came after it is forgotten: a run killed in between diverges and goes back once more
        self.run.rewind(self.images)
        self.run.save_config(self.config)
        self.history_writer = HistoryWriter(self.run, self.images)
        self._snapshot_due_at = self._next_snapshot()
        yield RolledBack(self.images, recipe.g_lr, recipe.d_lr)
        yield HealthRead(self.images, self.history_writer.reading)
