"""Tests trainings that are kept elsewhere while the disk under them is lost, as at the restart of a Space."""

import os
import shutil
import signal
import time
from contextlib import closing

import pytest

from ganlib.runs.run import Run
from studio.jobs import train_process
from studio.jobs.job import Materials
from studio.jobs.manager import JobManager
from studio.jobs.request import PICTURES, TrainingRequest
from studio.limits import Limits

ANN = "a" * 32
ORDER = TrainingRequest(minutes=5, seed=0, recipe="mlp", dataset="digits", snapshot_every=0.05)
PATIENCE = 120


def until(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def serve(tmp_path):
    """A function that opens a server whose jobs are kept in tmp_path/kept."""

    def serve(launch=train_process.train):
        return closing(JobManager(tmp_path / "jobs", Limits(), "cpu", launch, keep=tmp_path / "kept"))

    return serve


@pytest.fixture
def lose(tmp_path):
    return lambda: shutil.rmtree(tmp_path / "jobs")


def files(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and path.name != ".lock"}


def test_what_changes_is_copied_and_taken_again(serve, lose, stage, tmp_path):
    pictures, kept = tmp_path / "x/pictures", tmp_path / "kept"
    pictures.mkdir(parents=True)
    (pictures / "1.png").write_bytes(b"png")
    with serve(stage) as jobs:
        own = TrainingRequest(minutes=1, seed=0, recipe="digits", pictures=1)
        parent = ("theirs", tmp_path / "jobs/other/theirs")
        first = jobs.find(jobs.start(ANN, own, Materials(tmp_path / "runs", parent, pictures)))
        waits = jobs.find(jobs.start(ANN, ORDER, Materials(tmp_path / "runs")))
        until(lambda: stage.arguments)
        (first.path(first.lanes[0]) / "snapshots").mkdir(parents=True)
        (first.path(first.lanes[0]) / "snapshots/1.safetensors").write_bytes(b"one")
        (first.path(first.lanes[0]) / ".half.partial").write_bytes(b"half")
        (first.folder / "cache").mkdir()
        (first.folder / "cache/prepared").write_bytes(b"prepared")
        stage.lines.put({"event": "snapshot", "images": 1})
        until(lambda: (kept / first.id / first.name / "snapshots/1.safetensors").exists())
        (first.path(first.lanes[0]) / "snapshots/1.safetensors").rename(first.path(first.lanes[0]) / "snapshots/2.safetensors")
        stage.tell("snapshot", "stopped")
        until(lambda: first.state == "interrupted")
        stage.tell("finished")
    expected = {f"{first.name}/snapshots/2.safetensors", "job.json", f"{PICTURES}/1.png"}
    assert files(kept / first.id) == expected

    lose()
    with serve(stage) as again:
        found = {job.id: job for job in again.of(ANN)}
        assert again.lasting and found.keys() == {first.id, waits.id}
        taken = found[first.id]
        assert taken.state == "interrupted" and taken.resumable and files(taken.folder) == expected
        assert os.readlink(taken.folder / "checkpoints") == str(tmp_path / "runs")
        assert os.readlink(taken.folder / "own/theirs") == str(parent[1])
        again.delete(taken)
        until(lambda: not (kept / first.id).exists())
        again.stop(found[waits.id])
        stage.tell("stopped")


def test_each_run_of_a_race_keeps_its_own_state(serve, stage, tmp_path):
    order = TrainingRequest(minutes=1, seed=0, recipe="digits", dataset="digits", race=((("r1", "0"),), (("r1", "1"),)))
    with serve(stage) as jobs:
        job = jobs.find(jobs.start(ANN, order, Materials(tmp_path / "runs")))
        until(lambda: stage.arguments)
        for lane in job.lanes:
            job.path(lane).mkdir()
            (job.path(lane) / "state.safetensors").write_text(lane.name)
        stage.tell("snapshot", "stopped")
        until(lambda: job.state == "interrupted")
    kept = {path.parent.name: path.read_text() for path in (tmp_path / "kept" / job.id).glob("*/state.safetensors")}
    assert kept == {"digits-digits-r1-0": "r1-0", "digits-digits-r1-1": "r1-1"}


@pytest.mark.slow
def test_a_training_goes_on_after_the_disk_is_lost(serve, lose, tmp_path):
    with serve() as jobs:
        job = jobs.find(jobs.start(ANN, ORDER, Materials(tmp_path / "runs")))
        kept = tmp_path / "kept" / job.id / job.name
        until(lambda: len(list(kept.glob("snapshots/*"))) > 2 and (kept / "state.safetensors").exists())
        os.kill(jobs._runner.running._pid, signal.SIGKILL)
        until(lambda: job.state == "failed")
    lose()
    with serve() as jobs:
        (taken,) = jobs.of(ANN)
        before = Run.open(taken.path(taken.lanes[0])).snapshots()[-1].images
        jobs.resume(taken)
        until(lambda: taken.images > before or taken.state == "failed")
        jobs.stop(taken)
        until(lambda: taken.state == "stopped")
    history = [line["images"] for line in Run.open(taken.path(taken.lanes[0])).history()]
    assert history == sorted(set(history)) and history[-1] > before  # none is missing at the start or there twice
    assert {path.name for path in kept.iterdir()} >= {"config.json", "history.jsonl", "state.safetensors"}


def test_a_place_that_can_t_be_written_stops_nothing(lose, stage, tmp_path, caplog):
    (tmp_path / "kept").write_text("a file")
    with closing(JobManager(tmp_path / "jobs", Limits(), "cpu", stage, keep=tmp_path / "kept")) as jobs:
        job = jobs.find(jobs.start(ANN, ORDER, Materials(tmp_path)))
        stage.tell("finished")
        until(lambda: job.state == "finished")
    assert "the trainings kept in" in caplog.text and "could not be kept" in caplog.text


def test_a_damaged_copy_is_left_out(serve, tmp_path, stage):
    (tmp_path / "kept/broken").mkdir(parents=True)
    (tmp_path / "kept/broken/job.json").write_text("{")
    (tmp_path / "kept/no-job").mkdir()
    with serve(stage) as jobs:
        assert jobs.of(ANN) == [] and not (tmp_path / "jobs/no-job").exists()
