"""Draws sheets of pictures for tabs and endpoints, with their settings, captions and file names.

Values for the page's components are dictionaries; the page fills in the words, in its language.
"""

import base64
import math
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ganlib import UserError, latents, pictures
from ganlib.metrics.measures import FIGURES, Figure, in_trained_features
from ganlib.runs.run import Snapshot, short
from ganlib.sampling import draw, labels_for
from ganlib.sizes import size_of
from studio import words
from studio.library import Entry, Library

GRID_COLUMNS = 8
STRIP_COLUMNS = 12
MOST_GRID_BYTES = 4_000_000  # of a training's grid
MOST_LINES = 400  # of a history in the loss curves


def latents_of(library: Library, entry: Entry, snapshot: Snapshot, num: int, seed: int) -> np.ndarray:
    """Returns the first `num` latents of `seed`. Loads the generator first: its weights confirm the latent's size."""
    library.generator(entry, snapshot)
    recipe = entry.run.config.recipe
    return latents.sample(num, recipe.latent_dim, seed, recipe.latent)


def images_of(
    library: Library,
    entry: Entry,
    snapshot: Snapshot,
    z: np.ndarray,
    labels: np.ndarray | None,
    truncation: float = 1.0,
) -> np.ndarray:
    """Draws the images of `z` at a snapshot, uint8 (N, C, H, W)."""
    return draw(library.generator(entry, snapshot), latents.truncate(z, truncation), labels)


def columns_for(num: int) -> int:
    """Returns the columns of a grid of `num` pictures: up to eight for up to 64 pictures, else about the square root."""
    return min(num, GRID_COLUMNS) if num <= GRID_COLUMNS**2 else math.ceil(math.sqrt(num))


def square(num: int) -> int:
    """Returns the columns of a nearly square grid, at most GRID_COLUMNS."""
    return min(math.ceil(math.sqrt(num)), GRID_COLUMNS)


def cells(columns: int, latents: int, labels: np.ndarray | None) -> dict[str, Any]:
    """Describes a sheet's cells to the page: columns, latents and labels.

    Cell i shows latent i modulo `latents` of the sheet's seed.
    """
    return {"cells": {"columns": columns, "latents": latents, "labels": None if labels is None else labels.tolist()}}


def settings_of(entry: Entry, snapshots: Sequence[Snapshot], **settings: Any) -> dict[str, Any]:
    """Returns the settings that a PNG contains: enough to draw it again."""
    moment: dict[str, Any]
    if len(snapshots) == 1:
        moment = {"epoch": snapshots[0].epoch, "images": snapshots[0].images}
    else:
        moment = {"epochs": [snapshot.epoch for snapshot in snapshots], "images": [s.images for s in snapshots]}
    return {"run": entry.shown} | moment | settings


def facts(snapshot: Snapshot) -> dict[str, Any]:
    """Describes a snapshot to the page's scripts."""
    moment = {"images": snapshot.images, "epoch": short(snapshot.epoch)}
    if snapshot.images:
        return moment
    if snapshot.blend:
        return moment | {"blend": True}
    return moment | {"parent": snapshot.parent} if snapshot.parent else moment


def sheet(
    entry: Entry,
    snapshots: Sequence[Snapshot],
    images: np.ndarray,
    columns: int,
    *,
    seed: int,
    truncation: float = 1.0,
    label: int | None = None,
    alt: str = "alt_grid",
    rows: Iterable[str] = (),
) -> dict[str, Any]:
    """Returns a sheet of pictures for the page: the PNG with its settings inside, and the values of its caption and labels."""
    settings = settings_of(entry, snapshots, seed=seed, truncation=truncation, label=label, num=len(images))
    picture = pictures.grid(images, columns)
    return {
        "png": _base64(picture, settings),
        "size": picture.size,
        "cell": size_of(*images.shape[2:]),
        "pixelated": pictures.pixelated(size_of(*images.shape[2:])),
        "transparent": pictures.has_alpha(images),
        "num": len(images),
        "label": label,
        "alt": alt,
        "rows": list(rows),
        "moments": [facts(snapshot) for snapshot in snapshots],
        "facts": {
            "run": entry.name, "title": entry.shown, "seed": seed, "truncation": f"{truncation:g}",
            "label": None if label is None else entry.run.config.labels[label],
        },
        "file": file_name(entry, snapshots, seed),
    }  # fmt: skip


def file_name(entry: Entry, snapshots: Sequence[Snapshot], seed: int) -> str:
    """Returns the file name of a saved picture: "mnist-epoch12-seed1.png"."""
    return f"{stem(entry, snapshots)}-seed{seed}.png"


def stem(entry: Entry, snapshots: Sequence[Snapshot]) -> str:
    """Returns the beginning of a saved file's name: "mnist-epoch12"."""
    first = "blend" if snapshots[0].blend else "before" if snapshots[0].parent else "untrained"
    moments = [f"epoch{short(snapshot.epoch)}" if snapshot.images else first for snapshot in snapshots]
    between = moments if len(moments) <= 2 else [moments[0], moments[-1]]
    return "-".join([file_stem(entry), *between])


def file_stem(entry: Entry) -> str:
    """Returns the beginning of a run's file names: the run's name, or its title as a slug for private and Hub runs."""
    return slug(entry.shown) if entry.title or entry.from_hub else entry.name


def slug(title: str) -> str:
    """Turns a title into a part of a file name: "mnist → 7" becomes "mnist-7"."""
    return re.sub(r"[^\w.-]+", "-", title).strip("-.") or "run"


