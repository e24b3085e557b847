"""Tests that Gradio's routes accept no files, fetch no URLs and store nothing for an untrusted client."""

import json
import re
import socket
import sys
from contextlib import suppress

import gradio
import httpx
import pytest
from gradio_routes import paths_of
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from studio.gradio_edge import request_filter
from studio.library import Library
from studio.page import build
from studio.server import app_settings, launch_settings

pytestmark = pytest.mark.slow
# File references of Gradio's client with a public address and with local ones
ADDRESSES = ["http://example.com/x", "http://127.0.0.1:{port}/x", "file:///etc/passwd"]
OPEN = {  # routes of Gradio that accept no file, fetch nothing and store nothing beyond a response
    "api", "app_id", "call", "cancel", "component_server", "dev", "heartbeat", "info", "login_check", "openapi.json", "profiling",
    "queue", "reset", "run", "runs", "startup-events", "theme.css", "token", "user",
}  # fmt: skip
HOSTS: list[str] = []  # hosts that this process resolved or connected to
LISTENING: list[bool] = []


def _record_host(event, arguments):
    if LISTENING and event in ("socket.getaddrinfo", "socket.connect"):
        place = arguments[0] if event == "socket.getaddrinfo" else arguments[1]
        HOSTS.append(str(place))


sys.addaudithook(_record_host)  # audit hooks can't be removed


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """Gradio's cache folder."""
    return tmp_path_factory.mktemp("served")


@pytest.fixture(scope="module")
def app(lasting_run, served):
    """A client of a page over one run, launched as by app.py."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(served))
        lasting_run("tiny")
        library = Library(lasting_run.args[0])
        page = build(library)
        _, url, _ = page.launch(prevent_thread_lock=True, quiet=True, app_kwargs=app_settings(library), **launch_settings())
        with httpx.Client(base_url=url, timeout=30) as client:
            yield client
        page.close()


@pytest.fixture
def hosts():
    """Yields the hosts that are contacted meanwhile."""
    HOSTS.clear()
    LISTENING.append(True)
    yield HOSTS
    LISTENING.clear()


class Canary:
    """A server that must get no requests."""

    def __init__(self):
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self.port = self._socket.getsockname()[1]

    def hit(self):
        try:
            self._socket.accept()[0].close()
        except BlockingIOError:
            return False
        return True


def assert_none_was_contacted(canary, hosts):
    assert not canary.hit()
    assert not [place for place in hosts if any(part in place for part in ("example", str(canary.port)))]


def file_at(address):
    return {"path": address, "url": address, "meta": {"_type": "gradio.FileData"}}


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_listener_fetches_what_it_is_sent(app, hosts, address):
    canary = Canary()
    file = file_at(address.format(port=canary.port))
    for function in app.get("/config").json()["dependencies"]:
        data = [file, [file], {"a": {"b": [file]}}][: len(function["inputs"])]
        if data:
            answer = app.post("/gradio_api/queue/join", json={"data": data, "fn_index": function["id"], "session_hash": "a"})
            assert (answer.status_code, answer.json()) == (400, {"error": "This app takes no files."})
    for name in ("sample", "compare", "explore", "interpolate"):
        for route in (f"call/{name}", f"call/v2/{name}", f"run/{name}", f"api/{name}"):
            assert app.post(f"/gradio_api/{route}", json={"data": [file], "run": file}).status_code == 400
    assert_none_was_contacted(canary, hosts)


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_question_fetches_what_it_is_sent(app, hosts, address):
    canary = Canary()
    address = address.format(port=canary.port)
    for what in ("fetch", "draw", "about", "qr", "train_start", "upload_part", "publish"):
        for value in (address, file_at(address), {"name": address, "run": file_at(address), "upload": file_at(address)}):
            question = {
                "what": what,
                "name": value,
                "run": value,
                "visitor": "a" * 32,
                "source": value,
                "data": value,
                "text": "x",
            }
            answer = ask(app, question)
            assert "error" in answer or "svg" in answer
    assert_none_was_contacted(canary, hosts)


def ask(app, question):
    components = app.get("/config").json()["components"]
    component = next(c["id"] for c in components if "ask" in (c["props"].get("server_fns") or []))
    body = {"data": question, "component_id": component, "fn_name": "ask", "session_hash": "a"}
    return app.post("/gradio_api/component_server", json=body).raise_for_status().json()


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("GET", "/gradio_api/file=http://example.com/x"),
        ("GET", "/gradio_api/file=https:/%2fexample.com/x"),
        ("GET", "/gradio_api/file=HTTP://example.com/x"),
        ("HEAD", "/gradio_api/file=http%3A%2F%2Fexample.com"),
        ("GET", "/gradio_api/file/http://example.com/x"),
        ("GET", "/gradio_api/proxy=http://example.com/x"),
        ("GET", "/gradio_api/proxy=https://someone.hf.space/x"),
        ("POST", "/gradio_api/upload"),
        ("POST", "/gradio_api/upload/"),
        ("POST", "/gradio_api/upload?upload_id=1"),
        ("GET", "/gradio_api/upload_progress?upload_id=1"),
        ("POST", "/gradio_api/process_recording"),
        ("GET", "/gradio_api/deep_link?session_hash=a"),
        ("GET", "/gradio_api/custom_component/a/client/component/index.js"),
        ("GET", "/gradio_api/vibe-code"),
        ("POST", "/gradio_api/vibe-edit"),
        ("POST", "/gradio_api/undo-vibe-edit"),
        ("POST", "/gradio_api/stream/1"),
    ],
)
def test_blocked_routes(app, hosts, served, method, address):
    before = list(served.rglob("*"))
    answer = app.request(method, address, files={"files": ("a.txt", b"x" * 1000)} if method == "POST" else None)
    assert answer.status_code == 403
    assert method == "HEAD" or answer.json() == {"error": "This app takes and fetches nothing at this address."}
    assert list(served.rglob("*")) == before and not any("example" in host for host in hosts)


def test_every_gradio_route_is_known():
    """A new release may add routes: each must be listed here as open, or be blocked."""
    with gradio.Blocks() as page:
        pass
    page.run_history = False
    paths = {path for path in paths_of(page) if path.startswith("/gradio_api/")}
    addressed = {path: re.sub(r"{[^}]*path[^}]*}", "http://x", path) for path in paths}
    opened = {
        path.split("/")[2].split("{")[0] for path, address in addressed.items() if not request_filter.BLOCKED.search(address)
    }
    assert opened <= OPEN, "a door that nobody has judged"


@pytest.mark.parametrize(
    "address",
    [
        "/gradio_api/file=/etc/passwd", "/gradio_api/file=../../etc/passwd", "/gradio_api/file=~/.ssh/id_rsa", "/gradio_api/file=app.py",
        "/gradio_api/file=checkpoints/mnist/config.json", "/gradio_api/file=/proc/self/environ", "/gradio_api/file=.%00/etc/passwd",
        "/file=/etc/passwd", "/gradio_api/file/etc/passwd", "/static/..%2f..%2f..%2f..%2fetc/passwd", "/assets/..%2f..%2f..%2fetc/passwd",
        "/svelte/../../../../etc/passwd", "/gradio_api/studio/weights/..%2f..%2fetc/passwd", "/gradio_api/studio/runtime/..%2f..%2fapp.py",
        "/?deep_link=../../etc", "/?deep_link=%2fetc%2fpasswd",
    ],
)  # fmt: skip
def test_no_file_of_the_machine_is_given(app, lasting_run, address):
    for wanted in (
        address,
        f"/gradio_api/file={lasting_run.args[0]}/tiny/config.json",
        f"/gradio_api/file={request_filter.__file__}",
    ):
        answer = app.get(wanted)
        assert "root:" not in answer.text and "import " not in answer.text.split("<")[0] and "format_version" not in answer.text
        assert answer.status_code >= 400 or "deep_link" in wanted


def test_nothing_is_sent_that_is_longer_than_a_piece_of_an_upload(app):
    component = {"component_id": 0, "fn_name": "ask", "session_hash": "a"}
    for path, most in (
        ("component_server", request_filter.MOST_QUESTION),
        ("queue/join", request_filter.MOST_OTHER),
        ("call/sample", request_filter.MOST_OTHER),
    ):
        body = json.dumps({"data": "x" * most} | component).encode()
        for content in (body, iter([body])):  # with a Content-Length, and chunked
            answer = app.post(f"/gradio_api/{path}", content=content, headers={"Content-Type": "application/json"})
            assert (answer.status_code, answer.json()) == (413, {"error": f"At most {most:,} bytes may be sent at once."})


@pytest.mark.parametrize(("root_path", "prefix"), [("", ""), ("/gan", ""), ("/gan", "/gan")])
def test_a_question_may_be_long_under_a_prefix_too(root_path, prefix):
    """With a proxy that strips the prefix, and one that doesn't."""
    inner = Starlette(routes=[Route("/gradio_api/{name}", lambda request: PlainTextResponse("there"), methods=["POST"])])
    client = TestClient(request_filter.RequestFilter(inner), root_path=root_path)
    long = json.dumps("x" * 2 * request_filter.MOST_OTHER).encode()
    assert client.post(f"{prefix}/gradio_api/component_server", content=long).text == "there"
    assert client.post(f"{prefix}/gradio_api/other", content=long).status_code == 413
    assert client.post(f"{prefix}/gradio_api/upload", content=b"{}").status_code == 403


