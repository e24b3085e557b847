"""Tests races as jobs of the page: what may be raced, their lanes, runs, ends and restarts. Most run a simulated process; the
last tests run the real one."""

import itertools
import os
import signal
import threading
import time
from pathlib import Path

import pytest
from synchronous import blocking_ask

from ganlib import UserError, files
from ganlib.planning import race
from studio.jobs import racing, train_process
from studio.jobs.api import JobsApi
from studio.jobs.job import Job
from studio.jobs.lane import Lane
from studio.jobs.manager import JobManager
from studio.library import Library
from studio.limits import Limits
from studio.uploads.api import Uploads
from studio.web.questions import Questions

ANN, BOB = "a" * 32, "b" * 32
ROOT = Path(__file__).parents[3]
RACE = [{"loss": "saturating"}, {"loss": "hinge", "r1": 0}]
REQUEST = {"recipe": "mlp", "source": {"kind": "built-in", "name": "digits"}, "minutes": 1, "race": RACE}
NAMES = ["saturating", "hinge-r1-0"]
PATIENCE = 300  # seconds; a loaded machine starts a process slowly
NAN = float("nan")


class Server:
    """Sends the page's questions about the jobs in `folder`."""

    def __init__(self, folder, launch):
        self.jobs = JobManager(folder, Limits(), "cpu", launch)
        self.library = Library(ROOT / "checkpoints", jobs=self.jobs)
        self.api = JobsApi(self.library, self.jobs, Uploads(folder / "uploads", self.jobs.limits))
        self._ask = blocking_ask(Questions(self.library, self.api))

    def ask(self, what, visitor=ANN, **said):
        return self._ask({"what": what, "visitor": visitor} | said)

    def start(self, **changes):
        return self.jobs.find(self.ask("train_start", request=REQUEST | changes)["id"])

    def until(self, job, condition):
        """Waits until the state meets the condition; returns it."""
        deadline = time.monotonic() + PATIENCE
        while not condition(state := self.ask("train_state", id=job.id)):
            assert time.monotonic() < deadline, state
            time.sleep(0.05)
        return state


@pytest.fixture
def server(tmp_path, stage):
    server = Server(tmp_path / "jobs", stage)
    yield server
    stage.tell("stopped")
    server.jobs.close()


@pytest.fixture
def real(tmp_path):
    """A function that opens servers with real processes over this test's folder; the last is closed."""
    opened = []

    def real():
        opened.append(Server(tmp_path / "jobs", train_process.train))
        return opened[-1]

    yield real
    opened[-1].jobs.close()


def write_configs(job):
    for lane in job.lanes:
        job.path(lane).mkdir()
        (job.path(lane) / "config.json").write_text("{}")


class TestRequests:
    def test_the_command_that_does_the_same(self, server, stage):
        job = server.start()
        state = server.until(job, lambda state: state["state"] == "running")
        race = "--race loss=saturating --race loss=hinge r1=0"
        assert state["command"] == f"python train.py --recipe mlp --dataset digits --seed 0 {race} --minutes 1"
        assert stage.arguments[0][-4:] == ["--minutes", "1", "--out", "mlp-digits"]
        assert state["title"] == "mlp → digits × 2" and state["minutes"] == 2
        assert [lane["settings"] for lane in state["lanes"]] == [{"loss": "saturating"}, {"loss": "hinge", "r1": "0"}]

    @pytest.mark.parametrize(
        ("value", "sentence"),
        [
            (RACE[:1], "race must be a list of 2 to 4 objects with settings."),
            ([{"r1": number} for number in range(5)], "race must be a list of 2 to 4"),
            ({}, "race must be a list"),
            ([{}, RACE[0]], "Each training of a race must have settings of its own, of loss, gradient_penalty,"),
            (["loss=hinge", RACE[0]], "must have settings of its own"),
            ([RACE[0], RACE[0]], "Two trainings of this race have the same settings"),
            ([RACE[1], {"r1": 0, "loss": "hinge"}], "the same settings"),
            ([RACE[0], {"generator.width": 4096}], "each setting of a race must be one of loss, gradient_penalty,"),
            ([RACE[0], {"batch_size": 4}], "each setting of a race must be one of"),
            ([RACE[0], {"loss": "huge"}], "loss must be one of saturating"),
            *(([RACE[0], {"r1": value}], "r1 must be a number from 0 to 1000") for value in (-1, 1e9, NAN, "1", True, None)),
            *(([RACE[0], {"g_lr": value}], "g_lr must be a number from 1e-07 to 0.1") for value in (0, 1, [1])),
            *(([RACE[0], {"betas": value}], "betas must be") for value in (0.5, [0.5], "0,1", [0, 0, 0])),
            ([RACE[0], {"betas": [0, 1]}], "each of betas must be a number from 0 to 0.9999"),
        ],
    )
    def test_what_is_wrong_is_told(self, server, value, sentence):
        assert sentence in server.ask("train_start", request=REQUEST | {"race": value})["error"]
        assert server.jobs.of(ANN) == []

    def test_the_minutes_of_all_together_are_limited(self, server):
        told = server.ask("train_start", request=REQUEST | {"minutes": 11})["error"]
        assert told == "minutes must be a number from 0.01 to 10."
        assert server.start(minutes=10).remaining == 1200

    def test_an_estimate_is_of_one(self, server):
        assert "leave the race out" in server.ask("train_estimate", request=REQUEST)["error"]

    def test_all_that_the_page_offers_is_accepted(self, server):
        offered = server.ask("train_options")["race"]
        assert (offered["least"], offered["most"]) == (race.LEAST, race.MOST) and len(offered["begins"]) == 4
        ends = [{name: end} for name, range in offered["ranges"].items() for end in range]
        for choice in [*offered["losses"], *offered["betas"], *ends]:
            assert len(racing.validated([choice, {"r1": 0.123}])) == 2
        assert len(racing.validated(offered["begins"])) == 4


