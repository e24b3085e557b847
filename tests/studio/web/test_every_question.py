"""Tests that the real `app.py` answers every possible request of a page, a script or a browser, one of each, with success.

The requests are read from the code's own tables: each server function's error for an unknown question names all known
ones; Gradio lists the endpoints and the page's listeners; the routes are a list. A new request without a case here fails
the test.
"""

import base64
import io
import json
import re
import time
import zipfile

import httpx
import numpy as np
import pytest
from PIL import Image
from serving import ROOT, start_app

from studio.drawing.batcher import Batcher
from studio.jobs.api import ACTIONS
from studio.learning.passages import PASSAGES
from studio.library import Library
from studio.server import app_settings
from studio.uploads.report import FEWEST
from studio.web.routes import PLACE

pytestmark = pytest.mark.slow
RUN, VISITOR = "mnist-dcgan", "a" * 32
DIGITS = {"kind": "built-in", "name": "digits"}
TRAINING = {"recipe": "mlp", "source": DIGITS, "batch_size": 16, "minutes": 5, "grid_every": 4}
PATIENCE = 300  # seconds for an answer, or for a training or upload to reach a state
RUNTIME = ROOT / "node_modules" / "onnxruntime-web" / "dist"
DOT = (
    "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAAAAADhZOFXAAAAEElEQVR4nGM8wQABTAwUMQA6AADYhMgK6QAAAABJRU5ErkJggg=="  # a PNG, 8 x 8, grey
)
ENDPOINTS = {  # with the values of a call
    "/sample": [RUN, None, 4, 0, 1.0, None],
    "/compare": [RUN, [0, 1], 0, 1.0, None, 2],
    "/explore": [RUN, None, 0, 0, [1.0], None, 1.0],
    "/interpolate": [RUN, None, [0, 1], None, "slerp", 3, 0.5, True, 1.0, "webp"],
    "/project": [RUN, DOT, None, None, 1.0, DOT, [0.1] * 100],
    "/drag": [RUN, [0.1] * 100, [[14, 14, 15, 14]], None, None, 3.0, 1.0, None],
}
ROUTES = {  # with a URL of each
    f"{PLACE}/sample/{{run:path}}": f"{PLACE}/sample/{RUN}?num=4",
    f"{PLACE}/samples/{{run:path}}": f"{PLACE}/samples/{RUN}?num=4",
    f"{PLACE}/outline/{{run}}": f"{PLACE}/outline/{RUN}",
    f"{PLACE}/judge/{{run}}": f"{PLACE}/judge/{RUN}",
    f"{PLACE}/discriminator/{{run}}": f"{PLACE}/discriminator/{RUN}",
    f"{PLACE}/weights/{{run}}/{{images}}": f"{PLACE}/weights/{RUN}/0",
    f"{PLACE}/runtime/{{name}}": f"{PLACE}/runtime/ort.wasm.bundle.min.mjs",
    f"{PLACE}/page/{{name}}": f"{PLACE}/page/DIGEST.js",  # as in the page
    f"{PLACE}/poster": f"{PLACE}/poster",
    f"{PLACE}/{{rest:path}}": f"{PLACE}/nothing",  # unknown paths: 404
}


