"""What the page's own scripts ask of the server: latents, their principal directions, the pictures of latents, and files.

The page holds latents itself: it moves, mixes and interpolates them, and asks for nothing but their pictures. One question
is one dictionary with `what` in it, one answer is another; arrays and files travel as base64 of their bytes. Every value
is checked, since anyone can send anything: what is wrong with a question comes back as one sentence under `error`.
"""

import base64
import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ganlib import UserError, pictures
from studio import checks, drawing, outlines, saving
from studio.derivations import Derivations
from studio.judging import Judging
from studio.lessons import Lessons
from studio.library import Entry, Library
from studio.reporting import Reports
from studio.turns import turn

MOST_PIXELS = 1024 * 64 * 64  # of all pictures of one answer
MOST_SNAPSHOTS = 256
MOST_GRIDS, MOST_GRID_BYTES = 40, 4_000_000  # of an album: pictures, and bytes of each
MOST_TEXT = 4000  # of a QR code


def about(entry: Entry) -> dict[str, Any]:
    """A run as the page's scripts know it."""
    config = entry.run.config
    return {
        "run": entry.name,
        "title": entry.shown,
        "lineage": config.lineage,
        "dim": config.recipe.latent_dim,
        "size": config.image_size,
        "channels": config.channels,
        "pixelated": pictures.pixelated(config.image_size),
        "local": outlines.possible(entry),
        "classes": list(config.class_names[: config.num_classes]) if config.num_classes else [],
        "moments": [drawing.facts(snapshot) for snapshot in entry.snapshots],
    }


def answered(library: Library, answer: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `answer` gives; where it raises, one sentence under `error`."""
    try:
        return answer()
    except UserError as error:
        return {"error": library.private(error)}
    except Exception:
        logging.getLogger(__name__).exception("a question of the page could not be answered")
        return {"error": "The server could not answer this."}


class Engine:
    """Answers the questions of the page's scripts, over the runs of `library`. Safe to use from several threads.

    `rooms` are others that answer some, by a method `answers`.
    """

    def __init__(self, library: Library, *rooms: Any):
        self._library = library
        self._drawing = threading.Semaphore(2)  # more at once would only share the same cores
        self._filming = threading.Semaphore(1)  # seconds long: one at a time, while others draw
        self._answers: dict[str, Callable[[dict], dict]] = {
            "about": self._about,
            "latents": self._latents,
            "directions": self._directions,
            "draw": self._draw,
            "png": self._png,
            "animation": self._animation,
            "qr": self._qr,
            "album": self._album,
        }
        for room in (Lessons(library), Judging(library), Derivations(), Reports(library), *rooms):
            self._answers |= room.answers()

    def server_function(self) -> Callable[[Any], dict[str, Any]]:
        """`ask(question)` as a gr.HTML component takes it."""

        def ask(question: Any) -> dict[str, Any]:
            what = question.get("what") if isinstance(question, dict) else None
            return answered(self._library, lambda: self._answers[checks.one_of("what", what, self._answers)](question))

        return ask

    def _about(self, question: dict) -> dict[str, Any]:
        return about(checks.run(self._library, question.get("run")))

    def _latents(self, question: dict) -> dict[str, Any]:
        """The first `num` latents of `seed`."""
        entry = checks.run(self._library, question.get("run"))
        num = checks.whole("num", question.get("num"), 1, checks.MOST_LATENTS)
        seed = checks.seed(question.get("seed"))
        return {"z": checks.encode(drawing.latents_of(self._library, entry, entry.snapshots[-1], num, seed))}

    def _directions(self, question: dict) -> dict[str, Any]:
        """The strongest principal directions of a snapshot's latent, one standard deviation each."""
        entry = checks.run(self._library, question.get("run"))
        snapshot = checks.moment(entry, question.get("images"))
        return {"directions": checks.encode(self._library.directions(entry, snapshot))}

    def _draw(self, question: dict) -> dict[str, Any]:
        """Pictures of latents: uint8 (N, size, size, channels); with several snapshots, all of the first one first."""
        scene = self._scene(question)
        with turn(self._drawing):
            images = scene.images(self._library).transpose(0, 2, 3, 1)
        return {"pictures": checks.encode(images), "size": images.shape[1], "channels": images.shape[3], "num": len(images)}

    def _png(self, question: dict) -> dict[str, Any]:
        """A lossless grid with its settings inside, in `columns` where it is said, and what to call the file."""
        scene, columns = self._scene(question), question.get("columns")
        if columns is not None:
            columns = checks.whole("columns", columns, 1, len(scene.z) * len(scene.snapshots))
        with turn(self._drawing):
            saved = saving.picture(self._library, scene, columns)
        return {"png": base64.b64encode(saved.content).decode(), "file": saved.name}

    def _animation(self, question: dict) -> dict[str, Any]:
        """The way through the latents as a file."""
        scene, motion = self._scene(question), saving.Motion.asked(question)
        with turn(self._filming):
            saved = saving.animation(self._library, scene, motion)
        return {"file": base64.b64encode(saved.content).decode(), "mime": saved.mime, "name": saved.name}

    def _album(self, question: dict) -> dict[str, Any]:
        """The pictures that a training left, as they are, and its losses: all there is of a run without weights."""
        entry = self._library.find(question.get("run"))
        chosen = drawing.spread(entry.grids, MOST_GRIDS)
        shown = {grid: webp for grid in chosen if (webp := _webp(grid.path))}
        found = {"moments": [drawing.facts(grid) for grid in shown], "pictures": list(shown.values())}
        if not shown:
            return found
        pixelated = pictures.pixelated(entry.run.config.image_size)
        return found | {"run": entry.name, "pixelated": pixelated} | drawing.losses(self._library, entry)

    def _qr(self, question: dict) -> dict[str, Any]:
        return {"svg": saving.qr(checks.text("text", question.get("text"), MOST_TEXT))}

    def _scene(self, question: dict) -> saving.Scene:
        """The run, snapshots and latents of a question. Raises UserError."""
        entry = checks.run(self._library, question.get("run"))
        images = question.get("images")
        wished = checks.some("images", images, 1, MOST_SNAPSHOTS) if isinstance(images, list) else [images]
        snapshots = [checks.moment(entry, images) for images in wished]
        config = entry.run.config
        z = checks.latents(question.get("z"), config.recipe.latent_dim)
        if len(z) * len(snapshots) * config.image_size**2 > MOST_PIXELS:
            raise UserError(f"Ask for {MOST_PIXELS // config.image_size**2} pictures at most.")
        labels = checks.labels(entry, question.get("labels"), len(z))
        truncation = checks.truncation(question.get("truncation", 1))
        return saving.Scene(entry, snapshots, z, labels, truncation, checks.origins(question.get("from"), len(z)))


def _webp(path: Path) -> str | None:
    """The file as base64; None for one that can't be read or is larger than any grid."""
    try:
        small = path.is_file() and path.stat().st_size <= MOST_GRID_BYTES
        return base64.b64encode(path.read_bytes()).decode() if small else None
    except OSError:
        return None
