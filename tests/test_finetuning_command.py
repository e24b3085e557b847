"""Tests train.py: fine-tuning, estimates, JSON lines, and messages when disk or memory runs out."""

import json
import os
import shutil
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ganlib import datasets
from ganlib.recipes import RECIPES
from ganlib.runs.config import Config
from ganlib.runs.run import Run
from ganlib.training.trainer import Trainer

ROOT = Path(__file__).parents[1]
SMALL = ["--recipe", "mlp", "--batch-size", 16, "--device", "cpu"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run trained on digits."""
    images = datasets.load("digits")
    recipe = replace(RECIPES["mlp"], batch_size=16)
    config = Config.plan(recipe, images, "digits", 96, seed=0, snapshot_at=(0.02, 0.04))
    run = Run.create(tmp_path_factory.mktemp("runs") / "parent", config)
    list(Trainer(run, images, torch.device("cpu")).events())
    return run.path


@pytest.fixture
def parent(call, trained):
    return shutil.copytree(trained, "parent")


def pictures(folder, num=20, seed=0, side=30):
    rng = np.random.default_rng(seed)
    folder.mkdir()
    for number in range(num):
        Image.fromarray(rng.integers(0, 255, (side, side, 3), np.uint8)).save(folder / f"{number}.png")


def events(output):
    return [json.loads(line) for line in output.splitlines()]


@pytest.mark.slow
def test_few_pictures_from_a_run(call, parent, tmp_path):
    pictures(tmp_path / "pets")
    out, said = call("--dataset", "pets", "--init-from", "parent@0.03", "--images", 64, "--log-to", "json", "--grid-every", 2)
    begun, *rest = events(out)
    assert (begun["parent"], begun["total"], begun["dataset_size"]) == ("parent", 64, 20)
    assert any("20 pictures are few" in note for note in begun["notes"]) and begun["notes"][0] in said
    assert "epoch 0.021, 32 images" in begun["notes"][0] and "last discriminator, whatever the epoch" in begun["notes"][0]
    assert rest[-1]["event"] == "finished" and {"grid", "snapshot"} <= {event["event"] for event in rest}
    run = Run.open(Path("checkpoints/parent-pets"))
    config, recipe = run.config, run.config.recipe
    assert (config.parent, config.parent_images, config.image_size, config.channels) == ("parent", 32, 28, 1)
    assert recipe.name == "mlp" and recipe.freeze == 1 and recipe.augment == ("brightness", "contrast", "translation", "cutout")
    assert not recipe.flip
    assert config.lineage == Run.open(parent).config.lineage


@pytest.mark.slow
def test_the_recipe_of_few_pictures_in_colour(call, tmp_path):
    pictures(tmp_path / "pets", side=64)
    few = ["--dataset", "pets", "--batch-size", 4, "--images", 4, "--device", "cpu"]
    out, said = call(*few, "--set", "features.augment=cutout", "--set", "r1=0.5", "--log-to", "json", "--out", "run")
    recipe = Run.open(Path("run")).config.recipe
    assert (recipe.name, recipe.features.augment, recipe.r1) == ("faces", ("cutout",), 0.5)
    assert "brightness" in recipe.augment and "The recipe is faces" in events(out)[0]["notes"][0]
    for name, options in {
        "asked": ["--recipe", "pictures"],
        "network": ["--set", "generator.width=16"],
        "small": ["--image-size", 32],
        "child": ["--init-from", "asked"],
    }.items():
        _, said = call(*few, *options, "--out", name)
        assert Run.open(Path(name)).config.recipe.name == "pictures" and "The recipe is" not in said


@pytest.mark.slow
def test_options_that_change_a_resumed_run(call, parent, tmp_path):
    call("--resume", "parent", "--images", 128, "--g-lr", 1e-4, "--d-lr", "2e-4", "--augment", "cutout")
    recipe = Run.open(parent).config.recipe
    assert (recipe.g_lr, recipe.d_lr, recipe.augment) == (1e-4, 2e-4, ("cutout",))
    assert "--g-lr 0.0001" in Run.open(parent).config.commands[-1]
    for option, told in ((["--freeze", 1], "freeze 0"), (["--classes", "3"], "classes"), (["--init-from", "x"], "init_from")):
        _, said = call("--resume", "parent", "--images", 160, *option, code=2)
        assert told in said


@pytest.mark.slow
def test_chosen_classes(call, tmp_path):
    call("--dataset", "digits", *SMALL, "--classes", "7,3", "--images", 32)
    run = Run.open(Path("checkpoints/digits-3-7"))
    assert run.config.classes == ("3", "7") and 250 < run.config.dataset_size < 350
    call("--resume", run.path, "--images", 48)
    assert Run.open(run.path).snapshot().images == 48


@pytest.mark.slow
def test_a_single_class_from_a_run_with_labels(call, tmp_path):
    call("--dataset", "digits", "--recipe", "digits", "--batch-size", 8, "--images", 8, "--device", "cpu", "--out", "ten")
    out, _ = call(
        "--dataset", "digits", "--classes", "7", "--init-from", "ten", "--images", 16, "--out", "seven", "--log-to", "json"
    )
    assert any("labels are drawn at random" in note for note in events(out)[0]["notes"])
    config = Run.open(Path("seven")).config
    assert config.num_classes == 10 and config.classes == ("7",) and config.images == 16


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--init-from", "nowhere"], "no run at nowhere"),
        (["--init-from", "parent@x"], "no run at parent@x"),
        (["--init-from", "parent", "--freeze", "9"], "--freeze 9 is more than the 2 hidden layers"),
        (["--init-from", "parent", "--image-size", "32"], "--image-size 32: parent draws 28 pixels"),
        (["--freeze", "1"], "--init-from"),
        (["--classes", "11"], "digits has no class '11'; it has 0, 1"),
        (["--classes", ","], "is not a list of names"),
        (["--augment", "blur"], "'blur' is unknown; choose from brightness"),
        (["--g-lr", "0"], "'0' is not a number above 0"),
        (["--dry-run", "--resume"], "leave --resume out"),
        (["--log-to", "paper"], "invalid choice"),
    ],
)
def test_mistakes_write_nothing(call, parent, options, message):
    _, said = call("--dataset", "digits", *options, code=2)
    assert message in said.splitlines()[-1]
    assert not Path("checkpoints").exists()


def test_a_dry_run_measures_and_writes_nothing(call, monkeypatch):
    monkeypatch.setattr("ganlib.training.estimate.SECONDS", 0.1)
    out, said = call("--dataset", "digits", *SMALL, "--images", 100_000, "--dry-run", "--log-to", "json")
    (told,) = events(out)
    assert told["event"] == "estimate" and told["bytes"] > 50e6
    assert told["seconds"] == pytest.approx(100_000 / told["images_per_second"])
    assert "images/s" in said and [path.name for path in Path().iterdir()] in ([], ["cache"])
    out, _ = call("--dataset", "digits", *SMALL, "--minutes", 2, "--dry-run", "--log-to", "json")
    assert events(out)[0]["seconds"] == 120


LIMITED = textwrap.dedent("""
    import resource, signal, sys
    import train
    from ganlib.cli import run_command
    from ganlib.training.trainer import Trainer
    kind, size = sys.argv.pop(1), int(sys.argv.pop(1))
    save = Trainer._save_snapshot
    def snapshot(self):  # the first one has room
        told = save(self)
        used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize() if kind == "AS" else 0
        resource.setrlimit(getattr(resource, f"RLIMIT_{kind}"), (used + size, used + size))
        return told
    Trainer._save_snapshot = snapshot
    run_command(train.main)
""")


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits of a process")
@pytest.mark.parametrize(("kind", "size", "reason"), [("FSIZE", 1000, "disk"), ("AS", 10_000_000, "memory")])
def test_no_room_left(call, tmp_path, kind, size, reason):
    """The error says in a sentence what ran out; the run can be resumed once there is room."""
    run = tmp_path / "run"
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "GANLIB_CACHE": str(tmp_path / "cache")}
    options = ["--dataset", "digits", "--recipe", "mlp", "--batch-size", "4096", "--device", "cpu", "--log-to", "json"]
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, kind, str(size), *options, "--images", "8192", "--snapshot-at", "3", "--out", run],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2, done.stderr
    failed = events(done.stdout)[-1]
    assert (failed["event"], failed["reason"]) == ("failed", reason)
    assert f"python train.py --resume {run}" in failed["message"]
    assert "Traceback" not in done.stderr and done.stderr.splitlines()[-1] == failed["message"]
    Run.open(run).generator()
    call("--resume", run)
    assert Run.open(run).snapshot().images == 9000


@pytest.mark.slow
def test_whoever_reads_the_lines_may_go(tmp_path):
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    command = [ROOT / "train.py", "--dataset", "digits", *map(str, SMALL), "--out", tmp_path / "run", "--log-to", "json"]
    process = subprocess.Popen([sys.executable, *command], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while json.loads(process.stdout.readline())["event"] != "snapshot":
        pass
    process.stdout.close()
    errors = process.stderr.read().decode()
    assert process.wait(60) == 0 and "Traceback" not in errors and "--resume" in errors
    assert (tmp_path / "run/state.safetensors").exists()
