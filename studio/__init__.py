"""The studio: what a browser shows of trained runs. It asks ganlib for everything that isn't the browser's."""

import contextlib
import threading
from pathlib import Path
from typing import Any

import gradio as gr

from ganlib import UserError
from studio import endpoints, formulas, menus, parts, theme, words
from studio.engine import Engine, about
from studio.epochs import Epochs
from studio.generate import Generate
from studio.interpolate import Interpolate
from studio.learn import Learn
from studio.library import Library
from studio.parts import QUIET, within

TABS = {"generate": Generate, "interpolate": Interpolate, "epochs": Epochs, "learn": Learn}  # by the word that names them
NUMBERS = ("columns", "num", "seed", "psi")  # of Generate, as a link names them


def serve(checkpoints: Path, host: str | None = None, port: int | None = None, mcp: bool = False) -> None:
    """Shows the runs in `checkpoints` at an address until it is interrupted; with `mcp` its endpoints are MCP tools too.

    Raises OSError where it can't listen.
    """
    library = Library(checkpoints)
    page = build(library)
    page.launch(server_name=host, server_port=port, prevent_thread_lock=True, **launch_settings(mcp))
    threading.Thread(target=_warm, args=[library]).start()  # torch must not be busy when the process ends: no daemon
    page.block_thread()


def build(library: Library) -> gr.Blocks:
    """The page over the runs of `library`, and its public endpoints."""
    title = words.word("en", "name")
    with gr.Blocks(title=title, analytics_enabled=False, fill_width=True, delete_cache=(3600, 3600)) as page:
        _Page(library, page)
        endpoints.publish(library, page)
    return page


def launch_settings(mcp: bool = False) -> dict[str, Any]:
    """What `launch` takes beside an address."""
    return {
        "theme": theme.Paper(),
        "css": theme.css(),
        "head": parts.head(),
        "footer_links": [],
        "run_history": False,
        "enable_monitoring": False,
        "mcp_server": mcp,
        "pwa": False,
        "show_error": False,
    }


class _Page:
    """The head above all tabs, the tabs, and what passes between them."""

    def __init__(self, library: Library, page: gr.Blocks):
        self._library, wording = library, parts.Wording()
        with gr.Row(elem_classes="top"):
            parts.masthead()
            run = wording.add(gr.Dropdown, key="run", filterable=False, elem_id="run")
            language = parts.header()
            parts.shelf()
        rooms = {}
        with gr.Tabs():
            for name, kind in TABS.items():
                with wording.add(gr.Tab, key=name, id=name, elem_id=f"tab-{name}") as tab:
                    rooms[name] = tab, kind(library, wording, run)
        generate, epochs = rooms["generate"][1], rooms["epochs"][1]
        engine = parts.engine(Engine(library).server_function())
        self._wording, self._generate, self._epochs = wording, generate, epochs
        room, listed = gr.State("generate"), gr.State([])

        speech = [language, *wording.components]
        asked = [language, room, *generate.inputs]
        shown = [run, listed, engine, *generate.menus, generate.sheet, epochs.film]
        self._linked = {
            "images": generate.snapshot, "label": generate.label,
            "columns": generate.columns, "num": generate.num, "seed": generate.seed, "psi": generate.truncation,
        }  # fmt: skip

        page.load(self._speak, language, speech, js="() => studio.language()", **QUIET).then(
            self._open, [engine, *asked], shown, js="(_, ...asked) => [studio.link.wished(), ...asked]", **QUIET
        ).then(
            self._hold, engine, [self._linked[key] for key in NUMBERS], js="() => [studio.link.wished()]", **QUIET
        )  # fmt: skip
        language.input(self._speak, language, speech, **QUIET).then(self._translate, asked, shown, **QUIET)
        run.focus(self._list, [language, listed], [run, listed], **QUIET)
        run.select(self._choose, asked, shown, trigger_mode="always_last", **QUIET)
        for name, (tab, _) in rooms.items():
            opened = tab.select(lambda name=name: name, None, room, **QUIET)
            tab.select(None, js=f'() => {{ studio.view.set({{ tab: "{name}" }}); }}', **QUIET)
            if name == "epochs":
                opened.then(epochs.draw, run, epochs.film, **QUIET)
        held = [generate.label, generate.columns, generate.num]
        gr.on(
            [component.change for component in held], None, held,
            js="(labelChoice, columns, num) => { studio.view.set({ labelChoice, columns, num }); }", **QUIET,
        )  # fmt: skip

    def _speak(self, language: str) -> list[Any]:
        return [words.language(language), *self._wording.updates(language)]

    def _open(self, link: Any, language: str, room: str, name: str | None, *values: Any) -> list[Any]:
        """The page as the link wishes that it was opened by, if any. Anyone may have written that link."""
        wished, values = link if isinstance(link, dict) else {}, list(values)
        for key, component in self._linked.items():
            if key in wished:
                values[self._generate.inputs.index(component) - 1] = wished[key]
        return self._choose(language, room, wished.get("run", name), *values)

    def _hold(self, link: Any) -> list[float]:
        """What the link wishes of the tab's numbers. Later than the menus: a seed that changes draws with what they say."""
        wished = link if isinstance(link, dict) else {}
        knobs = {key: self._linked[key] for key in NUMBERS}
        return [within(wished.get(key), knob.minimum, knob.maximum, knob.value) for key, knob in knobs.items()]

    def _list(self, language: str, listed: list[str]) -> list[Any]:
        """The runs while their menu is open: new ones at its end and none taken away, since Gradio goes by the line."""
        entries = self._library.entries()
        names = [*listed, *(name for name in entries if name not in listed)]
        return [gr.update(choices=menus.runs(entries, language, names)), names]

    def _choose(self, language: str, room: str, name: str | None, *values: Any, redraw: bool = True) -> list[Any]:
        """Everything that follows the run: what the menus offer, and the pictures of the tab that is open.

        One answer holds both, since a second request might still carry the values of the run before.
        """
        entries = self._library.entries()
        entry = entries.get(str(name)) or self._library.first()
        name = entry.name if entry else None
        images, label, *knobs = values
        generate_menus = self._generate.offer(entry, language, images, label)
        images, label = (menu["value"] for menu in generate_menus[:2])
        return [
            gr.update(choices=menus.runs(entries, language), value=name),
            list(entries),
            about(entry) if entry and entry.snapshots else {},
            *generate_menus,
            self._generate.draw(name, images, label, *knobs) if redraw else gr.skip(),
            self._epochs.draw(name) if redraw and room == "epochs" else gr.skip(),
        ]

    def _translate(self, *asked: Any) -> list[Any]:
        return self._choose(*asked, redraw=False)


def _warm(library: Library) -> None:
    """Reads the generator that the page opens with, and the font of formulas, so that the first visitor waits for neither."""
    entry = library.first()
    if entry and entry.snapshots:
        with contextlib.suppress(UserError):  # the library has noted what is damaged
            library.generator(entry, entry.snapshots[-1])
    formulas.svg("x")
