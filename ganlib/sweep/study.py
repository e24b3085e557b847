"""The study that Optuna keeps of a sweep, and which process works on which of its trials.

Several processes, also on several machines, work on one study. Whoever works on a trial holds its lock, which ends with the
process; so a trial that runs without being locked was left by a process that was killed, and is taken up again. Of machines
that share a database and no folder, heartbeats tell which trials were left.
"""

import importlib
import json
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from ganlib import UserError
from ganlib.sweep import heartbeats, space
from ganlib.sweep.heartbeats import Heartbeats
from ganlib.sweep.study_file import Sweep
from ganlib.sweep.training import Outcome
from ganlib.training.snapshot_schedule import FIRST_SNAPSHOT

if TYPE_CHECKING:
    from optuna.study import Study as OptunaStudy
    from optuna.trial import FrozenTrial, Trial

JOURNAL = "study.journal"  # in the sweep's folder, unless a database holds the study
CLAIMS = "claims"  # folder of the locks
REDUCTION = 3  # of the trials that reach a rung, one in so many goes on (Li et al. 2020, ASHA, arXiv:1810.05934)
RUNGS = 2  # before the end of a trial, at a third and a ninth of its cost
STARTUP = 10  # trials at random before TPE (Bergstra et al. 2011) chooses, at most; a third of the trials
IDENTITY = "sweep"  # an attribute of the study
NOT_YET = "{place} holds no study yet; begin it without --report."
SQLITE = "sqlite:///"
STANDING = "standing"  # an attribute of the trial that is the recipe as it stands
WITHDRAWN = "withdrawn"  # an attribute of a trial that was one too many: machines without a common folder began it at once


@dataclass(frozen=True)
class Claim:
    """A trial that this process works on until the lock is released."""

    trial: "Trial"
    lock: FileLock


def engine() -> Any:
    """Returns the package optuna, quiet but for warnings. Raises UserError where it is missing."""
    try:
        optuna: Any = importlib.import_module("optuna")
    except ImportError as error:
        raise UserError("A sweep needs a package that is not here: pip install optuna.") from error
    if not hasattr(optuna.storages, "RetryHeartbeatStaleTrialCallback"):
        raise UserError(f"Optuna {optuna.__version__} is too old for a sweep: pip install --upgrade optuna.")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)  # heartbeats are, since 2021
    warnings.filterwarnings("ignore", message="Heartbeat of storage is supposed")  # Heartbeats does what Study.optimize would
    return optuna


