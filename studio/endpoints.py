"""The public endpoints, for gradio_client: typed functions whose every value is checked here, and a PNG file back."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import gradio as gr
import numpy as np
from gradio import FileData
from gradio.processing_utils import save_bytes_to_cache
from gradio.utils import get_upload_folder

from ganlib import UserError, pictures
from ganlib.runs import Snapshot
from ganlib.sample import find_label, labels_for
from studio import drawing
from studio.library import Entry, Library
from studio.parts import MOST_SEED

MOST_PICTURES, MOST_SNAPSHOTS, MOST_ROWS = 256, 16, 16
MOST_TRUNCATION, MOST_EPOCH = 4, 1e9


def publish(library: Library, page: gr.Blocks) -> None:
    """Adds `/sample` and `/compare` to the page that is being built."""

    def sample(
        run: str,
        epoch: float | None = None,
        num: int = 64,
        seed: int = 0,
        truncation: float = 1.0,
        label: str | int | None = None,
    ) -> FileData:
        """Pictures of a run as one PNG file, a grid with its settings inside. Without a label, each in turn."""
        entry = _entry(library, run)
        num, seed = _whole("num", num, 1, MOST_PICTURES), _whole("seed", seed, 0, MOST_SEED)
        truncation, chosen = _number("truncation", truncation, 0, MOST_TRUNCATION), _label(entry, label)
        snapshot = _snapshot(entry, epoch)
        labels = labels_for(entry.run.config, num, chosen)
        z = drawing.latents_of(library, entry, snapshot, num, seed)
        images = drawing.images_of(library, entry, snapshot, z, labels, truncation)
        settings = {"seed": seed, "truncation": truncation, "label": chosen, "num": num}
        return _file(page, entry, [snapshot], images, _columns(entry, chosen, num), settings)

    def compare(
        run: str,
        epochs: list[float] | None = None,
        seed: int = 0,
        truncation: float = 1.0,
        label: str | int | None = None,
        num: int = 8,
    ) -> FileData:
        """The same latents (rows) at several snapshots (columns; those nearest to `epochs`) as one PNG file."""
        entry = _entry(library, run)
        num, seed = _whole("num", num, 1, MOST_ROWS), _whole("seed", seed, 0, MOST_SEED)
        truncation, chosen = _number("truncation", truncation, 0, MOST_TRUNCATION), _label(entry, label)
        snapshots = _snapshots(entry, epochs)
        images = drawing.strip_images(library, entry, snapshots, num, seed, chosen, truncation)
        settings = {"seed": seed, "truncation": truncation, "label": chosen, "num": num}
        return _file(page, entry, snapshots, images, len(snapshots), settings)

    for endpoint in (sample, compare):
        gr.api(_one_sentence(endpoint, library), api_name=endpoint.__name__, concurrency_limit=2, concurrency_id="api")


def _one_sentence(endpoint: Callable, library: Library) -> Callable:
    """What a visitor got wrong is told in a sentence that names no path of this machine."""

    @wraps(endpoint)
    def told(*values: Any) -> FileData:
        try:
            return endpoint(*values)
        except UserError as error:
            raise gr.Error(library.private(error), print_exception=False) from None

    return told


def _entry(library: Library, run: Any) -> Entry:
    entry = library.find(run)
    if entry.snapshots:
        return entry
    if entry.damage:
        raise UserError(f"The run {entry.name} is damaged: {entry.damage.detail}")
    raise UserError(f"The run {entry.name} has no snapshots yet; ask again when it was trained further.")


def _number(name: str, value: Any, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise UserError(f"{name} must be a number from {low:g} to {high:g}.")
    return float(value)


def _whole(name: str, value: Any, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high or value != int(value):
        raise UserError(f"{name} must be a whole number from {low} to {high}.")
    return int(value)


def _label(entry: Entry, label: Any) -> int | None:
    if label is None:
        return None
    if isinstance(label, bool) or not isinstance(label, str | int) or len(str(label)) > 100:
        raise UserError("label must be the name or the number of a class.")
    return find_label(entry.run.config, label)


def _snapshot(entry: Entry, epoch: Any) -> Snapshot:
    """The whole snapshot nearest to `epoch`, the last for None."""
    if epoch is None:
        return entry.snapshots[-1]
    wished = _number("epoch", epoch, 0, MOST_EPOCH)
    return min(entry.snapshots, key=lambda snapshot: abs(snapshot.epoch - wished))


def _snapshots(entry: Entry, epochs: Any) -> list[Snapshot]:
    if epochs is None:
        return drawing.spread(entry.snapshots, drawing.STRIP_COLUMNS)
    if not isinstance(epochs, list) or not 1 <= len(epochs) <= MOST_SNAPSHOTS:
        raise UserError(f"epochs must be a list of 1 to {MOST_SNAPSHOTS} numbers.")
    return [_snapshot(entry, _number("epochs", epoch, 0, MOST_EPOCH)) for epoch in epochs]


def _columns(entry: Entry, label: int | None, num: int) -> int:
    """As many columns as there are labels where each comes in turn, so that every column holds one."""
    classes = entry.run.config.num_classes
    return min(num, classes) if label is None and 1 < classes <= 16 else drawing.columns_for(num)


def _file(
    page: gr.Blocks, entry: Entry, snapshots: list[Snapshot], images: np.ndarray, columns: int, settings: dict[str, Any]
) -> FileData:
    """A PNG file in Gradio's cache, which the page's `delete_cache` empties."""
    content = pictures.png(pictures.grid(images, columns), drawing.settings_of(entry, snapshots, **settings))
    path = save_bytes_to_cache(content, drawing.file_name(entry, snapshots, settings["seed"]), get_upload_folder())
    page.upload_file_set.add(path)
    return FileData(path=path, mime_type="image/png")
