"""The page's own Gradio components, and the labels of Gradio's in two languages."""

import functools
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypedDict

import gradio as gr

from ganlib import UserError, files
from studio import words
from studio.browser.page_script import PageScript
from studio.browser.page_style import OPENING
from studio.limits import MOST_SEED
from studio.static_files import static

if TYPE_CHECKING:
    from studio.library import Entry, Library


class Answers(Protocol):
    """An object that answers a component's questions."""

    @property
    def answer(self) -> Callable[..., Any]: ...


class Quiet(TypedDict):
    """Settings of Gradio's listeners."""

    show_progress: Literal["hidden"]
    api_visibility: Literal["private"]
    preprocess: bool


# For all listeners. `preprocess` would validate a value against what Gradio last sent to the page, and reject newer values in
# English; the handlers validate values themselves.
QUIET: Quiet = {"show_progress": "hidden", "api_visibility": "private", "preprocess": False}


def head(script: PageScript) -> str:
    """What the page's head holds: what makes Gradio's copies cheap, then the start of the page's script. `studioLoaded` is the
    promise of what page/main.js names; `studio.rest()` adds what page/later.js names."""
    return static("page/head.html").replace("{script}", f"./{script.path}")


def loaded(call: str) -> str:
    """Returns a script that waits for the page's script and evaluates `call`, in which `studio` holds its exports."""
    return f"studioLoaded.then((studio) => {call})"


def _own(template: str, call: str, fires: str = "", **settings: Any) -> gr.HTML:
    """Returns a component with a template, a `call` made once it is mounted, and the event that it may fire."""
    call = call if template.partition("/")[0] in OPENING else f"studio.later(element, () => {call})"
    script = loaded(call) + (f"; /* '{fires}' */" if fires else "")  # Gradio finds the events of a component in its script
    return gr.HTML(html_template=static(template), js_on_load=script, apply_default_css=False, show_label=False, **settings)


def masthead() -> gr.HTML:
    """The page's title and subtitle."""
    return _own("page/masthead.html", "studio.follow(() => studio.speak(element))", elem_id="masthead")


def header() -> gr.HTML:
    """The page's switches. The value is the page's language; `input` fires when a visitor changes it."""
    return _own("page/header.html", "studio.header(element, props, trigger)", fires="input", value="en", elem_id="switches")


def shelf() -> gr.HTML:
    """The pinned latents, and short messages."""
    return _own("page/shelf.html", "studio.shelfRow(element)", elem_id="shelf")


def fetch(**settings: Any) -> gr.HTML:
    """The field for a run on the Hub. The value is the run fetched last; `input` fires when one has been fetched."""
    return _own("page/fetch.html", "studio.fetch(element, props, trigger)", fires="input", elem_id="fetch", **settings)


def publishing(answers: Answers, **settings: Any) -> gr.HTML:
    """The publish panel of the Train tab."""

    def publish(question: Any, token: gr.OAuthToken | None, profile: gr.OAuthProfile | None) -> dict[str, Any]:
        return answers.answer(question, token, profile)  # Gradio adds the signed-in account

    script = "studio.training.publish(element, server)"
    return _own("train/publish.html", script, server_functions=[publish], elem_id="publish", **settings)


def renting(answers: Answers, **settings: Any) -> gr.HTML:
    """The panel of the Train tab for trainings on the Hub's machines."""

    def rent(
        question: Any, token: gr.OAuthToken | None, profile: gr.OAuthProfile | None, request: gr.Request
    ) -> dict[str, Any]:
        return answers.answer(question, token, profile, request)  # Gradio adds the signed-in account and the request

    script = "studio.training.rent(element, server)"
    return _own("train/rent.html", script, server_functions=[rent], elem_id="rent", **settings)


def engine(questions: Answers) -> gr.HTML:
    """The connection of the page's scripts to the server. The value is `questions.about` of the selected run."""

    async def ask(question: Any) -> dict[str, Any]:
        return await questions.answer(question)

    script = "studio.engine.component(element, props, server, watch)"
    return _own("page/engine.html", script, server_functions=[ask], elem_id="engine")