def every_label(
    library: Library, entry: Entry, snapshot: Snapshot, columns: int, seed: int, truncation: float
) -> dict[str, Any]:
    """Returns a sheet with one row per label, the same latents in each."""
    names = entry.run.config.labels
    z, labels, columns = latents.rows_by_label(latents_of(library, entry, snapshot, columns, seed), len(names))
    images = images_of(library, entry, snapshot, z, labels, truncation)
    shown = sheet(entry, [snapshot], images, columns, seed=seed, truncation=truncation, alt="alt_rows", rows=names)
    return shown | cells(columns, columns, labels)


def grid(
    library: Library, entry: Entry, snapshot: Snapshot, num: int, seed: int, truncation: float = 1.0,
    label: int | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Returns a nearly square sheet of pictures of one label, or of the labels in turn."""
    labels = labels_for(entry.run.config, num, label)
    z = latents_of(library, entry, snapshot, num, seed)
    images = images_of(library, entry, snapshot, z, labels, truncation)
    columns = square(num)
    shown = sheet(entry, [snapshot], images, columns, seed=seed, truncation=truncation, label=label)
    return shown | cells(columns, num, labels)


def spread(snapshots: Sequence[Snapshot], most: int) -> list[Snapshot]:
    """Selects at most `most` snapshots from first to last, spaced by ratio: more from the early, fast part of training."""
    if len(snapshots) <= most:
        return list(snapshots)
    first, *rest, last = snapshots
    chosen = [first, last]
    for target in np.geomspace(max(1, rest[0].images), last.images, most - 1)[:-1]:
        nearest = min(rest, key=lambda snapshot: abs(math.log(max(1, snapshot.images) / target)))
        rest.remove(nearest)
        chosen.append(nearest)
    return sorted(chosen, key=lambda snapshot: snapshot.images)


def strip_images(
    library: Library,
    entry: Entry,
    snapshots: Sequence[Snapshot],
    num: int,
    seed: int,
    label: int | None,
    truncation: float = 1.0,
) -> np.ndarray:
    """Draws the same `num` latents (rows) at several snapshots (columns), row by row: uint8 (num * snapshots, C, H, W)."""
    z, labels = latents_of(library, entry, snapshots[0], num, seed), labels_for(entry.run.config, num, label)
    columns = [images_of(library, entry, snapshot, z, labels, truncation) for snapshot in snapshots]
    return np.stack(columns, axis=1).reshape(-1, *columns[0].shape[1:])


def look(entry: Entry) -> dict[str, bool]:
    """Returns how the pictures of a run are shown."""
    config = entry.run.config
    return {"pixelated": pictures.pixelated(config.image_size), "transparent": config.channels == pictures.RGBA}


def webp(path: Path) -> str | None:
    """Returns a grid's file as base64; None if it can't be read, is damaged or is larger than any grid."""
    try:
        small = path.is_file() and path.stat().st_size <= MOST_GRID_BYTES
        content = path.read_bytes() if small else b""
    except OSError:
        return None
    return base64.b64encode(content).decode() if pictures.is_whole_webp(content) else None


def losses(library: Library, entry: Entry) -> dict[str, str]:
    """Returns the loss curves, empty without a history; for a damaged one, the reason and its detail."""
    try:
        return {"curves": _curves(entry.run.history())}
    except Exception as error:  # whatever the file contains, the pictures can be shown
        return {"reason": "damage_history", "detail": library.without_paths(error)}


def scores(entry: Entry) -> dict[str, Any]:
    """Returns the scores of the run's snapshots, in order; empty if there are none or scores.json can't be read."""
    try:
        kept = entry.run.scores()
        rows = [{"images": int(images), "scores": table} for images, table in kept["snapshots"].items()]
    except (UserError, ValueError):
        return {}
    if not rows:
        return {}
    network = entry.run.config.feature_network
    shown = [_figure(figure, network) for name, figure in FIGURES.items() if any(name in row["scores"] for row in rows)]
    return {"scores": {"reference": kept["reference"], "real": kept.get("real", {}), "snapshots": rows, "figures": shown}}


def _figure(figure: Figure, network: str) -> dict[str, Any]:
    """Describes a figure to the page, for a run that was trained against the features of `network`."""
    key, values = figure_words(figure)
    trained = in_trained_features(figure.name, network)
    return {"name": figure.name, "key": key, "values": values, "logarithmic": figure.logarithmic, "trained": trained}


def figure_words(figure: Figure) -> tuple[str, dict[str, str]]:
    """Returns the key of a figure's name and its values: its own words, or its row's label with its direction."""
    key = words.first_known(f"measure_{figure.name}", f"measure_by_{figure.direction}")
    return key, {"label": figure.label}


def _curves(history: list[dict[str, Any]]) -> str:
    """Returns the curves as SVG; their words are keys in braces that the page fills in."""
    lines = [line for line in history if {"g_loss", "d_loss"} <= line.keys()]
    keys = {"images": "{images_seen}", "generator": "{generator_loss}", "discriminator": "{discriminator_loss}"}
    thinned = lines[:: -max(1, len(lines) // MOST_LINES)][::-1]  # from the end, to keep the last line
    return pictures.curves(thinned, keys) if thinned else ""


def _base64(picture: Image.Image, settings: dict[str, Any]) -> str:
    return base64.b64encode(pictures.png(picture, settings)).decode()
