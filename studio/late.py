"""Lets the page be served before torch is imported, which takes as long as all else until then.

What lays the page out (`server`, `page`, `ui/`, the routes and endpoints) imports what answers its visitors as modules, which
run when it is first asked, and makes the objects that answer `later`. `gradio_edge/held_requests.py` holds requests until then.
"""

from collections.abc import Callable
from importlib import import_module
from threading import RLock
from typing import Any, TypeVar, cast

from ganlib import imports

Made = TypeVar("Made")

ANSWERING = (
    "ganlib.devices",
    "ganlib.files",
    "ganlib.inversion.projector",
    "ganlib.sampling",
    "studio.browser.onnx_graphs",
    "studio.drawing.batcher",
    "studio.drawing.downloads",
    "studio.drawing.fair_queue",
    "studio.drawing.projecting",
    "studio.drawing.sample_zip",
    "studio.drawing.sheets",
    "studio.jobs.api",
    "studio.jobs.manager",
    "studio.library",
    "studio.menus",
    "studio.sharing.fetching",
    "studio.sharing.publishing",
    "studio.sharing.renting",
    "studio.uploads.api",
    "studio.validation",
    "studio.web.questions",
    "studio.web.seed_sheet",
)
imports.late(*ANSWERING)


class _Later:
    """A lock each: Python 3.11's cached_property has one for all, so that a thread that makes one of these would hold up others
    that use another."""

    def __init__(self, make: Callable[[], Any]):
        self._make, self._lock, self._made = make, RLock(), list[Any]()

    @property
    def made(self) -> Any:
        with self._lock:
            if not self._made:
                self._made.append(self._make())
        return self._made[0]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.made, name)


def later(make: Callable[[], Made]) -> Made:
    """Stands for the object that `make` returns, and calls it when an attribute of that is first used."""
    return cast(Made, _Later(make))


def made(standing: Made) -> Made:
    """Returns the object that `later` stands for; any other as it is."""
    return standing.made if isinstance(standing, _Later) else standing


def run_modules() -> None:
    """Runs all modules that answer visitors, and with them imports torch."""
    for name in ANSWERING:
        hasattr(import_module(name), "")  # a look runs it
