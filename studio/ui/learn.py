"""The Learn tab: the theory beside its code, experiments that first ask for a prediction, and a lab report.

Every chapter is its own component.
"""

from typing import TYPE_CHECKING

import gradio as gr

from studio.ui import components

if TYPE_CHECKING:
    from studio.library import Library

ON_LINES = ("evolution", "regression", "dissection", "mixing", "blending")  # chapters of learning.passages, with one template
CHAPTERS = (
    "lesson",
    "toy",
    "verdict",
    "game",
    "derivations",
    *ON_LINES,
    "myths",
    "report",
)  # in order; also their elements' ids


class Learn:
    """The tab's chapters, one below the other."""

    def __init__(self, library: "Library", wording: components.Wording, run: gr.Dropdown):
        components.part("learn", "contents", CHAPTERS)
        for name in CHAPTERS:
            shown = ("passages", name) if name in ON_LINES else (name,)
            components.part("learn", *shown, elem_id=f"chapter-{name}")