def grid(**settings: Any) -> gr.HTML:
    """A sheet of pictures with selectable cells, or a notice: the value of `sheets.sheet` or `notice`."""
    return _own("generate/grid.html", "studio.grid(element, props, watch)", **settings)


def explorer() -> gr.HTML:
    """The picture selected in the grid, enlarged, with its sliders."""
    return _own("generate/explore.html", "studio.explorer(element)", elem_id="explore")


def epochs(**settings: Any) -> gr.HTML:
    """The training as a film. The value holds the `sheets.losses` of a run, and the names of all runs."""
    return _own("epochs/epochs.html", "studio.epochs(element, props, watch)", **settings)


def sweep(**settings: Any) -> gr.HTML:
    """The trials of a sweep. The value is the run opened last; `input` fires when a visitor opens one."""
    return _own("sweep/sweep.html", "studio.parts.sweep.sweep(element, props, trigger)", fires="input", **settings)


def part(tab: str, name: str, *values: Any, **settings: Any) -> gr.HTML:
    """A part of a tab: the template static/TAB/NAME.html, and the function NAME exported by static/TAB/parts.js, called with
    its element and `values`, as JSON."""
    given = ", ".join(["element", *map(json.dumps, values)])
    call = f"studio.parts.{tab}.{name}({given})"
    if tab in OPENING:  # its headings stand before the visitor does anything
        call = f"studio.follow(() => studio.speak(element)), studio.soon.then(() => {call})"
    return _own(f"{tab}/{name}.html", call, **settings)


def explanation() -> gr.HTML:
    """An explanation of seed and truncation for students."""
    return _own("generate/help.html", "studio.follow(() => studio.speak(element))")


class Wording:
    """Gradio components and the keys of their words, so that one listener can translate all of them."""

    def __init__(self) -> None:
        self.components: list[Any] = []
        self._says: list[Callable[[str], dict[str, Any]]] = []

    def add(self, kind: type, choices: dict[str, str] | None = None, *, says: str = "label", key: str, **settings: Any):
        """Creates a component of `kind` whose `says` (label or value) is the word `key`; `choices` maps values to keys."""

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
        """Returns the updates that translate every component into `language`."""
        return [gr.update(**spoken(words.language(language))) for spoken in self._says]


class SeedField:
    """A seed with buttons for the previous, the next and a random one."""

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
    """Clips an untrusted number to its range; returns `default` for anything but a number."""
    if not isinstance(value, int | float) or value != value:  # NaN; math.isnan fails for an int of 400 digits
        return default
    return min(max(low, value), high)


def whole_seed(seed: object) -> int:
    """Returns a typed seed as a valid one."""
    return int(within(seed, 0, MOST_SEED, 0))


def notice(say: str, reason: str | None = None, **values: str) -> dict[str, Any]:
    """Returns a notice, shown in place of a picture; `values` fill in its words, and `detail` is shown verbatim."""
    return {"notice": {"say": say, "reason": reason} | values}


def remarks(entry: "Entry | None") -> dict[str, Any]:
    """Returns the notice for a run that is damaged or has no snapshots; empty for any other."""
    if entry is None:
        return notice("no_runs", "no_runs_do", detail="python train.py --dataset mnist")
    if entry.damage is None:
        if entry.snapshots:
            return {}
        return notice("weightless", "weightless_do", run=entry.shown) if entry.grids else notice("begun", run=entry.shown)
    say = "damaged_partly" if entry.snapshots else "damaged"
    return notice(say, entry.damage.word, run=entry.shown, detail=entry.damage.detail)


def with_notices(library: "Library", handler: Callable, remark: bool = True) -> Callable:
    """Wraps a handler of an entry to take a run's name: a damaged or deleted run becomes a notice.

    A snapshot found damaged when it is loaded is listed so, and `handler` is called again without it.
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
                except files.DamagedFile as error:
                    damage = library.without_paths(error)
                    entry = library.find(entry.name)
            return remarks(entry)
        except UserError:
            return notice("damaged_moment", detail=damage) if damage else notice("gone")

    return handle
