"""The public endpoints `/sample`, `/compare`, `/explore`, `/interpolate`, `/project` and `/drag`, for gradio_client and MCP.

Typed functions that validate every value and return a file, the last two with numbers beside it.
"""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np
from gradio import FileData

from ganlib import UserError, pictures, sampling
from ganlib.inversion import PRIOR, projector
from studio import library as runs
from studio import validation
from studio.drawing import downloads, projecting, sheets
from studio.gradio_edge.served_files import ServedFiles
from studio.web import seed_sheet

if TYPE_CHECKING:
    from ganlib.runs.run import Snapshot
    from studio.drawing.batcher import Batcher
    from studio.library import Entry, Library

MOST_SNAPSHOTS, MOST_ROWS = 16, 16
MOST_SIGMA = 10  # standard deviations of a slider


def publish(library: "Library", page: gr.Blocks, drawer: "Batcher") -> None:
    """Adds the endpoints to the page under construction."""
    served = ServedFiles(page)

    def file(saved: "downloads.Download") -> FileData:
        return served.file(saved.content, saved.name, saved.mime)

    def sample(
        run: str,
        epoch: float | None = None,
        num: int = 64,
        seed: int = 0,
        truncation: float = 1.0,
        label: str | int | None = None,
    ) -> FileData:
        """Draws pictures of a run as a grid in one PNG file, settings embedded. Without a label, labels cycle."""
        wished = seed_sheet.Sample.validated(validation.run(library, run), epoch, num, seed, truncation, label)
        return file(wished.sheet(wished.scene(library).images(library)))

    def compare(
        run: str,
        epochs: list[float] | None = None,
        seed: int = 0,
        truncation: float = 1.0,
        label: str | int | None = None,
        num: int = 8,
    ) -> FileData:
        """Draws the same latents (rows) at the snapshots nearest to `epochs` (columns) as one PNG file."""
        entry = validation.run(library, run)
        num, seed = validation.whole("num", num, 1, MOST_ROWS), validation.seed(seed)
        truncation, chosen = validation.truncation(truncation), validation.label(entry, label)
        snapshots = _snapshots(entry, epochs)
        images = sheets.strip_images(library, entry, snapshots, num, seed, chosen, truncation)
        settings = {"seed": seed, "truncation": truncation, "label": chosen, "num": num}
        return file(downloads.sheet(entry, snapshots, images, len(snapshots), settings))

    def explore(
        run: str,
        epoch: float | None = None,
        seed: int = 0,
        index: int = 0,
        sliders: list[float] | None = None,
        label: str | int | None = None,
        truncation: float = 1.0,
    ) -> FileData:
        """Draws one picture as a PNG file, settings embedded: the latent `index` of `seed`, moved by `sliders` standard
        deviations along the snapshot's principal directions, strongest first. Without a label, uses that of `/sample`."""
        entry = validation.run(library, run)
        seed, index = validation.seed(seed), validation.whole("index", index, 0, seed_sheet.MOST_PICTURES - 1)
        truncation, chosen = validation.truncation(truncation), validation.label(entry, label)
        snapshot = validation.nearest(entry, epoch)
        steps = _steps(sliders)
        z = sheets.latents_of(library, entry, snapshot, index + 1, seed)[index:]
        if any(steps):
            z = z + _moved(library.directions(entry, snapshot), steps)
        labels = sampling.labels_for(entry.run.config, index + 1, chosen)
        origin = None if any(steps) else {"seed": seed, "index": index}
        scene = downloads.Scene(entry, [snapshot], z, None if labels is None else labels[index:], truncation, [origin])
        return file(downloads.picture(scene, scene.images(library), seed=seed, index=index, sliders=steps))

    def interpolate(
        run: str,
        epoch: float | None = None,
        seeds: list[int] | None = None,
        labels: list[str | int] | None = None,
        mode: str = "slerp",
        frames: int = 60,
        seconds: float = 4.0,
        closed: bool = True,
        truncation: float = 1.0,
        kind: str = "webp",
    ) -> FileData:
        """Draws an animation (`kind` webp, gif or mp4) through 2 to 32 key frames, the first latent of each of `seeds`
        (default 0, 1, 2), by `mode` slerp or lerp; it loops if `closed`. `labels`: one per seed; without them, they cycle."""
        entry = validation.run(library, run)
        given = validation.some("seeds", [0, 1, 2] if seeds is None else seeds, 2, downloads.MOST_KEYS, "seeds")
        seeds = [validation.seed(seed, "each of seeds") for seed in given]
        settings = {"mode": mode, "closed": closed, "frames": frames, "seconds": seconds, "kind": kind}
        motion = downloads.Motion.validated(settings)
        truncation, snapshot = validation.truncation(truncation), validation.nearest(entry, epoch)
        chosen = _labels(entry, labels, len(seeds))
        z = np.concatenate([sheets.latents_of(library, entry, snapshot, 1, seed) for seed in seeds])
        origins = [{"seed": seed, "index": 0} for seed in seeds]
        return file(downloads.animation(library, downloads.Scene(entry, [snapshot], z, chosen, truncation, origins), motion))

    def shown(wish: "projecting.Wish", image: np.ndarray) -> tuple[dict, FileData]:
        found = drawer.found_now(wish)
        drawn = projector.as_images(found, (1, *image.shape))[0]
        facts = wish.facts(found) | {"z": found.z[0].astype(float).round(6).tolist()}
        content = pictures.png(
            pictures.as_picture(projector.strip(image, drawn)), sheets.settings_of(wish.entry, [wish.snapshot], **facts)
        )
        return facts, file(downloads.Download(content, f"{sheets.stem(wish.entry, [wish.snapshot])}-found.png", downloads.PNG))

    def project(
        run: str,
        picture: str,
        epoch: float | None = None,
        label: str | int | None = None,
        prior: float = PRIOR,
        mask: str | None = None,
        z: list[float] | None = None,
    ) -> tuple[dict, FileData]:
        """Finds a picture in a run's latent space. `picture` is the base64 of a picture's file or a data: URL. Returns z, the
        label that fits best (or the given one), the error `rmse` in grey levels, `far` if no start came near, and than how many
        of 100 real pictures it is odder; and a PNG: yours | found | difference. `prior` 0 is as near as possible, larger
        values give likelier latents. `mask` is a picture as large as `picture`: white pixels count most, black ones not at all.
        With a latent `z` the search goes from there: a painted picture."""
        entry = validation.run(library, run)
        images, weights = projecting.picture_of(entry, picture, mask)
        snapshot, chosen = validation.nearest(entry, epoch), validation.label(entry, label)
        if z is None:
            start, labels = None, None if chosen is None else np.array([chosen])
        else:
            start, labels = _latent(entry, z), sampling.labels_for(entry.run.config, 1, chosen)
        return shown(projecting.wish_of_picture(entry, snapshot, images, labels, prior, weights, start), images[0])

    def drag(
        run: str,
        z: list[float],
        pairs: list[list[float]],
        epoch: float | None = None,
        label: str | int | None = None,
        radius: float = 3.0,
        prior: float = PRIOR,
        mask: str | None = None,
    ) -> tuple[dict, FileData]:
        """Moves parts of the picture of a latent `z`: each of `pairs` is a handle and its target, [x, y, x, y] in pixels from
        the top left; a patch of `radius` pixels goes along. `mask` is a picture as large as the run's, white where it may move
        and black where it must stay. Returns as `/project`; the strip is before | after | difference."""
        entry = validation.run(library, run)
        latent = _latent(entry, z)
        snapshot, chosen = validation.nearest(entry, epoch), validation.label(entry, label)
        labels = sampling.labels_for(entry.run.config, 1, chosen)
        wish = projecting.wish_of_drag(entry, snapshot, latent, labels, pairs, radius, prior, projecting.mask_of(entry, mask))
        return shown(wish, sheets.images_of(library, entry, snapshot, latent, labels)[0])

    for endpoint in (sample, compare, explore, interpolate, project, drag):
        gr.api(_one_sentence(endpoint, library), api_name=endpoint.__name__, concurrency_limit=2, concurrency_id="api")


