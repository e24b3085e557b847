"""Recipes are data: each builds, each trains."""

from dataclasses import replace

import pytest
from conftest import plan, shapes

from ganlib.recipes import RECIPES, suggest


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize("classes", [0, 2])
def test_every_recipe_trains_a_few_steps(train, name, classes):
    run, events = train(recipe=replace(RECIPES[name], batch_size=8), length=24, images=shapes(classes=classes))
    assert run.snapshot().images == events[-1].images == 24


@pytest.mark.parametrize("name", RECIPES)
def test_a_summary_fits_a_line(name):
    assert 20 < len(RECIPES[name].summary) <= 110


@pytest.mark.parametrize(
    ("dataset", "name"), [("mnist", "digits"), ("fashion-mnist", "digits"), ("cifar10", "dcgan"), ("pets", "dcgan")]
)
def test_suggest(dataset, name):
    assert suggest(dataset).name == name


@pytest.mark.parametrize("wrong", [{"batch_size": 0}, {"g_lr": -1.0}, {"loss": "?"}, {"augment": ("?",)}])
def test_impossible_settings(wrong):
    with pytest.raises(ValueError, match="recipe"):
        replace(plan(shapes()).recipe, **wrong)
