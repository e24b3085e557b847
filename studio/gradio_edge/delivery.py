"""How Gradio's own page, answers and files travel: the page and the answers compressed, files kept for good by who has them."""

from starlette.datastructures import MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from studio.gradio_edge.route_path import route_path

COMPRESSED = {"/", "/config", "/gradio_api/info", "/gradio_api/component_server", "/gradio_api/component_server/"}
LEVEL = 4  # of gzip: a picture's answer takes a fraction of a millisecond
NAMED_BY_CONTENT = "/assets/"  # a file there is called anew when it changes
FOR_GOOD = "public, max-age=31536000, immutable"


class Delivery:
    """ASGI middleware. What it doesn't name goes its way as it is, streams of events above all. Beside the page's document it
    names the page's own `script`, which is then fetched while Gradio's are."""

    def __init__(self, app: ASGIApp, script: str):
        self._app, self._script = app, script
        self._compressed = GZipMiddleware(app, compresslevel=LEVEL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = route_path(scope)
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        app = self._compressed if path in COMPRESSED else self._app
        await app(scope, receive, self._noting(path, send))

    def _noting(self, path: str, send: Send) -> Send:
        """`send`, with what is to be said of the file or the document at `path` among its headers."""
        said = {}
        if path == "/":
            said["Link"] = f"<{self._script}>; rel=modulepreload"
        elif path.startswith(NAMED_BY_CONTENT):
            said["Cache-Control"] = FOR_GOOD
        if not said:
            return send

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                MutableHeaders(scope=message).update(said)
            await send(message)

        return noting
