"""Figures of a lab report as data: URIs: drawn from snapshots, or the kept grids where there are none."""

import base64
import io
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from ganlib import pictures
from ganlib.files import DamagedFile
from ganlib.runs.run import Snapshot
from ganlib.sampling import labels_for
from studio.drawing import sheets
from studio.library import Entry, Library

MOMENTS = 6  # snapshots shown
CELLS, COLUMNS = 20, 5  # of one snapshot's sheet
LAST_ROWS, LAST_COLUMNS = 5, 10  # of the last snapshot's sheet
MOST_PIXELS = 4_000_000  # of a run's grid
SEED = 0


@dataclass(frozen=True)
class Sheet:
    """Pictures laid out in one image."""

    moment: Snapshot
    src: str  # a data: URI
    num: int | None  # pictures on it; None for a grid that the run stores
    width: int  # pixels
    height: int
    look: str  # CSS classes: "pixelated", "transparent"
    labelled: bool = False  # whether each column has its own label


def moments(entry: Entry) -> list[Snapshot]:
    """Returns the undamaged snapshots of a run, or if there are none its grids, oldest first."""
    return list(entry.snapshots or entry.grids)


def film(library: Library, entry: Entry, moments: list[Snapshot]) -> list[Sheet]:
    """Returns a sheet of the same latents for at most MOMENTS snapshots; skips damaged ones."""
    chosen = sheets.spread(moments, MOMENTS)
    if not entry.snapshots:
        pixelated = pictures.pixelated(entry.run.config.image_size)
        return [sheet for moment in chosen if (sheet := _kept(moment, pixelated))]
    return [sheet for moment in chosen if (sheet := _drawn(library, entry, moment, CELLS, COLUMNS))]


def last(library: Library, entry: Entry) -> Sheet | None:
    """Returns a larger sheet of the last snapshot, with a column per label for up to ten labels; None if it can't be drawn."""
    if not entry.snapshots:
        return None
    classes = entry.run.config.num_classes
    columns = classes if 2 <= classes <= LAST_COLUMNS else LAST_COLUMNS
    return _drawn(library, entry, entry.snapshots[-1], LAST_ROWS * columns, columns)


def _drawn(library: Library, entry: Entry, moment: Snapshot, num: int, columns: int) -> Sheet | None:
    config = entry.run.config
    try:
        z = sheets.latents_of(library, entry, moment, num, SEED)
        images = sheets.images_of(library, entry, moment, z, labels_for(config, num, None))
    except DamagedFile:
        return None
    picture = pictures.grid(images, columns, pictures.scale_for(config.image_size))
    return _sheet(moment, picture, num, pictures.pixelated(config.image_size), columns == config.num_classes)


def _kept(moment: Snapshot, pixelated: bool) -> Sheet | None:
    """Decodes and re-encodes a grid of the run, so that nothing else in the file is published."""
    picture = _opened(moment.path)
    return None if picture is None else _sheet(moment, picture, None, pixelated, False)


def _opened(path: Path) -> Image.Image | None:
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(path, formats=["WEBP"]) as picture:
            if np.prod(picture.size) > MOST_PIXELS:
                return None
            return picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    except Exception:  # a hostile file can raise nearly anything
        return None


def _sheet(moment: Snapshot, picture: Image.Image, num: int | None, pixelated: bool, labelled: bool) -> Sheet:
    src = f"data:image/webp;base64,{base64.b64encode(_webp(picture, pixelated)).decode()}"
    look = [*(["pixelated"] if pixelated else []), *(["transparent"] if picture.mode == "RGBA" else [])]
    return Sheet(moment, src, num, *picture.size, " ".join(look), labelled)


def _webp(picture: Image.Image, pixelated: bool) -> bytes:
    """Encodes photographs at a quality without visible loss, at an eighth of the bytes; pixel art losslessly."""
    if pixelated:
        return pictures.webp(picture)
    file = io.BytesIO()
    picture.save(file, "WEBP", quality=92)
    return file.getvalue()
