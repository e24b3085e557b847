"""The trainer: one loop that yields events. The command line draws a bar from them, a page draws pictures.

What is trained, and how, is the game's; here is when something is told, saved or measured. A run that was killed or stopped
continues exactly where it was: the state is written last, and what came after it is written again.
"""

import itertools
import logging
import shlex
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import torch

from ganlib import UserError, card, devices, health, pictures
from ganlib.config import Config
from ganlib.datasets import ImageSet
from ganlib.events import (
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
from ganlib.files import DamagedFile
from ganlib.metrics.vitals import Vitals
from ganlib.parallel import Team
from ganlib.runs import HISTORY, Run
from ganlib.shared_game import game_of

LOG_STEPS = 50  # steps from one line of history to the next: the only times at which losses are read from the device
STATE_SECONDS = 120  # at most this much work is lost to a crash
ADVANCE_SECONDS = 0.5  # from one sign of life to the next
ROLLBACKS = 3  # of a run; one that diverges more often needs other settings than smaller rates
# Epochs of the default snapshots: close together at first, when much changes
EARLY = (1 / 16, 1 / 8, 1 / 4, 1 / 2)
LATER = (1, 2, 3, 5, 8, 12, 20, 30, 50, 80)
FIRST_SNAPSHOT = 2_000  # images; an epoch of a small set is over before anything has been learned

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
        team: Team | None = None,
    ):
        self.run, self.config, self.rollback = run, run.config, rollback
        self.game = game_of(run.config, images, device or devices.pick(), team)
        self.vitals = Vitals(images.images, run.config.recipe.flip)
        self._seconds_before, self._began = 0.0, None
        self._stop = self._whole = False
        self._on_trial: int | None = None  # the images of the state that may turn out a good one
        with run.claim.lasting():
            self._begin(resume)

    def _begin(self, resume: bool) -> None:
        lines = 0
        if resume and not self.run.is_untouched():
            lines = self._load_last_state()
        elif self.config.parent:
            self._begin_as_parent()
        if resume:
            self.run.rewind(self.images)
        self._read_history()
        if lines > len(self._history):
            told = "%s lacks the last %d lines that were written before; the training goes on without them."
            logger.warning(told, self.run.path / HISTORY, lines - len(self._history))

    @property
    def images(self) -> int:
        """Seen by the discriminator so far."""
        return self.game.images

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
        with self.run.claim:
            yield from self._events(minutes)

    def _events(self, minutes: float | None) -> Iterator[Event]:
        self._began = self._logged_at = self._saved_at = advanced_at = time.monotonic()
        self._logged_images = self.images
        due = 0 if self.images == 0 else self._next_snapshot()
        if self._must_roll_back():
            yield from self._roll_back()
            due = self._next_snapshot()
        elif self._history:  # by what a resumed run may use now, another remedy may be left
            yield HealthRead(self.images, self.reading)
        while True:
            ending = self._stop or self._reached_end(minutes)
            complete = ending and (self._whole or not self._stop)  # else it goes on later as if it had not been stopped
            at_snapshot = due is not None and self.images >= due
            at_log = max(self.game.measures.summed) >= LOG_STEPS or (complete and min(self.game.measures.summed) > 0)
            at_save = time.monotonic() - self._saved_at >= STATE_SECONDS
            problem = self.game.problem() if at_snapshot or at_log or at_save or ending else None
            if at_log and not problem:
                yield self._log()
                if self._read_anew():
                    yield HealthRead(self.images, self.reading)
            goes_back = at_log and not problem and self._must_roll_back()
            saves = at_snapshot or (complete and self._unsaved())
            if (saves or self._grid_due()) and not (problem or goes_back):
                self._estimate_statistics()  # which may overflow where all weights are finite
                problem = self.game.problem()
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
                yield GridSaved(self.images, self.run.save_grid(self.images, pictures.webp(self.game.previews.grid())))
            if ending:
                break
            self.game.step()
            if time.monotonic() - advanced_at >= ADVANCE_SECONDS:
                advanced_at = time.monotonic()
                yield Advanced(self.images, self.seconds)
        self._judge_state(good=False)  # too early to say
        yield HealthRead(self.images, self.reading)
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
        if not every or self.game.batches.number(self.images) % every:
            return False
        return self.images > 0 and not self.run.has_grid(self.images)

    # ------------------------------------------------------------------------------------------ what is kept

    def _log(self) -> Progress:
        now = time.monotonic()
        speed = (self.images - self._logged_images) / max(now - self._logged_at, 1e-9)
        measures = self.game.measures.take()
        epoch = self.images / self.config.dataset_size
        line = {"images": self.images, "epoch": round(epoch, 4)} | {name: round(value, 5) for name, value in measures.items()}
        samples = self.game.previews.samples(self.vitals.num)
        vitals = {name: round(value, 4) for name, value in self.vitals.of(samples).items()}
        line |= vitals | {"images_per_second": round(speed, 1), "seconds": round(self.seconds, 1)}
        self.run.append_history(line)
        self._history.append(line)
        self._logged_at, self._logged_images = time.monotonic(), self.images
        return Progress(self.images, self.config.images, epoch, speed, measures, vitals)

    def _read_anew(self) -> bool:
        """Reads the run's health. Returns whether the verdict is another one."""
        before, self.reading = self.reading, health.read(self._history, self.config)
        verdict = self.reading.verdict
        if self._on_trial is not None and verdict != "too-early" and self._history[-health.WINDOW]["images"] > self._on_trial:
            self._judge_state(good=verdict == "learning")
        return verdict != before.verdict

    def _read_history(self) -> None:
        self._history = self.run.history()
        self.reading = health.read(self._history, self.config)

    def _snapshot(self) -> SnapshotSaved:
        """Writes the snapshot, its grid, the discriminator, the curves and the card; the state last of all, so that a
        run killed in between goes back to the state before and writes these again."""
        snapshot = self.run.save_snapshot(self.game.average, self.images)
        grid = self.run.save_grid(self.images, pictures.webp(self.game.previews.grid()))
        self.run.save_discriminator(self.game.discriminator, self.images)
        self.run.save_text("curves.svg", pictures.curves(self.run.history()))
        self.run.save_text("README.md", card.write(self.run, self.seconds))
        self._save_state()
        self._logged_at, self._logged_images = time.monotonic(), self.images  # saving is no part of the speed
        return SnapshotSaved(snapshot, grid)

    def _estimate_statistics(self) -> None:
        """Those of the pictures that are to be shown; a fine-tuned run's first ones are its parent's."""
        if self.images or not self.config.parent:
            self.game.previews.estimate_statistics()

    def _unsaved(self) -> bool:
        snapshots = self.run.snapshots()
        return not snapshots or snapshots[-1].images != self.images

    # ------------------------------------------------------------------------------------------ going back

    def _may_roll_back(self) -> bool:
        return self.rollback and len(self.config.rollbacks) < ROLLBACKS

    def _must_roll_back(self) -> bool:
        return self.reading.remedy == "rollback" and self._may_roll_back()

    def _roll_back(self) -> Iterator[Event]:
        """Goes back to the last good state, to go on with half the learning rates and new noise."""
        recipe = replace(self.config.recipe, g_lr=self.config.recipe.g_lr / 2, d_lr=self.config.recipe.d_lr / 2)
        seconds = self.seconds
        self._load_good_state()
        self._seconds_before, self._began = seconds, time.monotonic()
        self.config = replace(self.config, recipe=recipe, rollbacks=(*self.config.rollbacks, self.images))
        self.game.go_on_with(self.config)
        self._judge_state(good=False)
        self._save_state()  # before what came after it is forgotten: a run killed in between diverges and goes back once more
        self.run.rewind(self.images)
        self.run.save_config(self.config)
        self._read_history()
        self._logged_at, self._logged_images = time.monotonic(), self.images
        yield RolledBack(self.images, recipe.g_lr, recipe.d_lr)
        yield HealthRead(self.images, self.reading)

    # ------------------------------------------------------------------------------------------ state

    def _begin_as_parent(self) -> None:
        if not self.run.snapshots():
            raise UserError(f"{self.run.path} ended before its parent's weights were copied; train it anew with --init-from.")
        self.game.begin_with(self.run.generator(self.run.snapshots()[0]), self.run.discriminator())

    def _save_state(self) -> None:
        tensors, settings = self.game.state()
        self.run.states.save(tensors, settings | {"seconds": self.seconds, "lines": len(self._history)})
        self._saved_at = time.monotonic()
        if self._on_trial is None:
            self.run.states.put_on_trial()
            self._on_trial = self.images
        if not self.images:
            self._judge_state(good=True)

    def _judge_state(self, good: bool) -> None:
        self.run.states.judge(good)
        self._on_trial = None

    def _load_last_state(self) -> int:
        """Goes on from the last state. Returns how many lines of history had been written there. Raises UserError; of a
        damaged one, with what can be done: to go back costs snapshots, so whoever trains decides."""
        states = self.run.states
        try:
            lines = self._load_state(states.last)
        except DamagedFile as error:
            told = f"{error} {self._anew()}"
            if states.good != states.last:
                told += f"; or go back to the last good state, and lose what came after it: mv {states.good} {states.last}"
            raise UserError(told) from error
        if self.images in self.config.rollbacks:  # a state from before the run went back there
            self.game.go_on_with(self.config)
        return lines

    def _load_good_state(self) -> None:
        """Goes back to the last good state, or, where that is damaged, to the last. Raises UserError where both are."""
        states = self.run.states
        for path in dict.fromkeys((states.good, states.last)):
            try:
                self._load_state(path)
                return
            except DamagedFile as error:
                damage = error
            if path != states.last:
                logger.warning("%s Going back to %s instead.", damage, states.last)
        raise UserError(f"{self.run.path} has diverged and can't go back: {damage} {self._anew()}") from damage

    def _anew(self) -> str:
        """The way on where no state can be read."""
        command = ["python", "train.py", "--dataset", self.config.source, "--init-from", str(self.run.path)]
        return f"A new run can begin with its last snapshot: {shlex.join(command)}"

    def _load_state(self, path: Path) -> int:
        tensors, settings = self.run.states.read(path)
        if "summed" not in settings:
            raise UserError(f"{path} was written by an older version, which alone can go on from it; or train a new run.")
        try:
            self.game.load_state(tensors, settings)
            self._seconds_before = settings["seconds"]
        except (KeyError, IndexError, ValueError, RuntimeError, TypeError) as error:
            raise DamagedFile(path, f"it does not fit this run ({' '.join(str(error).split())})") from error
        return settings.get("lines", 0)


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