class Study:
    """The study of `sweep`. Raises UserError if it can't be opened, or was begun with other settings; `new`: creates one."""

    def __init__(self, sweep: Sweep, new: bool = True):
        self.sweep, self._optuna = sweep, engine()
        self._claims = sweep.folder / CLAIMS
        if new:
            self._claims.mkdir(parents=True, exist_ok=True)
        elif (file := self._file()) and not file.exists():
            raise UserError(NOT_YET.format(place=sweep.folder))
        self.optuna: OptunaStudy = self._opened(new)
        self._heartbeats = Heartbeats(self._optuna, self.optuna, self.failures)

    def claim(self) -> Claim | None:
        """Takes up a trial that was left here, or begins one anew that was left elsewhere, or a new one. Returns None if there
        is none of them."""
        with self._deciding():
            for left in self._running():
                if lock := self._taken(left.number):
                    return self._claimed(self._optuna.trial.Trial(self.optuna, left._trial_id), lock)
            self._heartbeats.replace_lost()
            if self.begun >= self.sweep.trials:
                return None
            trial = self.optuna.ask()
            if self._is_too_many(trial):
                trial.set_user_attr(WITHDRAWN, True)
                self.optuna.tell(trial, state=self._optuna.trial.TrialState.FAIL)
                return None
            lock = self._taken(trial.number)
            assert lock, "a new trial is nobody else's"
            return self._claimed(trial, lock)

    def _is_too_many(self, trial: "Trial") -> bool:
        """Whether others, who decide under a lock of their own, have begun all trials in the meantime."""
        number = self.first_number(trial)
        return sum(self._heartbeats.first_number(other) < number for other in self.trials()) >= self.sweep.trials

    def _claimed(self, trial: "Trial", lock: FileLock) -> Claim:
        """Gives a trial its settings; one that was left while it got them gets the rest."""
        self._heartbeats.give(trial)
        for field, values in self.sweep.space.items():
            values.suggest(trial, field)
        return Claim(trial, lock)

    def kept_alive(self, trial: "Trial") -> AbstractContextManager[None]:
        """Returns a context for as long as this process works on a trial."""
        return self._heartbeats.given(trial)

    def first_number(self, trial: "Trial") -> int:
        """Returns the number that a trial had when it was begun first."""
        return self._heartbeats.first_number(self._frozen(trial))

    def _frozen(self, trial: "Trial") -> "FrozenTrial":
        """Returns a trial as the study knows it now."""
        return self.optuna._storage.get_trial(trial._trial_id)

    @property
    def lost(self) -> type[Exception]:
        """What is raised where another machine has begun a trial anew, because this one gave no sign of life."""
        return self._optuna.exceptions.UpdateFinishedTrialError

    def tell(self, trial: "Trial", outcome: Outcome) -> None:
        """Records how a trial has ended. Raises `lost`."""
        states = self._optuna.trial.TrialState
        if self._frozen(trial).state.is_finished():
            raise self.lost
        state = {"finished": states.COMPLETE, "pruned": states.PRUNED}.get(outcome.ending, states.FAIL)
        self.optuna.tell(trial, outcome.value, state)

    @property
    def begun(self) -> int:
        """The number of trials that run or have ended."""
        return sum(trial.state != self._optuna.trial.TrialState.WAITING for trial in self.trials())

    def others_work(self, idle: float) -> bool:
        """Whether trials run that may be left yet: those of this folder in other threads or processes; those elsewhere only
        until whoever was gone `idle` seconds ago has shown it."""
        runs = self._optuna.trial.TrialState.RUNNING
        elsewhere = idle < heartbeats.GRACE + heartbeats.INTERVAL and any(trial.state == runs for trial in self.trials())
        return elsewhere or any(self._running())

    def trials(self) -> "list[FrozenTrial]":
        """Returns the trials, of those that were begun anew the last."""
        standing = self._heartbeats.standing(self.optuna.get_trials(deepcopy=False))
        return [trial for trial in standing if WITHDRAWN not in trial.user_attrs]

    def gives_up(self, trial: "Trial", cost: int) -> bool:
        """Whether a trial should end for what it has reported up to this cost; the recipe as it stands never does."""
        return cost < self.rungs[-1] and STANDING not in trial.user_attrs and trial.should_prune()

    def importances(self) -> dict[str, float]:
        """Returns what share each setting has in how good a finished trial is, by PED-ANOVA (Watanabe et al. 2023,
        arXiv:2304.10255), the largest first; none for too few trials."""
        finished = [trial for trial in self.trials() if trial.state == self._optuna.trial.TrialState.COMPLETE]
        if len(finished) < 2 * REDUCTION or len(self.sweep.space) < 2:
            return {}
        return self._optuna.importance.get_param_importances(self.optuna)

    def _opened(self, new: bool) -> "OptunaStudy":
        sweep = self.sweep
        refusals: tuple[type[Exception], ...] = (ImportError, ValueError, OSError, *self.failures)  # also a wrong address
        place = "the database" if sweep.storage else str(sweep.folder / JOURNAL)
        try:
            storage = (
                heartbeats.storage(self._optuna, sweep.storage, self.failures)
                if sweep.storage
                else self._optuna.storages.JournalStorage(self._journal())
            )
            study = self._begun(storage) if new else self._optuna.load_study(study_name=sweep.name, storage=storage)
            self._check_identity(study)
        except KeyError as error:
            raise UserError(NOT_YET.format(place=place)) from error
        except refusals as error:
            raise UserError(f"{place} can't hold the study ({str(error).strip().splitlines()[0]}).") from error
        return study

    def _begun(self, storage: Any) -> "OptunaStudy":
        """Returns the study to work on, new or as it is."""
        sweep = self.sweep
        with self._deciding():
            study = self._optuna.create_study(
                storage=storage,
                study_name=sweep.name,
                direction=sweep.direction,
                sampler=self._optuna.samplers.TPESampler(n_startup_trials=min(STARTUP, max(1, sweep.trials // 3))),
                pruner=self._pruner(),
                load_if_exists=True,
            )
            if IDENTITY not in study.user_attrs:
                self._mark(study)
        return study

    def _file(self) -> Path | None:
        """Returns the file that holds the study; None for a database elsewhere."""
        if not self.sweep.storage:
            return self.sweep.folder / JOURNAL
        path = self.sweep.storage.partition("?")[0]
        return Path(path.removeprefix(SQLITE)) if path.startswith(SQLITE) else None

    def _journal(self) -> Any:
        """Returns the journal with a lock that ends with its process; Optuna's own are files, which a killed one leaves."""
        path = self.sweep.folder / JOURNAL
        lock = FileLock(f"{path}.lock", thread_local=True)  # each thread for itself
        return self._optuna.storages.journal.JournalFileBackend(str(path), lock)

    @property
    def failures(self) -> tuple[type[Exception], ...]:
        """What a database raises that can't be reached."""
        sqlalchemy: Any = importlib.import_module("sqlalchemy.exc")  # comes with optuna
        return sqlalchemy.SQLAlchemyError, self._optuna.exceptions.StorageInternalError

    def _pruner(self) -> Any:
        pruners = self._optuna.pruners
        if not self.sweep.prune:
            return pruners.NopPruner()
        return pruners.SuccessiveHalvingPruner(min_resource=self.rungs[0], reduction_factor=REDUCTION)

    @property
    def rungs(self) -> list[int]:
        """The images, or the seconds, after which the worse trials end, but not of images that are too few to learn anything;
        and at last the cost of a whole trial."""
        whole, least = self.sweep.images or 60 * (self.sweep.minutes or 0), FIRST_SNAPSHOT if self.sweep.images else 1
        early = [int(whole / REDUCTION**rung) for rung in range(RUNGS, 0, -1)]
        return [*(rung for rung in early if rung >= least), int(whole)]

    def _mark(self, study: "OptunaStudy") -> None:
        """Marks a new study, whose first trial is the recipe as it stands, where the space has it."""
        study.set_user_attr(IDENTITY, json.dumps(self.sweep.identity))
        if standing := space.as_it_stands(self.sweep.space, self.sweep.recipe):
            study.enqueue_trial(standing, user_attrs={STANDING: True}, skip_if_exists=True)

    def _check_identity(self, study: "OptunaStudy") -> None:
        """Raises UserError if the study was begun for another sweep."""
        now = json.loads(json.dumps(self.sweep.identity))
        before = json.loads(study.user_attrs.get(IDENTITY, "{}"))
        if changed := next((name for name in now if now[name] != before.get(name)), None):
            raise UserError(
                f"The study {self.sweep.name} was begun with another {changed}; set it back, or begin a new study in another "
                "folder."
            )

    def _running(self) -> "Iterator[FrozenTrial]":
        """Yields the trials that run here, or did. With a database others may run where this folder isn't seen."""
        for trial in self.trials():
            here = not self.sweep.storage or self._claim_path(trial.number).exists()
            if here and trial.state == self._optuna.trial.TrialState.RUNNING:
                yield trial

    def _claim_path(self, number: int) -> Path:
        return self._claims / f"{number:03d}.lock"

    def _taken(self, number: int) -> FileLock | None:
        lock = FileLock(self._claim_path(number), thread_local=False)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return None
        return lock

    def _deciding(self) -> FileLock:
        """Returns the lock under which one worker at a time looks for a trial: beside a file of SQLite, which locks no rows, so
        that Optuna gives a waiting trial to several that ask at once; otherwise in this folder."""
        file = self._file() if self.sweep.storage else None
        path = file.with_name(f"{file.name}.lock") if file and file.parent.is_dir() else self._claims / "deciding.lock"
        return FileLock(path, thread_local=False)
