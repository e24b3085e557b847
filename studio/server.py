"""Starts the app: its library of runs, its trainings, the page, and the routes beside Gradio's own."""

import contextlib
import os
import threading
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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

KERNELS = "128"  # compiled, a MB or so each, one for a layer and a size of call: oneDNN keeps 1,024, and sizes vary here


@dataclass(frozen=True)
class Settings:
    """How the app is started."""

    checkpoints: Path  # the folder of runs
    jobs: Path  # where visitors' trainings lie
    device: str = "auto"  # that they run on
    host: str | None = None
    port: int | None = None
    mcp: bool = False  # its endpoints are MCP tools too
    runtime: OnnxRuntimeWeb | None = None  # by which browsers may draw for themselves
    root_path: str = ""  # under which a reverse proxy serves the page, such as /gan, or the whole address
    share: bool = False  # by a public link too


def serve(settings: Settings) -> None:
    """Shows the studio at an address until it is interrupted.

    Raises OSError where it can't listen, UserError for a device, a setting or a public link that can't be had.
    """
    share = settings.share and not on_space()  # which is public without
    if share:
        os.environ["GRADIO_SHARE"] = "True"  # for `limits.in_public`
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", KERNELS)  # read as the first picture is drawn
    limits = Limits.from_environment(os.environ)
    launch, slice_minutes = zerogpu.launcher(limits)
    zerogpu.device(settings.device)
    disable_progress_bars()  # of what the Hub's client fetches and uploads: the log of a server is no place for them
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
            share=False, quiet=True,
        )  # fmt: skip
        link = share_link.open_tunnel(page) if share else None
        print(_told(str(page.local_url).rstrip("/"), settings.root_path, link), flush=True)
        threading.Thread(
            target=_warm, args=[library, jobs_api]
        ).start()  # torch must not be busy when the process ends: no daemon
        page.block_thread()


def _told(url: str, root_path: str, link: str | None) -> str:
    """What whoever starts the app has to know of its addresses."""
    if link:
        return (
            f"Open {link} (or, on this machine, {url}).\n"
            "Whoever has this link can train on this machine and sees all runs here; the limits are those of docs/space.md."
        )
    if root_path:
        return f"Listens at {url} for a proxy that serves it under {root_path}/."
    return f"Open {url} (--share gives it a public link, --root-path a place behind a proxy)."


def launch_settings(mcp: bool = False, runtime: OnnxRuntimeWeb | None = None) -> dict[str, Any]:
    """What `launch` takes beside an address and routes."""
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
    """What stands before Gradio's own routes."""
    return {
        "routes": routes(library, runtime, batcher or Batcher(library)),
        "middleware": [
            Middleware(ClientAddress),
            Middleware(RequestFilter),
            Middleware(Delivery, script=page_script(runtime).path),
        ],
    }


def _warm(library: Library, jobs_api: JobsApi) -> None:
    """Reads what the first visitor would wait for: the generator that the page opens with, the font of formulas, the sets."""
    entry = library.first()
    if entry and entry.snapshots:
        with contextlib.suppress(UserError):  # the library has noted what is damaged
            library.generator(entry, entry.snapshots[-1])
    formulas.svg("x")
    jobs_api.sets()
