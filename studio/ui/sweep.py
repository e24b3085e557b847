"""The Sweep tab: the trials of the sweep whose folder is opened."""

from typing import TYPE_CHECKING

import gradio as gr

from studio.ui import components

if TYPE_CHECKING:
    from studio.library import Library


class Sweep:
    """The tab's component. Its value is the run that a visitor opens from it."""

    def __init__(self, library: "Library", wording: components.Wording, run: gr.Dropdown):
        self.opened = components.sweep(elem_id="sweep")
