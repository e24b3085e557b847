"""The page's poster: pictures of the run that it opens with, shown until the first are drawn.

They are cut from the last grid that the training wrote, so that neither torch nor the run's networks are needed. The latents of
seed 0 are those of the first sheet, of a run with a row per class its first eight.
"""

import functools
import json
from pathlib import Path

import numpy as np
from PIL import Image

from ganlib import latents, pictures
from ganlib.sizes import height_width

NUM, COLUMNS = 16, 4  # of the first sheet


@functools.cache
def poster(checkpoints: Path, first: str) -> bytes | None:
    """Returns the poster of a folder of runs as WebP, laid out as the first sheet: of the run `first`, or else of another. None
    if there is no grid to cut it from."""
    runs = {path.parents[1] for path in checkpoints.glob("*/snapshots/*.safetensors")}
    grids = (max(run.glob("grids/*.webp"), default=None) for run in sorted(runs, key=lambda run: (run.name != first, run)))
    try:
        grid = next((grid for grid in grids if grid), None)
        return _cut(grid) if grid else None
    except (OSError, ValueError, LookupError, TypeError, Image.DecompressionBombError):
        return None  # of a damaged run; the library says so


def _cut(grid: Path) -> bytes:
    config = json.loads((grid.parents[1] / "config.json").read_bytes())
    size = config["image_size"]
    height, width = height_width(tuple(size) if isinstance(size, list) else size)
    classes = len(config["class_names"] or ()) if config["recipe"]["conditional"] else 0
    _, labels, columns = latents.fixed(classes, 1, 0)
    by_rows = labels is not None and labels[0] == labels[1]
    cells = [(i % classes, i % columns) if by_rows else divmod(i, columns) for i in range(NUM)]
    with Image.open(grid, formats=["WEBP"]) as picture:
        corners = [(pictures.GUTTER + left * (width + pictures.GUTTER), pictures.GUTTER + top * (height + pictures.GUTTER))
                   for top, left in cells]  # fmt: skip
        images = [np.asarray(picture.crop((left, top, left + width, top + height))) for left, top in corners]
    return pictures.webp(pictures.grid(np.stack(images).transpose(0, 3, 1, 2), COLUMNS))
