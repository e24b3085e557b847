"""Answers the page's questions about trainings: options, estimate, start, state, actions, download.

Every question contains the visitor's token; only the visitor who started a job may change it.
"""

import base64
import os
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from ganlib import UserError, datasets
from ganlib.pictures import RGBA
from ganlib.recipes import RECIPES, Recipe
from ganlib.sizes import Size
from studio import validation
from studio.drawing import downloads, sheets
from studio.jobs import zerogpu
from studio.jobs.estimates import Estimates
from studio.jobs.examples import Examples
from studio.jobs.job import ENDED, Job, Materials
from studio.jobs.manager import JobManager
from studio.jobs.request import MOST_IMAGES, TrainingRequest, validated
from studio.library import PRIVATE, Entry, Library
from studio.limiter import Limiter
from studio.uploads.api import Uploads, sizes_of
from studio.uploads.upload import Sizes

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
            "datasets": [{"name": name, "classes": list(classes)} for name, classes in self.sets().items()],
            "limits": {name: getattr(limits, name) for name in ("minutes", "jobs", "pictures", "kept_hours")},
            "device": device,
            "hardware": hardware,
            "space": "SPACE_ID" in os.environ,
            "defaults": {"minutes": min(5.0, limits.minutes), "seed": 0},
        }

    def _estimate(self, question: dict) -> dict[str, Any]:
        """Measures the speed and the memory of the requested training in a few steps."""
        with self._request(question) as (order, materials):
            return self._estimates.of(order, materials)

    def _start(self, question: dict) -> dict[str, Any]:
        visitor = validation.visitor(question.get("visitor"))
        with self._request(question) as (order, materials):
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
        back since the page saw `stretches`."""
        visitor, job = validation.visitor(question.get("visitor")), self._jobs.find(question.get("id"))
        since, history = validation.whole("since", question.get("since", 0), 0, MOST_LINES), job.history()
        known = since if question.get("stretches", job.stretches) == job.stretches else 0
        mine = job.belongs_to(visitor)
        grids = sorted(int(path.stem) for path in job.path.glob("grids/*.webp") if path.stem.isdecimal())
        command = shlex.join(["python", "train.py", *job.order.arguments(), "--minutes", f"{job.order.minutes:g}"])
        return self._jobs.state(job) | {
            "title": job.title,
            "run": PRIVATE + job.id,
            "parent": _parent(job, mine),
            "history": history[known:],
            "lines": len(history),
            "grid": grids[-1] if grids else None,
            "grids": len(grids),
            "command": command,
            "mine": mine,
        }

    def _grid(self, question: dict) -> dict[str, Any]:
        """Returns the grid of a job's fixed latents after `images` images, a WebP as base64."""
        job = self._jobs.find(question.get("id"))
        images = validation.whole("images", question.get("images"), 0, MOST_IMAGES)
        path = job.path / "grids" / f"{images:09d}.webp"
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
        """Returns the visitor's run as a .zip of one folder, to be unpacked into any `--checkpoints`."""
        job = self._mine(question)
        if not (job.path / "config.json").exists():
            raise UserError("This training has left no run yet.")
        with self._packing:
            return {"file": base64.b64encode(downloads.packed(job.path)).decode(), "name": f"{job.name}.zip"}

    # ------------------------------------------------------------------------------------------ helpers

    @contextmanager
    def _request(self, question: dict) -> Iterator[tuple[TrainingRequest, Materials]]:
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

    def private_entries(self, visitor: Any) -> list[Entry]:
        """Returns the visitor's own runs that have begun, newest first; none for an invalid token."""
        entries = []
        for job in self._jobs.of(visitor):
            try:
                entries.append(self._library.find(PRIVATE + job.id))
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
