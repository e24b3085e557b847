"""Tests `python -m ganlib.sweep --on hf-jobs` whole: this project's code, real trainings in jobs of the local Hub, the study in a
database that they reach, and a job that is killed."""

import json
import re
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganlib import hub
from ganlib.cli import run_command
from ganlib.remote.code import checkout
from ganlib.sweep import __main__ as command
from ganlib.sweep import study_file
from ganlib.sweep.study import Study

pytestmark = pytest.mark.slow

FILE = """
# storage = "postgresql://me:hunter2@there/study", as before
measure = "swd"
trials = {trials}
images = {images}
prune = false
storage = "sqlite:///{folder}/hunter2.db"
[train]
dataset = "Blots & spots"
recipe = "mlp"
batch-size = 16
set = {{ generator.widths = [64], discriminator.widths = [32] }}
[vary]
g_lr = {{ low = 2e-3, high = 1e-2, log = true }}
"""


@pytest.fixture
def call(hub_server, tmp_path, monkeypatch, capfd):
    """A function that works on a sweep over 40 pictures in jobs, agreeing to the price; returns its exit code, stdout and
    stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GANLIB_CACHE", str(tmp_path / "cache"))
    for number in range(40):
        image = np.random.default_rng(number).integers(0, 255, (16, 16), dtype=np.uint8)
        (tmp_path / f"Blots & spots/{'ab'[number % 2]}").mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(tmp_path / f"Blots & spots/{'ab'[number % 2]}/{number}.png")

    def call(*options, trials, images):
        (tmp_path / "mine.toml").write_text(FILE.format(trials=trials, images=images, folder=tmp_path))
        words = ["mine.toml", *options, "--on", "hf-jobs", "--flavor", "cpu-basic", "--push-to-hub", "someone/mine", "--yes"]
        with pytest.raises(SystemExit) as ending:
            run_command(lambda: command.main([str(word) for word in words]))
        return ending.value.code or 0, *capfd.readouterr()

    return call


def study_here():
    return Study(study_file.read(Path("mine.toml")), new=False)


def test_two_jobs_work_on_one_study_and_each_run_is_on_the_hub(call, hub_server):
    code, out, errors = call("--workers", 2, "--private", trials=3, images=64)
    assert code == 0, out + errors
    assert "2 jobs of someone on cpu-basic (2 vCPU, 16 GB): $0.01 an hour each, $0.02 at most within their limit of" in errors
    assert "to the private data set someone/gan-studio-blots-spots" in errors
    assert out.count("3 of 3 trials: 3 finished.") == 1 and out.endswith("python app.py --checkpoints sweeps/mine\n")
    assert "job 1: " in out and "job 2: " in out
    assert len(hub_server.jobs.all) == 2
    for job in hub_server.jobs.all.values():
        assert job.spec["secrets"]["HF_TOKEN"] == "hf_someone"
        assert job.spec["secrets"]["GANLIB_SWEEP_STORAGE"].endswith("hunter2.db")
        open_ = json.dumps(job.spec | {"secrets": {}}) + json.dumps(job.lines) + out + errors
        assert "hunter2" not in open_ and "hf_someone" not in open_
    trials = study_here().trials()
    assert [trial.state.name for trial in trials] == ["COMPLETE"] * 3
    for trial in trials:
        run = hub.run_at(f"someone/mine-trial-{trial.number:03d}")
        assert hub_server.repositories["models", run.name.partition("@")[0]].private
        assert run.config.source == "hub:someone/gan-studio-blots-spots"
        last = run.snapshots()[-1]
        assert last.images >= 64 and run.scores()["snapshots"][last.path.stem]["swd"]["value"] == trial.value
        assert not any(b"hunter2" in content for content in hub_server.files(run.name).values())


def test_what_a_killed_job_left_goes_on_in_another_from_the_hub(call, hub_server):
    hub_server.jobs.code = {name: path.read_bytes() for name, path in checkout().items()}
    name, jobs = "ganlib/sweep/heartbeats.py", hub_server.jobs
    jobs.code[name] = jobs.code[name].replace(b"INTERVAL = 20", b"INTERVAL = 1").replace(b"GRACE = 120", b"GRACE = 4")

    def kill():
        while not jobs.all or not any(": swd" in line["data"] for line in jobs.last.lines):
            time.sleep(0.05)
        while "main-state" not in hub_server.repositories["models", "someone/mine-trial-000"].refs:
            time.sleep(0.05)
        jobs.last.end("ERROR", "Job failed with exit code: 137. Reason: OOMKilled")

    threading.Thread(target=kill, daemon=True).start()
    code, _, errors = call(trials=1, images=30_000)
    assert code == 137 and "The job was killed, most likely because its memory was full" in errors
    assert errors.endswith("What the trials have reported is in the study; the same command goes on.\n")
    (left,) = study_here().trials()
    assert left.state.name == "RUNNING" and left.intermediate_values

    code, out, errors = call(trials=1, images=30_000)
    assert code == 0, out + errors
    assert re.search(r"trial 1 goes on after [1-9]\S* images", out) and "1 of 1 trials: 1 finished." in out
    (again,) = study_here().trials()
    assert again.number == 1 and again.params == left.params
    assert left.intermediate_values.items() <= again.intermediate_values.items()
    run = hub.run_at("someone/mine-trial-000")
    assert run.snapshots()[-1].images == max(again.intermediate_values) >= 30_000
    assert ("models", "someone/mine-trial-001") not in hub_server.repositories
