"""What the tabs and the public endpoints show: generators asked, pictures laid out, settings put inside.

Values for the page's own components are plain dictionaries; their words are filled in by the page, in its language.
"""

import base64
import math
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

import numpy as np
from PIL import Image

from ganlib import latents, pictures
from ganlib.runs import Snapshot, short
from ganlib.sample import draw, labels_for
from studio.library import Entry, Library

GRID_COLUMNS = 8
STRIP_COLUMNS, STRIP_ROWS = 12, 8
PAIR_COLUMNS, PAIR_ROWS = 5, 5
FILM_FRAMES, FILM_PICTURES, FILM_COLUMNS = 40, 24, 8
MOST_LINES = 400  # of a history that is drawn


def latents_of(library: Library, entry: Entry, snapshot: Snapshot, num: int, seed: int) -> np.ndarray:
    """The first `num` latents of `seed` for this run. Only once the generator is there: its weights prove their length."""
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
    """The images of `z` at a snapshot, uint8 (N, C, H, W)."""
    return draw(library.generator(entry, snapshot), latents.truncate(z, truncation), labels)


def columns_for(num: int) -> int:
    """The columns of a grid of `num` pictures: eight, fewer where that leaves it flat, more where it makes it tall."""
    return min(num, GRID_COLUMNS) if num <= GRID_COLUMNS**2 else math.ceil(math.sqrt(num))


def settings_of(entry: Entry, snapshots: Sequence[Snapshot], **settings: Any) -> dict[str, Any]:
    """The settings that a PNG carries: enough to draw it again."""
    if len(snapshots) == 1:
        moment = {"epoch": snapshots[0].epoch, "images": snapshots[0].images}
    else:
        moment = {"epochs": [snapshot.epoch for snapshot in snapshots], "images": [s.images for s in snapshots]}
    return {"run": entry.name} | moment | settings


def facts(snapshot: Snapshot) -> dict[str, Any]:
    """A snapshot as the page's scripts name it."""
    return {"images": snapshot.images, "epoch": short(snapshot.epoch)}


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
    """A sheet of pictures for the page: the PNG with its settings inside, and what its caption and edges say."""
    settings = settings_of(entry, snapshots, seed=seed, truncation=truncation, label=label, num=len(images))
    picture = pictures.grid(images, columns)
    return {
        "png": _base64(picture, settings),
        "size": picture.size,
        "cell": images.shape[-1],
        "pixelated": pictures.pixelated(images.shape[-1]),
        "num": len(images),
        "alt": alt,
        "rows": list(rows),
        "moments": [facts(snapshot) for snapshot in snapshots],
        "facts": {
            "run": entry.name, "seed": seed, "truncation": f"{truncation:g}",
            "label": None if label is None else entry.run.config.class_names[label],
        },
        "file": file_name(entry, snapshots, seed),
    }  # fmt: skip


def file_name(entry: Entry, snapshots: Sequence[Snapshot], seed: int) -> str:
    """What a saved picture is called: "mnist-epoch12-seed1.png"."""
    moments = [f"epoch{short(snapshot.epoch)}" if snapshot.images else "untrained" for snapshot in snapshots]
    between = moments if len(moments) <= 2 else [moments[0], moments[-1]]
    return f"{'-'.join([entry.name, *between, f'seed{seed}'])}.png"


def every_label(
    library: Library, entry: Entry, snapshot: Snapshot, columns: int, seed: int, truncation: float
) -> dict[str, Any]:
    """One row per label, the same latents in each."""
    names = entry.run.config.class_names[: entry.run.config.num_classes]
    z, labels, columns = latents.rows_by_label(latents_of(library, entry, snapshot, columns, seed), len(names))
    images = images_of(library, entry, snapshot, z, labels, truncation)
    return sheet(entry, [snapshot], images, columns, seed=seed, truncation=truncation, alt="alt_rows", rows=names)


def grid(
    library: Library, entry: Entry, snapshot: Snapshot, num: int, seed: int, truncation: float = 1.0,
    label: int | None = None, columns: int | None = None,
) -> dict[str, Any]:  # fmt: skip
    """A plain grid: of one label, or of each in turn."""
    labels = labels_for(entry.run.config, num, label)
    z = latents_of(library, entry, snapshot, num, seed)
    images = images_of(library, entry, snapshot, z, labels, truncation)
    return sheet(entry, [snapshot], images, columns or columns_for(num), seed=seed, truncation=truncation, label=label)


def spread(snapshots: Sequence[Snapshot], most: int) -> list[Snapshot]:
    """At most `most` snapshots from the first to the last, spaced by ratio: the early, fast ones are seen."""
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
    """The same `num` latents (rows) at several snapshots (columns), row by row: uint8 (num * snapshots, C, H, W)."""
    z, labels = latents_of(library, entry, snapshots[0], num, seed), labels_for(entry.run.config, num, label)
    columns = [images_of(library, entry, snapshot, z, labels, truncation) for snapshot in snapshots]
    return np.stack(columns, axis=1).reshape(-1, *columns[0].shape[1:])


def strip(library: Library, entry: Entry, seed: int, label: int | None) -> dict[str, Any]:
    """The same latents (rows) from the untrained snapshot to the last (columns)."""
    config, snapshots = entry.run.config, spread(entry.snapshots, STRIP_COLUMNS)
    num = config.num_classes if STRIP_ROWS < config.num_classes <= STRIP_COLUMNS else STRIP_ROWS
    images = strip_images(library, entry, snapshots, num, seed, label)
    mixed = labels_for(config, num, None) if label is None else None
    names = [] if mixed is None else [config.class_names[number] for number in mixed]
    return sheet(entry, snapshots, images, len(snapshots), seed=seed, label=label, alt="alt_strip", rows=names)


def pair_sheet(library: Library, entry: Entry, snapshot: Snapshot, seed: int, label: int | None) -> dict[str, Any]:
    """One side of two snapshots side by side."""
    return grid(library, entry, snapshot, PAIR_COLUMNS * PAIR_ROWS, seed, label=label, columns=PAIR_COLUMNS)


def film(library: Library, entry: Entry, seed: int, label: int | None) -> dict[str, Any]:
    """A frame for each snapshot, and the curves of the losses beneath them."""
    num = FILM_PICTURES if pictures.pixelated(entry.run.config.image_size) else FILM_PICTURES * 2 // 3
    snapshots = spread(entry.snapshots, FILM_FRAMES)
    frame = partial(grid, library, entry, num=num, seed=seed, label=label, columns=FILM_COLUMNS)
    return {"frames": [frame(snapshot=snapshot) for snapshot in snapshots]} | losses(library, entry)


def losses(library: Library, entry: Entry) -> dict[str, str]:
    """The loss curves, empty without a history; where it is damaged, the reason and its detail in their place."""
    try:
        return {"curves": _curves(entry.run.history())}
    except Exception as error:  # whatever stands in the file: the film can be shown
        return {"reason": "damage_history", "detail": library.private(error)}


def _curves(history: list[dict[str, Any]]) -> str:
    """The curves as SVG whose words are keys in braces, filled in by the page."""
    lines = [line for line in history if {"g_loss", "d_loss"} <= line.keys()]
    keys = {"images": "{images_seen}", "generator": "{generator_loss}", "discriminator": "{discriminator_loss}"}
    thinned = lines[:: -max(1, len(lines) // MOST_LINES)][::-1]  # from the end: the last line stays
    return pictures.curves(thinned, keys) if thinned else ""


def _base64(picture: Image.Image, settings: dict[str, Any]) -> str:
    return base64.b64encode(pictures.png(picture, settings)).decode()
