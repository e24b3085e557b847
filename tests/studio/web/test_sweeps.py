"""Tests what the page learns of the sweep whose folder is opened. Optuna, its journal and its database are real."""

import json
import shutil
import sys

import pytest
import sweep_folders
from PIL import Image

from ganlib import UserError
from ganlib.sweep.files import is_sweep
from studio.library import Library
from studio.page import build
from studio.web.sweeps import Sweeps


@pytest.fixture
def study(checkpoints):
    return sweep_folders.begin(checkpoints)


def ask(library, what="sweep", **said):
    return Sweeps(library).answers()[what](said)


def test_the_trials_stand_with_the_best_first(checkpoints, make_run, study):
    sweep_folders.end(study, 5.0, "worse than others after 300 images", 2.0, "Collapsing: all alike", None)
    make_run("trial-002")
    answer = ask(Library(checkpoints))
    facts = [(one["trial"], one["state"], one["value"], one["images"], one["run"]) for one in answer["trials"]]
    assert facts == [
        (2, "finished", 2.0, 900, "trial-002"),
        (0, "finished", 5.0, 900, None),
        (1, "pruned", 9.0, 300, None),
        (3, "pruned", 9.0, 300, None),
        (4, "running", None, 900, None),
    ]
    assert [one["reason"] for one in answer["trials"]] == ["", "", "", "Collapsing: all alike", ""]
    assert answer["fields"] == ["r1", "g_lr", "batch_size"] and answer["trials"][1]["settings"] == ["0.05", "0.002", "32"]
    assert (answer["name"], answer["planned"], answer["measure"]["key"]) == ("checkpoints", 8, "measure_swd")
    assert [line["trial"] for line in answer["lines"]] == [2, 0, 1, 3, 4]
    assert answer["command"].startswith("python train.py --dataset digits --set r1=")
    json.dumps(answer, allow_nan=False)


@pytest.mark.slow
def test_a_sweep_that_goes_on_is_followed(checkpoints, study):
    library = Library(checkpoints)
    sweep = Sweeps(library).answers()["sweep"]
    assert sweep({})["trials"] == []
    sweep_folders.end(study, 5.0, 4.0, 3.0, 2.5, 2.0, 1.5)
    answer = sweep({})
    assert len(answer["trials"]) == 6 and sum(answer["importances"].values()) == pytest.approx(1)
    shutil.rmtree(checkpoints)
    sweep_folders.end(sweep_folders.begin(checkpoints, trials=3), 7.0)  # another sweep in its place
    answer = sweep({})
    assert answer["planned"] == 3 and [one["value"] for one in answer["trials"]] == [7.0]


def test_looking_writes_nothing(checkpoints, study):
    sweep_folders.end(study, 5.0)
    before = {path: path.stat().st_mtime_ns for path in checkpoints.rglob("*")}
    ask(Library(checkpoints))
    assert {path: path.stat().st_mtime_ns for path in checkpoints.rglob("*")} == before


def test_without_optuna_the_runs_are_listed(checkpoints, make_run, study, monkeypatch):
    make_run("trial-000")
    monkeypatch.setitem(sys.modules, "optuna", None)
    assert ask(Library(checkpoints)) == {"fault": "sweep_needs_optuna", "runs": [{"run": "trial-000", "images": 128}]}


@pytest.mark.parametrize("file", ["study.journal", "study.toml"])
@pytest.mark.parametrize("content", [b"\x80\x04\x95garbage\n", b'{"op_code": 99}\n', b"[[[[\n\n", b""])
def test_a_damaged_study_is_told_and_the_runs_are_listed(checkpoints, make_run, study, file, content):
    make_run("trial-000")
    (checkpoints / file).write_bytes(content)
    assert ask(Library(checkpoints)) == {"fault": "sweep_unreadable", "runs": [{"run": "trial-000", "images": 128}]}


def test_the_last_grid_of_a_run(checkpoints, make_run):
    make_run("trial-000")
    with pytest.raises(UserError, match="has no grid"):
        ask(Library(checkpoints), "sweep_grid", run="trial-000")
    grids = checkpoints / "trial-000/grids"
    grids.mkdir()
    for images in (0, 128):
        Image.new("L", (4, 4), images).save(grids / f"{images:09}.webp")
    answer = ask(Library(checkpoints), "sweep_grid", run="trial-000")
    assert (answer["images"], answer["pixelated"], answer["transparent"]) == (128, True, False)
    with pytest.raises(UserError, match="There is no run with this name"):
        ask(Library(checkpoints), "sweep_grid", run="../trial-000")


def test_another_folder_is_no_sweep(checkpoints, make_run):
    make_run("tiny")
    assert ask(Library(checkpoints)) == {}


@pytest.mark.slow
def test_the_tab_is_there_for_a_sweep_alone(checkpoints, tmp_path):
    def tabs(folder):
        components = build(Library(folder), sweep=is_sweep(folder)).config["components"]
        return [component["props"]["id"] for component in components if component["type"] == "tabitem"]

    sweep_folders.begin(checkpoints)
    plain = ["generate", "interpolate", "epochs", "train", "learn"]
    assert tabs(tmp_path / "others") == plain
    assert tabs(checkpoints) == [*plain[:3], "sweep", *plain[3:]]
