"""Builds the page: the header, the tabs, and the events between them."""

import contextlib
import json
import os
from typing import TYPE_CHECKING, Any

from studio.gradio_edge import import_patch  # noqa: F401 - before Gradio

# isort: split
import gradio as gr

from ganlib import UserError
from studio import menus, words
from studio.drawing import batcher as drawing
from studio.gradio_edge import queue_limit
from studio.late import later
from studio.limits import Limits, in_public, way
from studio.sharing import fetching, publishing
from studio.ui import components
from studio.ui.components import QUIET, loaded
from studio.ui.epochs import Epochs
from studio.ui.generate import Generate
from studio.ui.interpolate import Interpolate
from studio.ui.learn import Learn
from studio.ui.sweep import Sweep
from studio.ui.train import Train
from studio.web import endpoints, questions

if TYPE_CHECKING:
    from studio.drawing.batcher import Batcher
    from studio.jobs.api import JobsApi
    from studio.library import Entry, Library
    from studio.sharing.renting import Renting
    from studio.web.questions import Answers, Questions

# The tabs in order, by the key of their title: a class called with (library, wording, run menu) that fills the tab. A tab's
# scripts, templates and styles are in static/NAME/, its words in studio/words/. Sweep is there where the folder is a sweep's.
TABS = {
    "generate": Generate, "interpolate": Interpolate, "epochs": Epochs, "sweep": Sweep, "train": Train, "learn": Learn,
}  # fmt: skip
NUMBERS = ("columns", "num", "seed", "psi")  # numbers of the Generate tab by their names in a link


def build(
    library: "Library",
    jobs_api: "JobsApi | None" = None,
    batcher: "Batcher | None" = None,
    renting: "Renting | None" = None,
    sweep: bool = False,
) -> gr.Blocks:
    """Builds the page and its public endpoints for the runs of `library`, which are a `sweep`'s or not. Without `jobs_api`
    nothing can be trained, without `renting` not on the Hub's machines; without `batcher` the page creates one."""
    title = words.word("en", "name")
    with gr.Blocks(title=title, analytics_enabled=False, fill_width=True, delete_cache=(3600, 3600)) as page:
        batcher = batcher or drawing.Batcher(library)
        _Page(library, jobs_api, batcher, page, renting, sweep)
        endpoints.publish(library, page, batcher)
    queue_limit.bound(page)
    return page


