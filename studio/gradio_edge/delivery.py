"""Compresses Gradio's page and answers, and its versioned files better and once; lets browsers cache those permanently."""

import asyncio

import brotli
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from studio.gradio_edge.route_path import route_path

COMPRESSED = {"/", "/config", "/gradio_api/info", "/gradio_api/component_server", "/gradio_api/component_server/"}
LEVEL, QUALITY = 4, 5  # of gzip and of Brotli: a picture's answer takes a fraction of a millisecond
NAMED_BY_CONTENT = "/assets/"  # file names there contain a hash of the content
TEXTS = (".js", ".css")
FIRST, BEST = 6, 11  # qualities of Brotli for these files: all of the page's take 25 ms, and 0.8 s when all is calm
CALM = 10  # seconds after a file was first asked for
PARTLY = (b"accept-encoding", b"range", b"if-none-match")  # headers of requests for less than a plain file
MOST_KEPT = 2**19  # bytes of a file that is kept compressed; the page loads none that is larger
IMMUTABLE = "public, max-age=31536000, immutable"


class Delivery:
    """ASGI middleware that passes all other responses unchanged, event streams above all. It adds a Link header for the page's
    `script` to the document, so that browsers fetch it in parallel with Gradio's."""

    def __init__(self, app: ASGIApp, script: str):
        self._app, self._script = app, script
        self._zipped = GZipMiddleware(app, compresslevel=LEVEL)
        self._kept: dict[str, list[Message]] = {}  # compressed responses by path
        self._one_at_a_time = asyncio.Semaphore()
        self._improving: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        path, send = route_path(scope), self._with_headers(route_path(scope), send)
        if _takes_brotli(scope) and path in COMPRESSED:
            await _sent(await self._packed(scope, receive, QUALITY), send)
        elif _takes_brotli(scope) and path.startswith(NAMED_BY_CONTENT) and path.endswith(TEXTS):
            await _sent(self._kept.get(path) or await self._asset(path, scope), send)
        else:
            await (self._zipped if path in COMPRESSED else self._app)(scope, receive, send)

    async def _asset(self, path: str, scope: Scope) -> list[Message]:
        """Returns a file's response. If there is such a file keeps it, better compressed soon."""
        response = await self._packed(scope, _of_one_who_stays(), FIRST)
        if response[0]["status"] == 200 and len(response[1]["body"]) <= MOST_KEPT:
            self._kept[path] = response
            task = asyncio.create_task(self._improve(path, response))
            self._improving.add(task)
            task.add_done_callback(self._improving.discard)
        return response

    async def _improve(self, path: str, response: list[Message]) -> None:
        start, content = response
        await asyncio.sleep(CALM)
        async with self._one_at_a_time:
            body = await run_in_threadpool(lambda: brotli.compress(brotli.decompress(content["body"]), quality=BEST))
        self._kept[path] = _with_body(start, body)

    async def _packed(self, scope: Scope, receive: Receive, quality: int) -> list[Message]:
        """Returns the app's response, its body compressed."""
        messages: list[Message] = []

        async def collect(message: Message) -> None:
            messages.append(message)

        plain = [(name, value) for name, value in scope["headers"] if name not in PARTLY]
        await self._app({**scope, "headers": plain}, receive, collect)
        start, *parts = messages
        body = await run_in_threadpool(brotli.compress, b"".join(part.get("body", b"") for part in parts), quality=quality)
        return _with_body(start, body)

    def _with_headers(self, path: str, send: Send) -> Send:
        """Wraps `send` to add the headers for `path`."""
        headers = {}
        if path == "/":
            headers["Link"] = f"<{self._script}>; rel=modulepreload"
        elif path.startswith(NAMED_BY_CONTENT):
            headers["Cache-Control"] = IMMUTABLE
        if not headers:
            return send

        async def wrapped(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                message = {**message, "headers": list(message["headers"])}
                MutableHeaders(scope=message).update(headers)
            await send(message)

        return wrapped


def _takes_brotli(scope: Scope) -> bool:
    """Whether the response to a request has a body, and may be compressed so."""
    wishes = Headers(scope=scope).get("accept-encoding", "").split(",")
    return scope["method"] in ("GET", "POST") and "br" in [wish.strip() for wish in wishes]


def _of_one_who_stays() -> Receive:
    """Returns the `receive` of a request without a body that never reports a disconnect.

    Starlette cuts a file short, with status 200, for one who leaves; what is kept goes to all.
    """
    messages: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Message:
        return messages.pop() if messages else await asyncio.get_running_loop().create_future()

    return receive


def _with_body(start: Message, body: bytes) -> list[Message]:
    """Returns a response with a compressed body in place of its own."""
    headers = MutableHeaders(raw=list(start["headers"]))
    headers.update({"Content-Encoding": "br", "Content-Length": str(len(body))})
    headers.add_vary_header("Accept-Encoding")
    return [{**start, "headers": headers.raw}, {"type": "http.response.body", "body": body}]


async def _sent(response: list[Message], send: Send) -> None:
    for message in response:
        await send(message)
