"""Tests every question of the page about another visitor's uploads, trainings and runs."""

import base64
import json
import time
from contextlib import closing

import pytest
from sources import png
from synchronous import blocking_ask

from ganlib import networks
from studio.jobs.api import ACTIONS, JobsApi
from studio.jobs.manager import JobManager
from studio.library import Library
from studio.limits import Limits
from studio.sharing.publishing import Publishing
from studio.uploads.api import Uploads
from studio.web.questions import Questions

DIGITS = {"kind": "built-in", "name": "digits"}
ANN, BOB = "a" * 32, "b" * 32
# Visitors with a training's link may view it and draw with its generator.
BY_LINK = {"about", "album", "directions", "draw", "judge", "kin", "latents", "lesson", "nearest", "png", "animation", "report", "heat",
           "train_state", "train_grid", "train_faces", "units", "switched", "mixed"}  # fmt: skip


class Server:
    """A server on which Ann has an upload of one picture and a running training with a snapshot."""

    def __init__(self, folder, make_run, checkpoints, jobs):
        self.jobs, self.library = jobs, Library(checkpoints, jobs=jobs)
        give_discriminator(make_run())
        uploads = Uploads(folder / "uploads", jobs.limits)
        self.jobs_api = JobsApi(self.library, jobs, uploads)
        engine = Questions(self.library, self.jobs_api)
        self._answer, self.whats = blocking_ask(engine), sorted(engine._answers)
        self.upload = self.ask("upload_begin", ANN)["upload"]
        data = base64.b64encode(png()).decode()
        assert self.ask("upload_part", ANN, upload=self.upload, name="a.png", offset=0, data=data, last=True) == {}
        self.id = self.ask("train_start", ANN, request={"run": "tiny", "source": DIGITS})["id"]
        job = jobs.find(self.id)
        make_run("x").path.rename(job.path(job.lanes[0]))
        while jobs.find(self.id).state == "waiting" or self.seen()[0]["report"]["waiting"]:
            time.sleep(0.01)
        self.before = self.seen()

    def ask(self, what, visitor=BOB, **said):
        return self._answer({"what": what, "visitor": visitor} | said)

    def seen(self):
        """Returns Ann's own view."""
        look = self.ask("upload_look", ANN, upload=self.upload, size=16, channels=3)
        return look, self.ask("train_jobs", ANN)["jobs"], self.ask("upload_find", ANN)


def give_discriminator(run):
    run.save_discriminator(networks.build_discriminator(run.config.discriminator_settings()), 128)


@pytest.fixture
def server(tmp_path, make_run, checkpoints, stage):
    with closing(JobManager(tmp_path / "jobs", Limits(), "cpu", stage)) as jobs:
        yield Server(tmp_path, make_run, checkpoints, jobs)
        stage.tell("stopped")


@pytest.mark.slow
def test_no_question_of_another_tells_or_changes_what_is_anns(server):
    known = {
        "upload": server.upload, "id": server.id, "run": f"~{server.id}", "size": 16, "channels": 3, "thumbs": [1], "n": 1, "images": 0,
        "left": 0, "top": 0, "side": 8, "name": "a.png", "offset": 0, "data": "AAAA", "last": True, "num": 1, "seed": 0, "language": "en",
        "request": {"images": 64, "source": {"kind": "upload", "upload": server.upload}, "recipe": "mlp"}, "text": "x", "topic": 1,
    }  # fmt: skip
    for what in server.whats:
        for action in ACTIONS if what == "train_do" else ("stop",):
            told = json.dumps(server.ask(what, BOB, **known | {"action": action}))
            if what not in BY_LINK:
                assert server.upload not in told and server.id not in told, what
                assert (
                    "error" in told
                    or "refused" in told
                    or what.startswith(("qr", "theory", "sweep", "train_", "upload_find", "upload_begin"))
                ), what
            assert ("thumb" not in told and 'picture"' not in told) or what in BY_LINK, what
    assert server.seen() == server.before


@pytest.mark.slow
def test_each_that_changes_something_says_whose_it_is(server):
    for action in ACTIONS:
        assert server.ask("train_do", id=server.id, action=action) == {
            "error": "Only the visitor who began this job may do this."
        }
    assert server.ask("train_zip", id=server.id) == {"error": "Only the visitor who began this job may do this."}
    gone = {"refused": {"say": "upload_gone"}}
    assert (
        server.ask("upload_view", upload=server.upload, n=1) == server.ask("upload_remove", upload=server.upload, n=1) == gone
    )
    assert server.ask("train_jobs") == {"jobs": []} and server.ask("upload_find")["upload"] is None
    assert server.jobs.find(server.id).state == "running"


@pytest.mark.slow
def test_ids_are_not_to_be_guessed(server):
    for secret in (server.id, server.upload):
        assert len(base64.urlsafe_b64decode(secret + "==")) == 16
    near = [server.id[:-1], server.id + "a", server.id.swapcase(), "", "*", "..", "../" + server.id, None, [server.id]]
    assert all("error" in server.ask("train_state", ANN, id=id) for id in near)
    assert all("error" in server.ask("about", ANN, run=f"~{id}") for id in near)


@pytest.mark.slow
def test_only_its_owner_publishes_a_private_run(server):
    def owns(visitor, entry):
        return server.library.owned(entry, visitor)

    publish = Publishing(server.library, owns).answer
    question = {"what": "publish", "run": f"~{server.id}", "name": "bob/x", "private": False, "token": "hf_other"}
    assert publish(question | {"visitor": BOB}, None, None) == {"error": "Only who made this run may publish it."}
    publication = publish({"what": "publication", "publication": "x" * 22}, None, None)
    assert "no longer known" in publication["error"]


def test_names_do_not_become_commands(server, make_run):
    """A run's name is passed to train.py as one argument, never through a shell."""
    give_discriminator(make_run("$(touch x);`id` --out=evil"))
    id = server.ask("train_start", ANN, request={"run": "$(touch x);`id` --out=evil", "source": DIGITS})["id"]
    order = server.jobs.find(id).order
    assert order.arguments()[:2] == ["--init-from", "checkpoints/$(touch x);`id` --out=evil"]
    assert "'checkpoints/$(touch x);`id` --out=evil'" in server.ask("train_state", ANN, id=id)["command"]
