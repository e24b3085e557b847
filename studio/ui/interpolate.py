"""The Interpolate tab: animations between key frames."""

import gradio as gr

from studio.library import Library
from studio.ui import components


class Interpolate:
    """The tab's component."""

    def __init__(self, library: Library, wording: components.Wording, run: gr.Dropdown):
        components.part("interpolate", "interpolate", elem_id="interpolate")
