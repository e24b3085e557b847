"""The Train tab: starts a training from a run or from scratch, and shows it while it learns.

Its parts are components of their own, which ask the engine for everything and share what `static/train/desk.js` holds.
"""

import gradio as gr

from studio.library import Library
from studio.ui import components


class Train:
    """The tab's parts, one below the other."""

    def __init__(self, library: Library, wording: components.Wording, run: gr.Dropdown):
        components.training("jobs")
        components.training("watch")
        components.training("example")
        components.training("form")
        components.uploads()
        components.training("knobs")
