"""Tests the clock of a training: it leaves out pauses, and so do all times of a trainer that takes turns."""

import time
from types import SimpleNamespace

import pytest
import torch
from conftest import plan, shapes

from ganlib.runs.run import Run
from ganlib.training import stopwatch
from ganlib.training import trainer as trainer_module
from ganlib.training.events import Finished
from ganlib.training.stopwatch import Stopwatch
from ganlib.training.trainer import Trainer

STEP, PAUSE = 1.0, 100.0  # seconds of the simulated time


def test_pauses_do_not_count():
    clock = Stopwatch()
    before = clock.now()
    clock.pause()
    paused = clock.now()
    time.sleep(0.05)
    clock.pause()  # a second one changes nothing
    assert clock.now() == paused
    clock.go()
    clock.go()
    assert clock.now() - before < 0.05
    time.sleep(0.05)
    assert clock.now() - before >= 0.05


@pytest.mark.slow
@pytest.mark.parametrize(("minutes", "images"), [(1, 320), (8 * STEP / 60, 128)])
def test_a_trainer_counts_its_own_seconds(tmp_path, monkeypatch, minutes, images):
    """In simulated time, which passes in steps and pauses only."""
    world = SimpleNamespace(now=0.0)
    monkeypatch.setattr(stopwatch, "time", SimpleNamespace(monotonic=lambda: world.now))
    monkeypatch.setattr(trainer_module, "LOG_STEPS", 4)

    def pass_seconds(seconds):
        world.now += seconds

    trainer = Trainer(Run.create(tmp_path / "run", plan(shapes(), length=320)), shapes(), torch.device("cpu"))
    step = trainer.gan.step
    trainer.gan.step = lambda: (step(), pass_seconds(STEP))
    events = trainer.events(minutes)
    while event := next(events, None):  # one after each step, since a step takes longer than ADVANCE_SECONDS
        last = event
        trainer.clock.pause()
        pass_seconds(PAUSE)
        trainer.clock.go()
    steps = images // 16
    assert isinstance(last, Finished) and last.images == images and world.now > steps * (STEP + PAUSE)
    assert trainer.seconds == steps * STEP
    lines = trainer.run.history()
    assert len(lines) == steps // 4 and {line["images_per_second"] for line in lines} == {16 / STEP}
    assert [line["seconds"] for line in lines] == [line["images"] / 16 * STEP for line in lines]
    assert trainer.checkpointer.load_last()[0] == steps * STEP
