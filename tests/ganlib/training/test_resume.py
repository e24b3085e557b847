"""Tests that a resumed training equals an uninterrupted one bit for bit: every recipe, any step."""

import random
from dataclasses import replace

import pytest
import torch
from comparing import content, narrow, stopped_after
from conftest import plan, shapes

from ganlib import files
from ganlib.objectives.augment import suited
from ganlib.recipes import RECIPES
from ganlib.runs.run import Run
from ganlib.training import previews, trainer
from ganlib.training.events import Stopped
from ganlib.training.step import GAN
from ganlib.training.trainer import Trainer

CPU = torch.device("cpu")
STEPS, BATCH = 20, 8  # every recipe's lazy penalty is due twice
PICTURES = 44  # five and a half batches


@pytest.fixture(params=RECIPES)
def trained(request):
    """A recipe with smaller networks and with augmentation, and its pictures."""
    recipe = RECIPES[request.param]
    images = shapes(PICTURES, size=recipe.image_size or 28)
    smaller = {"generator": narrow(recipe.generator), "discriminator": narrow(recipe.discriminator), "batch_size": BATCH}
    return replace(recipe, augment=suited(1), **smaller), images


@pytest.mark.slow
@pytest.mark.campaign
def test_each_step_from_a_state_on_disk_is_the_one_that_would_have_followed(trained, tmp_path):
    """By induction, all later steps are."""
    recipe, images = trained
    config, file = plan(images, recipe), tmp_path / "state.safetensors"
    whole = GAN(config, images, CPU)
    for _ in range(STEPS):
        files.write_tensors(file, *whole.state())
        resumed = GAN(config, images, CPU)
        resumed.load_state(*files.read_tensors(file))
        for gan in (whole, resumed):
            gan.step()
        (tensors, settings), (others, other_settings) = whole.state(), resumed.state()
        assert settings == other_settings and tensors.keys() == others.keys()
        different = [name for name, tensor in tensors.items() if tensor.numpy().tobytes() != others[name].numpy().tobytes()]
        assert not different, f"after {whole.images} images"


@pytest.mark.slow
def test_a_run_stopped_in_mid_epoch_ends_as_the_whole_one(trained, tmp_path, monkeypatch):
    """Including history, snapshots, averages and pictures; between two lazy penalties, if the recipe has them."""
    monkeypatch.setattr(trainer, "LOG_STEPS", 6)
    monkeypatch.setattr(previews, "STATISTICS_LEAST", 64)
    recipe, images = trained
    config = plan(images, recipe, length=STEPS * BATCH, snapshot_at=(2,))
    list(Trainer(Run.create(tmp_path / "whole", config), images, CPU).events())
    run = Run.create(tmp_path / "stopped", config)
    steps = random.Random(recipe.name).randrange(2, STEPS)
    assert isinstance(stopped_after(steps, run, images), Stopped)
    list(Trainer(Run.open(run.path), images, CPU, resume=True).events())
    assert content(tmp_path / "whole") == content(run.path)


def test_a_state_of_another_device_goes_on_with_random_numbers_of_the_runs_own():
    """The same each time, others at other positions, and new ones after a rollback."""
    images = shapes(48)

    def drawn(steps=2, **settings):
        config = replace(plan(images), **settings)
        gan, loaded = GAN(config, images, CPU), GAN(config, images, CPU)
        for _ in range(steps):
            gan.step()
        tensors, settings = gan.state()
        loaded.load_state(tensors, settings | {"device": "elsewhere"})
        return tuple(torch.rand(4, generator=loaded.rng).tolist())

    def drawn_after_going_back(steps=2, **settings):
        gan = GAN(plan(images), images, CPU)
        for _ in range(steps):
            gan.step()
        gan.change_rates(replace(plan(images), **settings))
        return tuple(torch.rand(4, generator=gan.rng).tolist())

    assert drawn() == drawn()
    assert (
        len({drawn(), drawn(steps=1), drawn(seed=4), drawn(steps=1, seed=4), drawn(rollbacks=(0,)), drawn(rollbacks=(0, 0))})
        == 6
    )
    assert drawn(rollbacks=(0,)) == drawn_after_going_back(rollbacks=(0,))
