"""The settings that a sweep varies: each a list of choices or a range, by the fields of `train.py --set`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ganlib import UserError
from ganlib.recipes import Recipe
from ganlib.runs import recipe_settings

if TYPE_CHECKING:
    from optuna.trial import Trial

RANGE = ("low", "high", "log", "step")  # keys of a range


@dataclass(frozen=True)
class Choices:
    """Values without an order, as text for `--set`."""

    texts: tuple[str, ...]

    def suggest(self, trial: "Trial", field: str) -> Any:
        """Returns the trial's value: the one that it has, or a new one, which Optuna chooses."""
        return trial.suggest_categorical(field, self.texts)

    def written(self, value: Any) -> str:
        """Returns a trial's value as text for `--set`."""
        return value

    @property
    def ends(self) -> tuple[str, ...]:
        """The texts that show whether all values are valid."""
        return self.texts

    def found(self, value: Any, texts: Mapping[str, Any]) -> Any:
        """Returns the trial's value that is a recipe's `value`; None without one. `texts` has what each of `ends` means."""
        return next((text for text in self.texts if _as_list(texts[text]) == _as_list(value)), None)


@dataclass(frozen=True)
class Range:
    """Numbers from `low` to `high`, both included: of `whole` numbers only, even on a logarithmic scale (`log`), or in
    multiples of `step` above `low`."""

    low: float
    high: float
    whole: bool
    log: bool = False
    step: float | None = None

    def suggest(self, trial: "Trial", field: str) -> Any:
        """Returns the trial's value: the one that it has, or a new one, which Optuna chooses."""
        if self.whole:
            return trial.suggest_int(field, int(self.low), int(self.high), step=int(self.step or 1), log=self.log)
        return trial.suggest_float(field, self.low, self.high, step=self.step, log=self.log)

    def written(self, value: Any) -> str:
        """Returns a trial's value as text for `--set`."""
        return str(value) if self.whole else f"{value:.6g}"

    @property
    def ends(self) -> tuple[str, ...]:
        """The texts that show whether all values are valid."""
        return self.written(self.low), self.written(self.high)

    def found(self, value: Any, texts: Mapping[str, Any]) -> Any:
        """Returns a recipe's `value` if the range has it; None otherwise."""
        on_step = not self.step or abs((value - self.low) / self.step % 1) < 1e-9
        return value if self.low <= value <= self.high and on_step else None


Space = Mapping[str, Choices | Range]  # by field


def parsed(table: Mapping[str, Any], recipe: Recipe) -> Space:
    """Returns the settings to vary that a table of TOML names, checked against `recipe`. `generator.width = ...` may stand
    without quotes, which TOML reads as a table of its own. Raises UserError."""
    kinds = recipe_settings.kinds(recipe)
    space = {field: _one(field, value, kinds.get(field)) for field, value in flat(table)}
    if not space:
        raise UserError("[vary] names no setting; it has lines such as r1 = [0.02, 0.05, 0.2].")
    for field, values in space.items():
        for text in values.ends:
            recipe_settings.changed(recipe, [(field, text)])
    return space


def as_it_stands(space: Space, recipe: Recipe) -> dict[str, Any] | None:
    """Returns a trial's values that leave `recipe` as it is; None unless the space has them."""
    found = {}
    for field, values in space.items():
        texts = {text: recipe_settings.changed(recipe, [(field, text)])[1][field] for text in values.ends}
        value = recipe_settings.value_of(recipe, field)
        found[field] = None if value is None else values.found(value, texts)
    return None if None in found.values() else found


def settings(space: Space, values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Returns a trial's values as the fields and texts of `--set`."""
    return [(field, space[field].written(value)) for field, value in values.items()]


def text_of(value: Any) -> str:
    """Returns a TOML value as text for `--set`."""
    if isinstance(value, list):
        return ",".join(map(text_of, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yields the fields that a table of TOML names, and their values: those of tables within are fields with a dot."""
    for name, value in table.items():
        if isinstance(value, dict) and not value.keys() & set(RANGE):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _one(field: str, value: Any, kind: Any) -> Choices | Range:
    if field == "images":
        raise UserError("images is what a trial may cost, which is the same for all of them; it can't be varied.")
    if isinstance(value, list) and len(value) > 1:
        return Choices(tuple(dict.fromkeys(map(text_of, value))))
    if isinstance(value, dict):
        return _range(field, value, whole=kind is int)
    raise UserError(f"{field} = {text_of(value)}: give two choices or more, or a range such as {{ low = 0.01, high = 1 }}.")


def _range(field: str, table: Mapping[str, Any], whole: bool) -> Range:
    if unknown := [key for key in table if key not in RANGE]:
        raise UserError(f"{field}: a range has no {unknown[0]}; it has {', '.join(RANGE)}.")
    numbers = [table.get(name) for name in ("low", "high")] + ([table["step"]] if "step" in table else [])
    wanted = int if whole else (int, float)
    if any(not isinstance(number, wanted) or isinstance(number, bool) for number in numbers):
        raise UserError(f"{field}: a range needs low and high as {'whole ' if whole else ''}numbers, and so any step.")
    made = Range(table["low"], table["high"], whole, bool(table.get("log", False)), table.get("step"))
    if not made.low < made.high:
        raise UserError(f"{field}: low {made.low} must be below high {made.high}.")
    if (made.log and (made.low <= 0 or made.step)) or (made.step or 1) <= 0:
        raise UserError(f"{field}: a logarithmic range starts above 0 and has no step; a step is above 0.")
    return made


def _as_list(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
