"""The Interpolate tab: animations between key frames, and blends of two runs' weights."""

from typing import TYPE_CHECKING

import gradio as gr

from studio.ui import components

if TYPE_CHECKING:
    from studio.library import Library


class Interpolate:
    """The tab's components."""

    def __init__(self, library: "Library", wording: components.Wording, run: gr.Dropdown):
        components.part("interpolate", "interpolate", elem_id="interpolate")
        components.part("interpolate", "blend", elem_id="blend")
