"""Answers the page's questions about trainings: options, estimate, start, state, actions, download.

Every question contains the visitor's token; only the visitor who started a job may change it.
"""

import base64
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from ganlib import UserError, datasets
from ganlib.pictures import RGBA
from ganlib.recipes import RECIPES, Recipe, suggest
from ganlib.sizes import Size
from studio import validation
from studio.drawing import downloads, sheets
from studio.jobs import racing, zerogpu
from studio.jobs.estimates import Estimates
from studio.jobs.examples import Examples
from studio.jobs.job import ENDED, Job, Materials
from studio.jobs.lane import Lane, history
from studio.jobs.manager import JobManager
from studio.jobs.request import MOST_IMAGES, TrainingRequest, validated
from studio.library import PRIVATE, Entry, Library
from studio.limiter import Limiter
from studio.limits import on_space
from studio.uploads.api import Uploads
from studio.uploads.upload import Sizes, sizes_of

MOST_GRID_BYTES = 4_000_000
MOST_LINES = 10**7  # of a history
ACTIONS = ("pause", "resume", "stop", "delete", "lower-rate", "more-augmentation", "rollback")


class JobsApi:
    """Answers questions about `jobs`. `uploads` holds the visitors' pictures. Thread-safe."""

    def __init__(self, library: Library, jobs: JobManager, uploads: Uploads):
        self._library, self._jobs, self._uploads = library, jobs, uploads
        self._estimates, self._examples = Estimates(jobs), Examples(library, jobs)
        self._local_sets: dict[str, tuple[str, ...]] = {}
        self._packing = Limiter(1, "runs are being packed")

    def answers(self) -> dict[str, Callable[[dict], dict]]:
        answers = {
            "train_options": self._options,
            "train_estimate": self._estimate,
            "train_start": self._start,
            "train_jobs": self._list,
            "train_state": self._state,
            "train_grid": self._grid,
            "train_do": self._do,
            "train_zip": self._zip,
        }
        return answers | self._examples.answers() | self._uploads.answers()

    def _options(self, question: dict) -> dict[str, Any]:
        """Returns what can be trained here: runs to start from, recipes, built-in sets, limits, the device and defaults."""
        visitor, limits = validation.visitor(question.get("visitor")), self._jobs.limits
        entries = [*self._library.entries().values(), *self.private_entries(visitor)]
        device, hardware = zerogpu.device(self._jobs.device)
        return {
            "runs": [_run(entry) for entry in entries if _startable(entry)],
            "recipes": [_recipe(recipe) for recipe in RECIPES.values()],
            "datasets": [
                {"name": name, "classes": list(classes), "recipe": suggest(name).name} for name, classes in self.sets().items()
            ],
            "limits": {name: getattr(limits, name) for name in ("minutes", "jobs", "pictures", "kept_hours")},
            "device": device,
            "hardware": hardware,
            "fleeting": on_space() and not self._jobs.lasting,
            "race": racing.options(),
            "defaults": {"minutes": min(5.0, limits.minutes), "seed": 0},
        }

    def _estimate(self, question: dict) -> dict[str, Any]:
        """Measures the speed and the memory of the requested training in a few steps."""
        with self.requested(question) as (order, materials):
            return self._estimates.of(order, materials)

    def _start(self, question: dict) -> dict[str, Any]:
        visitor = validation.visitor(question.get("visitor"))
        with self.requested(question) as (order, materials):
            id = self._jobs.start(visitor, order, materials)
        if materials.pictures:
            self._uploads.keep_until(visitor, question["request"]["source"]["upload"], partial(self._over, id))
        return {"id": id}

    def _list(self, question: dict) -> dict[str, Any]:
        """Returns the visitor's jobs, newest first."""
        jobs = self._jobs.of(validation.visitor(question.get("visitor")))
        names = ("id", "title", "state", "created", "begun", "ended")
        return {"jobs": [{name: getattr(job, name) for name in names} | self._place(job) for job in jobs]}

    def _state(self, question: dict) -> dict[str, Any]:
        """Returns a job's state, and its history after the first `since` lines: all of it if the job has restarted or rolled
        back since the page saw `stretches`. Of a race `since` and `stretches` are lists, and what is of one of its runs is an
        item of `lanes`."""
        visitor, job = validation.visitor(question.get("visitor")), self._jobs.find(question.get("id"))
        mine = job.belongs_to(visitor)
        command = shlex.join(["python", "train.py", *job.order.arguments(), "--minutes", f"{job.order.minutes:g}"])
        state = self._jobs.state(job)  # before the files: an end is told with all that came before it
        each = zip(job.runs.items(), job.order.race or [()], state.pop("lanes"), _seen(question, job), strict=True)
        known = [self._lane(job, *one) for one in each]
        return (
            state
            | {"title": job.title, "parent": _parent(job, mine), "command": command, "mine": mine}
            | ({"lanes": known} if job.order.race else known[0])
        )

    def _lane(
        self, job: Job, named: tuple[str, Lane], settings: racing.Settings, facts: dict[str, Any], seen: tuple[int, int | None]
    ) -> dict[str, Any]:  # fmt: skip
        """Returns what `_state` tells of one of a job's runs; `seen` are the lines and the stretches that the page knows, and
        `settings` what is its own in a race."""
        (run, lane), (since, stretches) = named, seen
        path = job.path(lane)
        lines = history(path)
        grids = sorted(int(grid.stem) for grid in path.glob("grids/*.webp") if grid.stem.isdecimal())
        return facts | {
            "run": PRIVATE + run,
            "settings": dict(settings),
            "history": lines[since if stretches in (None, facts["stretches"]) else 0 :],
            "lines": len(lines),
            "grid": grids[-1] if grids else None,
            "grids": len(grids),
        }

    def _grid(self, question: dict) -> dict[str, Any]:
        """Returns the grid of a job's fixed latents, of a race its `lane`-th run's from 0, after `images` images: a WebP as
        base64."""
        job, lane = self._run_of(question)
        images = validation.whole("images", question.get("images"), 0, MOST_IMAGES)
        path = job.path(lane) / "grids" / f"{images:09d}.webp"
        try:
            if path.stat().st_size <= MOST_GRID_BYTES:
                return {"picture": base64.b64encode(path.read_bytes()).decode()}
        except OSError:
            pass
        raise UserError("There is no such picture of this training.")

    def _do(self, question: dict) -> dict[str, Any]:
        """Pauses, resumes, stops or deletes the visitor's job, or applies a remedy to it."""
        job = self._mine(question)
        action = validation.one_of("action", question.get("action"), ACTIONS)
        if action in ("pause", "resume", "stop", "delete"):
            getattr(self._jobs, action)(job)
        else:
            self._jobs.remedy(job, action)
        return {"done": action}

    def _zip(self, question: dict) -> dict[str, Any]:
        """Returns the visitor's run, of a race the `lane`-th from 0, as a .zip of one folder, to be unpacked into any
        `--checkpoints`."""
        self._mine(question)
        job, lane = self._run_of(question)
        path = job.path(lane)
        if not (path / "config.json").exists():
            raise UserError("This training has left no run yet.")
        with self._packing:
            return {"file": base64.b64encode(downloads.packed(path)).decode(), "name": f"{path.name}.zip"}

    @contextmanager
    def requested(self, question: dict) -> Iterator[tuple[TrainingRequest, Materials]]:
        """Validates a request and deletes unused uploads: yields the request and its materials, and deletes on exit the
        prepared pictures that no job took. Raises UserError."""
        visitor = validation.visitor(question.get("visitor"))
        request: Any = question.get("request")
        order = validated(request, self._library, self._jobs.limits, self.sets())
        parent = self._library.find(order.run) if order.run else None
        pictures = None
        if order.dataset is None:
            size, channels = _shape(parent, order)
            pictures = self._uploads.folder(visitor, request["source"].get("upload"), size, channels, order.labels)
            order = replace(order, pictures=len(list(pictures.glob("*.png"))))
        private = (sheets.file_stem(parent), parent.run.path) if parent and parent.private else None
        materials = Materials(self._library.checkpoints, private, pictures)
        try:
            yield order, materials
        finally:
            materials.discard()

    # ------------------------------------------------------------------------------------------ helpers

    def private_entries(self, visitor: Any) -> list[Entry]:
        """Returns the visitor's own runs that have begun, newest first; none for an invalid token."""
        entries = []
        for run in (run for job in self._jobs.of(visitor) for run in job.runs):
            try:
                entries.append(self._library.find(PRIVATE + run))
            except UserError:
                continue
        return entries

    def _over(self, id: str) -> bool:
        """Whether a job has ended or was deleted."""
        try:
            return self._jobs.find(id).state in ENDED
        except UserError:
            return True

    def _mine(self, question: dict) -> Job:
        return self._jobs.find(question.get("id"), validation.visitor(question.get("visitor")))

    def _run_of(self, question: dict) -> tuple[Job, Lane]:
        job = self._jobs.find(question.get("id"))
        return job, job.lanes[validation.whole("lane", question.get("lane", 0), 0, len(job.lanes) - 1)]

    def _place(self, job: Job) -> dict[str, Any]:
        return {"place": self._jobs.state(job)["place"], "run": PRIVATE + job.id}

    def sets(self) -> dict[str, tuple[str, ...]]:
        """Returns the built-in sets that need no download, with their classes."""
        for name in datasets.BUILT_IN.keys() - self._local_sets.keys():
            try:
                known = datasets.BUILT_IN[name]
                datasets.load_local(name, known.image_size, known.channels)
                self._local_sets[name] = known.class_names
            except UserError:
                continue
        return {name: self._local_sets[name] for name in datasets.BUILT_IN if name in self._local_sets}


