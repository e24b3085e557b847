"""Tests that every recipe builds and trains."""

from dataclasses import replace

import numpy as np
import pytest
from conftest import plan, shapes

from ganlib.datasets import ImageSet
from ganlib.recipes import FEW, RECIPES, suggest


@pytest.mark.slow
@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_trains_a_few_steps(train, name):
    recipe = replace(RECIPES[name], batch_size=8)
    run, events = train(recipe=recipe, length=24, images=shapes(24, size=recipe.image_size or 28))
    assert run.snapshot().images == events[-1].images == 24
    assert run.config.num_classes == (2 if recipe.conditional else 0)


@pytest.mark.slow
def test_a_recipe_with_labels_trains_without(train):
    run, _ = train(recipe=replace(RECIPES["digits"], batch_size=8), length=24, images=shapes(classes=0))
    assert run.config.num_classes == 0


@pytest.mark.parametrize("name", RECIPES)
def test_a_summary_fits_a_line(name):
    assert 20 < len(RECIPES[name].summary) <= 110


@pytest.mark.parametrize(
    ("dataset", "name"), [("mnist", "digits"), ("fashion-mnist", "digits"), ("cifar10", "pictures"), ("pets", "pictures")]
)
def test_suggest(dataset, name):
    assert suggest(dataset).name == name


@pytest.mark.parametrize(
    ("shape", "name"),
    [
        ((100, 3, 64, 64), "faces"),
        ((FEW - 1, 3, 96, 64), "faces"),
        ((FEW, 3, 64, 64), "pictures"),
        ((40, 3, 32, 32), "pictures"),
        ((40, 3, 64, 32), "pictures"),
        ((100, 1, 64, 64), "pictures"),
        ((100, 4, 64, 64), "pictures"),
    ],
)
def test_few_large_pictures_in_colour_get_a_frozen_networks_features(shape, name):
    assert suggest("pets", ImageSet(np.zeros(shape, np.uint8), None, None, "pets", "pets")).name == name


@pytest.mark.parametrize(
    "wrong",
    [
        {"batch_size": 0},
        {"g_lr": -1.0},
        {"loss": "?"},
        {"augment": ("?",)},
        {"g_every": 51},
        {"ema_half_life": -1},
        {"betas": (0.5, 1.0)},
        {"betas": (-1, 0.9)},
    ],
)
def test_impossible_settings(wrong):
    with pytest.raises(ValueError, match="recipe"):
        replace(plan(shapes()).recipe, **wrong)


@pytest.mark.slow
def test_moments_of_adam_may_be_written_without_a_point(train):
    train(recipe=replace(RECIPES["digits"], betas=(0, 0.9), batch_size=8), length=16)
