"""The Epochs tab: the same latents at every snapshot, as a strip, side by side, and as a film over the losses."""

from typing import Any

import gradio as gr

from studio import drawing, menus, parts
from studio.library import Entry, Library
from studio.parts import QUIET


class Epochs:
    """The tab's widgets, and what they do."""

    def __init__(self, library: Library, wording: parts.Wording, run: gr.Dropdown):
        self._library = library
        with gr.Row(elem_classes="room"):
            with gr.Column(elem_classes="stage", min_width=0):
                self.strip = parts.sheet(elem_id="strip")
                with gr.Row(elem_classes="pair", visible=False) as self.pair:
                    with gr.Column(min_width=0):
                        self.left = wording.add(gr.Dropdown, key="left", filterable=False, elem_id="left")
                        self.left_sheet = parts.sheet(elem_id="left-sheet")
                    with gr.Column(min_width=0):
                        self.right = wording.add(gr.Dropdown, key="right", filterable=False, elem_id="right")
                        self.right_sheet = parts.sheet(elem_id="right-sheet")
            with gr.Column(elem_classes="controls", min_width=0):
                self.mode = wording.add(gr.Radio, {"strip": "strip", "pair": "pair"}, key="mode", value="strip", elem_id="mode")
                self.seed = parts.SeedKnob(wording).number
                self.label = wording.add(gr.Dropdown, key="label", filterable=False, elem_id="epochs-label")
            with gr.Column(elem_classes="below", min_width=0):
                self.film = parts.film(elem_id="film")
        self.menus = [self.left, self.right, self.label]
        self.inputs = [run, self.left, self.right, self.label, self.seed]
        self.outputs = [self.strip, self.left_sheet, self.right_sheet, self.film]
        self._draw_strip = parts.careful(library, self._strip)
        self._draw_side = parts.careful(library, self._side, remark=False)
        self._draw_film = parts.careful(library, self._film, remark=False)
        gr.on(
            [self.seed.change, self.label.select], self.draw, self.inputs, self.outputs,
            trigger_mode="always_last", concurrency_limit=1, **QUIET,
        )  # fmt: skip
        for menu, sheet in ((self.left, self.left_sheet), (self.right, self.right_sheet)):
            inputs = [run, menu, self.label, self.seed]
            menu.select(self._draw_side, inputs, sheet, trigger_mode="always_last", **QUIET)
        self.mode.change(self._turn, self.mode, [self.strip, self.pair], **QUIET)

    def offer(
        self,
        entry: Entry | None,
        language: str,
        left: int | None = None,
        right: int | None = None,
        label: int = menus.ALL,
    ) -> list[dict]:
        """What the menus of a run offer: first and last moment side by side, unless others were chosen."""
        moments = menus.snapshots(entry, language)
        values = [value for _, value in moments]
        names = menus.labels(entry, language, "mixed_labels")
        return [
            menus.update(moments, left),
            menus.update(moments, right if right in values else next(reversed(values), None)),
            menus.update(names, label) | {"visible": bool(names)},
        ]

    def same(self) -> list[dict]:
        """Leaves the tab's pictures as they are."""
        return [gr.skip() for _ in self.outputs]

    def draw(self, name: str | None, left: int, right: int, label: int | None, seed: float) -> list[dict[str, Any]]:
        """All pictures of the tab."""
        return [
            self._draw_strip(name, label, seed),
            self._draw_side(name, left, label, seed),
            self._draw_side(name, right, label, seed),
            self._draw_film(name, label, seed),
        ]

    def _strip(self, entry: Entry, label: int | None, seed: float) -> dict[str, Any]:
        return drawing.strip(self._library, entry, parts.whole_seed(seed), menus.chosen(entry, label))

    def _film(self, entry: Entry, label: int | None, seed: float) -> dict[str, Any]:
        return drawing.film(self._library, entry, parts.whole_seed(seed), menus.chosen(entry, label))

    def _side(self, entry: Entry, images: int | None, label: int | None, seed: float) -> dict[str, Any]:
        snapshot, chosen = entry.snapshot(images), menus.chosen(entry, label)
        return drawing.pair_sheet(self._library, entry, snapshot, parts.whole_seed(seed), chosen)

    def _turn(self, mode: str) -> list[dict]:
        return [gr.update(visible=mode == "strip"), gr.update(visible=mode == "pair")]
