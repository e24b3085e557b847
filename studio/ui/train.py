"""The Train tab: starts a training from a run or from scratch, and shows it while it learns.

Its parts are separate components that share the state in `static/train/training.js`.
"""

import gradio as gr

from studio.library import Library
from studio.ui import components

PARTS = ("jobs", "watch", "example", "form", "uploads", "settings")  # in order


class Train:
    """The tab's parts, one below the other."""

    def __init__(self, library: Library, wording: components.Wording, run: gr.Dropdown):
        for name in PARTS:
            components.part("train", name, elem_id=f"train-{name}")
