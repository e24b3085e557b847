"""Signs of life of the trials in a database, whose workers may share no folder: Optuna's heartbeats.

Whoever works on a trial notes the database's time beside it, again and again. A trial whose last sign is older than `GRACE` was
left by a machine that is gone: it has failed then, and another with the same settings and values waits in its place.
"""

import re
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optuna.study import Study as OptunaStudy
    from optuna.trial import FrozenTrial, Trial

INTERVAL = 20  # seconds between two signs
GRACE = 120  # seconds without one
PAUSES = (0.2, 0.5, 1.0, 2.0)  # seconds between attempts to open a database that another machine begins
EXISTS = re.compile("already exists|unique|duplicate", re.IGNORECASE)  # in what databases say of something created twice
LOSSES = 3  # of a trial's machine, after which it has failed: it may want more memory than there is


def storage(optuna: Any, address: str, failures: tuple[type[Exception], ...]) -> Any:
    """Returns Optuna's storage in the SQL database at `address`. Raises what SQLAlchemy does, which is one of `failures`."""
    for pause in PAUSES:
        try:
            return _opened(optuna, address)
        except failures as error:
            if not EXISTS.search(str(error)):
                raise
            time.sleep(pause)  # another machine creates the same tables in this moment
    return _opened(optuna, address)


def _opened(optuna: Any, address: str) -> Any:
    return optuna.storages.RDBStorage(
        address,
        engine_kwargs={"pool_pre_ping": True},  # connects anew where the database has ended a connection
        heartbeat_interval=INTERVAL,
        grace_period=GRACE,
        heartbeat_stale_trial_callback=optuna.storages.RetryHeartbeatStaleTrialCallback(LOSSES - 1, True),
    )


class Heartbeats:
    """The signs of life in `study`; none where it isn't in a database. `failures` are what one raises that isn't reached."""

    def __init__(self, optuna: Any, study: "OptunaStudy", failures: tuple[type[Exception], ...]):
        self._optuna, self._study, self._failures = optuna, study, failures
        kept = study._storage
        self._storage: Any = None if isinstance(kept, optuna.storages.JournalStorage) else kept

    def give(self, trial: "Trial") -> None:
        """Gives a sign of life of a trial."""
        if self._storage:
            self._storage.record_heartbeat(trial._trial_id)

    @contextmanager
    def given(self, trial: "Trial") -> Iterator[None]:
        """Gives signs of life of a trial for as long as the context lasts; whether the database is reached shows elsewhere."""
        over = threading.Event()

        def beat() -> None:
            while not over.wait(INTERVAL):
                with suppress(*self._failures):
                    self.give(trial)

        thread = threading.Thread(target=beat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def replace_lost(self) -> None:
        """Lets the trials that have shown no sign of life for `GRACE` fail, and puts others in their place, up to `LOSSES`."""
        self._optuna.storages.fail_stale_trials(self._study)

    def standing(self, trials: "Collection[FrozenTrial]") -> "list[FrozenTrial]":
        """Returns the trials without those in whose place another is."""
        replaced = {number for trial in trials for number in self.replaced(trial)}
        return [trial for trial in trials if trial.number not in replaced]

    def replaced(self, trial: "FrozenTrial") -> list[int]:
        """Returns the numbers of the trials in whose place a trial is, the first one first."""
        return self._optuna.storages.RetryHeartbeatStaleTrialCallback.retry_history(trial)

    def first_number(self, trial: "FrozenTrial") -> int:
        """Returns the number that a trial had when it was begun first."""
        return next(iter(self.replaced(trial)), trial.number)
