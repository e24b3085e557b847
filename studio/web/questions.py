"""Answers the page's requests ("questions") by name: latents, principal directions, pictures of latents, files to save.

The page keeps the latents, moves, mixes and interpolates them, and requests only their pictures. A question is a dictionary
with its name under `what`, an answer is a dictionary; arrays and files are sent as base64. Every value is validated, since
it comes from an untrusted client: a mistake is answered by one sentence under `error`.
"""

import base64
import contextlib
import inspect
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, TypeVar

import numpy as np
from starlette.concurrency import run_in_threadpool

from ganlib import UserError, sizes
from ganlib.files import DamagedFile
from ganlib.inversion.projector import as_images
from ganlib.runs import inversion_errors
from ganlib.runs.directions import is_marked
from studio import validation
from studio.browser import onnx_graphs
from studio.drawing import downloads, projecting, sheets
from studio.drawing.batcher import Batcher
from studio.drawing.fair_queue import AGAIN, Busy
from studio.drawing.sample_zip import most_pictures
from studio.learning.derivations import Derivations
from studio.learning.discriminator import DiscriminatorQuestions
from studio.learning.lab_report import Reports
from studio.learning.lessons import Lessons
from studio.learning.passages import Passages
from studio.library import Entry, Library
from studio.limiter import Limiter
from studio.web.kin import Kin
from studio.web.mixing import Mixing, stage_sides
from studio.web.sweeps import Sweeps
from studio.web.switches import Switches
from studio.words import WORDS

MOST_PIXELS = 1024 * 64 * 64  # of all pictures in one answer
MOST_SNAPSHOTS = 256
MOST_GRIDS = 40  # of an album
VISITOR = 32  # characters of a visitor's token
MOST_TEXT = 4000  # of a QR code
Handler = TypeVar("Handler", bound=Callable[..., Any])


def about(entry: Entry) -> dict[str, Any]:
    """Returns what the page's scripts need to know of a run."""
    config = entry.run.config
    return {
        "run": entry.name,
        "title": entry.shown,
        "lineage": config.lineage,
        "dim": config.recipe.latent_dim,
        "latent": config.recipe.latent,
        "size": config.image_size,
        "channels": config.channels,
        **sheets.look(entry),
        "local": onnx_graphs.possible(entry),
        "classes": list(config.labels),
        "moments": [sheets.facts(snapshot) for snapshot in entry.snapshots],
        "most": most_pictures(config),
        "stages": stage_sides(entry),
        "inversion": _inversion(entry),
    }


def _inversion(entry: Entry) -> dict[str, Any] | None:
    """Returns how near searches come to real pictures at the last snapshot, ascending grey levels, and whether these were held
    out; None if that wasn't measured or its file is damaged."""
    with contextlib.suppress(DamagedFile):
        if entry.snapshots and (known := inversion_errors.read(entry.run.path, entry.snapshots[-1].images)):
            return {"images": known.images, "real": known.real, "held_out": bool(known.held_out)}
    return None


