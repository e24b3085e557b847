"""Tests train.py and ganlib.sample as commands: their output, files and exit codes."""

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import prefork
import pytest
from conftest import plan, shapes, untrained
from PIL import Image

import train
from ganlib import evaluate, sample
from ganlib.cli import run_command
from ganlib.metrics import measures
from ganlib.metrics.extractors import MOBILENET
from ganlib.training import previews

ROOT = Path(__file__).parents[1]
MAIN = {"train.py": train.main, "ganlib.sample": sample.main, "ganlib.evaluate": evaluate.main}


@dataclass
class Done:
    """A finished command."""

    stdout: str
    stderr: str


@pytest.fixture
def call(tmp_path, monkeypatch, capsys):
    """A function that runs a command's `main` in an empty folder, as its entry point does."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GANLIB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(previews, "STATISTICS_PIXELS", 0)  # runs of noise need no accurate batch statistics

    def call(command, *arguments, code=0):
        monkeypatch.setattr(sys, "argv", [command, *map(str, arguments)])
        with pytest.raises(SystemExit) as ending:
            run_command(MAIN[command])
        assert (ending.value.code or 0) == code
        return Done(*capsys.readouterr())

    return call


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A run with two classes, and one in colour without classes."""
    import torch

    from ganlib.runs.run import Run
    from ganlib.training.trainer import Trainer

    folder = tmp_path_factory.mktemp("runs")
    for name, images in (("labelled", shapes()), ("colour", shapes(channels=3, classes=0))):
        run = Run.create(folder / name, plan(images, length=64))
        list(Trainer(run, images, torch.device("cpu")).events())
    return folder


# ------------------------------------------------------------------------------------------ train.py


@pytest.mark.slow
def test_train_and_resume(call, tmp_path):
    done = call("train.py", "--dataset", "digits", "--images", 128, "--batch-size", 16, "--snapshot-every", 0.05)
    assert "python app.py" in done.stdout
    run = tmp_path / "checkpoints" / "digits"
    assert [int(path.stem) for path in sorted(run.glob("snapshots/*"))] == [0, 80, 128]
    call("train.py", "--resume", "--images", 160)
    assert (run / "snapshots/000000160.safetensors").exists()
    config = json.loads((run / "config.json").read_text())
    assert config["commands"] == [
        "python train.py --dataset digits --images 128 --batch-size 16 --snapshot-every 0.05",
        "python train.py --resume --images 160",
    ]
    call("train.py", "--dataset", "digits", "--images", 16)  # a second run gets another name
    assert (tmp_path / "checkpoints" / "digits-2" / "config.json").exists()


@pytest.mark.slow
def test_train_on_a_folder_of_pictures(call, tmp_path):
    rng = np.random.default_rng(0)
    for name in ("cats", "dogs"):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for number in range(10):
            Image.fromarray(rng.integers(0, 255, (40, 50, 3), np.uint8)).save(tmp_path / "pets" / name / f"{number}.png")
    call("train.py", "--dataset", "pets", "--image-size", 32, "--images", 64, "--out", "run")
    config = json.loads((tmp_path / "run/config.json").read_text())
    assert (config["image_size"], config["channels"], config["class_names"]) == (32, 3, ["cats", "dogs"])
    Image.fromarray(np.zeros((40, 40, 3), np.uint8)).save(tmp_path / "pets/cats/new.png")
    assert (
        "pets has changed since run was begun, or is another set: of its pictures, 0 are gone and 1 are new"
        in call("train.py", "--resume", "run", "--images", 128, code=2).stderr
    )


