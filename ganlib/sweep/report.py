"""The trials of a sweep as a table, the best first; the command of the best; and which settings matter."""

import math
import shlex
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from ganlib.sweep import space
from ganlib.sweep.study import Study
from ganlib.sweep.workers import IMAGES, REASON

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

GONE = "its machine was gone again and again"  # a reason, of a trial that failed where nobody was left to give one
STATES = {"COMPLETE": "finished", "PRUNED": "pruned", "RUNNING": "running", "FAIL": "failed"}  # Optuna's, the best first


def lines(study: Study) -> list[str]:
    """Returns the whole report."""
    rows = table(study)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    padded = ["  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return [*padded, "", *summary(study), *_importances(study)]


def table(study: Study) -> list[list[str]]:
    """Returns the cells of a head and of a row for each trial, in the order of `ranked`."""
    fields = list(study.sweep.space)
    head = ["trial", "state", study.sweep.figure.name, "images", *fields, ""]
    return [head, *(_row(study, trial, fields) for trial in ranked(study))]


def summary(study: Study) -> list[str]:
    """Returns how many trials ended how, and the best of them with its command."""
    counts = Counter(STATES[trial.state.name] for trial in ranked(study))
    told = ", ".join(f"{counts[state]} {state}" for state in STATES.values() if counts[state])
    best = _best(study)
    said = [f"{sum(counts.values())} of {study.sweep.trials} trials: {told}." if counts else "No trial has begun yet."]
    if best and best.value is not None:
        said += [f"Best: trial {best.number}, {study.sweep.figure.name} {best.value:.4g}.", command(study)]
    return said


def closing(study: Study, file: Path) -> list[str]:
    """Returns what is said when no more trial is to be trained: how they ended, and where more is shown."""
    all_trials = f"All trials: python -m ganlib.sweep {shlex.quote(str(file))} --report"
    return [*summary(study), all_trials, f"In the page: python app.py --checkpoints {shlex.quote(str(study.sweep.folder))}"]


def command(study: Study) -> str:
    """Returns the command that trains the best trial's settings; "" as long as none has finished."""
    best = _best(study)
    if best is None:
        return ""
    settings = space.settings(study.sweep.space, best.params)
    return shlex.join(["python", "train.py", *study.sweep.command(settings)])


def ranked(study: Study) -> "list[FrozenTrial]":
    """Returns the trials that have begun, the best first: the finished ones, then those that got far."""
    sign = -1 if study.sweep.direction == "maximize" else 1

    def key(trial: "FrozenTrial") -> tuple[float, ...]:
        value = math.inf if trial.value is None or not math.isfinite(trial.value) else sign * trial.value
        images = 0 if trial.state.name == "COMPLETE" else trial.user_attrs.get(IMAGES, 0)
        return list(STATES).index(trial.state.name), -images, value

    return sorted((trial for trial in study.trials() if trial.state.name in STATES), key=key)


def _best(study: Study) -> "FrozenTrial | None":
    return next((trial for trial in ranked(study) if trial.state.name == "COMPLETE"), None)


def last_value(trial: "FrozenTrial") -> float | None:
    """Returns a trial's value, or the last that it has reported so far."""
    return trial.value if trial.value is not None else trial.intermediate_values.get(trial.last_step or 0)


def reason(trial: "FrozenTrial") -> str:
    """Returns why a trial ended early; "" if it didn't."""
    return trial.user_attrs.get(REASON, GONE if trial.state.name == "FAIL" else "")


def _row(study: Study, trial: "FrozenTrial", fields: list[str]) -> list[str]:
    texts = dict(space.settings(study.sweep.space, trial.params))
    last = last_value(trial)
    value = "" if last is None else f"{last:.4g}"
    images = f"{trial.user_attrs.get(IMAGES, 0):,}"
    cells = [str(trial.number), STATES[trial.state.name], value, images, *(texts.get(field, "") for field in fields)]
    return [*cells, reason(trial)]


def _importances(study: Study) -> list[str]:
    shares = study.importances()
    if not shares:
        return []
    listed = ", ".join(f"{field} {share:.0%}" for field, share in shares.items())
    return [f"How much each setting decides which trials are good (PED-ANOVA, of the finished trials): {listed}."]