def answered(library: Library, answer: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Returns the result of `answer()`, or `error_answer` if it raises."""
    try:
        return answer()
    except Exception as error:
        return error_answer(library, error)


def error_answer(library: Library, error: Exception) -> dict[str, Any]:
    """Returns one sentence under `error`; for a full queue, the place in it and the seconds until the page must retry."""
    if isinstance(error, Busy):
        return {"busy": error.place, "again": AGAIN}
    if isinstance(error, UserError):
        return {"error": library.without_paths(error)}
    logging.getLogger(__name__).error("a question of the page could not be answered", exc_info=error)
    return {"error": "The server could not answer this."}


class Answers(Protocol):
    """An object that answers some of the page's questions."""

    def answers(self) -> dict[str, Callable[[dict], dict]]:
        """Returns the handlers by their questions' names."""


def handler_of(question: Any, handlers: Mapping[str, Handler]) -> Handler:
    """Returns the handler that a question names under `what`. Raises UserError if there is none."""
    what = question.get("what") if isinstance(question, dict) else None
    return handlers[validation.one_of("what", what, handlers)]


class Questions:
    """Answers the page's questions about the runs of `library`. Thread-safe.

    `others` answer further questions. Pictures are drawn by `batcher`; waiting for it blocks no thread.
    """

    def __init__(self, library: Library, *others: Answers, batcher: Batcher | None = None):
        self._library, self._batcher = library, batcher or Batcher(library)
        self._filming = Limiter(1, "animations are being drawn")  # each takes seconds
        self._answers: dict[str, Callable[[dict], dict | Awaitable[dict]]] = {
            "about": self._about,
            "latents": self._latents,
            "directions": self._directions,
            "draw": self._draw,
            "png": self._png,
            "animation": self._animation,
            "qr": self._qr,
            "project": self._project,
            "drag": self._drag,
            "album": self._album,
        }
        learning: list[Answers] = [
            Lessons(library),
            DiscriminatorQuestions(library),
            Derivations(),
            Passages(),
            Reports(library),
        ]
        pages: list[Answers] = [Kin(library), Switches(library), Mixing(library), Sweeps(library), *learning, *others]
        for other in pages:
            self._answers |= other.answers()

    async def answer(self, question: Any) -> dict[str, Any]:
        """Answers an untrusted question."""
        try:
            answer = handler_of(question, self._answers)
            begun = answer(question) if inspect.iscoroutinefunction(answer) else await run_in_threadpool(answer, question)
            return await begun if isinstance(begun, Awaitable) else begun
        except Exception as error:
            return error_answer(self._library, error)

    def _about(self, question: dict) -> dict[str, Any]:
        return about(validation.run(self._library, question.get("run")))

    def _latents(self, question: dict) -> dict[str, Any]:
        """Returns the first `num` latents of `seed`."""
        entry = validation.run(self._library, question.get("run"))
        num = validation.whole("num", question.get("num"), 1, validation.MOST_LATENTS)
        seed = validation.seed(question.get("seed"))
        return {"z": validation.encode(sheets.latents_of(self._library, entry, entry.snapshots[-1], num, seed))}

    def _directions(self, question: dict) -> dict[str, Any]:
        """Returns the first principal directions of a snapshot's latent, one standard deviation each, and its named ones: what
        each moves, the key of its word, R², and the gradient, in deviations of the attribute by unit of z. Those from marked
        samples have instead of R² the numbers of these, and a gradient of length 1."""
        entry = validation.run(self._library, question.get("run"))
        snapshot = validation.moment(entry, question.get("images"))
        table = self._library.named_directions(entry, snapshot)
        gradients = np.array([row["gradient"] for row in table.values()], np.float32)
        return {
            "directions": validation.encode(self._library.directions(entry, snapshot)),
            "named": [_named(name, row) for name, row in table.items()],
            "gradients": validation.encode(gradients),
        }

    async def _draw(self, question: dict) -> dict[str, Any]:
        """Returns pictures of latents, uint8 (N, height, width, channels); with several snapshots, ordered by snapshot."""
        scene = await run_in_threadpool(self._scene, question)
        return await run_in_threadpool(validation.pictures, await self._images(scene, question))

    async def _png(self, question: dict) -> dict[str, Any]:
        """Returns a PNG grid with its settings inside, in `columns` if given, and its file name."""
        scene, columns = await run_in_threadpool(self._scene, question), question.get("columns")
        if columns is not None:
            columns = validation.whole("columns", columns, 1, len(scene.z) * len(scene.snapshots))
        saved = await run_in_threadpool(downloads.picture, scene, await self._images(scene, question), columns)
        return {"png": base64.b64encode(saved.content).decode(), "file": saved.name}

    def _animation(self, question: dict) -> dict[str, Any]:
        """Returns an animation through the latents as a file."""
        scene, motion = self._scene(question), downloads.Motion.validated(question)
        with self._filming:
            saved = downloads.animation(self._library, scene, motion)
        return {"file": base64.b64encode(saved.content).decode(), "mime": saved.mime, "name": saved.name}

    def _album(self, question: dict) -> dict[str, Any]:
        """Returns the grids that a training wrote, and its losses: what can be shown of a run without weights."""
        entry = self._library.find(question.get("run"))
        chosen = sheets.spread(entry.grids, MOST_GRIDS)
        shown = {grid: webp for grid in chosen if (webp := sheets.webp(grid.path))}
        found = {"moments": [sheets.facts(grid) for grid in shown], "pictures": list(shown.values())}
        if not shown:
            return found
        return found | {"run": entry.name} | sheets.look(entry) | sheets.losses(self._library, entry)

    async def _project(self, question: dict) -> dict[str, Any]:
        """Returns the latents of a picture of the run's size, weighed by a `mask`, with their labels, pictures and errors, and
        how near the first is: one, or from a latent `z` several."""

        def wished() -> projecting.Wish:
            entry = validation.run(self._library, question.get("run"))
            images = validation.picture(entry, question.get("picture"))
            snapshot, mask = validation.moment(entry, question.get("images")), validation.mask(entry, question.get("mask"))
            if question.get("z") is None:
                label, z = validation.label(entry, question.get("label")), None
                labels = None if label is None else np.array([label])
            else:
                z, labels = self._start(entry, question)
            return projecting.wish_of_picture(entry, snapshot, images, labels, question.get("prior"), mask, z)

        return await self._found(wished, question)

    async def _drag(self, question: dict) -> dict[str, Any]:
        """Returns the latent near `z` whose picture has patches moved from handles to targets, as `_project` does."""

        def wished() -> projecting.Wish:
            entry = validation.run(self._library, question.get("run"))
            z, labels = self._start(entry, question)
            snapshot, mask = validation.moment(entry, question.get("images")), validation.mask(entry, question.get("mask"))
            pairs, radius, prior = map(question.get, ("pairs", "radius", "prior"))
            return projecting.wish_of_drag(entry, snapshot, z, labels, pairs, radius, prior, mask)

        return await self._found(wished, question)

    @staticmethod
    def _start(entry: Entry, question: dict) -> tuple[np.ndarray, np.ndarray | None]:
        """Validates the latent of an edit, with its label."""
        z = validation.latents(question.get("z"), entry.run.config.recipe.latent_dim)[:1]
        return z, validation.labels(entry, question.get("labels"), 1)

    async def _found(self, wished: Callable[[], projecting.Wish], question: dict) -> dict[str, Any]:
        wish = await run_in_threadpool(wished)
        found = await self._batcher.found(wish, str(question.get("visitor"))[:VISITOR])
        config = wish.entry.run.config
        images = as_images(found, (1, config.channels, *sizes.height_width(config.image_size)))
        labels = None if found.labels is None else found.labels.tolist()
        each = {"z": validation.encode(found.z), "labels": labels, "errors": found.errors.astype(float).round(3).tolist()}
        return each | wish.facts(found) | validation.pictures(images)

    def _qr(self, question: dict) -> dict[str, Any]:
        return {"svg": downloads.qr(validation.text("text", question.get("text"), MOST_TEXT))}

    async def _images(self, scene: downloads.Scene, question: dict) -> np.ndarray:
        return await self._batcher.images(scene, str(question.get("visitor"))[:VISITOR])

    def _scene(self, question: dict) -> downloads.Scene:
        """Validates the run, snapshots and latents of a question. Raises UserError."""
        entry = validation.run(self._library, question.get("run"))
        images = question.get("images")
        wished = validation.some("images", images, 1, MOST_SNAPSHOTS) if isinstance(images, list) else [images]
        snapshots = [validation.moment(entry, images) for images in wished]
        config = entry.run.config
        z = validation.latents(question.get("z"), config.recipe.latent_dim)
        area = sizes.pixels(config.image_size)
        if len(z) * len(snapshots) * area > MOST_PIXELS:
            raise UserError(f"Ask for {MOST_PIXELS // area} pictures at most.")
        labels = validation.labels(entry, question.get("labels"), len(z))
        truncation = validation.truncation(question.get("truncation", 1))
        return downloads.Scene(entry, snapshots, z, labels, truncation, validation.origins(question.get("from"), len(z)))


def _named(name: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what the page shows of a direction."""
    known = {"marked": row["marked"]} if is_marked(row) else {"r2": row["r2"]}
    return {"name": name, "word": "" if is_marked(row) else _word_of(name)} | known


def _word_of(attribute: str) -> str:
    """Returns the key of an attribute's word; "" for one without."""
    key = f"attribute_{attribute.replace(' ', '_')}"
    return key if key in WORDS else ""
