"""The Learn tab: the theory beside the code that computes it, experiments that first ask what will happen, and a lab report.

Every chapter is a component of its own; it asks the engine for what it shows.
"""

import gradio as gr

from studio.library import Library
from studio.ui import components

CHAPTERS = ("lesson", "toy", "verdict", "game", "derivations", "myths", "report")  # in order; also their elements' ids


class Learn:
    """The tab's chapters, one below the other."""

    def __init__(self, library: Library, wording: components.Wording, run: gr.Dropdown):
        components.part("learn", "contents")
        for name in CHAPTERS:
            components.part("learn", name, elem_id=f"chapter-{name}")
