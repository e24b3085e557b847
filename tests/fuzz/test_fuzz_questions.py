"""Fuzzes the server's questions: each is answered, or refused with one sentence."""

import json
from contextlib import closing
from urllib.parse import quote

import gradio as gr
import pytest
from conftest import untrained
from fuzzing import HOSTILE_TEXTS, anything, fuzzed, scalars
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.testclient import TestClient
from synchronous import blocking_ask

from ganlib import UserError
from studio import validation
from studio.drawing.batcher import Batcher
from studio.gradio_edge.request_filter import RequestFilter
from studio.jobs.api import JobsApi
from studio.jobs.manager import JobManager
from studio.library import Library
from studio.limits import Limits
from studio.page import build
from studio.sharing.fetching import Fetching
from studio.sharing.publishing import Publishing
from studio.uploads.api import Uploads
from studio.web.questions import Questions
from studio.web.routes import routes

ANN, BOB = "a" * 32, "b" * 32


class Place:
    """A server over one run; its trainings end at once."""

    thorough = False

    def __init__(self, folder, jobs):
        untrained(folder / "runs" / "tiny")
        self.jobs, self.library = jobs, Library(folder / "runs", jobs=jobs)
        uploads = Uploads(folder / "uploads", jobs.limits)
        jobs_api = JobsApi(self.library, jobs, uploads)
        engine = Questions(self.library, jobs_api, Fetching(self.library, jobs.limits))
        self.ask, self.whats = blocking_ask(engine), sorted(engine._answers)
        self.publish = Publishing(self.library, lambda *_: False).answer
        self.client = TestClient(
            Starlette(routes=routes(self.library, None, Batcher(self.library))), raise_server_exceptions=True
        )
        self.page = build(self.library, jobs_api)
        self.upload = self.ask({"what": "upload_begin", "visitor": ANN})["upload"]

    def known(self):
        """Values that are valid in some field."""
        z = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="  # 8 numbers
        return [
            "tiny",
            ANN,
            BOB,
            self.upload,
            "~x",
            "en",
            "zh",
            "mlp",
            "digits",
            z,
            320,
            0,
            1,
            28,
            16,
            [0],
            [0, 320],
            True,
            "webp",
            "a.png",
            "UEsDBA==",
            None,
        ]


def ended(arguments, folder, environment):
    """A training that ends at once, or its estimate."""
    yield {"event": "launched", "pid": 2**22 + 1}
    if "--dry-run" in arguments:
        yield {"event": "estimate", "images_per_second": 1000.0, "bytes": 2**20}
    yield {"event": "ended", "code": 0, "said": ""}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fuzz")
    with closing(JobManager(folder / "jobs", Limits(), "cpu", ended)) as jobs:
        yield Place(folder, jobs)


FIELDS = [
    "run", "images", "visitor", "z", "num", "seed", "labels", "truncation", "from", "columns", "mode", "closed", "frames", "seconds",
    "kind", "text", "name", "upload", "offset", "data", "last", "size", "channels", "thumbs", "n", "left", "top", "side", "id", "since",
    "stretches", "action", "request", "language", "topic", "label", "picture", "recipe", "shown", "classes", "dataset", "index",
    "lane",
]  # fmt: skip
REQUEST = [
    "run",
    "images",
    "source",
    "classes",
    "minutes",
    "length",
    "g_lr",
    "d_lr",
    "batch_size",
    "snapshot_every",
    "grid_every",
    "seed",
    "recipe",
]


ENCODED = ["%2e%2e", "%2f", "%00", "%ff"]


@st.composite
def questions(draw, place):
    values = st.sampled_from(place.known()) | st.sampled_from(place.known()) | anything | scalars
    own = st.dictionaries(
        st.sampled_from(["loss", "r1", "g_lr", "betas"]), st.sampled_from(["hinge", [0, 0.9], 0.01]) | values, max_size=2
    )
    question = draw(st.dictionaries(st.sampled_from(FIELDS), values, max_size=8))
    if draw(st.booleans()):
        source = st.fixed_dictionaries(
            {"kind": st.sampled_from(["built-in", "upload"])}, optional={"name": values, "upload": values, "classes": values}
        )
        question["request"] = draw(st.dictionaries(st.sampled_from(REQUEST), values, max_size=5)) | {
            "source": draw(source | values)
        }
        if draw(st.booleans()):
            question["request"]["race"] = draw(st.lists(own, max_size=5) | values)
    if draw(st.integers(0, 9)):
        question |= {
            name: value
            for name, value in {"run": "tiny", "visitor": ANN, "upload": place.upload}.items()
            if draw(st.booleans())
        }
    return question


