"""Tests train.py --set: the run has the setting, reports it, and keeps it when resumed."""

import json
from pathlib import Path

import pytest
import torch

import train
from ganlib.runs.run import Run

SMALL = ["--dataset", "digits", "--recipe", "mlp", "--device", "cpu", "--out", "run"]
SETTINGS = ["--set", "generator.widths=48,24", "--set", "r1=0.5", "--set", "batch_size=8", "--set", "betas=0,0.99"]


@pytest.mark.slow
def test_a_run_has_what_was_set_and_keeps_it(call):
    call(*SMALL, *SETTINGS, "--images", 24)
    run = Run.open(Path("run"))
    recipe = run.config.recipe
    assert (recipe.r1, recipe.batch_size, recipe.betas) == (0.5, 8, (0.0, 0.99))
    generator = run.generator()
    assert [layer.out_features for layer in generator.modules() if isinstance(layer, torch.nn.Linear)] == [48, 24, 784]
    assert [line["images"] for line in run.history()][-1] == 24
    stored = json.loads((run.path / "config.json").read_text())
    assert stored["recipe"]["generator"] == {"family": "mlp", "widths": [48, 24]} and stored["recipe"]["r1"] == 0.5
    card = (run.path / "README.md").read_text()
    assert "--set generator.widths=48,24 --set r1=0.5" in card.partition("Trained with")[2]
    assert "(generator.widths=48,24, r1=0.5, batch_size=8, betas=0,0.99)" in card.partition("Trained with")[0]

    call("--resume", "run", "--images", 40, *SETTINGS)  # the same command again, longer
    assert Run.open(run.path).config.recipe == recipe and Run.open(run.path).snapshot().images == 40
    call("--resume", "run", "--set", "images=48", "--set", "g_lr=1e-5", "--set", "augment=cutout")
    resumed = Run.open(run.path)
    assert (resumed.config.recipe.g_lr, resumed.config.recipe.augment) == (1e-5, ("cutout",))
    assert resumed.snapshot().images == 48 and resumed.config.recipe.generator == recipe.generator
    before = (run.path / "config.json").read_bytes()
    for setting, told in (
        ("r1=1", "begun with r1 0.5; a resumed run can't change it to 1."),
        ("batch_size=16", "begun with batch_size 8"),
        ("generator.widths=48", "begun with generator.widths [48, 24]"),
        ("generator.norm=true", "begun with generator.norm None; a resumed run can't change it to True."),
        ("latent=normal", "begun with latent uniform"),
    ):
        assert told in call("--resume", "run", "--images", 99, "--set", setting, code=2).err
    assert (run.path / "config.json").read_bytes() == before


@pytest.mark.slow
def test_a_setting_changes_the_training(call):
    for name, setting in (("plain", "r2=0"), ("penalised", "r2=50"), ("again", "r2=50")):
        call(*SMALL[:-1], name, "--batch-size", 8, "--images", 32, "--set", setting)
    plain, penalised, again = (Run.open(Path(name)).generator().state_dict() for name in ("plain", "penalised", "again"))
    assert all(torch.equal(penalised[name], again[name]) for name in again)
    assert not all(torch.equal(penalised[name], plain[name]) for name in plain)


@pytest.mark.slow
def test_another_family_and_size(call):
    families = [f"--set={role}.family=resnet" for role in ("generator", "discriminator")]
    widths = [f"--set={role}.width=16" for role in ("generator", "discriminator")]
    call(*SMALL, *families, *widths, "--set", "image_size=32", "--set", "batch_size=4", "--images", 4)
    config = Run.open(Path("run")).config
    assert config.image_size == 32 and config.recipe.generator == {"family": "resnet", "width": 16}


@pytest.mark.slow
def test_settings_of_a_run_that_goes_on_from_another(call):
    call(*SMALL, "--set", "generator.widths=16", "--set", "batch_size=8", "--images", 8)
    start = ["--dataset", "digits", "--init-from", "run", "--device", "cpu", "--out", "child"]
    call(*start, "--set", "freeze=1", "--set", "r1=0.25", "--set", "images=16")
    child = Run.open(Path("child"))
    assert (child.config.recipe.freeze, child.config.recipe.r1, child.snapshot().images) == (1, 0.25, 16)
    assert child.config.recipe.generator["widths"] == [16]
    for setting, told in (
        ("generator.widths=32", "--set generator: a run that begins with run keeps its generator"),
        ("latent_dim=8", "--set latent_dim: a run that begins with run keeps its latent_dim, 96;"),
        ("freeze=9", "9 is more than the 2 hidden layers"),
    ):
        assert told in call(*start[:-1], "other", "--set", setting, code=2).err
    assert not Path("other").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--set", "r1"], "'r1' is not FIELD=VALUE such as r1=0.5"),
        (["--set", "=1"], "'=1' is not FIELD=VALUE such as r1=0.5"),
        (["--set", "raduis=1"], "a recipe has no such setting; it has image_size, latent_dim"),
        (["--set", "batch_size=8", "--batch-size", "8"], "--batch-size and --set batch_size say the same"),
        (["--set", "g_lr=1", "--g-lr", "1"], "--g-lr and --set g_lr say the same"),
        (["--set", "augment=none", "--augment", "none"], "--augment and --set augment say the same"),
        (["--set", "images=8", "--images", "8"], "--images and --set images say the same"),
        (["--set", "image_size=8"], "mlp draws images of 16, 28, 32, 48, 64, 96, 128, 256 pixels, not 8"),
        (["--set", "freeze=1"], "--init-from"),
        (["--set", "generator.norm=true", "--batch-size", "1"], "mlp can't be trained on batches of 1 by batch norm"),
        (["--set", "generator.widths="], "widths lists at least one layer"),
        (["--set", "generator.widths=-1"], "describe no mlp generator"),
        (["--set", "generator.widths=9999999,9999999"], "describe a network larger than a billion parameters"),
        (["--set", "discriminator.family=dcgan-96"], "dcgan-96 draws images of 96 pixels, not 28"),
        (["--set", "batch_size=99999999"], "--set batch_size=99999999 can't be used: recipe.batch_size must lie between"),
    ],
)
def test_mistakes_write_nothing(call, options, told):
    said = call(*SMALL, *options, code=2).err
    assert told in said.splitlines()[-1]
    assert not Path("run").exists()


def test_help_shows_the_first_commands_and_the_groups(capsys):
    with pytest.raises(SystemExit):
        train.main(["--help"])
    told = capsys.readouterr().out
    commands = [line.partition("#")[0].strip() for line in told.splitlines() if line.startswith("python train.py --")][:3]
    assert commands[0] == "python train.py --dataset mnist" and commands[2] == "python train.py --resume"
    titles = [line[:-1] for line in told.splitlines() if line.endswith(":") and not line.startswith(" ")]
    assert titles[:7] == ["options", "data", "recipe", "length", "output and logging", "where it runs", "Hugging Face Hub"]
    assert titles[7:] == ["on a machine of the Hugging Face Hub, paid by the minute"]
