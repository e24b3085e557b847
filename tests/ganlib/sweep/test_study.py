"""Tests which process works on which trial, and that a study keeps to what it was begun with. Optuna and the locks are real."""

import contextlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from ganlib import UserError
from ganlib.sweep import coordinates, files, heartbeats, html, report, space, study_file
from ganlib.sweep.study import Study
from ganlib.sweep.training import Outcome
from ganlib.sweep.workers import Workers

ROOT = Path(__file__).parents[3]
FILE = """
measure = "swd"
trials = 4
images = 900
[train]
dataset = "digits"
[vary]
r1 = [0.02, 0.05]
g_lr = { low = 1e-3, high = 1e-2, log = true }
"""
# Another worker: takes up a trial, says which, and waits to be killed
CLAIM = """
import sys, time
from pathlib import Path
from ganlib.sweep import study_file
from ganlib.sweep.study import Study

claim = Study(study_file.read(Path(sys.argv[1]))).claim()
print(claim.trial.number, flush=True)
time.sleep(600)
"""


@pytest.fixture
def sweep(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.toml").write_text(FILE)
    return study_file.read(Path("mine.toml"))


def states(study):
    return [trial.state.name for trial in study.trials()]


def test_the_first_trial_is_the_recipe_as_it_stands(sweep):
    study = Study(sweep)
    assert study.begun == 0
    claims = [study.claim() for _ in range(4)]
    assert claims[0].trial.params == {"r1": "0.05", "g_lr": 2e-3}
    assert [claim.trial.number for claim in claims] == [0, 1, 2, 3] and study.begun == 4
    assert study.claim() is None  # all are being worked on
    assert study.others_work(1e9)


def test_a_trial_is_taken_up_once_its_worker_has_let_it_go(sweep):
    study, other = Study(sweep), Study(sweep)
    first, second = study.claim(), other.claim()
    assert second.trial.number == 1
    first.lock.release()
    again = other.claim()
    assert again.trial.number == 0 and again.trial.params == first.trial.params
    other.tell(again.trial, Outcome("finished", value=3.0))
    again.lock.release()
    assert study.claim().trial.number == 2
    assert states(study) == ["COMPLETE", "RUNNING", "RUNNING"]


@pytest.mark.slow
@pytest.mark.parametrize("storage", ["", "sqlite:///study.db"])
def test_a_killed_workers_trial_is_taken_up(sweep, tmp_path, storage):
    if storage:
        (tmp_path / "mine.toml").write_text(f'storage = "{storage}"\n{FILE}')
        sweep = study_file.read(Path("mine.toml"))
    command = [sys.executable, "-c", CLAIM, "mine.toml"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)})
    assert process.stdout.readline() == "0\n"
    study = Study(sweep)
    assert study.claim().trial.number == 1
    process.kill()
    process.wait()
    assert study.claim().trial.number == 0


def test_a_trial_that_was_left_while_it_got_its_settings_gets_the_rest(sweep):
    study = Study(sweep)
    study.claim()
    half = study.optuna.ask()
    r1 = half.suggest_categorical("r1", ("0.02", "0.05"))
    claims = [study.claim(), study.claim()]
    assert [claim.trial.number for claim in claims] == [0, 1]
    params = claims[1].trial.params
    assert params.keys() == {"r1", "g_lr"} and params["r1"] == r1


def test_what_runs_on_a_machine_with_another_folder_is_left_to_it(sweep, tmp_path):
    here = replace(sweep, storage="sqlite:///study.db")
    study, there = Study(here), Study(replace(here, folder=tmp_path / "elsewhere/mine"))
    there.claim()  # and lets it go at once
    assert study.claim().trial.number == 1
    assert study.begun == 2


def test_several_machines_begin_a_study_in_the_same_moment(sweep, tmp_path):
    machines = [replace(sweep, storage="sqlite:///study.db", folder=tmp_path / f"{number}/mine") for number in range(6)]
    with ThreadPoolExecutor(len(machines)) as pool:
        studies = list(pool.map(Study, machines))
    assert len({study.optuna._study_id for study in studies}) == 1


