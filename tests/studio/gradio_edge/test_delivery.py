"""Tests that Gradio's page and answers are compressed, its files cached, and events streamed."""

import json
import re

import brotli
import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.testclient import TestClient
from synchronous import run_async

from studio.browser.page_script import page_script
from studio.gradio_edge.delivery import COMPRESSED, Delivery
from studio.library import Library
from studio.page import build
from studio.server import app_settings, launch_settings

LONG = "word " * 1000


@pytest.fixture(scope="module")
def client():
    """A client of an app with one response for all paths, except an event stream."""

    async def events():
        yield "data: " + LONG
        yield "data: end"

    def stream(request):
        return StreamingResponse(events(), media_type="text/event-stream")

    def text(request):
        return PlainTextResponse(LONG, status_code=404 if "missing" in request.url.path else 200)

    routes = [Route("/gradio_api/queue/data", stream), Route("/{rest:path}", text, methods=["GET", "POST"])]
    return TestClient(Starlette(routes=routes, middleware=[Middleware(Delivery, script="gradio_api/studio/page/1/main.js")]))


@pytest.mark.parametrize("path", sorted(COMPRESSED))
def test_documents_and_answers_are_compressed(client, path):
    for wish, encoding in {"gzip, deflate, br": "br", "gzip": "gzip"}.items():
        answer = client.get(path, headers={"Accept-Encoding": wish})
        assert answer.headers["content-encoding"] == encoding and answer.text == LONG
        assert int(answer.headers["content-length"]) < 0.1 * len(LONG) and answer.headers["vary"] == "Accept-Encoding"
    assert "content-encoding" not in client.get(path, headers={"Accept-Encoding": "identity"}).headers


def test_gradios_files_are_compressed_once():
    asked = []

    def text(request):
        asked.append(request.headers.get("accept-encoding"))
        return PlainTextResponse(LONG, status_code=404 if "missing" in request.url.path else 200)

    app = Starlette(routes=[Route("/{rest:path}", text)], middleware=[Middleware(Delivery, script="a.js")])
    client = TestClient(app, headers={"Accept-Encoding": "gzip, br"})
    for path in ("/assets/a-1.js", "/assets/a-1.js", "/assets/b-2.css", "/assets/missing.js", "/assets/missing.js"):
        answer = client.get(path, headers={"Range": "bytes=0-3"})
        assert answer.headers["content-encoding"] == "br" and answer.text == LONG
        assert ("cache-control" in answer.headers) == (answer.status_code == 200)
    assert asked == [None] * 4  # the first file once, the second, and what is missing each time


@pytest.mark.parametrize("leaves_before", ["the request is read", "the response"])
def test_a_visitor_who_leaves_spoils_no_file_for_others(tmp_path, leaves_before):
    (tmp_path / "a-1.js").write_text(LONG)
    files = Mount("/assets", StaticFiles(directory=tmp_path))
    app = Delivery(Starlette(routes=[files]), script="a.js")
    request = {"type": "http.request", "body": b"", "more_body": False}

    async def answered(scope, messages):
        sent = []

        async def receive():
            return messages.pop(0) if len(messages) > 1 else messages[0]

        async def send(message):
            sent.append(message)

        await app(scope, receive, send)
        return sent

    async def visits():
        headers = [(b"accept-encoding", b"br")]
        scope = {
            "type": "http",
            "method": "GET",
            "path": "/assets/a-1.js",
            "headers": headers,
            "query_string": b"",
            "root_path": "",
        }
        gone = {"type": "http.disconnect"}
        await answered(scope, [gone] if leaves_before == "the request is read" else [request, gone])
        return await answered(scope, [request])

    _, content = run_async(visits())
    assert brotli.decompress(content["body"]).decode() == LONG


@pytest.mark.parametrize(
    "path", ["/gradio_api/queue/data", "/gradio_api/queue/join", "/gradio_api/studio/weights/a/1", "/assets/a.woff2"]
)
def test_nothing_else_is(client, path):
    assert "content-encoding" not in client.get(path, headers={"Accept-Encoding": "gzip, br"}).headers


def test_a_file_that_is_named_by_its_content_is_kept_for_good(client):
    assert client.get("/assets/a-1.js").headers["cache-control"] == "public, max-age=31536000, immutable"
    for path in ("/assets/missing.js", "/", "/theme.css", "/gradio_api/queue/data"):
        assert "cache-control" not in client.get(path).headers, path


def test_the_document_names_the_script_that_it_will_ask_for(client):
    assert client.get("/").headers["link"] == "<gradio_api/studio/page/1/main.js>; rel=modulepreload"
    assert "link" not in client.get("/gradio_api/info").headers and "link" not in client.get("/missing").headers


@pytest.mark.slow
def test_gradios_own_page_is_small_and_its_files_are_kept(lasting_run):
    lasting_run("tiny")
    library = Library(lasting_run.args[0])
    page = build(library)
    _, url, _ = page.launch(prevent_thread_lock=True, quiet=True, app_kwargs=app_settings(library), **launch_settings())
    try:
        with httpx.Client(base_url=url, headers={"Accept-Encoding": "gzip"}, timeout=30) as http:
            document = http.get("/")
            script = re.search(r"<(.+)>; rel=modulepreload", document.headers["link"])[1]
            assert script == page_script().path and script in document.text
            assert document.headers["content-encoding"] == "gzip" and int(document.headers["content-length"]) < 60_000
            assert "export const engine" not in document.text  # no inline script
            assert http.get(f"/{script}").headers["content-encoding"] == "gzip"
            asset = re.search(r'src="\./(assets/[^"]+\.js)"', document.text)[1]
            assert "immutable" in http.get(f"/{asset}").headers["cache-control"]
            assert json.loads(http.get("/config").text)["components"]
    finally:
        page.close()
