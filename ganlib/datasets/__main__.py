"""Tells what a data set holds, as training would see it: `python -m ganlib.datasets SET [--sheet FILE.png] [--json]`."""

import argparse
import json
import sys
from pathlib import Path

import numpy as np

from ganlib import UserError, datasets, pictures
from ganlib.cli import image_size, options_of, run_command
from ganlib.datasets import ImageSet
from ganlib.datasets.arguments import add_reading, reading

SHOWN = 64  # pictures of a sheet
COLUMNS = 8


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m ganlib.datasets", description=__doc__)
    parser.add_argument("dataset", metavar="SET", help=datasets.SETS)
    parser.add_argument("--sheet", type=Path, metavar="FILE.png", help="write a sheet of the pictures as they are trained on")
    parser.add_argument("--json", action="store_true", help="print the facts as JSON")
    parser.add_argument("--data-root", type=Path, metavar="DIR", help="a folder that holds data sets already")
    sizes = "a square's side, or width x height such as 64x32 (default: the set's own, or 64)"
    parser.add_argument("--image-size", type=image_size, metavar="PIXELS", help=sizes)
    add_reading(parser)
    options = options_of(parser, arguments)
    images = datasets.load(
        options.dataset,
        options.image_size,
        classes=options.classes,
        data_root=options.data_root,
        options=reading(options),
    )
    assert images.summary is not None
    print(json.dumps(images.summary.facts(), ensure_ascii=False, indent=1) if options.json else images.summary.paragraph)
    if options.sheet:
        _write_sheet(images, options.sheet)
    return 0


def _write_sheet(images: ImageSet, file: Path) -> None:
    """Writes the first pictures of each class in turn, or of a set without classes evenly spaced ones."""
    if file.suffix.lower() != ".png":
        raise UserError(f"{file} is no name of a sheet: let it end in .png.")
    pictures.grid(images.images[chosen(images.labels, len(images))], columns=COLUMNS).save(file)
    print(f"{file}: the pictures as they are trained on", file=sys.stderr)


def chosen(labels: np.ndarray | None, num: int) -> np.ndarray:
    """Returns the numbers of the pictures on a sheet, at most SHOWN: as many of each class, or evenly spaced."""
    if labels is None:
        return np.unique(np.linspace(0, num - 1, min(num, SHOWN)).astype(int))
    classes = np.unique(labels)
    each = max(1, SHOWN // len(classes))
    return np.concatenate([np.flatnonzero(labels == label)[:each] for label in classes[:SHOWN]])


if __name__ == "__main__":
    run_command(main)
