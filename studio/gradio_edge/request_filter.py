"""Blocks the Gradio routes that we don't use and caps body sizes.

Blocked routes accept files, fetch URLs for any client, or store what is sent. The page sends pictures as questions
(studio/uploads), and the endpoints accept none. Gradio takes a dictionary with a path or a URL for a file, and would fetch it
before the called function could validate it.
"""

import json
import re
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from studio.gradio_edge.route_path import route_path

QUESTIONS = "/gradio_api/component_server"  # of the page's questions, whose values Gradio doesn't interpret
MOST_QUESTION = 8 * 2**20  # bytes: the longest contains a piece of an upload as base64
MOST_OTHER = 2**20
BLOCKED = re.compile(
    r"/gradio_api/+(upload|process_recording|proxy=|file[=/]\s*[\w+.-]{2,}:|stream/|deep_link|custom_component/"
    r"|run-history|(undo-)?vibe-)"
)


class Refused(Exception):
    """A rejected request, with its HTTP status and a sentence."""

    def __init__(self, status: int, sentence: str):
        super().__init__(sentence)
        self.status = status


class RequestFilter:
    """ASGI middleware before all routes: rejects blocked routes, bodies that are too long, and files in bodies."""

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            try:
                receive = await _checked(scope, receive)
            except Refused as refused:
                return await JSONResponse({"error": str(refused)}, refused.status)(scope, receive, send)
        await self._app(scope, receive, send)


async def _checked(scope: Scope, receive: Receive) -> Receive:
    """Reads and checks the request's body; returns a `receive` that replays it. Raises Refused."""
    if BLOCKED.search(scope["path"]):
        raise Refused(403, "This app takes and fetches nothing at this address.")
    if scope["method"] in ("GET", "HEAD", "OPTIONS"):
        return receive
    if "multipart" in Headers(scope=scope).get("content-type", "").lower():
        raise Refused(415, "This app takes no files here; the page sends them in pieces.")
    question = route_path(scope).rstrip("/") == QUESTIONS
    body = await _read(receive, MOST_QUESTION if question else MOST_OTHER)
    if not question and _names_a_file(body):
        raise Refused(400, "This app takes no files.")
    return _again(body, receive)


async def _read(receive: Receive, most: int) -> bytes:
    """Reads the whole body. Raises Refused if it exceeds `most` bytes, regardless of its Content-Length."""
    parts, length, more = [], 0, True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        length, more = length + len(parts[-1]), message.get("more_body", False)
        if length > most:
            raise Refused(413, f"At most {most:,} bytes may be sent at once.")
    return b"".join(parts)


def _again(body: bytes, receive: Receive) -> Receive:
    """Returns a `receive` that replays `body`, then passes later messages: the disconnect."""
    left: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return left.pop() if left else await receive()

    return again


def _names_a_file(body: bytes) -> bool:
    """Whether a JSON body contains, at any depth, what Gradio takes for a file. False for anything but JSON."""
    try:
        waiting: list[Any] = [json.loads(body)]
    except RecursionError:
        raise Refused(400, "This is nested too deeply.") from None
    except ValueError:
        return False
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if isinstance(value.get("meta"), dict) and "_type" in value["meta"]:
                return True
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return False
