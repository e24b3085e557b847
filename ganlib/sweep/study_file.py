"""Reads the file of a sweep (TOML): what to train, the settings to vary, the measure, the trials and what each may cost."""

import argparse
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ganlib import UserError, files, hub
from ganlib.metrics.measures import FIGURES, MEASURES, Figure
from ganlib.planning import plan, train_options
from ganlib.recipes import Recipe
from ganlib.sweep import space
from ganlib.sweep.files import COPY
from ganlib.sweep.space import Space

FOLDER = Path("sweeps")  # default folder of studies
SENT = "GANLIB_SWEEP_FILE"  # environment variable of a job: what its file says
STORAGE = "GANLIB_SWEEP_STORAGE"  # environment variable: `storage` of a file without

KINDS: dict[str, tuple[type | tuple[type, ...], str]] = {
    "measure": (str, "the name of a figure"),
    "trials": (int, "a whole number"),
    "images": (int, "a whole number"),
    "minutes": ((int, float), "a number"),
    "prune": (bool, "true or false"),
    "folder": (str, "the path of a folder"),
    "storage": (str, "the address of a database"),
    "train": (dict, "a table of options of train.py"),
    "vary": (dict, "a table of settings"),
}
# Options of train.py that are the sweep's, or that can't be the same for all of its runs
TAKEN = (
    "help", "list_recipes", "images", "epochs", "minutes", "resume", "dry_run", "out", "snapshot_every", "snapshot_at",
    "scores", "quiet", "log_to", "push_to_hub", "private", "revision", "push_state", "on", "flavor", "timeout", "code", "yes",
)  # fmt: skip


@dataclass(frozen=True)
class Sweep:
    """A sweep as its file describes it. Each trial costs `images` or `minutes`; the other is None."""

    folder: Path  # of its runs and of the study, which has its name
    storage: str  # the address of the database that holds the study; "" for a journal in the folder
    figure: Figure
    trials: int
    images: int | None
    minutes: float | None
    prune: bool
    train: tuple[tuple[str, ...], ...]  # options of train.py, each with its value
    options: argparse.Namespace  # the same, with those of `here`, parsed
    recipe: Recipe  # from which the trials differ
    space: Space
    here: tuple[tuple[str, str], ...] = ()  # options of train.py on this machine, in place of those in `train`
    repo: str | None = None  # OWNER/NAME on the Hub, where each trial's run goes beside
    private: bool = False

    @property
    def name(self) -> str:
        return self.folder.resolve().name

    @property
    def measure(self) -> str:
        """The name of the measure that computes the figure, for `--scores`."""
        return next(name for name, row in MEASURES.items() if self.figure in row.figures)

    @property
    def direction(self) -> str:
        """Optuna's word for the figure's direction."""
        return "maximize" if self.figure.direction == "more" else "minimize"

    @property
    def identity(self) -> dict[str, Any]:
        """What must not change in a study that has begun."""
        varied = {field: repr(values) for field, values in self.space.items()}
        cost = {"images": self.images, "minutes": self.minutes}
        return {"measure": self.figure.name, **cost, "train": [list(option) for option in self.train], "vary": varied}

    def command(self, settings: list[tuple[str, str]]) -> list[str]:
        """Returns the arguments of train.py for a run with these settings of the recipe."""
        cost = ["--images", str(self.images)] if self.images else ["--minutes", f"{self.minutes:g}"]
        varied = [part for field, text in settings for part in ("--set", f"{field}={text}")]
        return [*(part for option in self.trained for part in option), *varied, *cost]

    @property
    def trained(self) -> tuple[tuple[str, ...], ...]:
        """The options of train.py on this machine."""
        return (*(option for option in self.train if option[0] not in dict(self.here)), *self.here)

    def on_this_machine(self, given: Mapping[str, str | None]) -> "Sweep":
        """Returns the sweep with the options of train.py that are `given`, which leave the study what it is. Raises
        UserError."""
        here = tuple((f"--{name}", value) for name, value in given.items() if value is not None)
        return replace(self, here=here, options=_options((*self.train, *here)))

    def pushed_to(self, repo: str | None, private: bool) -> "Sweep":
        """Returns the sweep whose runs go to the Hub, to OWNER/NAME-trial-000 and so on. Raises UserError."""
        if repo is None:
            if private:
                raise UserError("--private is of an upload: say where to with --push-to-hub OWNER/NAME.")
            return self
        pushed = replace(self, repo=repo, private=private)
        hub.Repository(pushed.repository(0) or "")  # raises for what is no name
        return pushed

    def repository(self, number: int) -> str | None:
        """Returns where the run of a trial goes on the Hub; None if it stays here."""
        return f"{self.repo}-trial-{number:03d}" if self.repo else None


