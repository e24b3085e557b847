"""Tests the commands that talk to the Hub, from a shell."""

import time

import pytest
from conftest import untrained

import train
from ganlib import UserError, evaluate, hub
from ganlib.cli import run_command
from ganlib.hub import __main__ as command
from ganlib.runs.run import Run


@pytest.fixture
def call(tmp_path, monkeypatch, capsys):
    """A function that runs train.py in an empty folder; returns its exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GANLIB_CACHE", str(tmp_path / "cache"))

    def call(*options):
        options = ["--dataset", "digits", "--batch-size", 16, "--out", "run", *options]
        with pytest.raises(SystemExit) as ending:
            run_command(lambda: train.main([str(option) for option in options]))
        return ending.value.code or 0, *capsys.readouterr()

    return call


@pytest.mark.slow
def test_train_push_and_evaluate(call, hub_server, tmp_path, capsys):
    options = (
        "--recipe",
        "mlp",
        "--images",
        64,
        "--snapshot-at",
        "0.02",
        "--push-to-hub",
        "someone/digits",
        "--private",
        "--revision",
        "tries",
    )
    code, _, errors = call(*options)
    assert code == 0, errors
    assert f"Uploaded: {hub_server.url}/someone/digits/tree/tries" in errors
    assert hub_server.repositories["models", "someone/digits"].private
    run = Run.open(tmp_path / "run")
    pulled = hub.run_at("someone/digits@tries")
    assert [s.images for s in pulled.snapshots()] == [s.images for s in run.snapshots()]
    assert not any(b"hf_someone" in path.read_bytes() for path in run.path.rglob("*") if path.is_file())
    evaluate.main(["someone/digits@tries", "--num", "100", "--metrics", "diversity"])
    assert "Not kept: someone/digits@tries is the Hub's." in capsys.readouterr().out
    assert not (pulled.path / "scores.json").exists()


@pytest.mark.slow
def test_train_from_a_run_on_the_hub(call, hub_server, tmp_path):
    hub.push(untrained(tmp_path / "parent").path, "someone/shapes")
    code, _, errors = call("--images", 16, "--init-from", "someone/shapes")
    assert code == 0, errors
    config = Run.open(tmp_path / "run").config
    assert (config.parent, config.parent_images) == ("someone/shapes", 320)


@pytest.mark.slow
def test_a_refusal_ends_the_command_before_anything_is_trained(call, hub_server, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    code, output, errors = call("--recipe", "mlp", "--push-to-hub", "someone/digits")
    assert (code, output) == (2, "") and errors.count("\n") == 1 and "The Hub doesn't know the token" in errors
    assert not (tmp_path / "run").exists() and "hf_wrong" not in errors


@pytest.mark.slow
def test_training_goes_on_without_the_hub_and_says_how_to_finish(call, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(time, "sleep", lambda seconds: None)  # between attempts
    code, output, errors = call("--recipe", "mlp", "--images", 16, "--push-to-hub", "someone/digits")
    assert "Done after 16 images" in output and "The training begins without." in errors
    assert code == 1 and errors.rstrip().endswith("Finish with: python -m ganlib.hub push run someone/digits")


def test_options_of_an_upload_need_one():
    for option in (["--private"], ["--revision", "v2"]):
        with pytest.raises(UserError, match="say where to with --push-to-hub OWNER/NAME"):
            train.main(["--dataset", "digits", *option])


@pytest.mark.slow
def test_push_and_pull(hub_server, tmp_path, capsys):
    run = untrained(tmp_path / "run")
    command.main(["push", str(run.path), "someone/shapes"])
    assert capsys.readouterr().out == f"{run.path} is at {hub_server.url}/someone/shapes\n"
    command.main(["pull", "someone/shapes"])
    assert str(tmp_path / "hub-cache") in capsys.readouterr().out
    command.main(["pull", "someone/shapes", "--out", str(tmp_path / "runs/theirs")])
    theirs = Run.open(tmp_path / "runs/theirs")
    assert theirs.snapshot().path.read_bytes() == run.snapshot().path.read_bytes()
    assert not any(path.is_symlink() for path in theirs.path.rglob("*"))
    with pytest.raises(UserError, match="already exists; choose another --out"):
        command.main(["pull", "someone/shapes", "--out", str(tmp_path / "runs/theirs")])
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["theirs"]
