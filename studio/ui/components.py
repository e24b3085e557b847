"""The page's own Gradio components, and the words of Gradio's in two languages."""

import functools
import json
from collections.abc import Callable
from typing import Any, Literal, TypedDict

import gradio as gr

from ganlib import UserError
from ganlib.files import DamagedFile
from studio import words
from studio.browser.page_script import PageScript
from studio.library import Entry, Library
from studio.static_files import static
from studio.validation import MOST_SEED


class Quiet(TypedDict):
    """Settings of Gradio's listeners."""

    show_progress: Literal["hidden"]
    api_visibility: Literal["private"]
    preprocess: bool


# Of every listener of the page. Gradio would check a value against what it sent to this page last, and refuse in English
# what is still on its way: handlers bring numbers into their range and look names up themselves.
QUIET: Quiet = {"show_progress": "hidden", "api_visibility": "private", "preprocess": False}


def head(script: PageScript) -> str:
    """What the page's head holds: the start of its script. `studioLoaded` is the promise of what page/main.js names."""
    path = json.dumps(f"./{script.path}")
    return f"<script>window.studioLoaded = import({path}).then(({{ all }}) => all);</script>"


def loaded(call: str) -> str:
    """A script that waits for the page's scripts and gives what `call` comes to, where `studio` is what they name."""
    return f"studioLoaded.then((studio) => {call})"


def _own(template: str, call: str, fires: str = "", **settings: Any) -> gr.HTML:
    """A component of the page's own: its template, what is called once it is there, and the event that this may fire."""
    script = loaded(call) + (f"; /* '{fires}' */" if fires else "")  # Gradio finds the events of a component in its script
    return gr.HTML(html_template=static(template), js_on_load=script, apply_default_css=False, show_label=False, **settings)


def masthead() -> gr.HTML:
    """The name of the page, and its line."""
    return _own("page/masthead.html", "studio.follow(() => studio.speak(element))", elem_id="masthead")


def header() -> gr.HTML:
    """The page's switches. Its value is the page's language; `input` fires when a visitor changes it."""
    return _own("page/header.html", "studio.header(element, props, trigger)", fires="input", value="en", elem_id="switches")


def shelf() -> gr.HTML:
    """The pinned latents, and what the page has to say for a moment."""
    return _own("page/shelf.html", "studio.shelfRow(element)", elem_id="shelf")


def fetch(**settings: Any) -> gr.HTML:
    """The field for a run on the Hub. Its value is the run that was fetched last; `input` fires when one was."""
    return _own("page/fetch.html", "studio.fetch(element, props, trigger)", fires="input", elem_id="fetch", **settings)


def publishing(publish: Callable, **settings: Any) -> gr.HTML:
    """The publish panel of the Train tab. It asks `Publishing` for everything."""
    script = "studio.training.publish(element, server)"
    return _own("train/publish.html", script, server_functions=[publish], elem_id="publish", **settings)


def engine(ask: Callable) -> gr.HTML:
    """The way of the page's scripts to the server. Its value is `engine.about` of the run that is chosen."""
    script = "studio.engine.component(element, props, server, watch)"
    return _own("page/engine.html", script, server_functions=[ask], elem_id="engine")


def grid(**settings: Any) -> gr.HTML:
    """One lossless sheet of pictures whose cells are chosen from, or a notice: made by `drawing.sheet` or by `notice`."""
    return _own("generate/grid.html", "studio.grid(element, props, watch)", **settings)


def explorer() -> gr.HTML:
    """The picture that is chosen in the grid, large, and its sliders. It asks the engine for everything."""
    return _own("generate/explore.html", "studio.explorer(element)", elem_id="explore")


def film(**settings: Any) -> gr.HTML:
    """The training as a film. Its value holds the `drawing.losses` of a run, and the names of all runs."""
    return _own("epochs/film.html", "studio.film(element, props, watch)", **settings)


def part(tab: str, name: str, **settings: Any) -> gr.HTML:
    """A part of a tab: static/TAB/NAME.html, and what static/TAB/parts.js exports as NAME, which is called with its element. It
    asks the engine for what it shows."""
    return _own(f"{tab}/{name}.html", f"studio.parts.{tab}.{name}(element)", **settings)


