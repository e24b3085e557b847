"""Tests how a planned training's length stretches the schedules of its recipe."""

from dataclasses import replace

import pytest
import torch

from ganlib.objectives.schedules import Schedule
from ganlib.planning import plan, settings, train_options
from ganlib.recipes import RECIPES

DIGITS = RECIPES["digits"]


def planned(*arguments):
    options = train_options.parser("").parse_args(["--dataset", "digits", "--recipe", "digits", *map(str, arguments)])
    return plan.planned(options, torch.device("cpu")).config


def stretched(recipe, factor, *given):
    options = train_options.parser("").parse_args([word for setting in given for word in ("--set", setting)])
    return settings.stretched(recipe, factor, options).schedules


@pytest.mark.parametrize("arguments, images", [
    ((), 300_000), (("--images", 1_440_000), 1_440_000), (("--images", 300_001), 300_001), (("--images", 60_000), 300_000),
    (("--minutes", 600), 300_000),
    (("--images", 1_440_000, "--set", "schedules.mismatch=1,0,200000"), 200_000),
    (("--set", "images=600000"), 600_000),
])  # fmt: skip
def test_wrong_labels_of_a_longer_training_fade_over_all_of_it(arguments, images):
    config = planned(*arguments)
    assert config.recipe.schedules == {"mismatch": Schedule(1.0, 0.0, images)}
    assert replace(config.recipe, schedules={}, images=300_000, summary=DIGITS.summary) == replace(DIGITS, schedules={})


def test_a_schedule_keeps_its_share_of_the_length():
    recipe = replace(DIGITS, schedules={"mismatch": (1, 0.1, 250), "gamma": (1, 0.5, 3000), "beta2": (0.9, 0.99, 5)})
    assert stretched(recipe, 2) == {
        "mismatch": Schedule(1, 0.1, 500), "gamma": Schedule(1, 0.5, 6000), "beta2": Schedule(0.9, 0.99, 10),
    }  # fmt: skip
    assert stretched(recipe, 1) == stretched(recipe, 0.2) == recipe.schedules
    assert stretched(recipe, 2, "schedules.gamma=1,0.5,3000")["gamma"].images == 3000
    assert stretched(replace(recipe, schedules={}), 2) == {}


def test_a_child_keeps_its_parents_schedules(tmp_path, monkeypatch):
    monkeypatch.chdir(plan.__file__.rpartition("/ganlib/")[0])
    config = planned("--init-from", "checkpoints/fashion", "--images", 900_000)
    assert config.recipe.schedules == {"mismatch": Schedule(1.0, 0.0, 300_000)}
