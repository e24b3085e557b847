"""Parallel coordinates of a sweep's trials, as data for `coordinates.js`."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ganlib.sweep import report
from ganlib.sweep.space import Choices, Range
from ganlib.sweep.study import Study

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial


def data(study: Study, trials: "Sequence[FrozenTrial]") -> dict[str, Any]:
    """Returns what the script draws: an axis for each setting and one for the measure, and a line for each of `trials` that has
    not failed, in their order. A value that isn't known is None."""
    shown = [trial for trial in trials if trial.state.name != "FAIL"]
    fields, lines = study.sweep.space, []
    for trial in shown:
        values = [*(trial.params.get(field) for field in fields), value_of(trial)]
        lines.append({"trial": trial.number, "state": report.STATES[trial.state.name], "values": values})
    axes = [*(_axis(field, values) for field, values in fields.items()), _axis_of_figure(study, shown)]
    return {"axes": axes, "lines": lines}


def value_of(trial: "FrozenTrial") -> float | None:
    """Returns a trial's value, or the last that it has reported, where it is a finite number."""
    value = report.last_value(trial)
    return value if value is not None and math.isfinite(value) else None


def _axis(field: str, values: Choices | Range) -> dict[str, Any]:
    if isinstance(values, Choices):
        return {"name": field, "texts": values.texts}
    return {"name": field, "low": values.low, "high": values.high, "log": values.log, "whole": values.whole, "down": False}


def _axis_of_figure(study: Study, trials: "Sequence[FrozenTrial]") -> dict[str, Any]:
    """The better, the higher: the axis of what is minimised goes down."""
    figure, down = study.sweep.figure, study.sweep.direction == "minimize"
    found = [value for trial in trials if (value := value_of(trial)) is not None] or [0.0]
    log = figure.logarithmic and min(found) > 0
    return {"name": figure.name, "low": min(found), "high": max(found), "log": log, "whole": False, "down": down}
