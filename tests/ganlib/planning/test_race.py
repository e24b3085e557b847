"""Tests races: each training ends as it would alone, time is shared evenly, what fails fails alone, and a race goes on."""

import json
import signal
import time
from pathlib import Path

import prefork
import pytest
from comparing import content

from ganlib.planning import race
from ganlib.runs.run import Run
from ganlib.training import trainer

SMALL = ["--dataset", "digits", "--recipe", "mlp", "--device", "cpu", "--batch-size", 16]
SMALL += ["--set", "generator.widths=16", "--set", "discriminator.widths=16"]
LANES = {"saturating": ["loss=saturating"], "wasserstein-gradient_penalty-10": ["loss=wasserstein", "gradient_penalty=10"]}
RACE = [word for settings in LANES.values() for word in ("--race", *settings)]


@pytest.fixture
def small_turns(monkeypatch):
    """A turn is a step, and a line of history three."""
    monkeypatch.setattr(trainer, "ADVANCE_SECONDS", 0.0)
    monkeypatch.setattr(trainer, "LOG_STEPS", 3)


def told(printed):
    return [json.loads(line) for line in printed.out.splitlines()]


@pytest.mark.slow
def test_each_training_ends_as_it_would_alone_bit_for_bit(call, small_turns):
    said = call(*SMALL, *RACE, "--race", "g_lr=1e-4", "--g-lr", 1e-3, "--images", 160, "--grid-every", 4, "--out", "raced").out
    assert "g_lr-1e-4: done after 160 images." in said and "saturating: trains into raced-saturating." in said
    for name, settings in (LANES | {"g_lr-1e-4": ["g_lr=1e-4"]}).items():
        own = [word for setting in settings for word in ("--set", setting)]
        usual = [] if name.startswith("g_lr") else ["--g-lr", 1e-3]
        call(*SMALL, *own, *usual, "--images", 160, "--grid-every", 4, "--out", "alone")
        assert content(Path(f"raced-{name}")) == content(Path("alone")), name
        Path("alone").rename(f"alone-{name}")
    recipe = Run.open(Path("raced-saturating")).config.recipe
    assert recipe.loss == "saturating" and "(generator.widths=16, discriminator.widths=16, loss=saturating)" in recipe.summary


@pytest.mark.slow
def test_all_train_equally_long_whatever_a_step_costs(call):
    began = time.monotonic()
    events = told(call(*SMALL, *RACE, "--minutes", 0.02, "--out", "run", "--log-to", "json"))
    wall = time.monotonic() - began
    assert [event["lane"] for event in events if event["event"] == "begun"] == list(LANES)
    assert {event["lane"] for event in events if event["event"] == "finished"} == LANES.keys()
    runs = [Run.open(race.path_of("run", settings)) for settings in _parsed()]
    seconds = [run.checkpoint_files.read(run.checkpoint_files.last)[1]["seconds"] for run in runs]
    assert min(seconds) >= 1.2 and sum(seconds) <= wall


def _parsed():
    return [[tuple(setting.split("=")) for setting in settings] for settings in LANES.values()]


@pytest.mark.slow
def test_what_diverges_leaves_the_others(call, small_turns):
    said = call(*SMALL, "--race", "loss=saturating", "--race", "g_lr=1e38", "--images", 160, "--out", "run", "--log-to", "json")
    steady, wild = {event["lane"]: event for event in told(said)}.values()
    assert steady["event"] == "finished" and steady["images"] == 160
    assert wild["event"] == "diverged" and "finite" in wild["message"]
    assert not list(Path().glob("run-*/.lock"))
    call(*SMALL, "--race", "g_lr=1e38", "--race", "d_lr=1e38", "--images", 160, "--out", "both", code=1)


@pytest.mark.slow
def test_a_disk_that_is_full_for_one_leaves_the_others(call, small_turns):
    save = Run.save_snapshot

    def save_snapshot(run, *values):
        if run.path.name == "run-saturating":
            raise OSError(28, "No space left on device")
        return save(run, *values)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Run, "save_snapshot", save_snapshot)
        said = call(*SMALL, *RACE, "--images", 48, "--out", "run", "--log-to", "json")
    full, other = {event["lane"]: event for event in told(said)}.values()
    assert (full["event"], full["reason"]) == ("failed", "disk") and other["event"] == "finished"


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_race_that_was_ended_goes_on_to_the_same_end(call, tmp_path, number):
    command = [*SMALL, *RACE, "--images", 1600, "--grid-every", 10, "--log-to", "json"]
    out, errors = tmp_path / "out", tmp_path / "errors"
    process = prefork.start("train.py", *command, "--out", "run", stdout=out, stderr=errors, cwd=tmp_path)
    deadline = time.monotonic() + 120
    while out.read_text().count('"grid"') < 6 if out.exists() else True:
        assert time.monotonic() < deadline and process.poll() is None, errors.read_text()
        time.sleep(0.02)
    process.send_signal(number)
    assert process.wait(120) == (0 if number == signal.SIGINT else -number)
    if number == signal.SIGINT:
        assert out.read_text().count('"stopped"') == 2
    events = told(call("--resume", "run", *RACE, "--device", "cpu", "--log-to", "json"))
    assert [event["event"] for event in events].count("finished") == 2
    process = prefork.start("train.py", *command, "--out", "whole", stdout=out, stderr=errors, cwd=tmp_path)
    assert process.wait(120) == 0
    for name in LANES:
        assert content(tmp_path / f"run-{name}") == content(tmp_path / f"whole-{name}"), name


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--race", "loss=hinge"], "--race takes 2 to 4 trainings; give it once for each, not 1 times."),
        (["--race", "r1=0"] * 5, "not 5 times."),
        (["--race", "loss=hinge"] * 2, "Two trainings of this race have the same settings"),
        ([*RACE, "--dry-run"], "--dry-run is of a single training"),
        ([*RACE, "--scores"], "--scores is of a single training"),
        ([*RACE, "--on", "hf-jobs", "--push-to-hub", "someone/run"], "--on is of a single training"),
        ([*RACE, "--log-to", "tensorboard"], "A race logs to json only"),
        (["--race", "loss=hinge", "--race", "loss=least-square"], "recipe.loss 'least-square' is unknown"),
        (["--race", "loss=hinge", "--race", "width=3"], "--set width: a recipe has no such setting"),
        ([*RACE, "--resume"], "Say which race to continue"),
        ([*RACE, "--resume", "nothing"], "There is no run at nothing-saturating"),
    ],
)
def test_what_no_race_can_be(call, options, sentence):
    begun = [] if "--resume" in options else SMALL
    assert sentence in call(*begun, "--images", 32, "--out", "run", *options, code=2).err
    assert not list(Path().glob("run*"))


def test_a_race_does_not_write_over_a_run(call):
    Path("run-wasserstein-gradient_penalty-10").mkdir()
    said = call(*SMALL, *RACE, "--images", 32, "--out", "run", code=2).err
    assert "already exists" in said and "--resume run" in said and not Path("run-saturating").exists()


def test_names():
    assert [race.name_of(settings) for settings in _parsed()] == list(LANES)
    assert race.name_of([("betas", "0, 0.99"), ("r1", "../x")]) == "betas-0-0.99-r1-..-x"