class Page:
    """An open page, as the server sees it."""

    def __init__(self, url):
        self.http = httpx.Client(base_url=url, timeout=PATIENCE)
        self.config = self.http.get("/config").raise_for_status().json()
        functions = {name: each["id"] for each in self.config["components"] for name in each["props"].get("server_fns") or []}
        self.known = {what: [name, id] for name, id in functions.items() for what in self._known(name, id)}
        self.answered = set()

    def _known(self, function, component):
        """Returns all questions of a server function, from its error message."""
        refusal = self._post(function, component, {"what": None})["error"]
        return refusal.removeprefix("what must be one of ").removesuffix(".").split(", ")

    def _post(self, function, component, question):
        body = {"session_hash": VISITOR, "component_id": component, "fn_name": function, "data": question}
        return self.http.post("/gradio_api/component_server", json=body).raise_for_status().json()

    def try_(self, what, **said):
        return self._post(*self.known[what], {"what": what, "visitor": VISITOR} | said)

    def ask(self, what, **said):
        """Returns the answer, which must not be a refusal."""
        answer = self.try_(what, **said)
        assert not answer.keys() & {"error", "refused", "busy"}, (what, answer)
        self.answered.add(what)
        return answer

    def until(self, what, holds, **said):
        """Polls; returns the first answer that meets the condition."""
        deadline = time.monotonic() + PATIENCE
        while not holds(answer := self.ask(what, **said)):
            assert time.monotonic() < deadline, answer
            time.sleep(0.2)
        return answer

    def until_state(self, job, *states):
        return self.until("train_state", lambda answer: answer["state"] in states, id=job)

    def listen(self, listener, values):
        """Returns the output of one of the page's listeners, called through Gradio's queue."""
        body = {"data": values, "fn_index": listener["id"], "session_hash": VISITOR}
        self.http.post("/gradio_api/queue/join", json=body).raise_for_status()
        with self.http.stream("GET", "/gradio_api/queue/data", params={"session_hash": VISITOR}) as events:
            for line in events.iter_lines():
                event = json.loads(line.removeprefix("data:")) if line else {}
                if event.get("msg") == "process_completed":
                    return event

    def call(self, endpoint, values):
        """Returns the last event of a call of a public endpoint."""
        url = f"/gradio_api/call{endpoint}"
        event = self.http.post(url, json={"data": values}).raise_for_status().json()["event_id"]
        return self.http.get(f"{url}/{event}").text


@pytest.fixture
def page(tmp_path, hub_server):
    runtime = RUNTIME if RUNTIME.is_dir() else "off"
    process, url = start_app(ROOT / "checkpoints", tmp_path, runtime)
    yield Page(url)
    process.terminate()
    process.wait(30)


def test_every_question_is_answered(page, hub_server, tmp_path):
    """One app for all questions, since starting takes longer than asking."""
    draws(page)
    learns(page)
    job = trains(page)
    judges(page, f"~{job}")
    shares(page, f"~{job}", hub_server)
    rents(page, hub_server)
    another = begins(page)
    uploads(page, f"~{job}")
    interferes(page, another)
    assert page.answered == set(page.known), "a question that is never asked, or that no server function knows"

    calls_the_endpoints(page)
    fetches_the_routes(page, tmp_path)
    calls_the_listeners(page)


def draws(page):
    assert page.ask("about", run=RUN)["size"] == 28
    assert page.ask("sweep") == {}  # the folder is no sweep's
    assert base64.b64decode(page.ask("sweep_grid", run=RUN)["picture"]).startswith(b"RIFF")
    z = page.ask("latents", run=RUN, num=2, seed=0)["z"]
    labels = {"z": z, "labels": [3, 7]} if page.ask("about", run=RUN)["classes"] else {"z": z}
    assert page.ask("directions", run=RUN)["directions"]
    assert page.ask("draw", run=RUN, **labels)["num"] == 2
    assert base64.b64decode(page.ask("png", run=RUN, **labels)["png"]).startswith(b"\x89PNG")
    found = page.ask("project", run=RUN, picture=base64.b64encode(bytes(28 * 28)).decode(), prior=2)
    assert found["rmse"] > 0 and len(base64.b64decode(found["pictures"])) == 28 * 28
    labelled = {"labels": [found["label"]]} if "labels" in labels else {}
    assert page.ask("drag", run=RUN, z=found["z"], **labelled, pairs=[[14, 14, 16, 14]], radius=3)["num"] == 1
    painted = {"picture": found["pictures"], "mask": base64.b64encode(bytes([255] * 28 * 28)).decode(), "z": found["z"]}
    proposed = page.ask("project", run=RUN, **painted, **labelled)
    assert proposed["num"] == len(proposed["errors"]) >= 3 and proposed["errors"][0] < 1
    film = {"mode": "slerp", "closed": True, "frames": 3, "seconds": 0.5, "kind": "gif"}
    assert base64.b64decode(page.ask("animation", run=RUN, **labels, **film)["file"]).startswith(b"GIF")
    kin = page.ask("kin", run=RUN)
    assert RUN in [one["run"] for one in kin["runs"]] and list(kin["layers"])[:2] == ["stem", "stages.1"]
    assert page.ask("units", run=RUN)["stages"][0]["name"] == "stem"
    off = {"stage": "stem", "unit": 0, "factor": 0, "area": None}
    assert len(page.ask("switched", run=RUN, **labels, switches=[off], judge=True)["logits"]) == 2
    styled = {"run": "mnist-style", "z": page.ask("latents", run="mnist-style", num=1, seed=0)["z"], "labels": [3]}
    amounts = [1, 0.5, *[0] * (len(page.ask("about", run="mnist-style")["stages"]) - 2)]
    assert page.ask("mixed", **styled, other=styled["z"], other_labels=[7], amounts=amounts)["num"] == 1
    assert page.ask("qr", text="http://127.0.0.1/#")["svg"].startswith("<svg")


