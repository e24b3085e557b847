"""Starts the app: the page with our routes beside Gradio's, then what answers visitors, the library and the training jobs."""

import contextlib
import functools
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from huggingface_hub.utils import disable_progress_bars
from starlette.middleware import Middleware

from ganlib import UserError, imports, interrupts
from ganlib.sweep.files import is_sweep
from ganlib.threads import memory
from studio import late
from studio import library as runs
from studio.browser import page_style
from studio.browser.onnxruntime_web import OnnxRuntimeWeb
from studio.browser.page_script import page_script
from studio.client_address import ClientAddress
from studio.drawing import batcher as drawing
from studio.gradio_edge import connections, share_link
from studio.gradio_edge.delivery import Delivery
from studio.gradio_edge.held_requests import Gate, HeldRequests
from studio.gradio_edge.request_filter import RequestFilter
from studio.jobs import api, manager, zerogpu
from studio.late import later
from studio.learning import formulas
from studio.limits import Limits, on_space
from studio.page import build
from studio.sharing import renting
from studio.ui import components, theme
from studio.uploads import api as uploading
from studio.web import poster
from studio.web.routes import routes

if TYPE_CHECKING:
    import gradio as gr

    from studio.drawing.batcher import Batcher
    from studio.jobs.api import JobsApi
    from studio.library import Library

LOOPBACK = ("127.0.0.1", "localhost", "::1")
KERNELS = "128"  # compiled kernels in oneDNN's cache, about 1 MB each, one per layer and batch size; its default is 1,024
PAUSE = 10  # seconds before what isn't urgent
FIRST = "mnist"  # the run that opens if no other is asked for: a visitor can tell at once whether its pictures are right


@dataclass(frozen=True)
class Settings:
    """The options of `app.py`."""

    checkpoints: Path  # the folder of runs
    jobs: Path  # the folder of visitors' trainings
    first: str = FIRST  # the run that the page opens with, where it is there
    keep: Path | None = None  # a folder on another disk, in which they outlast this one
    device: str = "auto"  # trains on
    host: str | None = None
    port: int | None = None
    mcp: bool = False  # serves the endpoints as MCP tools
    runtime: OnnxRuntimeWeb | None = None  # lets browsers draw themselves
    root_path: str = ""  # path such as /gan, or URL, at which a reverse proxy serves the page
    share: bool = False  # opens a public link


def serve(settings: Settings) -> None:
    """Serves the studio until it is interrupted. Raises as `served`."""
    if settings.keep:  # what ends a Space; with Ctrl-C's the running training is saved and kept
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    with _laid_out(settings) as (studio, page, link):
        print(_start_message(str(page.local_url).rstrip("/"), settings.root_path, link), flush=True)
        interrupts.end_at_once()  # while torch is imported
        with studio.answering():
            interrupts.raise_again()
            page.block_thread()


@contextlib.contextmanager
def served(settings: Settings) -> Iterator[str]:
    """Serves the studio in the background, as for a notebook. Yields its address.

    Raises OSError if it can't listen, UserError for a device, setting or public link that isn't available.
    """
    with _laid_out(settings) as (studio, page, link), studio.answering():
        try:
            yield link or str(page.local_url)
        finally:
            page.close(verbose=False)


class _Studio:
    """What answers the visitors of the page: made `later`, when `answering` begins."""

    def __init__(self, settings: Settings):
        limits = Limits.from_environment(os.environ)
        launch, slice_minutes = zerogpu.launcher(limits)
        self._settings, self.gate = settings, Gate()
        self.trainings = trainings = later(
            lambda: manager.JobManager(settings.jobs, limits, settings.device, launch, slice_minutes, settings.keep)
        )
        self.library = library = later(lambda: runs.Library(settings.checkpoints, jobs=trainings, first=settings.first))
        self.batcher = later(lambda: drawing.Batcher(library, limits.queued_pictures))
        uploads = later(lambda: uploading.Uploads(trainings.folder / "uploads", trainings.limits, trainings.bytes))
        self.jobs_api = jobs_api = later(lambda: api.JobsApi(library, trainings, uploads))
        self.renting = later(lambda: renting.Renting(library, jobs_api, _at_home(settings)))

    @contextlib.contextmanager
    def answering(self) -> Iterator[None]:
        """Imports torch once the first visitor has the page, and answers visitors until the block ends. Raises UserError for a
        device that isn't available."""
        self.gate.wait()
        with imports.more():
            late.run_modules()
        zerogpu.device(self._settings.device)
        disable_progress_bars()  # of the Hub's client: they don't belong in a server's log
        with closing(late.made(self.trainings)), closing(late.made(self.batcher)):
            self.gate.open()
            with _kept_ready(self.library, self.jobs_api):
                yield


