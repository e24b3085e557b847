"""Shows the sweep of the opened folder: its trials, which settings matter, and the last grid of a trial's run."""

import logging
import threading
from collections.abc import Callable
from typing import Any

from ganlib import UserError
from ganlib.sweep import coordinates, report, space, study_file
from ganlib.sweep.files import COPY, is_sweep
from ganlib.sweep.study import JOURNAL, Study, engine
from ganlib.sweep.training import folder_of
from ganlib.sweep.workers import IMAGES, WORSE
from studio.drawing import sheets
from studio.library import Entry, Library


class Sweeps:
    """Answers questions about the sweep. Thread-safe."""

    def __init__(self, library: Library):
        self._library, self._lock = library, threading.Lock()
        self._opened: tuple[tuple, Study] | None = None  # with the stamp of its files
        self._importances: tuple[int, dict[str, float]] = 0, {}  # of so many finished trials

    def answers(self) -> dict[str, Callable[[dict], dict]]:
        return {"sweep": self._sweep, "sweep_grid": self._grid}

    def _sweep(self, question: dict) -> dict[str, Any]:
        """Returns the trials, the best first; where the study can't be read, the reason's word and the runs; nothing where the
        folder is no sweep's."""
        if not is_sweep(self._library.checkpoints):
            return {}
        entries = self._library.entries()
        try:
            engine()
        except UserError:
            return {"fault": "sweep_needs_optuna"} | _runs(entries)
        try:
            with self._lock:
                return self._facts(self._study(), entries)
        except Exception as error:  # whatever the study's place holds, the runs can be listed
            logging.getLogger(__name__).error("the study of the sweep can't be read", exc_info=error)
            return {"fault": "sweep_unreadable"} | _runs(entries)

    def _study(self) -> Study:
        """Returns the study, opened anew if its files were written anew."""
        folder = self._library.checkpoints
        journal = folder / JOURNAL
        stamp = (folder / COPY).stat().st_mtime_ns, journal.exists() and journal.stat().st_ino
        if self._opened is None or self._opened[0] != stamp:
            self._opened, self._importances = (stamp, Study(study_file.read_kept(folder), new=False)), (0, {})
        return self._opened[1]

    def _facts(self, study: Study, entries: dict[str, Entry]) -> dict[str, Any]:
        sweep, trials = study.sweep, report.ranked(study)
        finished = sum(trial.state.name == "COMPLETE" for trial in trials)
        if self._importances[0] != finished:
            self._importances = finished, study.importances()
        key, values = sheets.figure_words(sweep.figure)
        return coordinates.data(study, trials) | {
            "name": sweep.name,
            "planned": sweep.trials,
            "measure": {"name": sweep.figure.name, "key": key, "values": values},
            "fields": list(sweep.space),
            "trials": [_trial(study, trial, entries) for trial in trials],
            "importances": self._importances[1],
            "command": report.command(study),
        }

    def _grid(self, question: dict) -> dict[str, Any]:
        """Returns the last grid that the training of a run wrote."""
        entry = self._library.find(question.get("run"))
        picture = sheets.webp(entry.grids[-1].path) if entry.grids else None
        if picture is None:
            raise UserError(f"The run {entry.shown} has no grid.")
        return sheets.look(entry) | {"picture": picture, "images": entry.grids[-1].images}


def _trial(study: Study, trial: Any, entries: dict[str, Entry]) -> dict[str, Any]:
    """Describes a trial; `run` is None where its run can't be opened here, `reason` the sentence on why it ended early."""
    images, reason = trial.user_attrs.get(IMAGES, 0), report.reason(trial)
    texts, run = dict(space.settings(study.sweep.space, trial.params)), folder_of(study.sweep, trial.number).name
    return {
        "trial": trial.number,
        "state": report.STATES[trial.state.name],
        "value": coordinates.value_of(trial),
        "images": images,
        "settings": [texts.get(field, "") for field in study.sweep.space],
        "reason": "" if reason == WORSE.format(images=images) else reason,  # the state says that much
        "run": run if run in entries and entries[run].snapshots else None,
    }


def _runs(entries: dict[str, Entry]) -> dict[str, Any]:
    listed = [{"run": name, "images": entry.snapshots[-1].images} for name, entry in entries.items() if entry.snapshots]
    return {"runs": listed}