def explanation() -> gr.HTML:
    """What seed and truncation do, for students."""
    return _own("generate/help.html", "studio.follow(() => studio.speak(element))")


class Wording:
    """Gradio components and the keys of their words, so that one listener can say all of them in another language."""

    def __init__(self) -> None:
        self.components: list[Any] = []
        self._says: list[Callable[[str], dict[str, Any]]] = []

    def add(self, kind: type, choices: dict[str, str] | None = None, *, says: str = "label", key: str, **settings: Any):
        """A component of `kind` whose `says` (label or value) is the word `key`; `choices` are values and their keys."""

        def spoken(language: str) -> dict[str, Any]:
            said: dict[str, Any] = {says: words.word(language, key)}
            if choices:
                said["choices"] = [(words.word(language, name), value) for value, name in choices.items()]
            return said

        component = kind(**spoken("en"), **settings)
        self.components.append(component)
        self._says.append(spoken)
        return component

    def updates(self, language: str) -> list[dict[str, Any]]:
        """What turns every component into `language`."""
        return [gr.update(**spoken(words.language(language))) for spoken in self._says]


class SeedKnob:
    """A seed with buttons for the one before, the one after, and any."""

    def __init__(self, wording: Wording):
        with gr.Group(elem_classes="seed"):
            self.number = wording.add(
                gr.Number,
                key="seed",
                value=0,
                precision=0,
                minimum=0,
                maximum=MOST_SEED,
                elem_classes="number",
            )
            with gr.Row(elem_classes="steps"):
                steps = {
                    "previous": "(seed) => Math.max(0, (seed || 0) - 1)",
                    "next": f"(seed) => Math.min({MOST_SEED}, (seed || 0) + 1)",
                    "dice": "() => Math.floor(Math.random() * 100000)",
                }
                for key, script in steps.items():
                    button = wording.add(gr.Button, says="value", key=key, size="sm", min_width=0)
                    button.click(None, self.number, self.number, js=script, **QUIET)


def within(value: object, low: float, high: float, default: float) -> float:
    """A number as a visitor set it, brought into its range; `default` for what is no number."""
    if not isinstance(value, int | float) or value != value:  # NaN; math.isnan takes no number of 400 digits
        return default
    return min(max(low, value), high)


def whole_seed(seed: object) -> int:
    """A seed as it was typed, as one that can be drawn from."""
    return int(within(seed, 0, MOST_SEED, 0))


def notice(say: str, reason: str | None = None, **values: str) -> dict[str, Any]:
    """What a sheet shows in place of a picture; with `values`, among them `detail`, a text that is shown as it is."""
    return {"notice": {"say": say, "reason": reason} | values}


def remarks(entry: Entry | None) -> dict[str, Any]:
    """What is to be said of a run beside its pictures, or in their place; nothing for a whole one that has some."""
    if entry is None:
        return notice("no_runs", "no_runs_do", detail="python train.py --dataset mnist")
    if entry.damage is None:
        if entry.snapshots:
            return {}
        return notice("weightless", "weightless_do", run=entry.shown) if entry.grids else notice("begun", run=entry.shown)
    say = "damaged_partly" if entry.snapshots else "damaged"
    return notice(say, entry.damage.word, run=entry.shown, detail=entry.damage.detail)


def careful(library: Library, handler: Callable, remark: bool = True) -> Callable:
    """`handler` of an entry, called with a run's name: what is damaged or gone becomes a notice in the picture's place.

    A snapshot that proves damaged when it is loaded is listed so from then on, and `handler` tries without it.
    """

    @functools.wraps(handler)
    def handle(name: str | None, *values: Any) -> dict[str, Any]:
        damage = None
        try:
            entry = library.find(name) if name else library.first()
            if entry is None:
                return remarks(None)
            for _ in entry.snapshots:
                try:
                    return handler(entry, *values) | (remarks(entry) if remark else {})
                except DamagedFile as error:
                    damage = library.without_paths(error)
                    entry = library.find(entry.name)
            return remarks(entry)
        except UserError:
            return notice("damaged_moment", detail=damage) if damage else notice("gone")

    return handle