@pytest.mark.slow
def test_the_shell_sees_one_line_and_the_code(tmp_path):
    for command in ([ROOT / "train.py"], ["-m", "ganlib.sample", "nowhere", "--out", "x.png"]):
        done = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 2
        assert done.stdout == "" and len(done.stderr.splitlines()) == 1


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_saves_and_says_how_to_resume(tmp_path, number):
    said = {"stdout": tmp_path / "stdout", "stderr": tmp_path / "stderr"}
    process = prefork.start(
        "train.py", "--dataset", "digits", "--images", "100000", "--out", tmp_path / "run",
        environment={"OMP_NUM_THREADS": "1"}, **said,
    )  # fmt: skip
    while not list(tmp_path.glob("run/grids/*.webp")):
        assert process.poll() is None
        time.sleep(0.05)
    time.sleep(0.5)
    process.send_signal(number)
    process.wait(60)
    output, errors = (path.read_text() for path in said.values())
    assert process.returncode == 0, errors
    assert f"python train.py --resume {tmp_path / 'run'}" in output
    assert "Traceback" not in errors
    assert (tmp_path / "run/state.safetensors").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "--dataset mnist"),
        (["--dataset", "mnits"], "did you mean mnist"),
        (["--dataset", "digits", "--image-size", "50"], "16, 28, 32, 48, 64, 96, 128, 256 pixels, not 50"),
        (["--dataset", "digits", "--device", "cuda:77"], "--device cuda:77"),
        (["--dataset", "digits", "--device", "toaster"], "--device toaster"),
        (["--dataset", "digits", "--epochs", "-3"], "'-3' is not a number above 0"),
        (["--dataset", "digits", "--epochs", "nan"], "'nan' is not"),
        (["--dataset", "digits", "--images", "1.5"], "'1.5' is not a whole number"),
        (["--dataset", "digits", "--snapshot-at", "1,x"], "'x' is not a list of epochs"),
        (["--dataset", "digits", "--epochs", "1", "--images", "3"], "not allowed with"),
        (["--dataset", "digits", "--recipe", "alchemy"], "invalid choice"),
        (["--dataset", "digits", "--seed", "-1"], "'-1' is not a whole number from 0"),
        (["--dataset", "digits", "--epochs", "1e308"], "'1e308' is not a number above 0"),
        (["--dataset", "digits", "--images", "99999999999999999"], "is not a whole number above 0"),
        (["--dataset", "digits", "--device", "meta"], "--device meta"),
        (["--dataset", "digits", "--batch-size", "999999999"], "--batch-size 999999999"),
        (["--dataset", "digits", "--device=--"], "--device needs a value"),
        (["--dataset", "digits", "--classes", "9" * 5000], "digits has no class '99999"),
        (["--dataset=--"], "--dataset needs a value"),
        (["--resume", "x" * 300], "can't be used (File name too long)"),
        (["--dataset", "digits", "--data-root", "x" * 300], "can't be used (File name too long)"),
        (["--resume", "no\nwhere\x1b[2J"], r"There is no run at no\nwhere\x1b[2J;"),
        (["--resume"], "no run that can be resumed"),
        (["--resume", "nowhere"], "no run at nowhere"),
    ],
)
def test_mistakes_are_told_in_a_line(call, tmp_path, arguments, message):
    done = call("train.py", *arguments, code=2)
    assert message in done.stderr.splitlines()[-1]
    assert not (tmp_path / "checkpoints").exists()


