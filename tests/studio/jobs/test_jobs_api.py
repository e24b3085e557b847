"""Tests the page's questions about trainings: validated requests, the state of jobs, and who may see and change what."""

import base64
import time
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from sources import write_idx_set
from synchronous import blocking_ask

from ganlib import networks
from studio import menus
from studio.jobs.api import JobsApi
from studio.jobs.manager import JobManager
from studio.jobs.request import PICTURES
from studio.library import Library
from studio.limits import Limits
from studio.uploads.api import Uploads
from studio.web.questions import Questions

NAN, INF = float("nan"), float("inf")
ANN, BOB = "a" * 32, "b" * 32
DIGITS = {"kind": "built-in", "name": "digits"}


class Uploaded(Uploads):
    """An upload of three grey pictures, available to every visitor."""

    def folder(self, visitor, upload, size, channels, labels=False):
        folder = self._folder / "x" / PICTURES
        folder.mkdir(parents=True)
        size = size if isinstance(size, int) else max(size)
        for number in range(3):
            Image.fromarray(np.full((size, size), 80 * number, np.uint8)).save(folder / f"{number}.png")
        return folder

    def keep_until(self, *_):
        pass


class Server:
    """Sends the page's questions about the runs in a folder."""

    def __init__(self, folder, checkpoints, make_run, stage):
        self.jobs, self.stage = JobManager(folder / "jobs", Limits(), "cpu", stage), stage
        give_discriminator(make_run())
        make_run("half")
        self.library = Library(checkpoints, jobs=self.jobs)
        self.jobs_api = JobsApi(self.library, self.jobs, Uploaded(folder / "uploads", self.jobs.limits))
        self._answer = blocking_ask(Questions(self.library, self.jobs_api))

    def ask(self, what, visitor=ANN, **said):
        return self._answer({"what": what, "visitor": visitor} | said)

    def start(self, visitor=ANN, **changes):
        """Starts a training; returns its job once it runs."""
        answer = self.ask("train_start", visitor, request={"run": "tiny", "source": DIGITS} | changes)
        assert "error" not in answer, answer
        until(lambda: self.stage.arguments)
        return self.jobs.find(answer["id"])

    def close(self):
        self.stage.tell("stopped")
        self.jobs.close()


def give_discriminator(run):
    run.save_discriminator(networks.build_discriminator(run.config.discriminator_settings()), 128)