def test_files_among_the_questions_are_refused(app, served):
    answer = app.post(
        "/gradio_api/component_server", files={"f": ("a", b"x" * 100)},
        data={"component_id": "1", "session_hash": "a", "fn_name": "ask"},
    )  # fmt: skip
    assert (answer.status_code, answer.json()) == (
        415,
        {"error": "This app takes no files here; the page sends them in pieces."},
    )


def test_a_body_that_is_nested_without_end(app):
    answer = app.post("/gradio_api/queue/join", content=b"[" * 10**6, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400 and "nested too deeply" in answer.json()["error"]


def test_others_calls_can_neither_be_read_nor_ended(app):
    """Both need the random id of a call or session, which only its own page has."""
    begun = app.post("/gradio_api/call/sample", json={"data": ["tiny", None, 4, 0, 1, None]}).json()["event_id"]
    app.post("/gradio_api/cancel", json={"session_hash": "other", "fn_index": 0, "event_id": "0" * 32})
    with suppress(httpx.HTTPError):  # there is no such session
        assert begun not in app.get("/gradio_api/queue/data", params={"session_hash": "other"}).text
    assert "event: complete" in app.get(f"/gradio_api/call/sample/{begun}").text


def test_what_an_endpoint_gives_is_kept_once(app, served):
    before = len(list(served.rglob("*.png")))
    begun = app.post("/gradio_api/call/sample", json={"data": ["tiny", None, 3, 12345, 1, None]}).json()["event_id"]
    assert "event: complete" in app.get(f"/gradio_api/call/sample/{begun}").text
    assert len(list(served.rglob("*.png"))) == before + 1