@pytest.mark.slow
@pytest.mark.parametrize(("name", "code", "said"), [("猫", 0, rb"\\u732b"), ("\udcff", 2, rb"\\udcff")])
def test_names_that_no_terminal_can_show_are_escaped(tmp_path, name, code, said):
    """With an ASCII terminal; the second name isn't UTF-8, which safetensors can't open."""
    untrained(tmp_path / "run").path.rename(folder := tmp_path / name)
    done = subprocess.run(
        [sys.executable, "-m", "ganlib.sample", folder, "--num", "2", "--out", folder / "x.png"],
        cwd=ROOT, capture_output=True, env=os.environ | {"PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert done.returncode == code and re.search(said, done.stderr if code else done.stdout)
    assert b"Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("option", "message"),
    [
        (["--batch-size", "8"], "batch_size 16"),
        (["--seed", "9"], "seed 0"),
        (["--dataset", "mnist"], "mnist has changed since run was begun, or is another set"),
        (["--image-size", "64"], "image_size 28"),
    ],
)
def test_a_changed_setting_on_resume_is_named(call, tmp_path, option, message):
    call("train.py", "--dataset", "digits", "--images", 16, "--batch-size", 16, "--out", "run")
    before = (tmp_path / "run/config.json").read_bytes()
    assert message in call("train.py", "--resume", "run", *option, code=2).stderr
    assert (tmp_path / "run/config.json").read_bytes() == before


@pytest.mark.slow
def test_resume_keeps_its_snapshots_and_knows_when_it_is_finished(call, tmp_path):
    start = ["--dataset", "digits", "--batch-size", 16, "--snapshot-at", "0.02,0.04,0.06", "--out", "run"]
    call("train.py", *start, "--images", 48)
    before = {path: path.read_bytes() for path in (tmp_path / "run").rglob("*") if path.is_file()}
    assert "Nothing is left to do: run has seen 48 images" in call("train.py", "--resume", "run").stdout
    assert "length of 48 is reached" in call("train.py", "--resume", "run").stdout
    assert "length of 16 is reached" in call("train.py", "--resume", "run", "--images", 16).stdout
    done = call("train.py", "--resume", "run", "--log-to", "json")
    assert json.loads(done.stdout) == {"event": "finished", "images": 48} and "Nothing is left to do" in done.stderr
    assert {path: path.read_bytes() for path in (tmp_path / "run").rglob("*") if path.is_file()} == before
    assert "run was begun with seed 0" in call("train.py", "--resume", "run", "--seed", 9, code=2).stderr
    call("train.py", "--resume", "run", "--images", 96)
    assert [int(path.stem) for path in sorted((tmp_path / "run/snapshots").iterdir())] == [0, 32, 48, 64, 96]
    call("train.py", "--resume", "run", "--minutes", 0.02)
    config = json.loads((tmp_path / "run/config.json").read_text())
    assert config["snapshot_at"] == [0.02, 0.04, 0.06] and config["images"] is None


@pytest.mark.slow
def test_a_run_whose_state_is_at_its_end_but_not_its_snapshots_is_completed(call, tmp_path):
    """The state of a run that was stopped in its last step."""
    call("train.py", "--dataset", "digits", "--batch-size", 16, "--images", 32, "--out", "run")
    (tmp_path / "run/snapshots/000000032.safetensors").unlink()
    assert "Done after 32 images" in call("train.py", "--resume", "run").stdout
    assert (tmp_path / "run/snapshots/000000032.safetensors").exists()


@pytest.mark.slow
def test_a_resumed_run_keeps_its_precision_unless_told(call, tmp_path):
    def precision():
        return json.loads((tmp_path / "run/config.json").read_text())["precision"]

    call("train.py", "--dataset", "digits", "--recipe", "mlp", "--images", 256, "--precision", "float32", "--out", "run")
    call("train.py", "--resume", "run", "--images", 384)
    assert precision() == "float32"
    call("train.py", "--resume", "run", "--images", 512, "--precision", "bfloat16")
    assert precision() == "bfloat16"


@pytest.mark.slow
def test_a_run_that_died_before_its_first_snapshot_begins_anew(call, tmp_path):
    call("train.py", "--dataset", "digits", "--batch-size", 16, "--images", 32, "--out", "run")
    for path in [*tmp_path.glob("run/*.safetensors"), *tmp_path.glob("run/*/*"), tmp_path / "run/history.jsonl"]:
        path.unlink()
    (tmp_path / "run/snapshots/.000000000.safetensors.x.partial").write_text("half")
    call("train.py", "--resume", "run")
    assert [path.name for path in sorted((tmp_path / "run/snapshots").iterdir())] == [
        "000000000.safetensors",
        "000000032.safetensors",
    ]


@pytest.mark.slow
def test_a_place_that_cant_be_written_is_named(call, tmp_path):
    """Permissions don't stop root, so a folder is put in place of a file and a file in place of a folder."""
    call("train.py", "--dataset", "digits", "--batch-size", 16, "--images", 16, "--out", "run")
    for name in (".lock", "history.jsonl", "snapshots", "grids"):
        taken = shutil.copytree(tmp_path / "run", tmp_path / f"without-{name}") / name
        shutil.rmtree(taken) if taken.is_dir() else taken.unlink(missing_ok=True)
        taken.write_text("in the way") if name in ("snapshots", "grids") else taken.mkdir()
        done = call("train.py", "--resume", taken.parent.name, "--images", 32, code=2)
        assert taken.parent.name in done.stderr.splitlines()[-1] and "Traceback" not in done.stderr
    taken.unlink()
    assert "Done after 32 images" in call("train.py", "--resume", taken.parent.name, "--images", 32).stdout


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="permissions don't bind root")
def test_a_folder_that_is_only_read(call, tmp_path):
    call("train.py", "--dataset", "digits", "--batch-size", 16, "--images", 16, "--out", "run")
    (tmp_path / "run").chmod(0o500)
    assert "run can't be written" in call("train.py", "--resume", "run", "--images", 32, code=2).stderr
    assert "choose another --out" in call("train.py", "--dataset", "digits", "--out", "run/within", code=2).stderr
    call("ganlib.sample", "run", "--num", 4, "--out", "x.png")  # reading a run writes nothing to it
    (tmp_path / "run").chmod(0o700)