@contextlib.contextmanager
def _laid_out(settings: Settings) -> Iterator[tuple[_Studio, "gr.Blocks", str | None]]:
    """Yields what is to answer the visitors, the page, which is being served, and its public link, if any."""
    share = settings.share and not on_space()  # a Space is public already
    if share:
        os.environ["GRADIO_SHARE"] = "True"  # for `limits.in_public`
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", KERNELS)  # read when the first picture is drawn
    memory.share_memory()
    if settings.device != "auto":  # to be refused before anyone comes
        zerogpu.device(settings.device)
    studio = _Studio(settings)
    page = build(studio.library, studio.jobs_api, studio.batcher, studio.renting, is_sweep(settings.checkpoints))
    first_pictures = functools.partial(poster.poster, settings.checkpoints, settings.first)
    page.launch(
        server_name=settings.host, server_port=settings.port, root_path=settings.root_path, prevent_thread_lock=True,
        app_kwargs=app_settings(studio.library, settings.runtime, studio.batcher, first_pictures, studio.gate),
        **launch_settings(settings.mcp, settings.runtime), share=False, quiet=True, inline=False,
    )  # fmt: skip
    connections.keep_open(page)
    yield studio, page, share_link.open_tunnel(page) if share else None


def _at_home(settings: Settings) -> bool:
    """Whether only this machine reaches the server: no other address to listen at, no proxy."""
    host = settings.host or os.environ.get("GRADIO_SERVER_NAME", LOOPBACK[0])
    return host in LOOPBACK and not settings.root_path


def _start_message(url: str, root_path: str, link: str | None) -> str:
    """Returns the line about addresses that is printed at the start."""
    if link:
        return (
            f"Open {link} (or, on this machine, {url}).\n"
            "Whoever has this link can train on this machine and sees all runs here; the limits are those of docs/space.md."
        )
    if root_path:
        return f"Listens at {url} for a proxy that serves it under {root_path}/."
    return f"Open {url} (--share gives it a public link, --root-path a place behind a proxy)."


def launch_settings(mcp: bool = False, runtime: OnnxRuntimeWeb | None = None) -> dict[str, Any]:
    """Returns the arguments of Gradio's `launch` other than addresses and routes."""
    return {
        "theme": theme.Paper(),
        "css": page_style.opening(),
        "head": components.head(page_script(runtime)),
        "footer_links": [],
        "run_history": False,
        "enable_monitoring": False,
        "mcp_server": mcp,
        "pwa": False,
        "show_error": False,
    }


def app_settings(
    library: "Library",
    runtime: OnnxRuntimeWeb | None = None,
    batcher: "Batcher | None" = None,
    first_pictures: Callable[[], bytes | None] = lambda: None,
    gate: Gate | None = None,
) -> dict[str, Any]:
    """Returns `app_kwargs` of Gradio's `launch`: our routes and middleware, which come before Gradio's. With a `gate`, requests
    for answers wait until it is open; `first_pictures` returns the page's poster."""
    return {
        "routes": routes(library, runtime, batcher or drawing.Batcher(library), first_pictures),
        "middleware": [
            *([Middleware(HeldRequests, gate=gate)] if gate else []),
            Middleware(ClientAddress),
            Middleware(RequestFilter),
            Middleware(Delivery, script=page_script(runtime).path),
        ],
    }


@contextlib.contextmanager
def _kept_ready(library: "Library", jobs_api: "JobsApi") -> Iterator[None]:
    """Prepares for visitors in a thread, which ends with the block: torch must not be computing when the process exits."""
    over = threading.Event()
    thread = threading.Thread(target=_keep_ready, args=[library, jobs_api, over], name="keeping ready")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _keep_ready(library: "Library", jobs_api: "JobsApi", over: threading.Event) -> None:
    """Loads the first generator and finds its directions, later what other tabs need, so as not to delay the first picture.
    Then returns freed memory to the system now and then; each drawing thread would keep what it once needed."""
    entry = library.first()
    if entry and entry.snapshots:
        with contextlib.suppress(UserError):  # the library lists damage
            library.directions(entry, entry.snapshots[-1])  # of the first sliders
    if over.wait(PAUSE):
        return
    formulas.svg("x")  # reads its font
    jobs_api.sets()
    while True:
        memory.return_memory()
        if over.wait(PAUSE):
            return
