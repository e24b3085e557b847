"""Tests `python -m ganlib.sweep` with real trainings: two workers of which one is killed, Ctrl-C, a report, and refusals."""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import prefork
import pytest
from PIL import Image

from ganlib import runs
from ganlib.sweep import study_file
from ganlib.sweep.study import Study

pytestmark = pytest.mark.slow

# Rates at which the discriminator does not win, for which a trial would be pruned.
FILE = """
measure = "swd"
trials = {trials}
images = {images}
prune = false
[train]
dataset = "digits"
recipe = "mlp"
batch-size = 16
device = "cpu"
set = {{ generator.widths = [64], discriminator.widths = [32] }}
[vary]
g_lr = {{ low = 2e-3, high = 1e-2, log = true }}
"""
ENVIRONMENT = {"OMP_NUM_THREADS": "1"}
# The command, for which a machine is gone that shows nothing for ten seconds
QUICK = """
from ganlib.cli import run_command
from ganlib.sweep import __main__, heartbeats

heartbeats.INTERVAL, heartbeats.GRACE = 1, 10
run_command(__main__.main)
"""


class Worker:
    """A process of the command, and what it has said."""

    def __init__(self, folder: Path, name: str, *options, command=("-m", "ganlib.sweep")):
        self.log = folder / f"{name}.txt"
        arguments = (*command, "mine.toml", *options)
        self.process = prefork.start(*arguments, stdout=self.log, stderr=self.log, cwd=folder, environment=ENVIRONMENT)

    def says(self, pattern: str, seconds: float = 240) -> re.Match:
        """Waits for a line."""
        deadline = time.monotonic() + seconds
        while not (found := self.log.exists() and re.search(pattern, self.log.read_text())):
            assert time.monotonic() < deadline and self.process.poll() is None, self.log.read_text()
            time.sleep(0.02)
        return found

    def wait(self) -> int:
        return self.process.wait(600)