def answered(answer):
    """Raises unless the answer is JSON and no internal error."""
    json.dumps(answer, allow_nan=False, ensure_ascii=False).encode()
    assert answer.get("error") != "The server could not answer this."


@pytest.mark.slow
@fuzzed(80, 10_000, data=st.data())
def test_questions_of_the_page(place, data):
    what = data.draw(st.sampled_from(place.whats))
    answered(place.ask({"what": what} | data.draw(questions(place))))


@pytest.mark.slow
@fuzzed(25, 3_000, value=anything)
def test_what_is_no_question(place, value):
    answered(place.ask(value))
    answered(place.ask({"what": value}))
    answered(place.publish(value, None, None))


@fuzzed(25, 3_000, data=st.data(), what=st.sampled_from(["way", "publish", "publication"]))
def test_publishing(place, data, what):
    question = (
        {"what": what}
        | data.draw(questions(place))
        | data.draw(st.dictionaries(st.sampled_from(["name", "private", "token", "publication"]), scalars))
    )
    answered(place.publish(question, None, None))


@fuzzed(25, 5_000, value=anything)
def test_checks(place, value):
    entry = place.library.find("tiny")
    for check in (
        lambda: validation.number("x", value, 0, 1), lambda: validation.whole("x", value, 0, 1), lambda: validation.seed(value), lambda: validation.truncation(value),
        lambda: validation.yes_or_no("x", value), lambda: validation.one_of("x", value, ("a", "b")), lambda: validation.some("x", value, 0, 9),
        lambda: validation.text("x", value, 9), lambda: validation.visitor(value), lambda: validation.run(place.library, value), lambda: validation.moment(entry, value),
        lambda: validation.nearest(entry, value), lambda: validation.label(entry, value), lambda: validation.labels(entry, value, 2), lambda: validation.decode(value),
        lambda: validation.latents(value, 8), lambda: validation.origins(value, 2), lambda: place.jobs.find(value), lambda: place.jobs.find(value, ANN),
    ):  # fmt: skip
        try:
            check()
        except UserError as error:
            assert str(error).endswith(".")


@pytest.mark.slow
@fuzzed(
    30,
    5_000,
    parts=st.lists(
        st.sampled_from(["weights", "outline", "runtime", "tiny", "320", "..", *ENCODED, "~", "9" * 300]) | st.text(max_size=9),
        max_size=4,
    ),
)
def test_routes(place, parts):
    answer = place.client.get(
        "/gradio_api/studio/" + "/".join(part if part in ENCODED else quote(part, safe="") for part in parts),
        headers={"If-None-Match": '"x"'},
    )
    assert answer.status_code in (200, 202, 304, 307, 400, 404, 405)


@pytest.mark.slow
@fuzzed(30, 5_000, data=st.data())
def test_listeners_of_the_page(place, data):
    """Gradio calls them with any values that a client puts into its queue."""
    function = data.draw(st.sampled_from([each for each in place.page.fns.values() if each.fn and each.inputs]))
    sent = st.sampled_from(place.known()) | anything
    values = [one.value if one.stateful else data.draw(sent) for one in function.inputs]  # states are on the server
    try:
        function.fn(*values)
    except gr.Error as error:
        assert str(error)


@pytest.mark.slow
@fuzzed(
    30,
    5_000,
    body=st.binary(max_size=60) | anything.map(lambda value: json.dumps(value).encode()),
    kind=st.sampled_from(["application/json", "text/plain", "", "multipart/form-data", "MULTIPART/x"]),
    path=st.text(max_size=9) | st.sampled_from(HOSTILE_TEXTS),
)
def test_gates(place, body, kind, path):
    async def inside(scope, receive, send):
        assert (await receive())["body"] == body
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    path = "".join(one for one in path if one.isprintable() and one not in "#?%\\")
    answer = TestClient(RequestFilter(inside)).post(f"/gradio_api/{path}", content=body, headers={"Content-Type": kind})
    assert answer.status_code == 204 or answer.json()["error"].endswith(".")
