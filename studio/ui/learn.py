"""The Learn tab: the theory beside its code, experiments that first ask for a prediction, and a lab report.

Every chapter is its own component.
"""

import gradio as gr

from studio.library import Library
from studio.ui import components

CHAPTERS = (
    "lesson",
    "toy",
    "verdict",
    "game",
    "derivations",
    "evolution",
    "myths",
    "report",
)  # in order; also their elements' ids


class Learn:
    """The tab's chapters, one below the other."""

    def __init__(self, library: Library, wording: components.Wording, run: gr.Dropdown):
        components.part("learn", "contents")
        for name in CHAPTERS:
            components.part("learn", name, elem_id=f"chapter-{name}")
