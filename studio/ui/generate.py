"""The Generate tab: new pictures from one snapshot of a run, and one of them under live sliders."""

from typing import TYPE_CHECKING, Any

import gradio as gr

from ganlib import UserError
from studio import menus
from studio.drawing import sheets
from studio.ui import components
from studio.ui.components import QUIET, within

if TYPE_CHECKING:
    from studio.library import Entry, Library

MOST_TRUNCATION = 1.5
COLUMNS, MOST_COLUMNS = 8, 12  # of a row per label
PICTURES, MOST_PICTURES = 16, 100


class Generate:
    """The tab's widgets and their events. `menus` depend on the selected run."""

    def __init__(self, library: "Library", wording: components.Wording, run: gr.Dropdown):
        self._library = library
        with gr.Row(elem_classes="generate"):
            with gr.Column(elem_classes="stage", min_width=0):
                self.sheet = components.grid(elem_id="sheet")
                components.part("generate", "projection", elem_id="projection")
                components.part("generate", "children", elem_id="children")
                components.part("generate", "units", elem_id="units")
                components.part("generate", "mixing", elem_id="mix-layers")
            with gr.Column(elem_classes="pane", min_width=0):
                components.explorer()
            with gr.Column(elem_classes="controls knobs-block", min_width=0):
                self.truncation = wording.add(
                    gr.Slider, key="truncation", minimum=0, maximum=MOST_TRUNCATION, step=0.05, value=1, elem_id="truncation"
                )
                self.columns = wording.add(
                    gr.Slider, key="columns", minimum=1, maximum=MOST_COLUMNS, step=1, value=COLUMNS, visible=False,
                    elem_id="columns",
                )  # fmt: skip
                self.num = wording.add(
                    gr.Slider, key="num", minimum=1, maximum=MOST_PICTURES, step=1, value=PICTURES, elem_id="num"
                )
                self.seed = components.SeedField(wording).number
                self.snapshot = wording.add(gr.Dropdown, key="snapshot", filterable=False, elem_id="snapshot")
                self.label = wording.add(gr.Dropdown, key="label", filterable=False, elem_id="label")
                components.explanation()
        self.menus = [self.snapshot, self.label, self.columns, self.num]
        self.inputs = [run, self.snapshot, self.label, self.columns, self.num, self.seed, self.truncation]
        self.draw = components.with_notices(library, self._draw)
        gr.on(
            [self.snapshot.select, self.seed.change] + [slider.input for slider in (self.columns, self.num, self.truncation)],
            self.draw, self.inputs, self.sheet,
            trigger_mode="always_last", concurrency_limit=2, **QUIET,
        )  # fmt: skip
        self.label.select(self._sliders, [run, self.label], [self.columns, self.num], **QUIET).then(
            self.draw, self.inputs, self.sheet, **QUIET
        )

    def offer(self, entry: "Entry | None", language: str, images: int | None = None, label: int | None = None) -> list[dict]:
        """Returns the updates of the menus for a run; keeps the selected snapshot and label if the run has them."""
        moments = menus.snapshots(entry, language)
        last = moments[-1][1] if moments else None
        wished = images if images in [value for _, value in moments] else last
        names = menus.grid_labels(entry, language)
        label_menu = _offered(names, label) | {"visible": bool(names)}
        return [_offered(moments, wished), label_menu, *self._visible(entry, label_menu["value"])]

    def _draw(
        self, entry: "Entry", images: int, label: int, columns: float, num: float, seed: float, truncation: float
    ) -> dict[str, Any]:
        snapshot, seed = entry.snapshot(images), components.whole_seed(seed)
        truncation = within(truncation, 0, MOST_TRUNCATION, 1)
        if menus.by_rows(entry, label):
            columns = int(within(columns, 1, MOST_COLUMNS, COLUMNS))
            return sheets.every_label(self._library, entry, snapshot, columns, seed, truncation)
        num, chosen = int(within(num, 1, MOST_PICTURES, PICTURES)), menus.chosen(entry, label)
        return sheets.grid(self._library, entry, snapshot, num, seed, truncation, chosen)

    def _sliders(self, name: str, label: int | None) -> list[dict]:
        try:
            entry = self._library.find(name)
        except UserError:  # deleted meanwhile; the sheet shows a notice
            entry = None
        return self._visible(entry, label)

    def _visible(self, entry: "Entry | None", label: int | None) -> list[dict]:
        rows = menus.by_rows(entry, label)
        return [gr.update(visible=rows), gr.update(visible=not rows)]


def _offered(choices: list[tuple[str, Any]], value: Any) -> dict[str, Any]:
    """Returns a menu's update with these choices, and `value` if it is among them, else the first."""
    values = [choice for _, choice in choices]
    return gr.update(choices=choices, value=value if value in values else next(iter(values), None))