def until(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def server(tmp_path, checkpoints, make_run, stage):
    server = Server(tmp_path, checkpoints, make_run, stage)
    yield server
    server.close()


@pytest.fixture
def ask(server):
    return server.ask


@pytest.fixture
def start(server):
    return server.start


@pytest.fixture(scope="module")
def lasting(tmp_path_factory, lasting_run, lasting_stage):
    """A server with one running job, shared by the tests of this file."""
    server = Server(tmp_path_factory.mktemp("server"), lasting_run.args[0], lasting_run, lasting_stage)
    server.job = server.start()
    yield server
    server.close()


@pytest.mark.slow
def test_what_may_be_trained(lasting):
    options = lasting.ask("train_options")
    assert [run["run"] for run in options["runs"]] == ["tiny"]  # the other run has no discriminator
    assert options["runs"][0]["classes"] == ["cat", "dog", "owl"] and options["runs"][0]["conditional"]
    assert {"mnist", "digits"} <= {one["name"] for one in options["datasets"]} and options["limits"]["minutes"] == 20
    assert options["device"] == "cpu" and "cores" in options["hardware"] and len(options["recipes"]) > 10


@pytest.mark.slow
def test_a_set_may_be_trained_once_it_is_here(ask, tmp_path, monkeypatch):
    monkeypatch.setenv("GANLIB_CACHE", str(tmp_path / "cache"))
    assert "kmnist" not in {one["name"] for one in ask("train_options")["datasets"]}
    raw = tmp_path / "cache" / "downloads" / "KMNIST" / "raw"
    write_idx_set(raw, np.zeros((10, 28, 28), np.uint8), np.arange(10, dtype=np.uint8), "", "train")
    sets = {one["name"]: one["classes"] for one in ask("train_options")["datasets"]}
    assert sets["kmnist"] == list("おきすつなはまやれを")
    assert ask("train_sample", set="kmnist", classes=["を"])["of"] == 1


class TestOrders:
    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("request_", "arguments"),
        [
            (
                {"run": "tiny", "source": DIGITS | {"classes": ["7", "3"]}, "minutes": 2, "g_lr": 0.001, "seed": 5},
                "--init-from checkpoints/tiny --dataset digits --classes 3,7 --g-lr 0.001 --seed 5 --minutes 2",
            ),
            (
                {"run": "tiny", "images": 64, "source": DIGITS, "length": 5000, "batch_size": 32},
                "--init-from checkpoints/tiny@1 --dataset digits --images 5000 --batch-size 32 --seed 0 --minutes 20",
            ),
            (
                {"recipe": "mlp", "source": DIGITS, "snapshot_every": 0.5, "grid_every": 50},
                "--recipe mlp --dataset digits --snapshot-every 0.5 --grid-every 50 --seed 0 --minutes 20",
            ),
            (
                {"recipe": "pictures", "source": {"kind": "upload", "upload": "x"}},
                "--recipe pictures --dataset uploaded-pictures --seed 0 --minutes 20",
            ),
            (
                {"recipe": "pictures", "source": {"kind": "upload", "upload": "x"}, "flip": True},
                "--recipe pictures --dataset uploaded-pictures --seed 0 --flip --minutes 20",
            ),
            (
                {"recipe": "pictures", "source": {"kind": "upload", "upload": "x"}, "labels": True, "alpha": True},
                "--recipe pictures --dataset uploaded-pictures --labels metadata --seed 0 --alpha --minutes 20",
            ),
        ],
    )
    def test_the_command_that_does_the_same(self, ask, request_, arguments):
        job = ask("train_start", request=request_)["id"]
        assert ask("train_state", id=job)["command"] == f"python train.py {arguments}"

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"run": "half"}, "The run half holds no discriminator, so no training can start from it."),
            *(({"run": run}, "There is no run with this name") for run in ("../tiny", "~x", 7, ["tiny"], {})),
            *(({"run": None, "recipe": recipe}, "recipe must be one of") for recipe in (None, "gan", 7, [])),
            ({"flip": "yes"}, "flip must be"),
            *(({name: 1}, f"{name} must be") for name in ("labels", "alpha")),
            *(({name: True}, "labels and alpha are of uploaded pictures") for name in ("labels", "alpha")),
            ({"alpha": True, "source": {"kind": "upload", "upload": "x"}}, "alpha is of a training from scratch"),
            *(({"images": images}, "images must be|has no such snapshot") for images in (63, "64", True, 64.0, [64])),
            *(({"source": source}, "source must say") for source in (None, "digits", [], 7)),
            *(({"source": {"kind": kind}}, "kind must be one of") for kind in (None, "url", ["upload"])),
            *(
                ({"source": DIGITS | {"name": name}}, "name must be one of")
                for name in ("/etc", "hub:a/b", "cifar100", None, ["mnist"])
            ),
            *(
                ({"source": DIGITS | {"classes": classes}}, "classes must be")
                for classes in ([], "7", ["x"], [7], ["7,8"], ["--out"], [["7"]], {})
            ),
            *(
                ({"minutes": minutes}, "minutes must be a number from 0.01 to 20")
                for minutes in (0, -1, 21, NAN, INF, True, "5")
            ),
            *(({"length": length}, "length must be a whole number") for length in (0, 1.5, 10**10, NAN, "9")),
            *(({"g_lr": rate}, "g_lr must be a number") for rate in (0, -1, 1, NAN, "1e-3")),
            *(({"d_lr": rate}, "d_lr must be a number") for rate in (0, INF, [])),
            *(({"batch_size": size}, "batch_size must be a whole number from 1 to 1024") for size in (0, 2048, 1.5, True)),
            *(({"snapshot_every": every}, "snapshot_every must be") for every in (0, NAN, "1")),
            *(({"grid_every": every}, "grid_every must be") for every in (0, 0.5, "1")),
            *(({"seed": seed}, "seed must be a whole number") for seed in (-1, 2**32, "1", NAN)),
        ],
    )
    def test_what_is_wrong_is_told(self, lasting, changes, sentence):
        for what in ("train_start", "train_estimate"):
            told = lasting.ask(what, request={"run": "tiny", "source": DIGITS} | changes)["error"]
            assert any(part in told for part in sentence.split("|"))
        assert lasting.jobs.of(ANN) == [lasting.job]

    @pytest.mark.parametrize("request_", [None, 7, "x", []])
    def test_what_is_no_request(self, lasting, request_):
        assert lasting.ask("train_start", request=request_)["error"] == "request must be an object."

    @pytest.mark.parametrize("what", ["options", "estimate", "start", "jobs", "state", "do", "zip"])
    @pytest.mark.parametrize("visitor", [None, "", "x" * 32, "A" * 32, "a" * 33, 7, ["a" * 32]])
    def test_who_is_no_visitor(self, lasting, what, visitor):
        told = lasting.ask(
            f"train_{what}", visitor, id=lasting.job.id, request={"run": "tiny", "source": DIGITS}, action="stop"
        )
        assert told == {"error": "visitor must be 32 hexadecimal digits."}


