"""The Interpolate tab: the way between key frames."""

import gradio as gr

from studio.library import Library
from studio.ui import components


class Interpolate:
    """The tab's own component; it asks the engine for everything."""

    def __init__(self, library: Library, wording: components.Wording, run: gr.Dropdown):
        components.part("interpolate", "interpolate", elem_id="interpolate")
