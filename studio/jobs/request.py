"""Validates a visitor's request for a training, and turns it into arguments of train.py."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from ganlib import UserError
from ganlib.cli import written_names
from ganlib.recipes import RECIPES
from ganlib.runs.run import short
from studio import validation
from studio.drawing import sheets
from studio.jobs import racing
from studio.jobs.racing import LEAST_RATE, MOST_RATE, Settings
from studio.library import Entry, Library
from studio.limits import Limits

# Folders beside the run in a job's folder, where train.py runs. These names appear in the run's config.
PICTURES, CHECKPOINTS, OWN = "uploaded-pictures", "checkpoints", "own"
LEAST_MINUTES = 0.01
MOST_IMAGES = 10**9
MOST_BATCH = 1024  # a larger one could exhaust the server's memory
MOST_STEPS, MOST_EPOCHS = 10**6, 10**6


@dataclass(frozen=True)
class TrainingRequest:
    """A validated request. The parent is a path in the job's folder."""

    minutes: float
    seed: int
    recipe: str | None = None  # None with a parent
    parent: str | None = None  # "checkpoints/mnist@5"
    run: str | None = None  # the parent's name in the library
    of: str | None = None  # the parent's displayed name
    dataset: str | None = None  # None for uploaded pictures
    classes: tuple[str, ...] = ()
    pictures: int = 0  # uploaded ones
    images: int | None = None  # None if only the minutes limit it
    g_lr: float | None = None
    d_lr: float | None = None
    batch_size: int | None = None
    snapshot_every: float | None = None  # epochs
    grid_every: int | None = None  # steps
    flip: bool = False  # mirror every second picture
    labels: bool = False  # use the classes of uploaded pictures
    alpha: bool = False  # draw the transparency of uploaded pictures
    race: tuple[Settings, ...] = ()  # of each training what is its own, if there are several

    def arguments(self) -> list[str]:
        """Returns the arguments of train.py, except for the device and the minutes."""
        options = {
            "--init-from": self.parent,
            "--recipe": self.recipe,
            "--dataset": self.dataset or PICTURES,
            "--labels": "metadata" if self.labels else None,
            "--classes": written_names(self.classes) or None,
            "--images": self.images,
            "--g-lr": self.g_lr,
            "--d-lr": self.d_lr,
            "--batch-size": self.batch_size,
            "--snapshot-every": self.snapshot_every,
            "--grid-every": self.grid_every,
            "--seed": self.seed,
        }
        named = [part for name, value in options.items() if value is not None for part in (name, str(value))]
        return [*named, *(["--flip"] if self.flip else []), *(["--alpha"] if self.alpha else []), *raced(self.race)]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "TrainingRequest":
        race = tuple(tuple(map(tuple, settings)) for settings in value.get("race", ()))
        return cls(**value | {"classes": tuple(value["classes"]), "race": race})


def raced(race: Iterable[Settings]) -> list[str]:
    """Returns the arguments of train.py for a race of these settings."""
    return [part for settings in race for part in ("--race", *(f"{field}={value}" for field, value in settings))]


def validated(request: Any, library: Library, limits: Limits, local_sets: dict[str, tuple[str, ...]]) -> TrainingRequest:
    """Validates a visitor's request. Raises UserError.

    `local_sets` are the built-in sets on this machine with their classes. The number of uploaded pictures isn't known yet.
    """
    if not isinstance(request, dict):
        raise UserError("request must be an object.")
    source = source_of(request)
    dataset = validation.one_of("name", source.get("name"), local_sets) if source["kind"] == "built-in" else None
    begun, race = _begun(request, library), racing.validated(request.get("race"))
    labels, alpha = (validation.yes_or_no(name, request.get(name, False)) for name in ("labels", "alpha"))
    if dataset and (labels or alpha):
        raise UserError("labels and alpha are of uploaded pictures.")
    if alpha and "parent" in begun:
        raise UserError("alpha is of a training from scratch: a run keeps its channels.")
    return TrainingRequest(
        **begun,
        **_length(request, limits.minutes / max(1, len(race))),
        dataset=dataset,
        classes=_classes(source.get("classes"), local_sets[dataset]) if dataset else (),
        g_lr=_maybe(request, "g_lr", validation.number, LEAST_RATE, MOST_RATE),
        d_lr=_maybe(request, "d_lr", validation.number, LEAST_RATE, MOST_RATE),
        batch_size=_maybe(request, "batch_size", validation.whole, 1, MOST_BATCH),
        snapshot_every=_maybe(request, "snapshot_every", validation.number, 1e-3, MOST_EPOCHS),
        grid_every=_maybe(request, "grid_every", validation.whole, 1, MOST_STEPS),
        seed=validation.seed(request.get("seed", 0)),
        flip=validation.yes_or_no("flip", request.get("flip", False)),
        labels=labels,
        alpha=alpha,
        race=race,
    )


def source_of(request: dict[str, Any]) -> dict[str, Any]:
    """Returns the request's source: {kind: "built-in", name, classes} or {kind: "upload", upload}."""
    source = request.get("source")
    if not isinstance(source, dict):
        raise UserError("source must say what to train on.")
    validation.one_of("kind", source.get("kind"), ("built-in", "upload"))
    return source


def parent_of(request: dict[str, Any], library: Library) -> Entry | None:
    """Returns the run to start from; None to train from scratch."""
    if request.get("run") is None:
        return None
    entry = validation.run(library, request["run"])
    if not entry.run.has_discriminator():
        raise UserError(f"The run {entry.shown} holds no discriminator, so no training can start from it.")
    return entry


def _begun(request: dict[str, Any], library: Library) -> dict[str, Any]:
    entry = parent_of(request, library)
    if entry is None:
        return {"recipe": validation.one_of("recipe", request.get("recipe"), RECIPES)}
    snapshot = validation.moment(entry, request.get("images"))
    # train.py accepts the names of runs on the Hub.
    folder = entry.name if entry.from_hub else f"{OWN if entry.private else CHECKPOINTS}/{sheets.file_stem(entry)}"
    named = {"run": entry.name, "of": entry.shown}
    if snapshot == entry.snapshots[-1]:
        return named | {"parent": folder}
    epoch = short(snapshot.epoch)
    exact = entry.run.snapshot(float(epoch)).images == snapshot.images
    return named | {"parent": f"{folder}@{epoch if exact else repr(snapshot.epoch)}"}


def _length(request: dict[str, Any], most_minutes: float) -> dict[str, Any]:
    minutes = _maybe(request, "minutes", validation.number, LEAST_MINUTES, most_minutes)
    images = _maybe(request, "length", validation.whole, 1, MOST_IMAGES)
    return {"minutes": most_minutes if minutes is None else minutes, "images": images}


def _classes(value: Any, names: tuple[str, ...]) -> tuple[str, ...]:
    """Returns the classes to train on, in the set's order; empty for all."""
    if value is None:
        return ()
    wished = validation.some("classes", value, 1, len(names), "class names")
    chosen = {validation.one_of("each of classes", name, names) for name in wished}
    return () if len(chosen) == len(names) else tuple(name for name in names if name in chosen)


def _maybe(request: dict[str, Any], name: str, check: Any, low: float, high: float) -> Any:
    return None if request.get(name) is None else check(name, request[name], low, high)