def test_machines_that_ask_in_the_same_moment_begin_no_trial_too_many(sweep, tmp_path):
    machines = [replace(sweep, storage="sqlite:///study.db", folder=tmp_path / f"{number}/mine") for number in range(6)]
    studies = [Study(machine) for machine in machines]
    with ThreadPoolExecutor(len(machines)) as pool:
        claims = [claim for claim in pool.map(Study.claim, studies) if claim]
    assert len(claims) == 4 and [study.begun for study in studies] == [4] * 6
    assert all(study.claim() is None for study in studies)
    assert {claim.trial.number for claim in claims} == {trial.number for trial in studies[0].trials()}
    assert "4 of 4 trials: 4 running." in report.lines(studies[0])


def test_a_trial_that_another_machine_was_quicker_to_begin_is_withdrawn(apart, monkeypatch):
    """As with a database on a server: the other one decides under a lock of its own."""
    here, there = apart
    claims = [here.claim() for _ in range(3)]
    ask = here.optuna.ask
    monkeypatch.setattr(here.optuna, "ask", lambda: [there.optuna.ask(), ask()][1])
    assert here.claim() is None
    assert [trial.number for trial in here.trials()] == [0, 1, 2, 3] and here.begun == there.begun == 4
    more = Study(replace(here.sweep, trials=5))
    assert more.claim().trial.number == 5 and more.begun == 5
    assert [claim.trial.number for claim in claims] == [0, 1, 2]


@pytest.fixture
def apart(sweep, tmp_path, monkeypatch):
    """Two studies of one sweep in a database, in folders of their own, as on two machines; nothing seen for 2 seconds is gone."""
    monkeypatch.setattr(heartbeats, "GRACE", 2)
    here = replace(sweep, storage="sqlite:///study.db")
    return Study(here), Study(replace(here, folder=tmp_path / "elsewhere/mine"))


def until_gone(study, number):
    """Waits until a trial is another's place; returns the claim of that."""
    while (claim := study.claim()) is None or claim.trial.number <= number:
        assert study.others_work(0)
        time.sleep(0.1)
    return claim


@pytest.mark.slow
def test_what_was_left_on_a_machine_that_is_gone_is_begun_anew_elsewhere(apart, monkeypatch):
    monkeypatch.setattr(heartbeats, "INTERVAL", 0.2)
    here, there = apart
    left = there.claim()
    left.trial.report(3.0, 300)
    left.trial.set_user_attr("images", 300)
    kept = [here.claim() for _ in range(3)]
    with contextlib.ExitStack() as working:
        for claim in kept:
            working.enter_context(here.kept_alive(claim.trial))
        again = until_gone(here, 3)
    assert again.trial.number == 4 and again.trial.params == left.trial.params
    assert again.trial.user_attrs["images"] == 300 and not here.gives_up(again.trial, 300)  # it is the recipe as it stands
    assert [trial.number for trial in here.trials()] == [1, 2, 3, 4] and here.begun == 4 and here.claim() is None
    here.tell(again.trial, Outcome("finished", value=1.0))
    assert here.trials()[-1].intermediate_values == {300: 3.0}
    with pytest.raises(there.lost):
        left.trial.report(2.0, 900)
    with pytest.raises(there.lost):
        there.tell(left.trial, Outcome("finished", value=2.0))
    assert "4 of 4 trials: 1 finished, 3 running." in report.lines(here)


@pytest.mark.slow
def test_a_trial_whose_machines_are_gone_again_and_again_has_failed(apart):
    here, there = (Study(replace(study.sweep, trials=1)) for study in apart)
    there.claim()
    for number, study in enumerate((here, there)):
        until_gone(study, number)
    while here.others_work(0):
        time.sleep(0.1)
        assert here.claim() is None
    assert report.lines(here)[1].split(maxsplit=5)[:2] == ["2", "failed"]
    assert report.lines(here)[1].endswith(report.GONE) and here.begun == 1


