"""Holds requests for answers back until the server can give them; serves the page and its files before."""

import asyncio
import re
import threading
import time

from starlette.types import ASGIApp, Receive, Scope, Send

from studio.gradio_edge.route_path import route_path

READING = ("GET", "HEAD", "OPTIONS")
STANDING = re.compile(r"/gradio_api/studio/(page|runtime|poster)\b")  # our routes that need nothing else
ANSWERED = "/gradio_api/studio/"
REST = 0.02  # seconds between looks whether answers can be given
CALM, MOST = 0.3, 3.0  # seconds without a request after which no visitor is coming, and until it doesn't matter


class Gate:
    """Closed until `open` is called, from any thread."""

    def __init__(self) -> None:
        self.is_open = False
        self._wanted, self._asked = threading.Event(), 0.0

    def open(self) -> None:
        self.is_open = True

    def hear(self, held: bool) -> None:
        """Notes a request, which waits for the gate or not."""
        self._asked = time.monotonic()
        if held:
            self._wanted.set()

    def wait(self) -> None:
        """Returns once a request waits for the gate, or where no visitor is coming. Until then what opens it would hold up the
        page and the browser."""
        end = time.monotonic() + MOST
        while not self._wanted.wait(CALM) and time.monotonic() < min(end, self._asked + CALM):
            pass


class HeldRequests:
    """ASGI middleware: while `gate` is closed, whatever asks the server for more than the page waits."""

    def __init__(self, app: ASGIApp, gate: Gate):
        self._app, self._gate = app, gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._gate.is_open:
            self._gate.hear(held=_asks(scope))
            while _asks(scope) and not self._gate.is_open:
                await asyncio.sleep(REST)
        await self._app(scope, receive, send)


def _asks(scope: Scope) -> bool:
    path = route_path(scope)
    return scope["method"] not in READING or (path.startswith(ANSWERED) and not STANDING.match(path))