def read(path: Path) -> Sweep:
    """Reads and checks the file. Raises UserError."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        return _parsed(path, table)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path} is no TOML file: {error}.") from error
    except UserError as error:
        raise UserError(f"{path}: {error}") from error


def keep(path: Path, sweep: Sweep) -> None:
    """Copies the file of a sweep that has begun to its folder. Only its owner may read it there: the address of a database may
    hold a password."""
    copy = sweep.folder / COPY
    files.write(copy, path.read_bytes())
    copy.chmod(0o600)


def read_kept(folder: Path) -> Sweep:
    """Reads the copy in the folder of a sweep. Raises UserError."""
    return replace(read(folder / COPY), folder=folder)


def _parsed(path: Path, table: Mapping[str, Any]) -> Sweep:
    _check_kinds(table)
    if (("images" in table) + ("minutes" in table)) != 1:
        raise UserError("Say what each trial may cost, with images or with minutes.")
    for name in ("trials", "images", "minutes"):
        if table.get(name, 1) <= 0:
            raise UserError(f"{name} must be above 0, not {table[name]}.")
    storage = table.get("storage") or os.environ.get(STORAGE, "")
    if storage.startswith("redis"):
        raise UserError("storage: Optuna unpickles what it reads from Redis; give the address of an SQL database.")
    train = _arguments(table["train"])
    options = _options(train)
    _, _, recipe = plan.chosen(options)
    if set_twice := [field for field, _ in options.settings if field in dict(space.flat(table["vary"]))]:
        raise UserError(f"{set_twice[0]} stands in [train.set] and in [vary]: leave one of them out.")
    return Sweep(
        folder=Path(table.get("folder", FOLDER / path.stem)),
        storage=storage,
        figure=_figure(table["measure"]),
        trials=table["trials"],
        images=table.get("images"),
        minutes=table.get("minutes"),
        prune=table.get("prune", True),
        train=train,
        options=options,
        recipe=recipe,
        space=space.parsed(table["vary"], recipe),
    )


def _check_kinds(table: Mapping[str, Any]) -> None:
    for name, value in table.items():
        if name not in KINDS:
            raise UserError(f"{name} is unknown; a sweep has {', '.join(KINDS)}.")
        kind, described = KINDS[name]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise UserError(f"{name} must be {described}.")
    for name in ("measure", "trials", "train", "vary"):
        if name not in table:
            raise UserError(f"{name} is missing: {KINDS[name][1]}.")


def _figure(name: str) -> Figure:
    directed = [figure.name for figure in FIGURES.values() if figure.direction in ("less", "more")]
    if name not in directed:
        raise UserError(f"measure {name!r} can't be minimised or maximised; choose from {', '.join(directed)}.")
    return FIGURES[name]


def _arguments(table: Mapping[str, Any]) -> tuple[tuple[str, ...], ...]:
    """Returns the options of train.py that a table names, as on its command line."""
    made: list[tuple[str, ...]] = []
    for name, value in table.items():
        if name == "set":
            if not isinstance(value, dict):
                raise UserError("train.set must be a table such as { r1 = 0.5 }.")
            made += [("--set", f"{field}={space.text_of(item)}") for field, item in space.flat(value)]
        elif value is True:
            made.append((_option(name),))
        elif value is not False:
            made.append((_option(name), space.text_of(value)))
    return tuple(made)


def _option(name: str) -> str:
    parser = train_options.parser("")
    known = {action.dest for action in parser._actions} - {*TAKEN, "settings"}
    name = name.replace("-", "_")
    if name not in known:
        own = " is the sweep's own matter" if name in TAKEN else " is unknown"
        raise UserError(f"train.{name}{own}; [train] may have set, {', '.join(sorted(known))}.")
    return f"--{name.replace('_', '-')}"


def _options(train: tuple[tuple[str, ...], ...]) -> argparse.Namespace:
    parser = train_options.parser("")
    parser.exit_on_error = False
    try:
        return parser.parse_args([part for option in train for part in option])
    except argparse.ArgumentError as error:
        raise UserError(f"[train]: {error.argument_name} {error.message}.") from error
