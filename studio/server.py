"""Starts the app: the library of runs, the training jobs, the page, and our routes beside Gradio's."""

import contextlib
import os
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from huggingface_hub.utils import disable_progress_bars
from starlette.middleware import Middleware

from ganlib import UserError
from studio.browser.onnxruntime_web import OnnxRuntimeWeb
from studio.browser.page_script import page_script
from studio.client_address import ClientAddress
from studio.drawing.batcher import Batcher
from studio.gradio_edge import share_link
from studio.gradio_edge.delivery import Delivery
from studio.gradio_edge.request_filter import RequestFilter
from studio.jobs import zerogpu
from studio.jobs.api import JobsApi
from studio.jobs.manager import JobManager
from studio.learning import formulas
from studio.library import Library
from studio.limits import Limits, on_space
from studio.page import TABS, build
from studio.ui import components, theme
from studio.uploads.api import Uploads
from studio.web.routes import routes

if TYPE_CHECKING:
    import gradio as gr

KERNELS = "128"  # compiled kernels in oneDNN's cache, about 1 MB each, one per layer and batch size; its default is 1,024


@dataclass(frozen=True)
class Settings:
    """The options of `app.py`."""

    checkpoints: Path  # the folder of runs
    jobs: Path  # the folder of visitors' trainings
    device: str = "auto"  # trains on
    host: str | None = None
    port: int | None = None
    mcp: bool = False  # serves the endpoints as MCP tools
    runtime: OnnxRuntimeWeb | None = None  # lets browsers draw themselves
    root_path: str = ""  # path such as /gan, or URL, at which a reverse proxy serves the page
    share: bool = False  # opens a public link


def serve(settings: Settings) -> None:
    """Serves the studio until it is interrupted. Raises as `served`."""
    with _launched(settings) as (page, link):
        print(_start_message(str(page.local_url).rstrip("/"), settings.root_path, link), flush=True)
        page.block_thread()


@contextlib.contextmanager
def served(settings: Settings) -> Iterator[str]:
    """Serves the studio in the background, as for a notebook. Yields its address.

    Raises OSError if it can't listen, UserError for a device, setting or public link that isn't available.
    """
    with _launched(settings) as (page, link):
        try:
            yield link or str(page.local_url)
        finally:
            page.close(verbose=False)


@contextlib.contextmanager
def _launched(settings: Settings) -> Iterator[tuple["gr.Blocks", str | None]]:
    """Yields the page, which is being served, and its public link, if any."""
    share = settings.share and not on_space()  # a Space is public already
    if share:
        os.environ["GRADIO_SHARE"] = "True"  # for `limits.in_public`
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", KERNELS)  # read when the first picture is drawn
    limits = Limits.from_environment(os.environ)
    launch, slice_minutes = zerogpu.launcher(limits)
    zerogpu.device(settings.device)
    disable_progress_bars()  # of the Hub's client: they don't belong in a server's log
    with (
        closing(JobManager(settings.jobs, limits, settings.device, launch, slice_minutes)) as trainings,
        closing(Batcher(library := Library(settings.checkpoints, jobs=trainings), limits.queued_pictures)) as batcher,
    ):
        uploads = Uploads(trainings.folder / "uploads", trainings.limits, trainings.bytes)
        jobs_api = JobsApi(library, trainings, uploads)
        page = build(library, jobs_api, batcher)
        page.launch(
            server_name=settings.host, server_port=settings.port, root_path=settings.root_path, prevent_thread_lock=True,
            app_kwargs=app_settings(library, settings.runtime, batcher), **launch_settings(settings.mcp, settings.runtime),
            share=False, quiet=True, inline=False,
        )  # fmt: skip
        link = share_link.open_tunnel(page) if share else None
        threading.Thread(
            target=_warm, args=[library, jobs_api]
        ).start()  # no daemon: torch must not be computing when the process exits
        yield page, link


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
        "css": theme.css(TABS),
        "head": components.head(page_script(runtime)),
        "footer_links": [],
        "run_history": False,
        "enable_monitoring": False,
        "mcp_server": mcp,
        "pwa": False,
        "show_error": False,
    }


def app_settings(library: Library, runtime: OnnxRuntimeWeb | None = None, batcher: Batcher | None = None) -> dict[str, Any]:
    """Returns `app_kwargs` of Gradio's `launch`: our routes and middleware, which come before Gradio's."""
    return {
        "routes": routes(library, runtime, batcher or Batcher(library)),
        "middleware": [
            Middleware(ClientAddress),
            Middleware(RequestFilter),
            Middleware(Delivery, script=page_script(runtime).path),
        ],
    }


def _warm(library: Library, jobs_api: JobsApi) -> None:
    """Preloads what the first visitor needs: the first generator, the font of formulas, the built-in data sets."""
    entry = library.first()
    if entry and entry.snapshots:
        with contextlib.suppress(UserError):  # the library lists damage
            library.generator(entry, entry.snapshots[-1])
    formulas.svg("x")
    jobs_api.sets()
