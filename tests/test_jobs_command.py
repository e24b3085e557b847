"""Tests `train.py --on hf-jobs` whole: this project's code, a real training in a job of the local Hub, and its continuation."""

import json

import numpy as np
import pytest
from PIL import Image

import train
from ganlib import hub
from ganlib.cli import run_command
from ganlib.hub import states
from ganlib.runs.run import Run

TINY = ("--recipe", "mlp", "--set", "generator.widths=8", "--set", "discriminator.widths=8", "--batch-size", 16)


@pytest.fixture
def call(tmp_path, monkeypatch, capfd):
    """A function that runs train.py in an empty folder, agreeing to the price; returns its exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def call(*options):
        words = [*options, "--on", "hf-jobs", "--flavor", "cpu-basic", "--yes"]
        with pytest.raises(SystemExit) as ending:
            run_command(lambda: train.main([str(word) for word in words]))
        return ending.value.code or 0, *capfd.readouterr()

    return call


@pytest.fixture
def pictures(tmp_path):
    for number in range(40):
        image = np.random.default_rng(number).integers(0, 255, (16, 16), dtype=np.uint8)
        (tmp_path / f"Blots & spots/{'ab'[number % 2]}").mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(tmp_path / f"Blots & spots/{'ab'[number % 2]}/{number}.png")
    return tmp_path / "Blots & spots"


@pytest.mark.slow
def test_a_training_in_a_job_and_its_continuation(call, hub_server, pictures, tmp_path):
    code, out, errors = call("--dataset", pictures, *TINY, "--images", 80, "--push-to-hub", "someone/blots", "--private")
    assert code == 0, errors
    assert "A job of someone on cpu-basic (2 vCPU, 16 GB): $0.01 an hour, $0.01 at most within its limit of 1:00:00" in errors
    assert "to the private data set someone/gan-studio-blots-spots" in errors
    assert hub_server.repositories["datasets", "someone/gan-studio-blots-spots"].private
    assert hub_server.repositories["models", "someone/gan-studio-code"].private
    assert "Done after 80 images: someone/blots." in out and out.count("Done after") == 1 and "Done after" not in errors

    job = hub_server.jobs.last
    assert job.spec["secrets"] == {"HF_TOKEN": "hf_someone"}
    assert "hf_someone" not in json.dumps(job.spec | {"secrets": {}}) + json.dumps(job.lines) + out + errors
    (volume,) = job.spec["volumes"]
    assert (volume["source"], volume["mountPath"], volume["readOnly"]) == ("someone/gan-studio-code", "/code", True)
    assert volume["revision"] == hub_server.repositories["models", "someone/gan-studio-code"].refs["main"]

    run = hub.run_at("someone/blots")
    assert hub_server.repositories["models", "someone/blots"].private
    assert run.config.source == "hub:someone/gan-studio-blots-spots" and run.config.class_names == ("a", "b")
    assert [snapshot.images for snapshot in run.snapshots()][-1] == 80
    assert list(hub_server.files("someone/blots", "main-state")) == ["state.safetensors"]
    assert not any(b"hf_someone" in content for content in hub_server.files("someone/blots").values())

    before = len(hub_server.repositories["models", "someone/gan-studio-code"].messages)
    code, out, errors = call("--resume", "someone/blots", "--images", 120)
    assert code == 0, errors
    assert "Done after 120 images: someone/blots." in out
    assert len(hub_server.repositories["models", "someone/gan-studio-code"].messages) == before  # the code is there
    states.fetch("someone/blots", tmp_path / "here")
    run = Run.open(tmp_path / "here")
    assert run.snapshots()[-1].images == 120 and run.checkpoint_files.exist()
    train.main(["--resume", str(run.path), "--images", "160", "--device", "cpu"])  # goes on here as well
    assert Run.open(run.path).snapshots()[-1].images == 160


@pytest.mark.slow
def test_a_job_begins_with_a_snapshot_of_this_machine(call, hub_server, pictures, tmp_path):
    train.main(
        [*map(str, ("--dataset", pictures, *TINY, "--images", 80, "--snapshot-every", 40, "--out", tmp_path / "My run"))]
    )
    local = Run.open(tmp_path / "My run")
    first = local.snapshots()[1]
    code, _, errors = call(
        "--dataset", pictures, "--init-from", f"My run@{first.epoch}", "--batch-size", 16, "--images", 32,
        "--push-to-hub", "someone/blots",
    )  # fmt: skip
    assert code == 0, errors
    assert f"Uploads {first.label} of My run to the private repository someone/gan-studio-run-my-run.\n" in errors
    assert hub_server.repositories["models", "someone/gan-studio-run-my-run"].private
    sent = hub.run_at("someone/gan-studio-run-my-run")
    assert [snapshot.images for snapshot in sent.snapshots()] == [first.images] and sent.has_discriminator()
    child = hub.run_at("someone/blots")
    assert (child.config.parent, child.config.parent_images) == ("someone/gan-studio-run-my-run", first.images)
    begun, given = (run.generator(run.snapshots()[0]).state_dict() for run in (child, sent))
    assert all(np.array_equal(begun[name], given[name]) for name in given)

    before = len(hub_server.commits("someone/gan-studio-run-my-run"))
    hub_server.repositories["models", "someone/gan-studio-run-my-run"].private = False
    code, _, errors = call("--dataset", "digits", "--init-from", "My run", "--push-to-hub", "someone/more")
    assert code == 2 and "someone/gan-studio-run-my-run is on the Hub already and is public" in errors
    assert len(hub_server.commits("someone/gan-studio-run-my-run")) == before and len(hub_server.jobs.all) == 1