@pytest.mark.slow
def test_the_card_says_where_the_pictures_come_from(call, tmp_path):
    (tmp_path / "pets").mkdir()
    for number in range(4):
        Image.new("RGB", (40, 40), (60 * number, 0, 0)).save(tmp_path / f"pets/{number}.png")
    small = ["--dataset", "pets", "--image-size", 28, "--batch-size", 4, "--out", "run"]
    call("train.py", *small, "--images", 4, "--data-note", "my own | CC0")
    call("train.py", "--resume", "run", "--images", 8)
    assert "pets; my own &#124; CC0; 4 images at 28 px" in (tmp_path / "run/README.md").read_text()
    call("train.py", "--resume", "run", "--images", 12, "--data-note", "my neighbour's")
    assert "pets; my neighbour's; 4 images" in (tmp_path / "run/README.md").read_text()


@pytest.mark.slow
def test_an_out_folder_in_use(call, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full/diary.txt").write_text("dear")
    assert "already exists" in call("train.py", "--dataset", "digits", "--out", "full", code=2).stderr
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["diary.txt"]


def test_list_recipes(call):
    lines = call("train.py", "--list-recipes").stdout.splitlines()
    assert any(line.startswith("dcgan ") for line in lines)


# ------------------------------------------------------------------------------------------ ganlib.sample


@pytest.mark.slow
def test_sample_png(call, runs, tmp_path):
    done = call("ganlib.sample", runs / "labelled", "--num", 10, "--seed", 3, "--truncation", 0.5, "--out", "a/grid.png")
    assert "labelled, epoch 0.64, seed 3, ψ 0.5" in done.stdout
    with Image.open(tmp_path / "a/grid.png") as picture:
        assert picture.size == (3 * (2 + 2 * 30), 3 * (2 + 5 * 30))  # a column for each of two classes
        assert json.loads(picture.text["ganlib"])["seed"] == 3


def test_sample_npz(call, runs, tmp_path):
    call("ganlib.sample", runs / "colour", "--num", 70, "--out", "s.npz")
    call("ganlib.sample", runs / "colour", "--num", 5, "--epoch", 0, "--out", "few.npz")
    with np.load(tmp_path / "s.npz") as arrays, np.load(tmp_path / "few.npz") as few:
        assert arrays["images"].shape == (70, 28, 28, 3) and arrays["images"].dtype == np.uint8
        assert few["images"].shape == (5, 28, 28, 3)
        assert not np.array_equal(arrays["images"][:5], few["images"])  # another snapshot


def test_sample_label_by_name_and_number(call, runs, tmp_path):
    for label in ("b", "1"):
        call("ganlib.sample", runs / "labelled", "--num", 4, "--label", label, "--out", f"{label}.npz")
    with np.load(tmp_path / "b.npz") as by_name, np.load(tmp_path / "1.npz") as by_number:
        assert by_name["labels"].tolist() == [1, 1, 1, 1]
        assert np.array_equal(by_name["images"], by_number["images"])


@pytest.mark.parametrize(
    ("run", "options", "message"),
    [
        ("nowhere", [], "no run at"),
        ("labelled", ["--label", "cat"], "has no label 'cat'; it has a, b"),
        ("labelled", ["--label", "9" * 5000], "has no label '99999"),
        ("colour", ["--label", "1"], "trained without labels"),
        ("labelled", ["--num", "0"], "--num 0"),
        ("labelled", ["--num", "9999999"], "--num 9999999"),
        ("labelled", ["--truncation", "nan"], "'nan' is not a finite number"),
        ("labelled", ["--seed", "-1"], "-1"),
        ("labelled", ["--out", "x.jpg"], "x.jpg must end in .png (a grid), .npz (an array) or / (a folder of pictures)."),
        ("labelled", ["--out", ".png"], ".png must end in .png"),
        ("labelled", ["--seed", "20-10"], "'20-10' is not a whole number from 0, or a range"),
        ("labelled", ["--seed", "0-9", "--num", "10001"], "--num 10001 of each of 10 seeds is more than 100,000 pictures"),
        ("labelled", ["--label", "a,cat"], "has no label 'cat'; it has a, b"),
        ("labelled", ["--folders"], "--folders is for --out DIR/ and a run with labels"),
        ("colour", ["--folders", "--out", "x"], "--folders is for --out DIR/ and a run with labels"),
        ("labelled", ["--epoch", "nan"], "'nan' is not an epoch or best"),
        ("labelled", ["--epoch", "best"], "labelled was not measured; run `python -m ganlib.evaluate"),
    ],
)
def test_sample_mistakes(call, runs, tmp_path, run, options, message):
    done = call("ganlib.sample", runs / run, "--out", "x.png", *options, code=2)
    assert message in done.stderr.splitlines()[-1]
    assert not list(tmp_path.glob("x*"))


@pytest.mark.parametrize("out", ["pictures/", "pictures", "pictures.d/"])
def test_sample_folder(call, runs, tmp_path, out):
    done = call("ganlib.sample", runs / "labelled", "--num", 3, "--seed", "1-2", "--out", out)
    assert "6 pictures and metadata.jsonl, labelled, epoch 0.64, seed 1-2, ψ 1" in done.stdout
    assert not done.stderr  # a bar is for terminals
    assert len(list((tmp_path / out).glob("*.png"))) == 6
    refused = call("ganlib.sample", runs / "labelled", "--num", 3, "--seed", 5, "--out", out, code=2)
    assert "was begun with seed 1-2, now 5" in refused.stderr


def test_a_folder_that_is_a_file_is_refused(call, runs, tmp_path):
    (tmp_path / "x").write_text("mine")
    assert "--out x can't be written (File exists)" in call("ganlib.sample", runs / "colour", "--out", "x/", code=2).stderr


# ------------------------------------------------------------------------------------------ ganlib.evaluate


@pytest.mark.slow
def test_scores_while_training_and_afterwards(call, tmp_path, monkeypatch):
    monkeypatch.setattr(measures, "FEWER", 256)
    options = ["--recipe", "mlp", "--images", 256, "--snapshot-at", ".05", "--out", "run", "--scores"]
    done = call("train.py", "--dataset", "digits", *options)
    assert done.stdout.count("swd ") == 3 and "diversity " in done.stdout
    scores = json.loads((tmp_path / "run/scores.json").read_text())
    assert list(scores["snapshots"]) == ["000000000", "000000128", "000000256"]
    assert scores["real"]["swd"]["value"] < scores["snapshots"]["000000256"]["swd"]["value"]
    assert scores["reference"] == {"dataset": "digits", "num": 1500}

    done = call("ganlib.evaluate", "run", "--num", 200, "--epoch", "all")
    compared = "against as many of the 1,500 training images of digits"
    assert done.stdout.splitlines()[-1] == f"{compared}; {MOBILENET.about}"
    lines = done.stdout.splitlines()
    assert [line[:14].strip() for line in lines[:-1]] == [
        "",
        "images",
        "real pictures",
        "untrained",
        "epoch 0.085",
        "epoch 0.17",
    ]
    measured = [
        "feature_distance",
        "swd",
        "swd_32",
        "swd_16",
        "diversity",
        "nearest",
        "nearest_ratio",
        "mean_grey",
        "clipped",
        "spectrum",
    ]
    assert lines[0].split() == measured
    scores = json.loads((tmp_path / "run/scores.json").read_text())
    assert scores["snapshots"]["000000128"]["nearest_ratio"]["num"] == scores["snapshots"]["000000128"]["swd"]["num"] == 200
    card = (tmp_path / "run/README.md").read_text()
    assert (
        "at epoch 0.17 against as many of the 1,500 training images of digits" in card
        and "| Sliced Wasserstein distance x 1000" in card
    )
    assert "the generator as it was trained, no average" in card

    values = {stem: table["feature_distance"]["value"] for stem, table in scores["snapshots"].items()}  # decides before swd
    best = min(values, key=values.get)
    call("ganlib.sample", "run", "--epoch", "best", "--num", 4, "--out", "best.npz")
    call("ganlib.sample", "run", "--epoch", int(best) / 1500, "--num", 4, "--out", "same.npz")
    with np.load(tmp_path / "best.npz") as one, np.load(tmp_path / "same.npz") as other:
        assert np.array_equal(one["images"], other["images"])

    (tmp_path / "run/scores.json").write_text('{"snapshots": {"0": {"swd": {"value": "low", "num": 3}}}}')
    assert "scores.json" in call("ganlib.sample", "run", "--epoch", "best", "--out", "x.png", code=2).stderr


@pytest.mark.slow
def test_a_training_is_scored_by_the_measures_that_are_asked_for(call, tmp_path, monkeypatch):
    monkeypatch.setattr(measures, "FEWER", 256)
    options = ["--recipe", "mlp", "--batch-size", 16, "--images", 32, "--out", "run", "--log-to", "json"]
    done = call("train.py", "--dataset", "mnist", *options, "--scores", "digits,spectrum")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    asked = {"digit_distance", "balance", "spectrum"}
    assert [event["scores"].keys() for event in events if event["event"] == "snapshot"] == [asked, asked]
    assert json.loads((tmp_path / "run/scores.json").read_text())["real"].keys() == asked


def test_scores_that_a_training_can_not_have_are_refused_before_it_begins(call, tmp_path):
    options = ["--dataset", "digits", "--images", 16, "--out", "run", "--scores"]
    done = call("train.py", *options, "digits", code=2)
    assert done.stderr == "The measure digits is for runs on MNIST at 28 pixels, not on digits. Leave it out.\n"
    assert "'fids' is unknown; choose from fid,digits" in call("train.py", *options, "fids", code=2).stderr
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--num", "99"], "--num 99 is too few"),
        (
            ["--metrics", "swd,beauty"],
            "'beauty' is unknown; choose from fid,digits,features,efficientnet,swd,diversity,memorisation,colour,spectrum",
        ),
        (["--metrics", "digits"], "digits is for runs on MNIST"),
        (["--epoch", "worst"], "'worst' is not an epoch or all or best"),
        (["--inception-weights", "none.pth"], "none.pth is no file"),
        (["--dataset", "nothing"], "nothing"),
    ],
)
def test_evaluate_mistakes(call, runs, options, message):
    done = call("ganlib.evaluate", runs / "labelled", *options, code=2)
    assert message in done.stderr.splitlines()[-1]
    assert not (runs / "labelled" / "scores.json").exists()


def test_what_a_command_says_can_be_collected():
    with redirect_stdout(io.StringIO()) as said, pytest.raises(SystemExit) as ending:
        run_command(lambda: print("done"))
    assert (said.getvalue(), ending.value.code) == ("done\n", None)
