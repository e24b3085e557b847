"""The studio: what a browser shows of trained runs. It asks ganlib for everything that isn't the browser's."""

import contextlib
import threading
from pathlib import Path
from typing import Any

import gradio as gr

from ganlib import UserError
from studio import endpoints, menus, parts, theme, words
from studio.epochs import Epochs
from studio.generate import Generate
from studio.library import Library
from studio.parts import QUIET


def serve(checkpoints: Path, host: str | None = None, port: int | None = None) -> None:
    """Shows the runs in `checkpoints` at an address until it is interrupted. Raises OSError where it can't listen."""
    library = Library(checkpoints)
    page = build(library)
    page.launch(server_name=host, server_port=port, prevent_thread_lock=True, **launch_settings())
    threading.Thread(target=_warm, args=[library]).start()  # torch must not be busy when the process ends: no daemon
    page.block_thread()


def build(library: Library) -> gr.Blocks:
    """The page over the runs of `library`, and its public endpoints."""
    title = words.word("en", "name")
    with gr.Blocks(title=title, analytics_enabled=False, fill_width=True, delete_cache=(3600, 3600)) as page:
        _Page(library, page)
        endpoints.publish(library, page)
    return page


def launch_settings() -> dict[str, Any]:
    """What `launch` takes beside an address."""
    return {
        "theme": theme.Paper(),
        "css": theme.css(),
        "head": parts.head(),
        "footer_links": [],
        "run_history": False,
        "enable_monitoring": False,
        "mcp_server": False,
        "pwa": False,
        "show_error": False,
    }


class _Page:
    """The header, the run menu and the two tabs, and what passes between them."""

    def __init__(self, library: Library, page: gr.Blocks):
        self._library, wording = library, parts.Wording()
        with gr.Row(elem_classes="top"):
            language = parts.header()
            run = wording.add(gr.Dropdown, key="run", filterable=False, elem_id="run")
        with gr.Tabs():
            with wording.add(gr.Tab, key="generate") as generate_tab:
                generate = Generate(library, wording, run)
            with wording.add(gr.Tab, key="epochs") as epochs_tab:
                epochs = Epochs(library, wording, run)
        self._wording, self._generate, self._epochs = wording, generate, epochs
        room, listed = gr.State("generate"), gr.State([])

        speech = [language, *wording.components]
        asked = [language, room, *generate.inputs, *epochs.inputs[1:]]
        shown = [run, listed, *generate.menus, generate.sheet, *epochs.menus, *epochs.outputs]

        page.load(self._speak, language, speech, js="() => studio.language()", **QUIET).then(
            self._choose, asked, shown, **QUIET
        )
        language.input(self._speak, language, speech, **QUIET).then(self._translate, asked, shown, **QUIET)
        run.focus(self._list, [language, listed], [run, listed], **QUIET)
        run.select(self._choose, asked, shown, trigger_mode="always_last", **QUIET)
        generate_tab.select(lambda: "generate", None, room, **QUIET)
        epochs_tab.select(lambda: "epochs", None, room, **QUIET).then(epochs.draw, epochs.inputs, epochs.outputs, **QUIET)

    def _speak(self, language: str) -> list[Any]:
        return [words.language(language), *self._wording.updates(language)]

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
        (images, label, *knobs), (left, right, epochs_label, seed) = values[:-4], values[-4:]
        generate_menus = self._generate.offer(entry, language, images, label)
        epochs_menus = self._epochs.offer(entry, language, left, right, epochs_label)
        images, label = (menu["value"] for menu in generate_menus[:2])
        moments = [menu["value"] for menu in epochs_menus]
        return [
            gr.update(choices=menus.runs(entries, language), value=name),
            list(entries),
            *generate_menus,
            self._generate.draw(name, images, label, *knobs) if redraw else gr.skip(),
            *epochs_menus,
            *(self._epochs.draw(name, *moments, seed) if redraw and room == "epochs" else self._epochs.same()),
        ]

    def _translate(self, *asked: Any) -> list[Any]:
        return self._choose(*asked, redraw=False)


def _warm(library: Library) -> None:
    """Reads the generator that the page opens with, so that the first visitor doesn't wait for it."""
    entry = library.first()
    if entry and entry.snapshots:
        with contextlib.suppress(UserError):  # the library has noted what is damaged
            library.generator(entry, entry.snapshots[-1])
