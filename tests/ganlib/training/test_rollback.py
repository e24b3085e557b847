"""Tests a diverging training with damaged checkpoints, or before its first snapshot."""

import pytest
import torch
from conftest import plan, shapes

from ganlib import UserError, files
from ganlib.runs.lock import LOCK
from ganlib.runs.run import Run
from ganlib.training import trainer as trainer_module
from ganlib.training.events import Diverged, Finished, RolledBack, SnapshotSaved
from ganlib.training.trainer import Trainer

CPU = torch.device("cpu")
GOOD, LAST, AT = 160, 416, 496  # images: of the last good state, of the last one, and of the fault


@pytest.fixture
def begun(tmp_path, monkeypatch):
    """A trainer that resumes a run and will diverge."""
    monkeypatch.setattr(trainer_module, "LOG_STEPS", 2)
    run, images = Run.create(tmp_path / "run", plan(shapes(), length=640, snapshot_at=(1.6, 4))), shapes()
    trainer = Trainer(run, images, CPU)
    for event in trainer.events():
        if isinstance(event, SnapshotSaved) and event.images == GOOD:
            run.checkpoint_files.keep_candidate()
            run.checkpoint_files.settle_candidate(good=True)
        if isinstance(event, SnapshotSaved) and event.images == 400:
            trainer.stop()  # stops after one more step
    assert files.read_settings(run.checkpoint_files.last)["images"] == LAST
    return breaking(Trainer(Run.open(run.path), images, CPU, resume=True, rollback=True))


def breaking(trainer):
    """Sets one of the trainer's weights to NaN once it has seen so many images."""
    step, left = trainer.gan.step, [True]

    def breaking_step():
        step()
        if trainer.images >= AT and left:
            left.clear()
            trainer.gan.generator.project.weight.data.fill_(float("nan"))

    trainer.gan.step = breaking_step
    return trainer


def cut(path):
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.slow
def test_a_damaged_good_state_costs_nothing_but_the_way_back_to_it(begun, caplog):
    states = begun.run.checkpoint_files
    cut(states.good)
    events = list(begun.events())
    assert [event.images for event in events if isinstance(event, RolledBack)] == [LAST] and events[-1] == Finished(640)
    (told,) = caplog.messages
    assert f"{states.good} is damaged" in told and f"Going back to {states.last} instead" in told


@pytest.mark.slow
def test_whole_states_are_gone_back_to_without_a_word(begun, caplog):
    assert [event.images for event in begun.events() if isinstance(event, RolledBack)] == [GOOD] and not caplog.messages


def test_where_both_states_are_damaged_a_sentence_names_the_way_on(begun):
    run = begun.run
    snapshots = {path: path.read_bytes() for path in run.path.glob("snapshots/*")}
    cut(run.checkpoint_files.good)
    cut(run.checkpoint_files.last)
    with pytest.raises(
        UserError,
        match=r"has diverged and can't go back: .*state\.safetensors is damaged.* A new run can begin with its last snapshot: .*run$",
    ):
        list(begun.events())
    opened = Run.open(run.path)
    assert opened.snapshot().images == 400 and opened.generator() and opened.discriminator()
    assert {path: path.read_bytes() for path in run.path.glob("snapshots/*")} == snapshots
    run.lock.acquire()  # it must be free


def overflowing(trainer, at):
    """Gives the trainer's average finite weights with statistics beyond float32 at `at` images: its pictures become 1e20,
    whose square overflows."""
    step, left = trainer.gan.step, [True]

    def overflowing_step():
        step()
        if trainer.images >= at and left:
            left.clear()
            average = trainer.gan.average
            for weight in (average.norm.weight, average.stages[0][0].weight):
                weight.data.fill_(1e10)

    trainer.gan.step = overflowing_step
    return trainer


def written(run):
    return {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file() and path.name != LOCK}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("settings", "before"), [({"snapshot_at": (1, 2)}, 112), ({"snapshot_at": (1,), "grid_every": 13}, 112)]
)
def test_pictures_whose_statistics_overflow_are_never_written(tmp_path, settings, before):
    """Neither a snapshot at 208 images nor a grid between two snapshots: both would contain NaN."""
    run, kept = Run.create(tmp_path / "run", plan(shapes(), length=640, **settings)), {}
    for event in overflowing(Trainer(run, shapes(), CPU), 208).events():
        if isinstance(event, SnapshotSaved):
            kept = written(run)
    assert isinstance(event, Diverged) and event.images == 208
    assert "the average's stages.0.1.running_" in event.message
    assert written(run) == kept and run.snapshot().images == before
    assert all(torch.isfinite(tensor).all() for tensor in run.generator().state_dict().values())


@pytest.mark.slow
def test_a_rollback_is_no_later_for_it(tmp_path):
    run = Run.create(tmp_path / "run", plan(shapes(), length=320, snapshot_at=(1, 2)))
    events = list(overflowing(Trainer(run, shapes(), CPU, rollback=True), 208).events())
    (back,) = [event for event in events if isinstance(event, RolledBack)]
    assert back.images == 0 and events[-1] == Finished(320)
    assert [snapshot.images for snapshot in run.snapshots()] == [0, 112, 208, 320]
    assert all(torch.isfinite(tensor).all() for tensor in run.generator().state_dict().values())