class TestState:
    @pytest.mark.slow
    def test_only_new_lines_are_told_and_all_after_a_step_back(self, ask, start, make_run, stage):
        job = start()
        make_run("x").path.rename(job.path(job.lanes[0]))
        state = ask("train_state", id=job.id)
        assert [line["images"] for line in state["history"]] == [0, 64, 128] and state["lines"] == 3
        seen = {"since": state["lines"], "stretches": state["stretches"]}
        assert ask("train_state", id=job.id, **seen)["history"] == []
        job.lanes[0].stretches += 1
        assert len(ask("train_state", id=job.id, **seen)["history"]) == 3

    @pytest.mark.parametrize("since", [-1, 0.5, NAN, "0", None, []])
    def test_lines_are_counted(self, lasting, since):
        assert lasting.ask("train_state", id=lasting.job.id, since=since)["error"].startswith("since must be a whole number")

    @pytest.mark.slow
    def test_grids(self, ask, start, make_run):
        job = start()
        run = make_run("x")
        run.save_grid(64, b"webp")
        run.path.rename(job.path(job.lanes[0]))
        assert ask("train_state", id=job.id)["grid"] == 64
        assert base64.b64decode(ask("train_grid", BOB, id=job.id, images=64)["picture"]) == b"webp"
        assert ask("train_grid", id=job.id, images=65)["error"] == "There is no such picture of this training."
        for images in ("64", "../64", None, NAN, -1):
            assert ask("train_grid", id=job.id, images=images)["error"].startswith("images must be a whole number")

    @pytest.mark.parametrize("action", [None, "", "kill", "__init__", ["stop"], 7])
    def test_actions(self, lasting, action):
        assert lasting.ask("train_do", id=lasting.job.id, action=action)["error"].startswith(
            "action must be one of pause, resume,"
        )

    @pytest.mark.slow
    def test_remedies_are_options_of_the_next_stretch(self, ask, start, stage, make_run):
        job = start()
        make_run("x").path.rename(job.path(job.lanes[0]))
        assert ask("train_do", id=job.id, action="lower-rate") == {"done": "lower-rate"}
        stage.tell("stopped")
        until(lambda: len(stage.arguments) == 2)
        assert stage.arguments[1][:2] == ["--resume", "tiny-digits"]
        assert stage.arguments[1][-4:] == ["--g-lr", "0.0001", "--d-lr", "0.0001"]


class TestPrivateRuns:
    @pytest.fixture
    def own(self, start, make_run):
        job = start()
        make_run("x").path.rename(job.path(job.lanes[0]))
        return f"~{job.id}"

    @pytest.mark.slow
    def test_they_may_be_drawn_from_with_the_link_and_begun_from_by_their_owner(self, ask, own):
        assert ask("about", BOB, run=own)["title"] == "tiny → digits"
        z = ask("latents", BOB, run=own, num=1, seed=0)["z"]
        assert ask("png", BOB, run=own, z=z, labels=[0])["file"] == "tiny-digits-epoch2.png"  # without the secret id

    @pytest.mark.slow
    def test_menus_list_them_to_their_owner_alone(self, server, own):
        (entry,) = server.jobs_api.private_entries(ANN)
        assert menus.runs({own: entry}, "en") == [("tiny → digits (made here)", own)]
        assert menus.runs({own: entry}, "zh") == [("tiny → digits（在此训练）", own)]
        assert [server.jobs_api.private_entries(other) for other in (BOB, None, {})] == [[], [], []]

    @pytest.mark.slow
    def test_no_sentence_names_them(self, ask, own):
        assert own not in ask("about", BOB, run="nobody")["error"]

    @pytest.mark.slow
    def test_a_child_of_a_private_run_does_not_tell_its_name(self, server, ask, own):
        run = server.library.find(own).run
        give_discriminator(run)
        child = ask("train_start", request={"run": own, "source": DIGITS, "images": 64})["id"]
        state = ask("train_state", id=child)
        assert state["command"].startswith("python train.py --init-from own/tiny-digits@1 ") and state["parent"]["run"] == own
        assert ask("train_state", BOB, id=child)["parent"] == {"run": None, "title": "tiny → digits"}
        assert (server.jobs.find(child).folder / "own" / "tiny-digits" / "config.json").exists()

    @pytest.mark.slow
    def test_uploaded_pictures_are_shown_to_their_owner_until_the_end(self, server, ask, start, stage, make_run):
        job = start(source={"kind": "upload", "upload": "x"})
        run = make_run("x", class_names=None)
        give_discriminator(run)
        run.save_config(replace(run.config, source=PICTURES))
        run.path.rename(job.path(job.lanes[0]))
        z = ask("latents", run=f"~{job.id}", num=1, seed=0)["z"]
        question = {"run": f"~{job.id}", "z": z, "num": 3}
        assert ask("nearest", **question)["data"] == "here"
        assert ask("nearest", BOB, **question) == ask("nearest", None, **question) == {"data": "away"}
        judged = {"run": f"~{job.id}", "num": 2, "seed": 0}
        assert [ask("judge", visitor, **judged)["data"] for visitor in (ANN, BOB)] == ["here", "away"]
        server.jobs.stop(job)
        stage.tell("stopped")
        until(lambda: job.state == "stopped")
        assert ask("nearest", **question)["data"] == "away"
