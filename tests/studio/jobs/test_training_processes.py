"""Tests the page's trainings in real train.py processes: watched, killed, out of disk and memory, and resumed."""

import base64
import io
import os
import resource
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from synchronous import blocking_ask

from studio.jobs import train_process
from studio.jobs.api import JobsApi
from studio.jobs.manager import JobManager
from studio.library import Library
from studio.limits import Limits
from studio.uploads.api import Uploads
from studio.web.questions import Questions

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[3]
PATIENCE = 120  # seconds; train.py starts within a few
ANN, BOB = "a" * 32, "b" * 32
REQUEST = {"recipe": "mlp", "source": {"kind": "built-in", "name": "digits", "classes": ["7"]}, "minutes": 5, "grid_every": 5}


class Server:
    """Sends the page's questions about the jobs in `folder`."""

    def __init__(self, folder, launch=train_process.train):
        self.jobs = JobManager(folder, Limits(), "cpu", launch)
        self.library = Library(ROOT / "checkpoints", jobs=self.jobs)
        jobs_api = JobsApi(self.library, self.jobs, Uploads(folder / "uploads", self.jobs.limits))
        self._ask = blocking_ask(Questions(self.library, jobs_api))

    def ask(self, what, visitor=ANN, **said):
        return self._ask({"what": what, "visitor": visitor} | said)

    def start(self, visitor=ANN, **changes):
        return self.ask("train_start", visitor, request=REQUEST | changes)["id"]

    def until(self, id, condition, visitor=ANN):
        """Waits until a job's state meets the condition; returns it."""
        deadline = time.monotonic() + PATIENCE
        while not condition(state := self.ask("train_state", visitor, id=id)):
            assert time.monotonic() < deadline, (state, (self.jobs.folder / id / "log").read_text())
            time.sleep(0.05)
        return state

    def failed(self, id):
        return self.until(id, lambda state: state["state"] == "failed")["reason"]

    def pid(self):
        return self.jobs._runner.running._pid


@pytest.fixture
def serve(tmp_path):
    """A function that opens servers over this test's folder; the last is closed."""
    opened = []

    def serve(*arguments):
        opened.append(Server(tmp_path / "jobs", *arguments))
        return opened[-1]

    yield serve
    opened[-1].jobs.close()


def timed(action):
    """Returns the seconds that a call takes."""
    began = time.monotonic()
    action()
    return time.monotonic() - began


def test_two_visitors_and_a_process_that_is_killed(serve):
    server = serve()
    own = server.start()
    waiting = server.start(BOB, length=256)
    state = server.until(own, lambda state: (state["grid"] or 0) > 0)
    assert state["state"] == "running" and state["run"] == f"~{own}" and state["mine"]
    assert state["command"].startswith("python train.py --recipe mlp --dataset digits --classes 7 ")

    # another visitor sees neither in the list, and can view one by its link only
    assert [job["id"] for job in server.ask("train_jobs", BOB)["jobs"]] == [waiting]
    assert not server.ask("train_state", BOB, id=own)["mine"]
    for action in ("pause", "stop", "delete", "rollback"):
        assert "Only the visitor who began" in server.ask("train_do", BOB, id=own, action=action)["error"]
    assert "Only the visitor" in server.ask("train_zip", BOB, id=own)["error"]

    # others can draw meanwhile
    question = {"run": "mnist", "z": server.ask("latents", run="mnist", num=16, seed=0)["z"], "labels": [7] * 16}
    assert min(timed(lambda: server.ask("png", BOB, **question)) for _ in range(5)) < 2

    os.kill(server.pid(), signal.SIGKILL)
    assert server.failed(own) == "killed"
    z = server.ask("latents", run=f"~{own}", num=2, seed=0)["z"]
    assert server.ask("draw", run=f"~{own}", z=z, labels=[0, 0])["num"] == 2  # the saved snapshot opens

    # the next one finishes, and its .zip is a run that any library lists
    trained = server.until(waiting, lambda state: state["state"] == "finished", BOB)["images"]
    assert trained >= 256
    answer = server.ask("train_zip", BOB, id=waiting)
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(answer["file"]))) as archive:
        archive.extractall(server.jobs.folder.parent / "taken")
    taken = Library(server.jobs.folder.parent / "taken").entries()
    assert answer["name"] == "mlp-digits-7.zip" and list(taken) == ["mlp-digits-7"]
    run = taken["mlp-digits-7"].run
    assert str(server.jobs.folder) not in (run.path / "config.json").read_text() and run.config.parent == ""
    assert not (run.path / "state.safetensors").exists() and taken["mlp-digits-7"].snapshots[-1].images == trained


def test_a_server_that_is_killed_takes_its_training_along(serve, tmp_path):
    script = Path(__file__).parents[1] / "job_server.py"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    server = subprocess.Popen([sys.executable, script, tmp_path / "jobs"], stdout=subprocess.PIPE, env=environment, cwd=ROOT)
    try:
        pid = next(pid for images, pid in (line.split() for line in server.stdout) if int(images)).decode()
    finally:
        server.kill()
        server.wait()
    deadline = time.monotonic() + PATIENCE
    while Path(f"/proc/{pid}").exists():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    again = serve()
    waited, ran = again.ask("train_jobs")["jobs"]
    assert (ran["state"], waited["state"]) == ("interrupted", "running")
    before = again.ask("train_state", id=ran["id"])
    again.ask("train_do", id=waited["id"], action="delete")
    again.ask("train_do", id=ran["id"], action="resume")
    after = again.until(ran["id"], lambda state: state["images"] > before["images"])
    assert after["lines"] >= before["lines"] and after["seconds"] < 60


def starved(kind, amount):
    """Returns a launcher of train.py that limits a resource of its process to `amount(pid)` after the first snapshot."""

    def launch(*arguments):
        for told in train_process.train(*arguments):
            if told["event"] == "launched":
                pid = told["pid"]
            yield told
            if told["event"] == "snapshot":
                most = amount(pid)
                resource.prlimit(pid, kind, (most, most))

    return launch


def taken(pid):
    """Returns the size of a process's address space in bytes, plus 16 MiB."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[0]) * resource.getpagesize() + 2**24


@pytest.mark.skipif(sys.platform != "linux", reason="limits of other processes are Linux's")
@pytest.mark.parametrize(
    ("kind", "amount", "reason"),
    [(resource.RLIMIT_FSIZE, lambda pid: 100_000, "disk_full"), (resource.RLIMIT_AS, taken, "out_of_memory")],
)
def test_a_disk_and_a_memory_that_are_full(serve, kind, amount, reason):
    server = serve(starved(kind, amount))
    id = server.start(recipe="dcgan", batch_size=512, snapshot_every=1)
    assert server.failed(id) == reason
    z = server.ask("latents", run=f"~{id}", num=2, seed=0)["z"]
    assert server.ask("draw", run=f"~{id}", z=z, labels=[0, 0])["num"] == 2
    assert server.ask("train_options")["device"] == "cpu"