def _startable(entry: Entry) -> bool:
    """Whether a training can start from the run: it has a snapshot and a discriminator."""
    return bool(entry.snapshots) and entry.run.has_discriminator()


def _run(entry: Entry) -> dict[str, Any]:
    config = entry.run.config
    return {
        "run": entry.name,
        "title": entry.shown,
        "private": entry.private,
        "dataset": config.source if config.source in datasets.BUILT_IN else None,
        "conditional": config.num_classes > 0,
        "classes": list(config.class_names or ()),
        "size": config.image_size,
        "channels": config.channels,
        "moments": [sheets.facts(snapshot) for snapshot in entry.snapshots],
    } | _rates(config.recipe)


def _recipe(recipe: Recipe) -> dict[str, Any]:
    return {
        "name": recipe.name,
        "summary": recipe.summary,
        "size": recipe.image_size,
        "conditional": recipe.conditional,
    } | _rates(recipe)


def _rates(recipe: Recipe) -> dict[str, Any]:
    return {"g_lr": recipe.g_lr, "d_lr": recipe.d_lr, "batch_size": recipe.batch_size}


def _shape(parent: Entry | None, order: TrainingRequest) -> tuple[Size | Sizes, int | None]:
    """Returns the size of cropped uploads, or those of which one is chosen, and their channels; None to keep these."""
    if parent:
        return parent.run.config.image_size, parent.run.config.channels
    assert order.recipe is not None  # without a parent there is one
    return RECIPES[order.recipe].image_size or sizes_of(order.recipe), RGBA if order.alpha else None


def _parent(job: Job, mine: bool) -> dict[str, Any] | None:
    """Returns the run that a job started from; the name of a private one only for its owner."""
    name = job.order.run
    if name is None:
        return None
    return {"run": name if mine or not name.startswith(PRIVATE) else None, "title": job.order.of}


def _seen(question: dict, job: Job) -> list[tuple[int, int | None]]:
    """Returns how many lines and stretches of each run the page knows; None for stretches where it doesn't say."""
    since, stretches = question.get("since", 0), question.get("stretches")
    if not job.order.race:
        return [(validation.whole("since", since, 0, MOST_LINES), _stretches(stretches))]
    num = len(job.lanes)
    since = validation.some("since", since or [0] * num, num, num)
    stretches = validation.some("stretches", stretches or [None] * num, num, num)
    return [
        (validation.whole("each of since", one, 0, MOST_LINES), _stretches(other))
        for one, other in zip(since, stretches, strict=True)
    ]


def _stretches(value: Any) -> int | None:
    return None if value is None else validation.whole("stretches", value, 0, MOST_LINES)
