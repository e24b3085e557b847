"""Draws images of a run: as arrays, and as separate files."""

from ganlib.sampling.images import (
    BATCH,
    Mix,
    caption,
    draw,
    find_label,
    find_labels,
    images,
    labels_for,
)

__all__ = ["BATCH", "Mix", "caption", "draw", "find_label", "find_labels", "images", "labels_for"]