def test_a_worker_without_work_waits_for_others_until_the_gone_ones_have_shown(apart):
    here, there = apart
    there.claim()
    assert here.others_work(heartbeats.GRACE) and not here.others_work(heartbeats.GRACE + heartbeats.INTERVAL)


def test_a_study_is_not_mixed_with_another(sweep):
    Study(sweep)
    Study(replace(sweep, trials=9))  # more of the same
    with pytest.raises(
        UserError, match="mine was begun with another images; set it back, or begin a new study in another folder"
    ):
        Study(replace(sweep, images=1800))
    with pytest.raises(UserError, match="was begun with another vary"):
        Study(replace(sweep, space={"r1": sweep.space["r1"]}))


@pytest.mark.parametrize("storage", ["nowhere", "sqlite:////nowhere/x.db", "oracle9://x/y"])
def test_a_database_that_can_not_be_opened(sweep, storage):
    with pytest.raises(UserError, match=r"^the database can't hold the study \(.+\)\.$"):
        Study(replace(sweep, storage=storage))


def test_a_database_that_can_not_be_reached_any_more(sweep):
    study = Study(replace(sweep, storage="sqlite:///study.db"))
    with sqlite3.connect("study.db") as database:
        database.execute("drop table trials")
    with pytest.raises(
        UserError, match=r"^The study can't be reached \(.+\); what was trained is saved\. The same command goes on\.$"
    ):
        Workers(study, 2, 1, []).run()


def test_a_report_begins_nothing(sweep):
    with pytest.raises(UserError, match="holds no study yet"):
        Study(sweep, new=False)
    assert not sweep.folder.exists()


def test_a_report_makes_no_database(sweep, tmp_path):
    elsewhere = replace(sweep, storage="sqlite:///study.db")
    with pytest.raises(UserError, match="holds no study yet"):
        Study(elsewhere, new=False)
    assert not (tmp_path / "study.db").exists()
    Study(replace(elsewhere, folder=Path("another")))
    with pytest.raises(UserError, match="the database holds no study yet"):
        Study(elsewhere, new=False)


def test_the_folder_keeps_the_file_for_its_owner(sweep):
    Study(sweep)
    study_file.keep(Path("mine.toml"), sweep)
    assert study_file.read_kept(sweep.folder) == sweep
    assert (sweep.folder / "study.toml").stat().st_mode & 0o077 == 0


