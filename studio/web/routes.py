"""Serves over plain HTTP: sheets of pictures, a .zip of separate ones, and cacheable files (the page's scripts, ONNX graphs,
snapshots, discriminators, onnxruntime-web).

A name in a URL is looked up and never used as a path. Files have ETags that change with their content. Errors are answered by
one sentence under `error`.
"""

import hashlib
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from ganlib import UserError, files
from studio import validation
from studio.browser import onnx_graphs
from studio.browser.onnxruntime_web import VERSION, OnnxRuntimeWeb, packed
from studio.browser.page_script import PACKERS, page_script
from studio.drawing import fair_queue, sample_zip, sheets
from studio.late import later
from studio.web import seed_sheet

if TYPE_CHECKING:
    from studio.browser.onnx_graphs import Kind
    from studio.drawing.batcher import Batcher
    from studio.library import Entry, Library

PLACE = "/gradio_api/studio"  # Gradio's Node server, which precedes Python on a Space, forwards this prefix
BINARY, ZIP = "application/octet-stream", "application/zip"
MOST_DIGITS = 12  # of a number of images
NUMBERS, TEXTS = ("epoch", "images", "num", "seed", "truncation"), ("label", "visitor")  # query parameters of `sample`
NOT_PLAIN = re.compile(r"[^\w.-]", re.ASCII)
LATER = 3  # seconds until a visitor must ask again for a .zip
IMMUTABLE = "public, max-age=31536000, immutable"  # Cache-Control of versioned files
KINDS = {".mjs": "text/javascript", ".wasm": "application/wasm"}


def routes(
    library: "Library", runtime: OnnxRuntimeWeb | None, batcher: "Batcher", poster: Callable[[], bytes | None] = lambda: None
) -> list[Route]:
    """Returns the routes for the runs of `library`, drawn by `batcher`. With `runtime`, browsers may draw themselves. `poster`
    returns the page's poster as WebP, or None."""
    answers = _Answers(library, runtime, batcher, poster)
    return [
        Route(PLACE + "/sample/{run:path}", answers.sample),
        Route(PLACE + "/samples/{run:path}", answers.samples),
        Route(PLACE + "/outline/{run}", answers.outline),
        Route(PLACE + "/judge/{run}", answers.judge),
        Route(PLACE + "/discriminator/{run}", answers.discriminator),
        Route(PLACE + "/weights/{run}/{images}", answers.weights),
        Route(PLACE + "/runtime/{name}", answers.runtime),
        Route(PLACE + "/page/{name}", answers.page),
        Route(PLACE + "/poster", answers.poster),
        Route(PLACE + "/{rest:path}", _nothing),
    ]


