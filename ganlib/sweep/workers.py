"""The workers of a sweep: threads, each of which takes one trial after another and has train.py train it."""

import threading
import time
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from ganlib import UserError
from ganlib.runs import recipe_settings
from ganlib.sweep import space
from ganlib.sweep.study import Study
from ganlib.sweep.training import Outcome, Training

if TYPE_CHECKING:
    from optuna.trial import Trial

WAIT = 2.0  # seconds between two looks for trials that other workers may have left
DEATHS = 3  # of its training, after which a trial has failed: it may want more memory than there is
FAILURES = 3  # trials that all fail, after which the sweep ends: something is wrong with all of them

# Attributes of a trial
IMAGES, REASON, KILLED = "images", "reason", "killed"
WORSE = "worse than others after {images:,} images"  # a reason


class Workers:
    """`number` workers on `study`, whose trainings have so many `threads` and these further options (`moments`)."""

    def __init__(self, study: Study, number: int, threads: int, moments: list[str]):
        self._study, self._sweep, self._number = study, study.sweep, number
        self._threads, self._moments = threads, moments
        self._over = threading.Event()
        self._trainings: set[Training] = set()
        self._endings: list[str] = []

    def run(self) -> None:
        """Works until all trials have ended. Raises UserError if the first ones all fail or the database can't be reached, and
        KeyboardInterrupt, with the trainings ended and saved."""
        with ThreadPoolExecutor(self._number) as pool:
            futures = [pool.submit(self._work) for _ in range(self._number)]
            try:
                while wait(futures, timeout=1, return_when=FIRST_EXCEPTION).not_done:  # a signal is handled in between
                    if any(future.done() and future.exception() for future in futures):
                        break
            finally:
                self._over.set()
                for training in tuple(self._trainings):
                    training.interrupt()
        try:
            for future in futures:
                future.result()
        except self._study.failures as error:
            reason = str(error).splitlines()[0].rstrip(".")
            raise UserError(
                f"The study can't be reached ({reason}); what was trained is saved. The same command goes on."
            ) from error

    def _work(self) -> None:
        worked = time.monotonic()
        while not self._over.is_set():
            claim = self._study.claim()
            if claim:
                with claim.lock, self._study.kept_alive(claim.trial):
                    self._try(claim.trial)
                worked = time.monotonic()
            elif self._study.others_work(time.monotonic() - worked):
                self._over.wait(WAIT)
            else:
                return

    def _try(self, trial: "Trial") -> None:
        try:
            self._train(trial)
        except self._study.lost:
            say(f"trial {trial.number} was begun anew elsewhere: this machine gave no sign of life for too long")

    def _train(self, trial: "Trial") -> None:
        settings = space.settings(self._sweep.space, trial.params)
        try:
            recipe_settings.changed(self._sweep.recipe, settings)
        except UserError as error:  # values that are valid alone, but not together
            self._end(trial, Outcome("failed", str(error)))
            return
        arguments = [*self._sweep.command(settings), *self._moments]
        repo, left = self._sweep.repository(self._study.first_number(trial)), IMAGES in trial.user_attrs
        training = Training(self._sweep, trial.number, arguments, self._threads, repo, left)
        self._trainings.add(training)
        if self._over.is_set():
            training.interrupt()
        listed = " ".join(f"{field}={text}" for field, text in settings)
        try:
            outcome = training.run(partial(self._report, trial), partial(self._begun, trial, listed))
        finally:
            self._trainings.discard(training)
        self._end(trial, outcome)

    def _begun(self, trial: "Trial", listed: str, images: int) -> None:
        say(f"trial {trial.number} goes on after {images:,} images" if images else f"trial {trial.number} begins: {listed}")

    def _report(self, trial: "Trial", value: float, images: int, cost: int) -> str | None:
        """Reports a value to Optuna, unless the trial had done so before it was killed. Returns why it should end, if it
        should."""
        if images > trial.user_attrs.get(IMAGES, 0):
            trial.report(value, cost)
            trial.set_user_attr(IMAGES, images)
            say(f"trial {trial.number}: {self._sweep.figure.name} {value:.4g} after {images:,} images")
        if self._study.gives_up(trial, cost):
            return WORSE.format(images=images)
        return None

    def _end(self, trial: "Trial", outcome: Outcome) -> None:
        """Tells Optuna how a trial has ended. One that was interrupted or killed remains, and is taken up again."""
        if outcome.ending == "killed":
            deaths = trial.user_attrs.get(KILLED, 0) + 1
            trial.set_user_attr(KILLED, deaths)
            say(f"trial {trial.number}: its training was killed; it is taken up again")
            if deaths < DEATHS:
                return
        if outcome.ending == "interrupted":
            return
        if outcome.reason:
            trial.set_user_attr(REASON, outcome.reason)
        self._study.tell(trial, outcome)
        say(f"trial {trial.number} {self._described(outcome)}")
        self._count(outcome)

    def _described(self, outcome: Outcome) -> str:
        if outcome.value is not None:
            return f"is finished: {self._sweep.figure.name} {outcome.value:.4g}"
        return f"{'is pruned' if outcome.ending == 'pruned' else 'has failed'}: {outcome.reason}"

    def _count(self, outcome: Outcome) -> None:
        """Raises UserError if nothing but failures was seen."""
        self._endings.append(outcome.ending)
        if len(self._endings) == FAILURES and {"failed", "killed"} >= set(self._endings):
            raise UserError(f"The first {FAILURES} trials have failed, the last because: {outcome.reason}")


def say(sentence: str) -> None:
    """Prints a line with the time."""
    with suppress(BrokenPipeError):
        print(f"{time.strftime('%H:%M:%S')}  {sentence}", flush=True)
