"""Answers the page's questions about a finished example of a training, and about some of the real pictures."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ganlib import UserError, datasets
from ganlib.datasets import ImageSet
from ganlib.datasets.decoding import Preparation, prepare
from ganlib.datasets.pixels.opening import open_image
from ganlib.recipes import Recipe
from ganlib.runs.config import Config
from ganlib.sizes import Size
from studio import validation
from studio.drawing import sheets
from studio.jobs.job import Job
from studio.jobs.manager import JobManager
from studio.jobs.request import PICTURES
from studio.library import PRIVATE, Entry, Library
from studio.limiter import Limiter

SHOWN = 24  # pictures of a sheet
MOST_SIZE = 1024
SEED = 0


class Examples:
    """Answers questions about an example and about training pictures. Thread-safe."""

    def __init__(self, library: Library, jobs: JobManager):
        self._library, self._jobs = library, jobs
        self._reading = Limiter(2, "training pictures are being read")

    def answers(self) -> dict[str, Callable[[dict], dict]]:
        return {"train_example": self._example, "train_sample": self._sample, "train_real": self._real}

    def _example(self, question: dict) -> dict[str, Any]:
        """Returns a listed run that was fine-tuned from another on a built-in set, and the request that repeats it; empty
        if there is none."""
        entries = self._library.entries()
        for entry in entries.values():
            if len(entry.snapshots) <= 2 or entry.run.config.source not in datasets.BUILT_IN:
                continue
            config = entry.run.config
            parent = entries.get(config.parent)
            if parent and parent.opened and _repeatable(config.recipe, parent.opened.config.recipe):
                return _example(entry, parent)
        return {}

    def _sample(self, question: dict) -> dict[str, Any]:
        """Returns some pictures of a built-in set, or of its `classes`, at a network's `size` and `channels`; `of` is the size
        of that set."""
        name = validation.one_of("set", question.get("set"), datasets.BUILT_IN)
        known = datasets.BUILT_IN[name]
        wished = validation.some("classes", question.get("classes", []), 0, len(known.class_names), "class names")
        classes = [validation.one_of("each of classes", one, known.class_names) for one in wished]
        size = validation.size("size", question.get("size") or known.image_size, 1, MOST_SIZE)
        channels = validation.whole("channels", question.get("channels") or known.channels, 1, 4)
        with self._reading:
            return _of_set(name, classes, size, channels if channels in (1, 4) else 3)

    def _real(self, question: dict) -> dict[str, Any]:
        """Returns some training pictures of a job: "here", "coming", "gone" after its end, or "hidden", since uploads are shown
        only to their owner."""
        visitor, job = validation.visitor(question.get("visitor")), self._jobs.find(question.get("id"))
        config = self._config(job)
        if config is None:
            return {"data": "coming", "uploaded": job.order.dataset is None, "num": 0}
        if job.order.dataset is not None:
            with self._reading:
                shown = _of_set(job.order.dataset, job.order.classes, config.image_size, config.channels)
            return {"data": "here", "uploaded": False} | shown
        if not job.belongs_to(visitor):
            return {"data": "hidden", "uploaded": True, "num": 0}
        return {"uploaded": True} | _of_folder(job.folder / PICTURES, config)

    def _config(self, job: Job) -> Config | None:
        try:
            return self._library.find(PRIVATE + job.id).run.config
        except (UserError, AttributeError):  # the job has not begun
            return None


def _repeatable(recipe: Recipe, parent: Recipe) -> bool:
    """Whether a request can reproduce `recipe` from `parent`. A request sets learning rates and batch size only; fine-tuning
    sets augmentation and freezing itself."""
    changeable = ("g_lr", "d_lr", "batch_size", "augment", "freeze")
    return replace(recipe, **{name: getattr(parent, name) for name in changeable}) == parent


def _example(entry: Entry, parent: Entry) -> dict[str, Any]:
    config, last = entry.run.config, entry.snapshots[-1]
    half = min(entry.snapshots[1:-1], key=lambda snapshot: abs(snapshot.images - last.images / 2))
    history = entry.run.history()
    classes = list(config.classes or ())
    return {
        "run": entry.name,
        "parent": {"run": parent.name, "images": parent.snapshot(config.parent_images).images},
        "moments": [sheets.facts(half), sheets.facts(last)],
        "dataset": config.dataset,
        "classes": classes,
        "pictures": config.dataset_size,
        "images": last.images,
        "seconds": history[-1]["seconds"] if history else 0,
        "hardware": config.hardware,
        "request": {
            "run": parent.name,
            "images": config.parent_images,
            "source": {"kind": "built-in", "name": config.source} | ({"classes": classes} if classes else {}),
            "length": last.images,
            "g_lr": config.recipe.g_lr,
            "d_lr": config.recipe.d_lr,
            "batch_size": config.recipe.batch_size,
            "snapshot_every": config.snapshot_every,
            "grid_every": config.grid_every,
            "seed": config.seed,
        },
    }


@functools.lru_cache(maxsize=3)
def _natural(name: str) -> ImageSet:
    """Returns a built-in set at its own size, if it is on this machine."""
    known = datasets.BUILT_IN[name]
    return datasets.load_local(name, known.image_size, known.channels)


def _of_set(name: str, classes: Sequence[str], size: Size, channels: int) -> dict[str, Any]:
    images = _natural(name)
    if classes:
        assert images.labels is not None  # a built-in set has classes
        wanted = [datasets.BUILT_IN[name].class_names.index(one) for one in classes]
        among = np.flatnonzero(np.isin(images.labels, wanted))
    else:
        among = np.arange(len(images))
    chosen = np.random.default_rng(SEED).permutation(among)[:SHOWN]
    squares = [prepare(_picture(images.images[index]), Preparation.of(size, channels)) for index in chosen]
    return validation.pictures(np.stack(squares)) | {"of": len(among)}


def _picture(image: np.ndarray) -> Image.Image:
    """Converts uint8 (C, S, S) to a Pillow image."""
    return Image.fromarray(image[0] if len(image) == 1 else image.transpose(1, 2, 0))


def _of_folder(folder: Path, config: Config) -> dict[str, Any]:
    """Returns some uploaded pictures, which have the network's size already."""
    squares = []
    for path in sorted(folder.glob("*.png"))[:SHOWN]:
        try:
            with open_image(path) as image:
                squares.append(prepare(image, Preparation.of(config.image_size, config.channels)))
        except OSError:  # the job ended meanwhile and deleted them
            break
    return {"data": "here"} | validation.pictures(np.stack(squares)) if squares else {"data": "gone", "num": 0}