def test_optuna_is_asked_for_where_it_is_missing(sweep, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(UserError, match=r"^A sweep needs a package that is not here: pip install optuna\.$"):
        Study(sweep)


def test_the_best_stand_first_in_the_report(sweep):
    study = Study(sweep)
    outcomes = [
        Outcome("finished", value=5.0),
        Outcome("pruned", "Collapsing: all alike"),
        Outcome("finished", value=2.0),
        Outcome("failed", "No memory"),
    ]
    for outcome in outcomes:
        trial = study.claim().trial
        if outcome.ending == "pruned":
            trial.report(7.5, 300)
            trial.set_user_attr("images", 300)
        if outcome.reason:
            trial.set_user_attr("reason", outcome.reason)
        study.tell(trial, outcome)
    lines = report.lines(study)
    assert [line.split()[:3] for line in lines[1:5]] == [
        ["2", "finished", "2"],
        ["0", "finished", "5"],
        ["1", "pruned", "7.5"],
        ["3", "failed", "0"],
    ]
    assert lines[3].endswith("Collapsing: all alike") and " 300 " in lines[3]
    best = study.trials()[2].params
    assert lines[6:] == [
        "4 of 4 trials: 2 finished, 1 pruned, 1 failed.",
        "Best: trial 2, swd 2.",
        f"python train.py --dataset digits --set r1={best['r1']} --set g_lr={best['g_lr']:.6g} --images 900",
    ]


@pytest.mark.slow
def test_the_settings_that_matter_are_told(sweep):
    study = Study(replace(sweep, trials=16))
    for _ in range(16):
        trial = study.claim().trial
        study.tell(trial, Outcome("finished", value=float(trial.params["r1"])))
    shares = study.importances()
    assert max(shares, key=shares.__getitem__) == "r1" and sum(shares.values()) == pytest.approx(1)
    assert report.lines(study)[-1].startswith("How much each setting decides which trials are good")


def test_worse_trials_are_pruned_at_the_rungs_but_not_the_recipe(sweep):
    study = Study(replace(sweep, images=18_000))
    assert study.rungs == [2000, 6000, 18_000]
    claims, values = [study.claim() for _ in range(4)], (9.0, 5.0, 7.0, 1.0)
    for claim, value in zip(claims, values, strict=True):
        claim.trial.report(value, 2048)
    assert [study.gives_up(claim.trial, 2048) for claim in claims] == [False, False, True, False]
    claims[1].trial.report(5.0, 18_048)
    assert not study.gives_up(claims[1].trial, 18_048)  # there is nothing left to save


def test_trials_too_short_to_learn_anything_are_not_pruned(sweep):
    assert Study(sweep).rungs == [900]
    assert Study(replace(sweep, folder=Path("timed"), images=None, minutes=3)).rungs == [20, 60, 180]


def test_no_trial_is_pruned_where_the_file_says_so(sweep):
    study = Study(replace(sweep, images=18_000, prune=False))
    claims = [study.claim() for _ in range(3)]
    for claim, value in zip(claims, (1.0, 5.0, 9.0), strict=True):
        claim.trial.report(value, 2048)
        assert not study.gives_up(claim.trial, 2048)


def test_the_recipe_is_put_in_once_however_often_a_study_is_opened(sweep):
    studies = [Study(sweep) for _ in range(3)]
    assert [states(study) for study in studies] == [["WAITING"]] * 3


def test_the_report_for_a_browser_shows_lines_grids_and_the_table(sweep):
    study = Study(replace(sweep, trials=8))
    for number in range(8):
        trial = study.claim().trial
        study.tell(trial, Outcome("finished", value=2.0 + number))
    folder = sweep.folder / "trial-003"
    folder.mkdir()
    shutil.copy(ROOT / "checkpoints/mnist-mlp/config.json", folder)
    (folder / "grids").mkdir()
    Image.new("L", (4, 4)).save(folder / "grids/000000900.webp")
    page = html.document(study)
    _, data = json.loads(re.search(r"^const \[words, data\] = (\[.+\]);$", page, re.MULTILINE)[1])
    assert [axis["name"] for axis in data["axes"]] == ["r1", "g_lr", "swd"]
    assert [line["trial"] for line in data["lines"]] == list(range(8))  # the best first
    assert [line["values"][2] for line in data["lines"]] == [2.0 + number for number in range(8)]
    assert files.SCRIPT.read_text() in page
    assert re.findall(r"<tr id=trial-(\d)>", page) == list("01234567")
    assert page.count("<img alt='trial 3: swd 5' src='data:image/webp;base64,") == 1
    assert "What matters" in page and "<pre>python train.py --dataset digits" in page


def test_what_the_coordinates_draw(sweep):
    varied = space.parsed({"r1": [0.02, 0.05], "batch_size": {"low": 8, "high": 64, "log": True}}, sweep.recipe)
    study = Study(replace(sweep, space=varied, folder=Path("drawn")))
    claims = [study.claim() for _ in range(3)]
    for claim, value in zip(claims, (float("inf"), 4.0), strict=False):
        claim.trial.report(value, 300)
    study.tell(claims[2].trial, Outcome("failed", "No memory"))
    data = coordinates.data(study, study.trials())
    assert data["axes"] == [
        {"name": "r1", "texts": ("0.02", "0.05")},
        {"name": "batch_size", "low": 8, "high": 64, "log": True, "whole": True, "down": False},
        {"name": "swd", "low": 4.0, "high": 4.0, "log": True, "whole": False, "down": True},
    ]
    assert [(line["trial"], line["state"], line["values"][2]) for line in data["lines"]] == [
        (0, "running", None),
        (1, "running", 4.0),
    ]
    json.dumps(data, allow_nan=False)


def test_the_report_of_a_study_without_trials_is_a_page(sweep):
    assert "No trial has begun yet." in html.document(Study(sweep))