class TestLanes:
    def test_events_are_of_their_lane(self, server, stage):
        job = server.start()
        server.until(job, lambda state: state["state"] == "running")
        for event in (
            {"event": "begun", "images": 0, "total": None, "notes": []},
            {"event": "advanced", "images": 320, "seconds": 20.0},
        ):
            stage.lines.put(event | {"lane": "hinge-r1-0"})
        state = server.until(job, lambda state: state["images"] == 320)
        assert [lane["images"] for lane in state["lanes"]] == [0, 320] and state["seconds"] == 20
        assert [lane["stretches"] for lane in state["lanes"]] == [0, 1] and state["eta"] == 100
        stage.lines.put({"event": "diverged", "images": 320, "message": "d_loss is not finite", "lane": "hinge-r1-0"})
        state = server.until(job, lambda state: state["lanes"][1]["fault"])
        assert state["lanes"][1]["fault"] == "d_loss is not finite" and state["state"] == "running" and state["eta"] == 60
        stage.tell({"event": "finished", "images": 640, "lane": "saturating"})
        assert server.until(job, lambda state: state["state"] != "running")["state"] == "finished"

    def test_where_all_diverged_nothing_goes_on(self, server, stage):
        job = server.start()
        events = [{"event": "diverged", "images": 0, "message": "no", "lane": name} for name in NAMES]
        stage.tell(*events, code=1)
        state = server.until(job, lambda state: state["state"] == "failed")
        assert state["reason"] == "diverged" and not state["resumable"]

    def test_only_what_goes_on_is_resumed(self, server, stage):
        job = server.start()
        server.until(job, lambda state: state["state"] == "running")
        write_configs(job)
        server.ask("train_do", id=job.id, action="pause")
        events = [
            {"event": "advanced", "images": 32, "seconds": 30.0, "lane": "saturating"},
            {"event": "diverged", "images": 16, "message": "no", "lane": "hinge-r1-0"},
            {"event": "stopped", "images": 32, "lane": "saturating"},
        ]
        stage.tell(*events)
        assert server.until(job, lambda state: state["state"] != "stopping")["state"] == "paused"
        server.ask("train_do", id=job.id, action="resume")
        server.until(job, lambda state: len(stage.arguments) == 2)
        resumed = "--resume mlp-digits --race loss=saturating --device cpu --minutes 0.5"
        assert stage.arguments[1] == resumed.split()

    def test_a_signal_from_outside_interrupts_though_one_has_finished(self, server, stage):
        job = server.start()
        server.until(job, lambda state: state["state"] == "running")
        stage.tell({"event": "finished", "images": 9, "lane": NAMES[0]}, {"event": "stopped", "images": 9, "lane": NAMES[1]})
        assert server.until(job, lambda state: state["state"] != "running")["state"] == "interrupted"

    def test_no_remedy_changes_it(self, server):
        job = server.start()
        told = server.ask("train_do", id=job.id, action="lower-rate")["error"]
        assert told == "The trainings of a race go on as they began; train one anew to change it."

    @pytest.mark.parametrize(
        "said", [{"since": 3}, {"since": [0]}, {"since": [0, -1]}, {"stretches": [0, "1"]}, {"since": [0] * 3}]
    )
    def test_what_the_page_knows_is_of_each(self, server, said):
        job = server.start()
        assert "must be a" in server.ask("train_state", id=job.id, **said)["error"]

    @pytest.mark.parametrize("lane", [2, -1, "0", None, NAN, []])
    def test_lanes_are_counted(self, server, lane):
        job = server.start()
        for what in ("train_grid", "train_zip"):
            assert server.ask(what, id=job.id, images=0, lane=lane)["error"] == "lane must be a whole number from 0 to 1."

    def test_its_runs_are_private(self, server):
        job = server.start()
        assert list(job.runs) == [job.id, f"{job.id}.2"]
        assert server.jobs.place(f"{job.id}.2") == (job.folder / "mlp-digits-hinge-r1-0", "mlp → digits: hinge-r1-0")
        assert server.jobs.owns(ANN, f"{job.id}.2") and not server.jobs.owns(BOB, f"{job.id}.2")
        for id in (f"{job.id}.1", f"{job.id}.3", f"{job.id}.", f"{job.id}.2.2", ".2"):
            assert server.jobs.place(id) is None
            with pytest.raises(UserError, match="There is no run"):
                server.library.find(f"~{id}")


