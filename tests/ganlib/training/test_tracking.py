"""Tests experiment trackers: what they get, resumed runs as one, failures; trackio and wandb themselves, offline, if installed."""

import glob
import importlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganlib import UserError
from ganlib.runs.run import Snapshot
from ganlib.training.events import Diverged, GridSaved, HealthRead, Progress, RolledBack, SnapshotSaved
from ganlib.training.health import Reading
from ganlib.training.loggers.tracking import Tracking
from ganlib.training.loggers.trackio import Trackio
from ganlib.training.loggers.wandb import WandB

ROOT = Path(__file__).parents[3]


@dataclass
class Recorder:
    """A tracker that keeps all that it gets, and fails from the call numbered `fails` on."""

    id: str
    name: str
    config: dict
    fails: int | None = None
    got: list = field(default_factory=list)

    def _keep(self, *what):
        if len(self.got) == self.fails:
            raise ConnectionError("no route\nto the tracker")
        self.got.append(what)

    def log(self, values, images):
        self._keep("log", values, images)

    def show(self, picture, images):
        self._keep("show", picture.mode, picture.size, images)

    def alert(self, title, text, serious):
        print("an alert on stdout")
        self._keep("alert", title, serious)

    def finish(self):
        self._keep("finish")


def progress(images):
    return Progress(images, 960, images / 100, 50.0, {"g_loss": 1.0}, {"apart": 0.5}, {"wash": 0.0})


@pytest.fixture
def begin(tmp_path):
    """A function that begins to track the run in `tmp_path`; returns the Tracking and the Recorder."""

    def begin(**settings):
        made = []

        def make(id, name, config):
            made.append(Recorder(id, name, config, **settings))
            return made[0]

        return Tracking("recorder", tmp_path, {"seed": 3}, make), made[0]

    return begin


@pytest.fixture
def grid(tmp_path):
    path = tmp_path / "grids/000000800.webp"
    path.parent.mkdir()
    Image.fromarray(np.full((56, 84), 9, np.uint8)).save(path)
    return path


def test_what_a_tracker_gets(begin, grid, tmp_path, capsys):
    tracking, recorder = begin()
    tracking.handle(progress(800))
    tracking.handle(SnapshotSaved(Snapshot(800, 8.0, tmp_path), grid, {"swd": 7.0}))
    tracking.handle(GridSaved(850, grid))
    for verdict, reason in (("learning", "in-motion"), ("collapsing", "all-alike"), ("collapsing", "all-alike")):
        tracking.handle(HealthRead(900, Reading(verdict, reason, {"diversity": 0.1})))
    tracking.handle(Diverged(960, "It has diverged."))
    tracking.close()
    assert recorder.name == tmp_path.name and recorder.config == {"seed": 3}
    assert recorder.got == [
        ("log", {"g_loss": 1.0, "apart": 0.5, "wash": 0.0, "images_per_second": 50.0, "epoch": 8.0}, 800),
        ("log", {"scores/swd": 7.0}, 800),
        ("show", "RGB", (84, 56), 800),
        ("show", "RGB", (84, 56), 850),
        ("alert", "collapsing", False),
        ("alert", "diverged", True),
        ("finish",),
    ]
    printed = capsys.readouterr()
    assert printed.out == "" and "an alert on stdout" in printed.err


def test_a_resumed_run_goes_on_and_repeats_nothing_but_what_a_rollback_changes(begin):
    tracking, first = begin()
    for images in (800, 1600):
        tracking.handle(progress(images))
    tracking, second = begin()
    for images in (800, 1600, 2400):
        tracking.handle(progress(images))
    tracking.handle(RolledBack(800, 1e-4, 1e-4))
    tracking.handle(progress(1600))
    assert second.id == first.id and [what[2] for what in second.got if what[0] == "log"] == [2400, 1600]


@pytest.mark.parametrize("fails", [0, 1, 2])
def test_a_tracker_that_fails_is_left_out_with_one_warning(begin, grid, caplog, fails):
    tracking, recorder = begin(fails=fails)
    tracking.handle(progress(800))
    tracking.handle(GridSaved(850, grid))
    tracking.handle(progress(1600))
    tracking.close()
    assert caplog.messages == ["recorder has failed (no route); the training goes on without it."]
    assert len(recorder.got) == fails


def test_a_tracker_that_can_t_begin(tmp_path, caplog):
    def begin(*_):
        raise TimeoutError("no answer in 90 seconds")

    tracking = Tracking("wandb", tmp_path, {}, begin)
    tracking.handle(progress(800))
    tracking.close()
    assert caplog.messages == ["wandb has failed (no answer in 90 seconds); the training goes on without it."]


