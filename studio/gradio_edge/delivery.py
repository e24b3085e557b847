"""Compresses Gradio's page and answers, and lets browsers cache Gradio's versioned files permanently."""

from starlette.datastructures import MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from studio.gradio_edge.route_path import route_path

COMPRESSED = {"/", "/config", "/gradio_api/info", "/gradio_api/component_server", "/gradio_api/component_server/"}
LEVEL = 4  # of gzip: a picture's answer takes a fraction of a millisecond
NAMED_BY_CONTENT = "/assets/"  # file names there contain a hash of the content
IMMUTABLE = "public, max-age=31536000, immutable"


class Delivery:
    """ASGI middleware that passes all other responses unchanged, event streams above all. It adds a Link header for the page's
    `script` to the document, so that browsers fetch it in parallel with Gradio's."""

    def __init__(self, app: ASGIApp, script: str):
        self._app, self._script = app, script
        self._compressed = GZipMiddleware(app, compresslevel=LEVEL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = route_path(scope)
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        app = self._compressed if path in COMPRESSED else self._app
        await app(scope, receive, self._with_headers(path, send))

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
                MutableHeaders(scope=message).update(headers)
            await send(message)

        return wrapped