@pytest.fixture
def begin(tmp_path, monkeypatch):
    """A function that begins a worker on a sweep, which is ended with the test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GANLIB_CACHE", str(tmp_path / "cache"))
    workers = []

    def begin(name, *options, trials=3, images=15_000):
        (tmp_path / "mine.toml").write_text(FILE.format(trials=trials, images=images))
        workers.append(Worker(tmp_path, name, *options))
        return workers[-1]

    yield begin
    for worker in workers:
        worker.process.kill()


def trials_of(tmp_path):
    return Study(study_file.read(tmp_path / "mine.toml"), new=False).trials()


def test_nothing_is_lost_when_a_worker_is_killed(begin, tmp_path):
    first, second = (begin(name, "--workers", "1") for name in ("first", "second"))
    number = int(first.says(r"trial (\d): swd \S+ after \S+ images\n")[1])
    first.process.kill()
    reported = trials_of(tmp_path)[number].intermediate_values
    assert reported
    assert second.says(rf"trial {number} goes on after \S+ images")
    assert second.wait() == 0
    trials = trials_of(tmp_path)
    assert [trial.state.name for trial in trials] == ["COMPLETE"] * 3
    assert reported.items() <= trials[number].intermediate_values.items()
    for trial in trials:
        run = runs.Run.open(tmp_path / f"sweeps/mine/trial-{trial.number:03d}")
        last = run.snapshots()[-1]
        assert last.images == max(trial.intermediate_values) >= 15_000
        assert (
            run.scores()["snapshots"][last.path.stem]["swd"]["value"] == trial.value == trial.intermediate_values[last.images]
        )
    text = second.log.read_text()
    assert "3 of 3 trials: 3 finished." in text and "python app.py --checkpoints sweeps/mine\n" in text
    assert "UserWarning" not in text and "Traceback" not in text
    assert (tmp_path / "sweeps/mine/study.toml").read_text() == (tmp_path / "mine.toml").read_text()  # for the page


@pytest.fixture
def apart(tmp_path, monkeypatch):
    """Two workers on one sweep, which share a database and no folder, as on two machines."""
    monkeypatch.setenv("GANLIB_CACHE", str(tmp_path / "cache"))
    (tmp_path / "quick.py").write_text(QUICK)
    workers = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        text = f'storage = "sqlite:///{tmp_path}/study.db"\n{FILE.format(trials=3, images=15_000)}'
        (tmp_path / name / "mine.toml").write_text(text)
        workers.append(Worker(tmp_path / name, "log", "--workers", "1", command=(tmp_path / "quick.py",)))
    yield workers
    for worker in workers:
        worker.process.kill()


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSTOP])
def test_machines_without_a_common_folder_begin_anew_what_one_left(apart, tmp_path, monkeypatch, end):
    """What was killed, and what sleeps, which wakes up later."""
    one, two = apart
    number = int(one.says(r"trial (\d): swd \S+ after \S+ images\n")[1])
    one.process.send_signal(end)
    assert two.wait() == 0, two.log.read_text()
    if end == signal.SIGSTOP:
        one.process.send_signal(signal.SIGCONT)
        one.says(rf"trial {number} was begun anew elsewhere: this machine gave no sign of life for too long\n")
        assert one.wait() == 0, one.log.read_text()
    monkeypatch.chdir(tmp_path / "two")
    study = Study(study_file.read(Path("mine.toml")), new=False)
    first = study.optuna.trials[number]
    (again,) = [trial for trial in study.trials() if trial.number > number and trial.params == first.params]
    assert first.intermediate_values.items() <= again.intermediate_values.items()
    assert [trial.state.name for trial in study.trials()] == ["COMPLETE"] * 3
    assert "3 of 3 trials: 3 finished." in two.log.read_text() and "Warning" not in two.log.read_text()


@pytest.mark.parametrize(
    ("numbers", "code", "told"),
    [([signal.SIGTERM], 130, "Interrupted"), ([signal.SIGUSR1, signal.SIGUSR1], 0, "The time is up")],  # `timeout` sends two
)
def test_ctrl_c_or_the_end_of_the_time_saves_and_the_same_command_goes_on(begin, tmp_path, numbers, code, told):
    worker = begin("first", trials=1, images=16_000)
    worker.says(r"trial 0: swd")
    for number in numbers:
        worker.process.send_signal(number)
        time.sleep(0.02)
    assert worker.wait() == code
    assert worker.log.read_text().endswith(f"{told}; what was trained is saved. The same command goes on.\n")
    assert [trial.state.name for trial in trials_of(tmp_path)] == ["RUNNING"]
    assert not list(tmp_path.glob("sweeps/mine/trial-000/.lock"))  # the training has ended, too
    again = begin("second", trials=1, images=16_000)
    assert again.says(r"trial 0 goes on after (\S+) images")[1] != "0"
    assert again.wait() == 0
    assert max(trials_of(tmp_path)[0].intermediate_values) >= 16_000


def test_a_killed_training_is_taken_up_and_given_up_after_three_times(begin, tmp_path):
    worker = begin("first", trials=1, images=160_000)
    for time_ in range(1, 4):
        worker.says(rf"(?s)(trial 0 (begins|goes on).*){{{time_}}}")
        run = tmp_path / "sweeps/mine/trial-000"
        os.kill(training_of(worker), signal.SIGKILL)
        worker.says(rf"(?s)(its training was killed.*){{{time_}}}")
    assert worker.wait() == 0
    assert "trial 0 has failed: its training was killed again and again" in worker.log.read_text()
    assert run.exists() and [trial.state.name for trial in trials_of(tmp_path)] == ["FAIL"]


def training_of(worker, seconds=60):
    """Waits for the training that a worker says has begun, which is its child once it is train.py."""
    command = ["ps", "-ww", "--ppid", str(worker.process.pid), "-o", "pid=", "-o", "args="]
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        listed = subprocess.run(command, capture_output=True, text=True).stdout
        if found := [int(line.split()[0]) for line in listed.splitlines() if "train.py" in line]:
            return found[0]
        time.sleep(0.02)
    raise AssertionError(f"no training in {listed!r}; the worker says:\n{worker.log.read_text()}")


def test_a_sweep_whose_trials_all_fail_ends_with_the_reason(begin, tmp_path):
    (tmp_path / "sweeps/mine").mkdir(parents=True)
    for number in range(3):
        (tmp_path / f"sweeps/mine/trial-{number:03d}").write_text("in the way")
    worker = begin("first", "--workers", "1", trials=5)
    assert worker.wait() == 2
    reason = "sweeps/mine/trial-002 already exists; choose another --out, or continue it with --resume sweeps/mine/trial-002."
    assert worker.log.read_text().endswith(f"The first 3 trials have failed, the last because: {reason}\n")
    assert [trial.state.name for trial in trials_of(tmp_path)] == ["FAIL"] * 3


def test_a_measure_that_does_not_fit_is_refused_before_any_training(begin, tmp_path):
    (tmp_path / "mine.toml").write_text(FILE.format(trials=1, images=16).replace('"swd"', '"digit_distance"'))
    worker = Worker(tmp_path, "first")
    assert worker.wait() == 2
    assert worker.log.read_text() == "The measure digits is for runs on MNIST at 28 pixels, not on digits. Leave it out.\n"
    assert not (tmp_path / "sweeps").exists()
    assert Worker(tmp_path, "second", "--report").wait() == 2
    assert (tmp_path / "second.txt").read_text() == "sweeps/mine holds no study yet; begin it without --report.\n"


def test_few_pictures_in_colour_need_a_recipe_by_name(tmp_path, monkeypatch):
    monkeypatch.setenv("GANLIB_CACHE", str(tmp_path / "cache"))
    (tmp_path / "few").mkdir()
    for number in range(4):
        noise = np.random.default_rng(number).integers(0, 256, (64, 64, 3), np.uint8)
        Image.fromarray(noise).save(tmp_path / f"few/{number}.png")
    text = FILE.format(trials=1, images=16).replace('"digits"', '"few"').replace('recipe = "mlp"\n', "")
    (tmp_path / "mine.toml").write_text(text[: text.index("\nset =") + 1] + text[text.index("[vary]") :])
    worker = Worker(tmp_path, "first")
    assert worker.wait() == 2
    refused = 'These pictures get the recipe faces by default: say recipe = "faces" or "pictures" in [train].\n'
    assert worker.log.read_text().endswith(refused)
