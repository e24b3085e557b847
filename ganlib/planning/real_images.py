"""Loads the real images of a training: those that the options name, or those of a resumed run."""

from argparse import Namespace
from dataclasses import replace

import numpy as np

from ganlib import UserError, datasets
from ganlib.datasets import ImageSet
from ganlib.runs.config import Config
from ganlib.runs.run import Run
from ganlib.sizes import Size

LEAST_SPREAD = 8  # levels between the darkest and the brightest value of a set that shows anything


def of_options(
    options: Namespace, found: datasets.Opened, size: Size, channels: int | None, parent: str | None
) -> ImageSet:  # fmt: skip
    """Loads the images of a new run from the set that was `found`; it starts from the run called `parent`. Raises UserError,
    also for a set without content."""
    images = found.load(size, channels, classes=options.classes, data_root=options.data_root)
    _refuse_empty(images)
    if parent is None or images.summary is None:
        return images
    return replace(images, summary=images.summary.because("colour_dropped", f"{parent} draws grey"))


def of_config(config: Config, options: Namespace, progress: bool = False) -> ImageSet:
    """Loads the images of a run as its config says. Raises UserError."""
    return datasets.load(
        config.source,
        config.image_size,
        config.channels,
        classes=config.classes,
        data_root=options.data_root,
        progress=progress,
        options=config.reading,
    )


def changed_since(run: Run, source: str, images: ImageSet) -> str:
    """Returns the sentence for pictures that are not those the run was begun with."""
    known = run.digests()
    how = ""
    if known is not None and images.digests is not None:
        missing, new = len(np.setdiff1d(known, images.digests)), len(np.setdiff1d(images.digests, known))
        how = f": of its pictures, {missing:,} are gone and {new:,} are new"
        if not missing and not new:
            how = ": it holds the same pictures with other labels, in another order or in other numbers"
    return (
        f"{source} has changed since {run.path} was begun, or is another set{how}; put its images back, name the folder where "
        "they are now with --dataset, or train a new run."
    )


def _refuse_empty(images: ImageSet) -> None:
    """Raises UserError for a set on which nothing can be seen."""
    if images.summary and images.summary.spread < LEAST_SPREAD:
        raise UserError(
            f"All pictures of {images.name} are nearly one flat colour ({images.summary.spread} levels between the darkest and "
            "the brightest value), so there is nothing to learn; check the files, or try another --background or --levels."
        )
