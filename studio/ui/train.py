"""The Train tab: starts a training from a run or from scratch, and shows it while it learns.

Its parts are separate components that share the state in `static/train/training.js`.
"""

from typing import TYPE_CHECKING

import gradio as gr

from studio.ui import components

if TYPE_CHECKING:
    from studio.library import Library

PARTS = ("jobs", "watch", "example", "form", "uploads", "race", "settings")  # in order


class Train:
    """The tab's parts, one below the other."""

    def __init__(self, library: "Library", wording: components.Wording, run: gr.Dropdown):
        for name in PARTS:
            components.part("train", name, elem_id=f"train-{name}")
