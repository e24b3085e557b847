"""The Epochs tab: the same latents at every snapshot, as a film over the losses, as a strip, and side by side."""

from typing import TYPE_CHECKING, Any

import gradio as gr

from studio.drawing import sheets
from studio.ui import components

if TYPE_CHECKING:
    from studio.library import Entry, Library


class Epochs:
    """The tab's components."""

    def __init__(self, library: "Library", wording: components.Wording, run: gr.Dropdown):
        self._library = library
        self.film = components.epochs(elem_id="film")
        components.part("epochs", "grids", elem_id="album")
        self.draw = components.with_notices(library, self._draw)

    def _draw(self, entry: "Entry") -> dict[str, Any]:
        """Returns the losses and scores of a run, and the names of all runs to compare it with."""
        names = [name for name, other in self._library.entries().items() if other.snapshots]
        return {"runs": names} | sheets.losses(self._library, entry) | sheets.scores(entry)