@pytest.mark.slow
def test_a_state_is_of_one_moment(tmp_path):
    asked = threading.Event()

    def advance(*_):
        yield {"event": "launched", "pid": 2**22 + 1}  # an unused process id, so signals have no effect
        for images in itertools.takewhile(lambda _: not asked.is_set(), itertools.count(1)):
            yield {"event": "advanced", "images": images, "seconds": images / 1e6, "lane": NAMES[images % 2]}
        yield {"event": "ended", "code": 0, "said": ""}

    server = Server(tmp_path / "jobs", advance)
    job = server.start()
    try:
        for _ in range(10):
            state = server.ask("train_state", id=job.id)
            assert state["images"] == sum(lane["images"] for lane in state["lanes"])
    finally:
        asked.set()
        server.jobs.close()
    assert state["images"] > 0


def test_a_record_of_a_version_without_races_is_read(server, tmp_path):
    job = server.start(race=None)
    record = files.read_json(job.folder / "job.json")
    del record["lanes"], record["order"]["race"]
    old = tmp_path / job.id  # a copy: the job itself goes on writing its own record
    old.mkdir()
    files.write_json(old / "job.json", record | {"images": 640, "seconds": 7.0, "stretches": 2, "notes": ["one"]})
    found = Job.read(old)
    assert found.lanes == [Lane(images=640, seconds=7.0, stretches=2, notes=["one"])] and found.order == job.order


@pytest.mark.slow
def test_a_race_is_watched_killed_restarted_and_finished(real):
    server = real()
    job = server.start(minutes=5, length=1600, batch_size=16, grid_every=5)
    state = server.until(job, lambda state: all((lane["grid"] or 0) > 0 for lane in state["lanes"]))
    assert [lane["run"] for lane in state["lanes"]] == [f"~{job.id}", f"~{job.id}.2"]
    pictures = [server.ask("train_grid", id=job.id, images=0, lane=lane)["picture"] for lane in range(2)]
    assert pictures[0] == pictures[1]  # the same networks and latents at the start
    os.kill(server.jobs._runner.running._pid, signal.SIGKILL)
    assert server.until(job, lambda state: state["state"] == "failed")["reason"] == "killed"
    server.jobs.close()

    again = real()
    (found,) = again.jobs.of(ANN)
    assert found.title == job.title and found.resumable
    again.ask("train_do", id=job.id, action="resume")
    state = again.until(job, lambda state: state["state"] in ("finished", "failed"))
    assert state["state"] == "finished" and not state["resumable"], state
    for lane in range(2):
        entry = again.library.find(state["lanes"][lane]["run"])
        assert entry.snapshots[-1].images == state["lanes"][lane]["images"] and entry.title == f"mlp → digits: {NAMES[lane]}"
        assert again.ask("train_zip", id=job.id, lane=lane)["name"] == f"mlp-digits-{NAMES[lane]}.zip"
    assert [entry.name for entry in again.api.private_entries(ANN)] == [lane["run"] for lane in state["lanes"]]
    first, second = (again.library.find(lane["run"]).run.config for lane in state["lanes"])
    assert first.lineage == second.lineage and (first.recipe.loss, second.recipe.loss) == ("saturating", "hinge")


@pytest.mark.slow
def test_stop_saves_all(real):
    server = real()
    job = server.start(minutes=5, grid_every=5)
    server.until(job, lambda state: all((lane["grid"] or 0) > 0 for lane in state["lanes"]))
    server.ask("train_do", id=job.id, action="stop")
    state = server.until(job, lambda state: state["state"] not in ("running", "stopping"))
    assert state["state"] == "stopped"
    for lane in state["lanes"]:
        assert server.library.find(lane["run"]).snapshots[-1].images == lane["images"] > 0