def learns(page):
    assert page.ask("lesson", recipe="dcgan")["networks"].keys() == {"generator", "discriminator"}
    assert page.ask("theory", language="zh", topic=0)["html"]
    assert all(page.ask("passages", chapter=chapter)["passages"].keys() == ways.keys() for chapter, ways in PASSAGES.items())
    found = {"images": page.ask("about", run=RUN)["moments"][-1]["images"], "error": 7.25}
    assert "7.2 grey levels" in page.ask("report", run=RUN, language="en", found=found)["html"]


def trains(page):
    """Estimates a training and runs it to the end; returns its id."""
    options = page.ask("train_options")
    assert {"digits"} <= {one["name"] for one in options["datasets"]} and RUN in {one["run"] for one in options["runs"]}
    assert page.ask("train_example")["run"] == "mnist-sevens"
    assert page.ask("train_sample", set="digits", classes=["7"], size=28, channels=1)["num"] == 24
    measured = page.ask("train_estimate", request=TRAINING | {"length": 640})
    assert measured["seconds"] == pytest.approx(640 / measured["images_per_second"]) and measured["bytes"] > 50e6
    assert measured["shared"] is False

    job = page.ask("train_start", request=TRAINING | {"length": 640})["id"]
    state = page.until_state(job, "finished", "failed")
    assert state["state"] == "finished" and state["images"] == 640, state
    assert [one["id"] for one in page.ask("train_jobs")["jobs"]] == [job]
    assert base64.b64decode(page.ask("train_grid", id=job, images=state["grid"])["picture"])[8:12] == b"WEBP"
    assert page.ask("train_real", id=job)["data"] == "here"
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(page.ask("train_zip", id=job)["file"]))) as run:
        assert any(name.endswith("/config.json") for name in run.namelist())
    assert len(page.ask("album", run=f"~{job}")["pictures"]) > 1
    return job


def begins(page):
    """Starts a long training; returns its id once it runs."""
    job = page.ask("train_start", request=TRAINING)["id"]
    page.until("train_state", lambda answer: answer["grids"] > 1, id=job)
    return job


def interferes(page, job):
    """Applies every action to a training."""
    done = []

    def do(action):
        assert page.ask("train_do", id=job, action=action) == {"done": action}
        done.append(action)

    for remedy in ("lower-rate", "more-augmentation", "rollback"):  # each is applied by the next process
        do(remedy)
    do("pause")
    page.until_state(job, "paused")
    do("resume")
    do("stop")
    page.until_state(job, "stopped")
    do("delete")
    assert sorted(done) == sorted(ACTIONS)


def judges(page, run):
    """Sends the questions about the discriminator of a run trained here, whose real pictures are available."""
    judged = page.ask("judge", run=run, num=4, seed=0)
    assert judged["data"] == "here" and [len(kind["logits"]) for kind in judged["kinds"]] == [4, 4]
    picture = base64.b64encode(bytes(28 * 28)).decode()
    assert page.ask("heat", run=run, picture=picture)["steepest"] > 0
    z = page.ask("latents", run=run, num=1, seed=0)["z"]
    assert len(page.ask("nearest", run=run, z=z, num=3)["distances"]) == 3


def shares(page, run, hub_server):
    """Publishes a run and opens it from the Hub."""
    assert page.ask("way") == {"way": "token", "owner": None}
    wish = {"run": run, "name": "someone/digits", "private": False, "token": "hf_someone"}
    publication = page.ask("publish", **wish)["publication"]
    address = page.until("publication", lambda answer: answer["address"], publication=publication)["address"]
    assert address == f"{hub_server.url}/someone/digits"
    assert page.until("fetch", lambda answer: answer["there"], name="someone/digits")["run"] == "someone/digits"
    assert page.ask("about", run="someone/digits")["size"] == 28