class _Page:
    """The header, the tabs, and the events between them."""

    def __init__(
        self,
        library: "Library",
        jobs_api: "JobsApi | None",
        batcher: "Batcher",
        page: gr.Blocks,
        renting: "Renting | None",
        sweep: bool,
    ):
        self._library, self._jobs_api, wording = library, jobs_api, components.Wording()
        with gr.Row(elem_classes="top"):
            components.masthead()
            run = wording.add(gr.Dropdown, key="run", filterable=False, elem_id="run")
            fetched = components.fetch(in_public=in_public())
            language = components.header()
            components.shelf()
        rooms: dict[str, tuple[gr.Tab, object]] = {}
        with gr.Tabs():
            for name, kind in TABS.items():
                if kind is Sweep and not sweep:
                    continue
                with wording.add(gr.Tab, key=name, id=name, elem_id=f"tab-{name}") as tab:
                    rooms[name] = tab, kind(library, wording, run)
        generate, epochs = rooms["generate"][1], rooms["epochs"][1]
        assert isinstance(generate, Generate) and isinstance(epochs, Epochs)
        with rooms["train"][0]:
            if renting:
                components.renting(renting)
            components.publishing(later(lambda: publishing.Publishing(library, self._owns)))
            if way() == "account":
                gr.LoginButton(visible=False)  # enables Gradio's sign-in; the publish panel links to it
        engine = components.engine(later(lambda: self._questions(batcher)))
        self._wording, self._generate, self._epochs = wording, generate, epochs
        room, listed = gr.State("generate"), gr.State([])

        speech = [language, *wording.components]
        asked = [engine, language, room, *generate.inputs]  # the script replaces the engine's value by the visitor's token
        whose = f"(_, ...asked) => {loaded('[studio.visitor(), ...asked]')}"
        shown = [run, listed, engine, *generate.menus, generate.sheet, epochs.film]
        self._linked = {
            "images": generate.snapshot, "label": generate.label,
            "columns": generate.columns, "num": generate.num, "seed": generate.seed, "psi": generate.truncation,
        }  # fmt: skip

        numbers = [self._linked[key] for key in NUMBERS]
        limits = json.dumps([[key, knob.value, knob.minimum, knob.maximum] for key, knob in zip(NUMBERS, numbers, strict=True)])
        page.load(self._set_language, language, speech, js=f"() => {loaded('studio.language()')}", **QUIET).then(
            self._open, [engine, *asked], shown,
            js=f"(_, __, ...asked) => {loaded('[studio.link.wished(), studio.visitor(), ...asked]')}", **QUIET
        ).then(
            None, numbers, numbers, js=f"(...values) => {loaded(f'studio.link.numbers({limits}, values)')}", **QUIET
        )  # fmt: skip
        language.input(self._set_language, language, speech, **QUIET).then(
            self._translate, asked, shown, js=whose, **QUIET
        )  # fmt: skip
        run.focus(self._list, [engine, language, listed], [run, listed], js=whose, **QUIET)
        run.select(self._choose, asked, shown, js=whose, trigger_mode="always_last", **QUIET)
        for chooser in (fetched, *(tab.opened for _, tab in rooms.values() if isinstance(tab, Sweep))):
            wished = [chooser if component is run else component for component in asked]
            chooser.input(self._choose, wished, shown, js=whose, **QUIET)
        for name, (tab, _) in rooms.items():
            opened = tab.select(lambda name=name: name, None, room, **QUIET)
            tab.select(None, js=f"() => {loaded(f'studio.view.set({{ tab: {name!r} }})')}", **QUIET)
            if name == "epochs":
                opened.then(epochs.draw, run, epochs.film, **QUIET)
        held = [generate.label, generate.columns, generate.num]
        gr.on(
            [component.change for component in held], None, held,
            js=f"(labelChoice, columns, num) => {loaded('studio.view.set({ labelChoice, columns, num })')}", **QUIET,
        )  # fmt: skip

    def _questions(self, batcher: "Batcher") -> "Questions":
        others: list[Answers] = [fetching.Fetching(self._library, Limits.from_environment(os.environ))]
        if self._jobs_api:
            others.append(self._jobs_api)
        return questions.Questions(self._library, *others, batcher=batcher)

    def _set_language(self, language: str) -> list[Any]:
        return [words.language(language), *self._wording.updates(language)]

    def _open(self, link: Any, visitor: Any, language: str, room: str, name: str | None, *values: Any) -> list[Any]:
        """Opens the page with the settings of the link, if any. The link is untrusted."""
        wished, chosen = link if isinstance(link, dict) else {}, list(values)
        for key, component in self._linked.items():
            if key in wished:
                chosen[self._generate.inputs.index(component) - 1] = wished[key]
        return self._choose(visitor, language, room, wished.get("run", name), *chosen)

    def _owns(self, visitor: str, entry: "Entry") -> bool:
        """Whether a visitor may publish a run: a listed run anyone, a private one its owner."""
        return not entry.private or entry.name in self._own(visitor)

    def _list(self, visitor: Any, language: str, listed: list[str]) -> list[Any]:
        """Refreshes the open menu of runs. New runs are appended and none removed, since Gradio selects by index."""
        entries = self._library.entries() | self._own(visitor)
        names = [*listed, *(name for name in entries if name not in listed)]
        return [gr.update(choices=menus.runs(entries, language, names)), names]

    def _choose(self, visitor: Any, language: str, room: str, name: str | None, *values: Any, redraw: bool = True) -> list[Any]:
        """Updates everything that depends on the run: the menus' choices and the pictures of the open tab.

        Both in one response, since a second request could still carry the previous run's values.
        """
        own = self._own(visitor)
        entries = self._library.entries() | own
        with contextlib.suppress(UserError):  # adds a private run that a link names
            linked = self._library.find(name)
            entries.setdefault(linked.name, linked)
        entry = entries.get(str(name)) or self._library.first()
        name = entry.name if entry else None
        images, label, *knobs = values
        generate_menus = self._generate.offer(entry, language, images, label)
        images, label = (menu["value"] for menu in generate_menus[:2])
        titles = {"own": {name: entry.shown for name, entry in own.items() if entry.snapshots}}
        return [
            gr.update(choices=menus.runs(entries, language), value=name),
            list(entries),
            questions.about(entry) | titles if entry and entry.snapshots else {},
            *generate_menus,
            self._generate.draw(name, images, label, *knobs) if redraw else gr.skip(),
            self._epochs.draw(name) if redraw and room == "epochs" else gr.skip(),
        ]

    def _own(self, visitor: Any) -> "dict[str, Entry]":
        """Returns the private runs of a visitor by name."""
        return {entry.name: entry for entry in self._jobs_api.private_entries(visitor)} if self._jobs_api else {}

    def _translate(self, *asked: Any) -> list[Any]:
        return self._choose(*asked, redraw=False)
