"""Tests the loggers: JSON lines and TensorBoard."""

import io
import json

import pytest
import torch
from conftest import plan, shapes

from ganlib.runs.run import Run
from ganlib.training.events import Begun, Diverged, Failed, HealthRead, RolledBack
from ganlib.training.health import Reading
from ganlib.training.loggers.console import Console
from ganlib.training.loggers.json_lines import KINDS, JsonLines, from_line
from ganlib.training.loggers.tensorboard import TensorBoard
from ganlib.training.trainer import Trainer


@pytest.fixture
def watched(tmp_path):
    """The JSON lines and the TensorBoard folder of a tiny training with grids."""
    images = shapes()
    run = Run.create(tmp_path / "run", plan(images, length=16 * 60, snapshot_at=(2,), grid_every=20))
    trainer, out = Trainer(run, images, torch.device("cpu")), io.StringIO()
    logs = [JsonLines(out), TensorBoard(run.path / "tensorboard", 0)]
    for event in (Begun(run.path, 0, 960, None, 16, 100, "", ()), *trainer.events()):
        for log in logs:
            log.handle(event)
    for log in logs:
        log.close()
    return run, [json.loads(line) for line in out.getvalue().splitlines()]


@pytest.mark.slow
def test_json_lines_and_tensorboard(watched):
    run, lines = watched
    kinds = [line["event"] for line in lines if line["event"] != "advanced"]
    assert kinds[:2] == ["begun", "snapshot"] and kinds[-2:] == ["health", "finished"]
    assert set(kinds) == {"begun", "snapshot", "grid", "progress", "health", "finished"}
    assert lines[0] | {"run": ""} == {
        "event": "begun", "run": "", "images": 0, "total": 960, "minutes": None, "batch_size": 16, "dataset_size": 100,
        "parent": "", "notes": [],
    }  # fmt: skip
    progress = [line for line in lines if line["event"] == "progress"]
    assert [line["images"] for line in progress] == [800, 960]
    assert progress[0]["measures"].keys() == {"g_loss", "d_loss", "d_real", "d_fake"}
    assert progress[0]["vitals"] == {name: run.history()[0][name] for name in ("diversity", "apart", "nearest")}
    grids = {line["images"]: line["grid"] for line in lines if line["event"] in ("grid", "snapshot")}
    assert {images: str(grid.path) for images, grid in zip(sorted(grids), run.grids(), strict=True)} == grids
    assert {line["verdict"] for line in lines if line["event"] == "health"} == {"too-early"}

    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    board = EventAccumulator(str(run.path / "tensorboard"), {"images": 0})
    board.Reload()
    assert [(event.step, event.value) for event in board.Scalars("g_loss")] == [
        (line["images"], pytest.approx(line["g_loss"], abs=1e-4)) for line in run.history()
    ]
    assert {"d_real", "diversity", "images_per_second"} <= set(board.Tags()["scalars"])
    assert [event.step for event in board.Images("grid")] == sorted(grids)


def test_every_event_is_json():
    out = io.StringIO()
    for event in (
        HealthRead(5, Reading("learning", "balanced", {"loss": 0.5})),
        RolledBack(5, 1e-4, 2e-4),
        Diverged(5, "lost"),
        Failed(5, "disk", "full"),
    ):
        JsonLines(out).handle(event)
    assert [json.loads(line) for line in out.getvalue().splitlines()] == [
        {
            "event": "health",
            "images": 5,
            "verdict": "learning",
            "reason": "balanced",
            "numbers": {"loss": 0.5},
            "remedy": "none",
        },
        {"event": "rolled_back", "images": 5, "g_lr": 1e-4, "d_lr": 2e-4},
        {"event": "diverged", "images": 5, "message": "lost"},
        {"event": "failed", "images": 5, "reason": "disk", "message": "full"},
    ]
    assert len(set(KINDS.values())) == len(KINDS)


def test_the_console_says_it_in_sentences(tmp_path):
    out, errors = io.StringIO(), io.StringIO()
    console = Console(out, errors, "digits on mnist", "python app.py")
    console.handle(Begun(tmp_path, 0, None, 2.0, 16, 100, "mnist", ("Begins with mnist.",)))
    console.handle(HealthRead(5, Reading("collapsing", "all-alike", {"diversity": 0.123}, "lower-rate")))
    console.handle(RolledBack(5, 1e-4, 2e-4))
    console.handle(Diverged(5, "It is lost."))
    console.close()
    said = out.getvalue()
    assert "Begins with mnist." in said and "differ by 12% of what two real ones do" in said and "g_lr 0.0001" in said
    assert "It is lost." in errors.getvalue()


def test_an_error_before_the_beginning_is_told_too():
    out, errors = io.StringIO(), io.StringIO()
    console = Console(out, errors, "digits on mnist", "python app.py")
    console.handle(Failed(0, "disk", "The disk is full."))
    console.close()
    assert (out.getvalue(), errors.getvalue()) == ("", "The disk is full.\n")


@pytest.mark.slow
def test_events_are_read_from_their_lines(watched):
    _, lines = watched
    for line in lines:
        out = io.StringIO()
        JsonLines(out).handle(from_line(json.dumps(line)))
        assert json.loads(out.getvalue()) == line


def test_other_lines_are_no_events():
    for line in ("", "Fetching", "[1]", "7", '{"event": "begun"}', '{"event": 3}', '{"event": "health", "images": 1, "x": 2}'):
        assert from_line(line) is None
    snapshot = '{"event": "snapshot", "images": 0, "epoch": 0.0, "grid": "run/grids/000000000.webp", "scores": {}}'
    assert from_line(snapshot, "mnist").snapshot.label == "as mnist left it"