def rents(page, hub_server):
    """Trains in a job of the Hub, which a script of this test stands in for, and cancels it."""
    script = 'import time\nprint("Here.", flush=True)\ntime.sleep(300)'
    job = (ROOT / "ganlib/remote/job.sh").read_bytes()
    hub_server.jobs.code = {"train.py": script.encode(), "ganlib/remote/job.sh": job, "requirements.txt": b""}
    assert page.ask("rent_way") == {"way": "machine", "signed_in": True}
    machine = page.ask("rent_offer")["default"]
    wish = {"request": TRAINING, "flavor": machine, "minutes": 10, "name": "someone/rented", "private": True}
    id = page.ask("rent_start", **wish)["id"]
    page.until("rent_state", lambda answer: "Here." in answer["lines"], id=id)
    assert [training["id"] for training in page.ask("rent_jobs")["trainings"]] == [id]
    page.ask("rent_cancel", id=id)
    page.until("rent_state", lambda answer: answer["over"], id=id)


def uploads(page, parent):
    """Uploads pictures, views them, and estimates a training from `parent` on them while another training runs."""
    assert page.ask("upload_find")["upload"] is None
    upload = page.ask("upload_begin")["upload"]
    page.ask("upload_part", upload=upload, name="a.zip", offset=0, data=base64.b64encode(_pictures(FEWEST)).decode(), last=True)
    look = page.until(
        "upload_look", lambda answer: not answer["report"]["waiting"], upload=upload, size=28, channels=1, thumbs=[1]
    )
    assert look["report"]["usable"] == FEWEST
    assert page.ask("upload_view", upload=upload, n=1)["picture"]
    page.ask("upload_crop", upload=upload, n=1, left=2, top=2, side=30)

    own = {"run": parent, "source": {"kind": "upload", "upload": upload}, "minutes": 1, "batch_size": 16}
    measured = page.ask("train_estimate", request=own)
    assert measured["images_per_second"] > 0 and measured["seconds"] == 60 and measured["shared"] is True
    page.ask("upload_frames", upload=upload)
    page.ask("upload_remove", upload=upload, n=1)
    refusal = f"The upload holds {FEWEST - 1} different pictures; a training needs {FEWEST} at least: add more."
    assert page.try_("train_estimate", request=own) == {"error": refusal}
    page.ask("upload_clear", upload=upload)


def _pictures(num):
    """Returns a .zip of different grey pictures."""
    random, file = np.random.default_rng(0), io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(num):
            picture = io.BytesIO()
            Image.fromarray(random.integers(0, 256, (40, 40), np.uint8)).save(picture, "PNG")
            archive.writestr(f"{number}.png", picture.getvalue())
    return file.getvalue()


def calls_the_endpoints(page):
    named = page.http.get("/gradio_api/info").raise_for_status().json()["named_endpoints"]
    assert set(named) == set(ENDPOINTS)
    for endpoint, values in ENDPOINTS.items():
        assert "event: complete" in (told := page.call(endpoint, values)), (endpoint, told)


def fetches_the_routes(page, folder):
    library = Library(folder)
    assert {route.path for route in app_settings(library, None, Batcher(library))["routes"]} == set(ROUTES)
    digest = re.search(r"gradio_api/studio/page/(\w+)\.js", page.http.get("/").text)[1]
    for route, address in ROUTES.items():
        there = "rest:" not in route and ("runtime" not in route or RUNTIME.is_dir())
        answer = page.http.get(address.replace("DIGEST", digest))
        assert answer.status_code == (200 if there else 404) and answer.content, address


def calls_the_listeners(page):
    """With the values of a newly opened page; the engine's value is the visitor's token."""
    components = {each["id"]: each["props"] for each in page.config["components"]}

    def value(id):
        props = components[id]
        return VISITOR if props.get("elem_id") == "engine" else RUN if props.get("elem_id") == "run" else props.get("value")

    listeners = [each for each in page.config["dependencies"] if each["backend_fn"] and f"/{each['api_name']}" not in ENDPOINTS]
    assert len(listeners) > 10
    for listener in listeners:
        told = page.listen(listener, [value(id) for id in listener["inputs"]])
        assert told["success"], (listener, told)