@pytest.mark.parametrize(("name", "begin"), [("trackio", Trackio), ("wandb", WandB)])
def test_a_missing_package_is_named(tmp_path, name, begin, monkeypatch):
    monkeypatch.setitem(sys.modules, name, None)
    arguments = (tmp_path,) if begin is WandB else ()
    with pytest.raises(UserError, match=rf"--log-to {name} needs a package that is not here: pip install {name}"):
        Tracking(name, tmp_path, {}, lambda *given: begin(*arguments, *given))


# ---------------------------------------------------------------------------------------------- the real ones

DRIVEN = """
import sys
from pathlib import Path
sys.path[:0] = [{root!r}, {tests!r}]
from test_tracking import GridSaved, HealthRead, Reading, Tracking, Trackio, WandB, progress
from functools import partial

run = Path("run")
tracking = Tracking("it", run, {{"seed": 3, "recipe": {{"loss": "hinge"}}}}, {begin})
for images in {moments}:
    tracking.handle(progress(images))
tracking.handle(GridSaved({moments}[-1], Path("grids/000000800.webp")))
tracking.handle(HealthRead(900, Reading("collapsing", "all-alike", {{"diversity": 0.1}})))
assert tracking._tracker is not None
tracking.close()
"""


@pytest.fixture
def drive(tmp_path, grid):
    """A function that tracks some events in a process of its own, offline."""
    (tmp_path / "run").mkdir()

    def drive(begin, moments):
        script = DRIVEN.format(root=str(ROOT), tests=str(Path(__file__).parent), begin=begin, moments=moments)
        places = {"HOME": str(tmp_path), "TRACKIO_DIR": str(tmp_path / "trackio"), "HF_HUB_OFFLINE": "1", "WANDB_API_KEY": ""}
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=tmp_path, env=os.environ | places, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout) == (0, ""), done.stderr

    return drive


@pytest.mark.slow
def test_trackio_itself(drive, tmp_path, monkeypatch):
    pytest.importorskip("trackio", reason="trackio is not here: pip install --no-deps trackio")
    drive("Trackio", [800, 1600])
    drive("Trackio", [1600, 2400])
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path / "trackio"))
    read = (
        "import json, trackio\nfrom trackio.sqlite_storage import SQLiteStorage as S\n"
        "(run,) = S.get_runs('gan-studio')\n"
        "print(json.dumps([run, S.get_logs('gan-studio', run), S.get_alerts('gan-studio'), S.get_run_config('gan-studio', run)]))"
    )
    told = subprocess.run([sys.executable, "-c", read], capture_output=True, text=True, check=True).stdout
    run, logs, alerts, config = json.loads(told.splitlines()[-1])
    assert run.startswith("run-")
    assert [line["step"] for line in logs if "g_loss" in line] == [800, 1600, 2400]
    assert [line["step"] for line in logs if "grid" in line] == [1600, 2400]
    assert {alert["title"] for alert in alerts} == {"collapsing"} and config["seed"] == 3
    assert len(glob.glob(str(tmp_path / "trackio/media/**/*.png"), recursive=True)) == 2


def wandb_records(path):
    """Yields the records of a .wandb file: LevelDB's log format in blocks of 32 kB, after 7 bytes."""
    record = importlib.import_module("wandb.proto.wandb_internal_pb2").Record
    content, place, whole = Path(path).read_bytes(), 7, b""
    while place + 7 <= len(content):
        if 32768 - place % 32768 < 7:
            place += 32768 - place % 32768
            continue
        length, kind = int.from_bytes(content[place + 4 : place + 6], "little"), content[place + 6]
        whole += content[place + 7 : place + 7 + length]
        place += 7 + length
        if kind in (1, 4):  # whole, or its last part
            yield record.FromString(whole)
            whole = b""


@pytest.mark.slow
def test_wandb_itself(drive, tmp_path):
    pytest.importorskip("wandb", reason="wandb is not installed")
    drive("partial(WandB, run)", [800, 1600])
    drive("partial(WandB, run)", [1600, 2400])
    records = [
        record for path in sorted(glob.glob(str(tmp_path / "run/wandb/offline-*/*.wandb"))) for record in wandb_records(path)
    ]
    runs = [record.run for record in records if record.HasField("run")]
    assert len({run.run_id for run in runs}) == 1 and {run.project for run in runs} == {"gan-studio"}
    logged = [
        {"/".join(item.nested_key) or item.key: json.loads(item.value_json) for item in record.history.item}
        for record in records
        if record.HasField("history")
    ]
    assert [line["images"] for line in logged if "g_loss" in line] == [800, 1600, 2400]
    assert [line["images"] for line in logged if any("grid" in name for name in line)] == [1600, 2400]
    assert {record.alert.title for record in records if record.HasField("alert")} == {"collapsing"}
    assert len(glob.glob(str(tmp_path / "run/wandb/offline-*/files/media/images/*.png"))) == 2