class _Answers:
    def __init__(
        self, library: "Library", runtime: OnnxRuntimeWeb | None, batcher: "Batcher", poster: Callable[[], bytes | None]
    ):
        self._library, self._runtime, self._batcher, self._page = library, runtime, batcher, page_script(runtime)
        self._poster = poster
        self._outlines = later(lambda: onnx_graphs.OnnxGraphs())
        self._zips = later(lambda: sample_zip.SampleZips(batcher))

    async def sample(self, request: Request) -> Response:
        """Returns pictures of a run as one PNG, by the settings in the query; 503 with the visitor's place if too many wait."""
        return await self._drawn(request, self._sampled)

    async def samples(self, request: Request) -> Response:
        """Returns pictures of a run as separate files in a .zip, by the settings in the query and `folders`; 503 if too many
        wait. It is drawn while it is sent: an error after its first pictures breaks the connection."""
        return await self._drawn(request, self._zipped)

    async def _drawn(self, request: Request, answer: "Callable[[Entry, Request], Awaitable[Response]]") -> Response:
        """Returns the answer about the run of a request, or its error."""
        try:
            entry = await run_in_threadpool(validation.run, self._library, request.path_params["run"])
        except UserError as error:
            return self._wrong(404, error)
        try:
            return await answer(entry, request)
        except fair_queue.Busy as busy:
            headers = {"Retry-After": str(fair_queue.AGAIN)}
            return JSONResponse({"error": str(busy), "place": busy.place}, 503, headers)
        except sample_zip.TooManyStreams as error:
            return JSONResponse({"error": str(error)}, 503, {"Retry-After": str(LATER)})
        except files.DamagedFile as error:
            return self._wrong(404, error)
        except UserError as error:
            return self._wrong(400, error)

    async def _sampled(self, entry: "Entry", request: Request) -> Response:
        asked = validation.query(request.query_params.multi_items(), NUMBERS, TEXTS)
        visitor = validation.visitor(asked.pop("visitor")) if "visitor" in asked else ""
        wished = seed_sheet.Sample.validated(entry, **asked)
        scene = await run_in_threadpool(wished.scene, self._library)
        headers = _headers(f'"{wished.version()}"')
        if unchanged := _unchanged(request, headers):
            return unchanged
        images = await self._batcher.images(scene, visitor)  # waits without blocking a thread
        sheet = await run_in_threadpool(wished.sheet, images)
        return Response(sheet.content, media_type=sheet.mime, headers=headers)

    async def _zipped(self, entry: "Entry", request: Request) -> Response:
        asked = validation.query(request.query_params.multi_items(), (*NUMBERS, "folders"), TEXTS)
        visitor = validation.visitor(asked.pop("visitor")) if "visitor" in asked else ""
        folders = bool(validation.whole("folders", asked.pop("folders", 0), 0, 1))
        wished = seed_sheet.Sample.validated(entry, **asked, most=sample_zip.most_pictures(entry.run.config))
        await run_in_threadpool(self._library.generator, entry, wished.snapshot)  # its weights confirm the latent's size
        stem = f"{sheets.stem(entry, [wished.snapshot])}-seed{wished.seed}-{wished.num}"
        names = f"filename=\"{NOT_PLAIN.sub('_', stem)}.zip\"; filename*=UTF-8''{quote(stem)}.zip"  # curl reads the first alone
        headers = {"Content-Disposition": f"attachment; {names}", "Cache-Control": "no-store"}
        if request.method == "HEAD":
            return Response(headers=headers, media_type=ZIP)
        pieces = await self._zips.begin(entry, wished.files(folders), stem, visitor)
        return StreamingResponse(pieces, headers=headers, media_type=ZIP)

    def outline(self, request: Request) -> Response:
        """Returns the ONNX graph of a run's generator without weights; 202 while it is being exported."""
        return self._graph(request, "outline")

    def judge(self, request: Request) -> Response:
        """Returns the same of its discriminator."""
        return self._graph(request, "discriminator")

    def _graph(self, request: Request, kind: "Kind") -> Response:
        try:
            content = self._outlines.of(validation.run(self._library, request.path_params["run"]), kind)
        except UserError as error:
            return self._wrong(404, error)
        if content is None:
            return JSONResponse({"error": "The outline of this run is being made; ask again."}, 202)
        headers = _headers(f'"{hashlib.sha256(content).hexdigest()[:24]}"')
        return _unchanged(request, headers) or Response(content, headers=headers, media_type=BINARY)

    def weights(self, request: Request) -> Response:
        """Returns a snapshot's file, after checking that its generator loads."""
        images = request.path_params["images"]
        if not (images.isascii() and images.isdecimal() and len(images) <= MOST_DIGITS):
            return self._wrong(400, "A snapshot is named by the number of images that it has seen.")
        try:
            entry = validation.run(self._library, request.path_params["run"])
            snapshot = validation.moment(entry, int(images))
            self._library.generator(entry, snapshot)
        except UserError as error:
            return self._wrong(404, error)
        return _file(request, snapshot.path, BINARY)

    def discriminator(self, request: Request) -> Response:
        """Returns the file of a run's discriminator, after checking that it loads."""
        try:
            entry = validation.run(self._library, request.path_params["run"])
            if not entry.run.has_discriminator():
                raise UserError(f"The run {entry.name} has no discriminator.")
            self._library.discriminator(entry)
        except UserError as error:
            return self._wrong(404, error)
        return _file(request, entry.run.discriminator_path, BINARY)

    def runtime(self, request: Request) -> Response:
        """Returns a file of onnxruntime-web if this server has them, compressed as the browser accepts it."""
        path = self._runtime.path(request.path_params["name"]) if self._runtime else None
        if not path:
            return _nothing(request)
        if not _takes(request, "br"):
            return _file(request, path, KINDS[path.suffix])
        headers = _headers(f'"{VERSION}-br"') | {"Content-Encoding": "br", "Vary": "Accept-Encoding"}
        return _unchanged(request, headers) or Response(packed(path), headers=headers, media_type=KINDS[path.suffix])

    def page(self, request: Request) -> Response:
        """Returns one of the page's scripts, compressed as the browser accepts it. Every version has its own URL."""
        script = self._page.called(request.path_params["name"])
        if script is None:
            return _nothing(request)
        encoding = next((name for name in PACKERS if _takes(request, name)), None)
        headers = {
            "ETag": f'"{script.digest}{f"-{encoding}" if encoding else ""}"',
            "Cache-Control": IMMUTABLE,
            "Vary": "Accept-Encoding",
        }
        content, said = (script.packed(encoding), {"Content-Encoding": encoding}) if encoding else (script.content, {})
        return _unchanged(request, headers) or Response(content, headers=headers | said, media_type=KINDS[".mjs"])

    def poster(self, request: Request) -> Response:
        """Returns pictures of the run that the page opens with, for the time until its first are drawn."""
        content = self._poster()
        if content is None:
            return Response(status_code=204)  # unlike a 404 no error in the browser's console
        headers = _headers(f'"{hashlib.sha256(content).hexdigest()[:24]}"')
        return _unchanged(request, headers) or Response(content, headers=headers, media_type="image/webp")

    def _wrong(self, status: int, error: object) -> JSONResponse:
        return JSONResponse({"error": self._library.without_paths(error)}, status)


def _nothing(request: Request) -> JSONResponse:
    return JSONResponse({"error": "There is nothing at this address."}, 404)


def _file(request: Request, path: Path, kind: str) -> Response:
    """Returns the file, or 304 if the browser has it."""
    try:
        stat = path.stat()
    except OSError:
        return _nothing(request)
    headers = _headers(f'"{stat.st_mtime_ns:x}-{stat.st_size:x}"')
    return _unchanged(request, headers) or FileResponse(path, headers=headers, media_type=kind, stat_result=stat)


def _headers(etag: str) -> dict[str, str]:
    return {"ETag": etag, "Cache-Control": "private, no-cache"}  # cached by the browser and revalidated by ETag


def _unchanged(request: Request, headers: dict[str, str]) -> Response | None:
    known = [each.strip().removeprefix("W/") for each in request.headers.get("If-None-Match", "").split(",")]
    return Response(status_code=304, headers=headers) if headers["ETag"] in known else None


def _takes(request: Request, encoding: str) -> bool:
    """Whether the browser accepts an encoding: it is listed and its q isn't zero."""
    wishes = [each.replace(" ", "").lower().split(";") for each in request.headers.get("Accept-Encoding", "").split(",")]
    return any(name == encoding and not any(re.fullmatch(r"q=0(\.0*)?", part) for part in parts) for name, *parts in wishes)
