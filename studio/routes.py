"""What the page fetches over plain HTTP, so that a browser keeps it: a generator's outline, a snapshot, onnxruntime-web.

A name in an address is looked up, never opened. Every answer can be asked for again by its ETag, which changes when the file
does; what is wrong comes back as one sentence under `error`.
"""

import hashlib
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from ganlib import UserError
from studio import checks
from studio.library import Library
from studio.outlines import Outlines
from studio.runtime import Runtime

PLACE = "/gradio_api/studio"  # Gradio's own Node server, before Python on a Space, passes on what begins so
BINARY = "application/octet-stream"
MOST_DIGITS = 12  # of a number of images
KINDS = {".mjs": "text/javascript", ".wasm": "application/wasm"}


def routes(library: Library, runtime: Runtime | None) -> list[Route]:
    """The routes over the runs of `library`; with `runtime`, the pages may draw for themselves."""
    answers = _Answers(library, runtime)
    return [
        Route(PLACE + "/outline/{run}", answers.outline),
        Route(PLACE + "/weights/{run}/{images}", answers.weights),
        Route(PLACE + "/runtime/{name}", answers.runtime),
        Route(PLACE + "/{rest:path}", _nothing),
    ]


class _Answers:
    def __init__(self, library: Library, runtime: Runtime | None):
        self._library, self._runtime, self._outlines = library, runtime, Outlines()

    def outline(self, request: Request) -> Response:
        """The outline of a run, 202 while it is being made."""
        try:
            content = self._outlines.of(checks.run(self._library, request.path_params["run"]))
        except UserError as error:
            return self._wrong(404, error)
        if content is None:
            return JSONResponse({"error": "The outline of this run is being made; ask again."}, 202)
        headers = _headers(f'"{hashlib.sha256(content).hexdigest()[:24]}"')
        return _unchanged(request, headers) or Response(content, headers=headers, media_type=BINARY)

    def weights(self, request: Request) -> Response:
        """A snapshot's own file, once the generator in it proved whole."""
        images = request.path_params["images"]
        if not (images.isascii() and images.isdecimal() and len(images) <= MOST_DIGITS):
            return self._wrong(400, "A snapshot is named by the number of images that it has seen.")
        try:
            entry = checks.run(self._library, request.path_params["run"])
            snapshot = checks.moment(entry, int(images))
            self._library.generator(entry, snapshot)
        except UserError as error:
            return self._wrong(404, error)
        return _file(request, snapshot.path, BINARY)

    def runtime(self, request: Request) -> Response:
        """A file of onnxruntime-web, where this server has them."""
        path = self._runtime.path(request.path_params["name"]) if self._runtime else None
        return _file(request, path, KINDS[path.suffix]) if path else _nothing(request)

    def _wrong(self, status: int, error: object) -> JSONResponse:
        return JSONResponse({"error": self._library.private(error)}, status)


def _nothing(request: Request) -> JSONResponse:
    return JSONResponse({"error": "There is nothing at this address."}, 404)


def _file(request: Request, path: Path, kind: str) -> Response:
    """The file, or only that it is still the one that the browser has."""
    try:
        stat = path.stat()
    except OSError:
        return _nothing(request)
    headers = _headers(f'"{stat.st_mtime_ns:x}-{stat.st_size:x}"')
    return _unchanged(request, headers) or FileResponse(path, headers=headers, media_type=kind, stat_result=stat)


def _headers(etag: str) -> dict[str, str]:
    return {"ETag": etag, "Cache-Control": "private, no-cache"}  # kept by the browser, and asked for again by its ETag


def _unchanged(request: Request, headers: dict[str, str]) -> Response | None:
    known = [each.strip().removeprefix("W/") for each in request.headers.get("If-None-Match", "").split(",")]
    return Response(status_code=304, headers=headers) if headers["ETag"] in known else None
