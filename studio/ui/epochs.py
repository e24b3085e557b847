"""The Epochs tab: the same latents at every snapshot, as a film over the losses, as a strip, and side by side."""

from typing import Any

import gradio as gr

from studio.drawing import drawing
from studio.library import Entry, Library
from studio.ui import parts


class Epochs:
    """The tab's own component; it asks the engine for all pictures."""

    def __init__(self, library: Library, wording: parts.Wording, run: gr.Dropdown):
        self._library = library
        self.film = parts.film(elem_id="film")
        parts.album()
        self.draw = parts.careful(library, self._draw)

    def _draw(self, entry: Entry) -> dict[str, Any]:
        """The losses of a run, what it scores, and the names of all runs that it can be compared with."""
        names = [name for name, other in self._library.entries().items() if other.snapshots]
        return {"runs": names} | drawing.losses(self._library, entry) | drawing.scores(entry)
