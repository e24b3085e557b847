"""Tests that trainings which take turns in one process, as a notebook may let them, end as each would alone."""

from dataclasses import replace

import pytest
import torch
from comparing import content
from conftest import TINY, plan, shapes

from ganlib.recipes import RECIPES
from ganlib.runs.run import Run
from ganlib.training import previews, trainer
from ganlib.training.trainer import Trainer

CPU = torch.device("cpu")
IMAGES = shapes(44)
SMALL_DROPOUT = {
    "generator": {"family": "mlp", "widths": [8, 16], "norm": True},
    "discriminator": {"family": "mlp", "widths": [16, 8], "dropout": [0.5, 0.5]},
    "batch_size": 16,
}
RECIPES_IN_TURNS = {
    "tiny": TINY,
    "least-squares": replace(TINY, loss="least-squares"),
    "dropout": replace(RECIPES["deep-mlp"], **SMALL_DROPOUT),  # torch draws it from the process's generator
}


def begun(folder, name):
    """Starts a training; returns its events."""
    return Trainer(Run.create(folder / name, plan(IMAGES, RECIPES_IN_TURNS[name], length=160)), IMAGES, CPU).events()


@pytest.mark.slow
def test_trainings_that_take_turns_equal_those_alone_bit_for_bit(tmp_path, monkeypatch):
    monkeypatch.setattr(trainer, "LOG_STEPS", 3)
    monkeypatch.setattr(trainer, "ADVANCE_SECONDS", 0.0)  # a turn is a step
    monkeypatch.setattr(previews, "STATISTICS_LEAST", 64)
    for name in RECIPES_IN_TURNS:
        list(begun(tmp_path / "alone", name))
    racing = [begun(tmp_path / "race", name) for name in RECIPES_IN_TURNS]
    while racing:
        racing = [events for events in racing if next(events, None)]
    for name in RECIPES_IN_TURNS:
        assert content(tmp_path / "race" / name) == content(tmp_path / "alone" / name), name