def _one_sentence(endpoint: Callable, library: "Library") -> Callable:
    """Wraps an endpoint: reports a UserError as a sentence without paths of this machine."""

    @wraps(endpoint)
    def wrapped(*values: Any) -> Any:
        try:
            return endpoint(*values)
        except UserError as error:
            raise gr.Error(library.without_paths(error), print_exception=False) from None

    return wrapped


def _latent(entry: "Entry", z: Any) -> np.ndarray:
    """Validates one latent, a list of numbers; float32 (1, dim)."""
    dim = entry.run.config.recipe.latent_dim
    numbers, most = validation.some("z", z, dim, dim), validation.MOST_ABSOLUTE
    return np.array([[validation.number("each of z", one, -most, most) for one in numbers]], np.float32)


def _snapshots(entry: "Entry", epochs: Any) -> "list[Snapshot]":
    if epochs is None:
        return sheets.spread(entry.snapshots, sheets.STRIP_COLUMNS)
    wished = validation.some("epochs", epochs, 1, MOST_SNAPSHOTS)
    return [validation.nearest(entry, validation.number("epochs", epoch, 0, validation.MOST_EPOCH)) for epoch in wished]


def _steps(sliders: Any) -> list[float]:
    """Validates the sliders: standard deviations along the principal directions."""
    wished = validation.some("sliders", [] if sliders is None else sliders, 0, runs.DIRECTIONS)
    return [validation.number("each of sliders", step, -MOST_SIGMA, MOST_SIGMA) for step in wished]


def _moved(directions: np.ndarray, steps: list[float]) -> np.ndarray:
    """Returns the displacement, (dim,), by `steps` along `directions` (D, dim)."""
    if any(steps[len(directions) :]):
        raise UserError(f"This snapshot has {len(directions)} principal directions; leave out the sliders after them.")
    used = steps[: len(directions)]
    return np.asarray(used, np.float32) @ directions[: len(used)]


def _labels(entry: "Entry", labels: Any, num: int) -> np.ndarray | None:
    """Returns a class for each of `num` key frames, (num,); they cycle if `labels` is None. None for a run without labels."""
    if labels is None:
        return sampling.labels_for(entry.run.config, num, None)
    wished = validation.some("labels", labels, num, num, "labels, one for each of seeds")
    return np.array([validation.label(entry, "" if label is None else label) for label in wished])
