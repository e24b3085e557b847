"""Tests the trainer: its events, that it learns, reproducibility by seed, and that nothing is lost."""

import itertools
import json
import time
from dataclasses import replace

import numpy as np
import prefork
import pytest
import torch
from comparing import content, stopped_after
from conftest import NETWORK, TINY, plan, shapes
from PIL import Image

from ganlib import UserError, files
from ganlib.recipes import RECIPES
from ganlib.runs import checkpoint_files
from ganlib.runs.run import Run
from ganlib.training import health, previews
from ganlib.training import trainer as trainer_module
from ganlib.training.events import Diverged, Finished, HealthRead, Progress, RolledBack, SnapshotSaved, Stopped
from ganlib.training.snapshot_schedule import snapshot_points
from ganlib.training.trainer import Trainer

CPU = torch.device("cpu")
DROPOUT = replace(
    RECIPES["deep-mlp"],
    generator={"family": "mlp", "widths": [8, 16], "norm": True},
    discriminator={"family": "mlp", "widths": [16, 8], "dropout": [0.5, 0.5]},
    batch_size=16,
    d_every=2,
    g_every=3,
)


def slow(recipe):
    return pytest.param(recipe, marks=pytest.mark.slow)


@pytest.mark.slow
def test_events_and_files(train):
    run, events = train(length=1600, snapshot_at=(4, 8))
    saved = [event.snapshot.images for event in events if isinstance(event, SnapshotSaved)]
    assert saved == [0, 400, 800, 1600]
    assert [event.images for event in events if isinstance(event, Progress)] == [800, 1600]
    assert isinstance(events[-1], Finished) and events[-1].images == 1600
    line = run.history()[-1]
    assert line["epoch"] == 16 and {"g_loss", "d_loss", "d_real", "d_fake", "images_per_second"} <= line.keys()
    with Image.open(run.path / "grids/000001600.webp") as grid:
        assert grid.size == (2 + 8 * 30, 2 + 2 * 30)  # a row for each of two classes
    assert "<polyline" in (run.path / "curves.svg").read_text()
    assert "1,600 (epoch 16)" in (run.path / "README.md").read_text()


@pytest.mark.slow
def test_batch_statistics_are_of_more_pictures_once_there_is_something_to_see(train, monkeypatch):
    """A batch of them has 128 pictures."""
    monkeypatch.setattr(previews, "STATISTICS_PIXELS", 8 * 128 * 28**2)
    run, _ = train(length=160, snapshot_at=(1,))
    kept = [files.read_tensors(snapshot.path)[0] for snapshot in run.snapshots()]
    batches = [{int(tensors[name]) for name in tensors if name.endswith("num_batches_tracked")} for tensors in kept]
    assert batches == [{4}, {8}, {8}]


@pytest.mark.slow
def test_grids_between_the_snapshots(train):
    run, _ = train(length=160, snapshot_at=(1,), grid_every=4)
    names = sorted(int(path.stem) for path in run.path.glob("grids/*"))
    assert names == [0, 64, 112, 128, 160]  # every four batches of 16, and at snapshots
    assert [snapshot.images for snapshot in run.snapshots()] == [0, 112, 160]


@pytest.mark.slow
def test_untrained_snapshot_is_the_seed_and_the_last_one_has_learned(train):
    run, _ = train(recipe=replace(TINY, g_lr=2e-3, d_lr=2e-3, batch_size=32), length=32 * 250)
    z, labels = torch.randn(64, 8, generator=torch.Generator().manual_seed(0)), torch.arange(64) % 2
    before, after = (run.generator(snapshot)(z, labels) for snapshot in (run.snapshots()[0], run.snapshots()[-1]))
    halves = torch.stack([after[..., :14].mean((1, 2, 3)), after[..., 14:].mean((1, 2, 3))], 1)
    assert (halves.argmax(1) == labels).float().mean() > 0.95  # the class is the half of the square
    assert before.std() < 0.1 and after.std() > 2 * before.std()  # flat grey became squares


@pytest.mark.slow
@pytest.mark.parametrize(
    "recipe",
    [
        replace(TINY, discriminator=NETWORK | {"norm": "batch"}, flip=True, final_lr=0.1),
        slow(TINY),
        slow(
            replace(TINY, loss="relativistic", r1=0.1, r2=0.1, penalty_every=4, mismatch=0.5, augment=("translation", "cutout"))
        ),
        slow(replace(TINY, loss="wasserstein", gradient_penalty=10.0, latent="uniform", conditional=False)),
        slow(replace(TINY, discriminator=NETWORK | {"norm": "spectral", "conditioning": "concat"}, loss="hinge")),
        slow(DROPOUT),
    ],
    ids=["batch norm and flips", "plain", "R1, R2, augmentation", "WGAN-GP", "spectral norm", "dropout, short batches"],
)
def test_two_runs_of_one_seed_are_equal_and_a_resumed_one_too(train, tmp_path, recipe):
    images = shapes()
    first, _ = train("first", recipe=recipe, snapshot_at=(1, 2))
    second, _ = train("second", recipe=recipe, snapshot_at=(1, 2))
    assert content(first.path) == content(second.path)

    run = Run.create(tmp_path / "third", plan(images, recipe, snapshot_at=(1, 2)))
    trainer = Trainer(run, images, CPU)
    for event in trainer.events():
        if isinstance(event, SnapshotSaved) and event.snapshot.images in (100, 112):  # an epoch, with or without a short batch
            trainer.stop()
    assert isinstance(event, Stopped)
    list(Trainer(Run.open(run.path), images, CPU, resume=True).events())
    assert content(first.path) == content(run.path)


@pytest.mark.slow
def test_another_seed_is_another_run(train):
    first, _ = train("first")
    second, _ = train("second", seed=4)
    assert content(first.path)["snapshots/000000320.safetensors"] != content(second.path)["snapshots/000000320.safetensors"]


@pytest.mark.slow
def test_precision_is_chosen(train):
    """Equal up to rounding, and not exactly."""
    runs = [train(precision, length=160, precision=precision)[0] for precision in ("float32", "bfloat16")]
    first, second = (torch.cat([p.flatten() for p in run.generator().parameters()]) for run in runs)
    assert 0 < (first - second).norm() < 0.1 * first.norm()


@pytest.mark.slow
def test_global_random_state_neither_matters_nor_changes(train):
    torch.manual_seed(1)
    first, _ = train("first")
    torch.manual_seed(2)
    state = torch.get_rng_state()
    second, _ = train("second")
    assert torch.equal(state, torch.get_rng_state())
    assert content(first.path) == content(second.path)


@pytest.mark.slow
def test_train_py_killed_at_any_moment_and_resumed(tmp_path):
    """The command, killed twice, ends as the uninterrupted one."""
    options = ["--dataset", "digits", "--recipe", "mlp", "--batch-size", "16", "--images", "3200", "--snapshot-at", ".4,.8"]
    environment, log = {"OMP_NUM_THREADS": "1", "GANLIB_CACHE": str(tmp_path / "cache")}, tmp_path / "log"

    def begin(*arguments):
        return prefork.start("train.py", "--device", "cpu", *arguments, stdout=log, stderr=log, environment=environment)

    assert begin(*options, "--out", tmp_path / "whole").wait() == 0, log.read_text()
    arguments = [*options, "--out", tmp_path / "killed"]
    for snapshots in (1, 2):
        process = begin(*arguments)
        while process.poll() is None and len(list(tmp_path.glob("killed/snapshots/*.safetensors"))) <= snapshots:
            time.sleep(0.02)
        time.sleep(0.1)
        process.kill()
        process.wait()
        arguments = ["--resume", tmp_path / "killed"]
    assert begin(*arguments).wait() == 0, log.read_text()
    assert content(tmp_path / "whole") == content(tmp_path / "killed")


@pytest.mark.slow
def test_resume_needs_a_state_that_fits(train, tmp_path):
    run, _ = train()
    tensors, settings = run.checkpoint_files.read(run.checkpoint_files.last)
    tensors["generator.norm.weight"] = torch.zeros(3)
    run.checkpoint_files.save(tensors, settings)
    with pytest.raises(UserError, match=r"state\.safetensors .*does not fit this run .*size mismatch.*--init-from"):
        Trainer(run, shapes(), CPU, resume=True)
    del settings["summed"]
    run.checkpoint_files.save(tensors, settings)
    with pytest.raises(UserError, match=r"state\.safetensors was written by an older version"):
        Trainer(run, shapes(), CPU, resume=True)
    (run.path / "state.safetensors").unlink()
    with pytest.raises(UserError, match="can't be resumed"):
        Trainer(run, shapes(), CPU, resume=True)


@pytest.mark.slow
def test_a_resumed_run_may_be_longer(train):
    run, _ = train(length=160)
    longer = replace(run.config, images=320)
    run.config = longer
    events = list(Trainer(run, shapes(), CPU, resume=True).events())
    assert events[-1] == Finished(320)
    assert [snapshot.images for snapshot in run.snapshots()] == [0, 160, 320]


def infinite_gradient(gan):
    """Makes the discriminator's next gradient infinite."""
    weight = gan.discriminator.features[0].weight
    hook = weight.register_hook(lambda gradient: (hook.remove(), gradient.fill_(float("inf")))[1])


# What becomes NaN or Inf, and what is reported. A NaN weight spreads to other weights and the losses at the next step.
POISONS = {
    "g_loss": (lambda gan: gan.meters.sums[0].fill_(float("inf")), "g_loss is not finite"),
    "gradient": (infinite_gradient, "g_loss and the generator's project.weight are not finite"),
    "G's weight": (
        lambda gan: gan.generator.project.weight.data[0].fill_(float("nan")),
        "g_loss and the generator's project",
    ),
    "D's weight": (lambda gan: gan.discriminator.to_logit.weight.data[0].fill_(float("inf")), "g_loss and the generator's"),
    "statistics": (lambda gan: gan.generator.norm.running_var[0].fill_(float("inf")), "the generator's norm.running_var is"),
    "average": (lambda gan: gan.average.project.weight[0].fill_(float("nan")), "the average's project.weight is not"),
    "moment": (  # would only stop its weight from changing
        lambda gan: gan.g_optimiser.state[gan.generator.to_image.weight]["exp_avg_sq"].fill_(float("inf")),
        "the generator's to_image.weight (exp_avg_sq of its gradients) is not finite",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("culprit", POISONS)
def test_what_is_not_finite_is_found_by_the_next_log_and_the_last_good_snapshot_kept(tmp_path, monkeypatch, culprit):
    monkeypatch.setattr(trainer_module, "LOG_STEPS", 10)
    images, (poison, told) = shapes(), POISONS[culprit]
    run = Run.create(tmp_path / "run", plan(images, replace(TINY, g_lr=1e-4), length=3200, snapshot_at=(1,)))
    trainer = Trainer(run, images, CPU)
    events = []
    for event in trainer.events():
        events.append(event)
        if isinstance(event, SnapshotSaved) and event.images == 112:
            poison(trainer.gan)
    assert isinstance(events[-1], Diverged) and events[-1].images == trainer_module.LOG_STEPS * 16
    assert told in events[-1].message and "--resume and smaller --g-lr and --d-lr" in events[-1].message
    assert run.snapshot().images == 112
    assert all(torch.isfinite(tensor).all() for tensor in run.generator().state_dict().values())
    assert all(torch.isfinite(tensor).all() for tensor in run.checkpoint_files.read(run.checkpoint_files.last)[0].values())
    assert [line["images"] for line in run.history()] == []


def test_weights_beyond_float16_are_kept_as_they_are(tmp_path):
    run = Run.create(tmp_path / "run", plan(shapes()))
    generator = Trainer(run, shapes(), CPU).gan.average
    generator.project.weight[0, 0] = 1e6
    run.save_snapshot(generator, 0)
    assert run.generator().project.weight[0, 0] == 1e6


def poisoned(trainer, times=1, at=400, factor=float("inf")):
    """Yields the trainer's events; the first `times` at `at` images or more, weights of both players are enlarged."""
    step, left = trainer.gan.step, itertools.count(times, -1)

    def poisoning_step():
        step()
        if trainer.images >= at and next(left) > 0:
            for network in (trainer.gan.generator, trainer.gan.discriminator):
                list(network.parameters())[-2].data *= factor

    trainer.gan.step = poisoning_step
    return trainer.events()


@pytest.mark.slow
def test_rollback_goes_on_with_half_the_rates_and_other_noise(tmp_path, train):
    images = shapes()
    run = Run.create(tmp_path / "run", plan(images, length=1600, snapshot_at=(3, 9)))
    events = list(poisoned(Trainer(run, images, CPU, rollback=True)))
    (back,) = [event for event in events if isinstance(event, RolledBack)]
    assert back == RolledBack(0, TINY.g_lr / 2, TINY.d_lr / 2)  # there was no verdict before
    assert events[-1] == Finished(1600)
    config = Run.open(run.path).config
    assert config.rollbacks == (0,) and config.recipe.g_lr == TINY.g_lr / 2
    assert [line["images"] for line in run.history()] == [800, 1600]

    trainer = Trainer(Run.create(tmp_path / "again", plan(images, length=1600, snapshot_at=(3, 9))), images, CPU, rollback=True)
    for event in poisoned(trainer):
        if isinstance(event, SnapshotSaved) and event.images > 304:
            trainer.stop()
    list(Trainer(Run.open(tmp_path / "again"), images, CPU, resume=True).events())
    assert content(run.path) == content(tmp_path / "again")
    whole, _ = train("whole", length=1600, snapshot_at=(3, 9), recipe=replace(TINY, g_lr=TINY.g_lr / 2, d_lr=TINY.d_lr / 2))
    assert content(run.path)["snapshots/000001600.safetensors"] != content(whole.path)["snapshots/000001600.safetensors"]


@pytest.mark.slow
def test_rollback_gives_up_after_the_third(tmp_path):
    images = shapes()
    run = Run.create(tmp_path / "run", plan(images, length=1600, snapshot_at=(3,)))
    events = list(poisoned(Trainer(run, images, CPU, rollback=True), times=100))
    assert [type(event) for event in events if isinstance(event, RolledBack | Diverged)] == [RolledBack] * 3 + [Diverged]
    assert run.config.recipe.d_lr == TINY.d_lr / 8 and run.config.rollbacks == (0, 0, 0) and run.snapshot().images == 304
    assert all(torch.isfinite(tensor).all() for tensor in run.checkpoint_files.read(run.checkpoint_files.last)[0].values())


@pytest.mark.slow
def test_a_rollback_goes_to_a_state_after_which_the_run_still_learned(tmp_path, monkeypatch):
    monkeypatch.setattr(trainer_module, "LOG_STEPS", 4)  # verdicts need more images than lie between states
    images = shapes()
    config = plan(images, replace(TINY, d_every=1, g_every=1), length=3200, snapshot_every=0.64)
    run = Run.create(tmp_path / "run", config)
    events = list(poisoned(Trainer(run, images, CPU, rollback=True), at=1600, factor=1e5))
    (back,) = [event for event in events if isinstance(event, RolledBack)]
    assert 1600 - 64 * 2 * health.WINDOW <= back.images <= 1600 - 64
    # So small a network draws a fine pattern; it neither diverges nor collapses.
    assert health.read(run.history(), config).verdict in ("learning", "artefacts") and events[-1] == Finished(3200)

    left = Run.create(tmp_path / "left", config)
    assert not any(isinstance(event, RolledBack) for event in poisoned(Trainer(left, images, CPU), at=1600, factor=1e5))
    assert left.checkpoint_files.read(left.checkpoint_files.last)[1]["images"] == 3200
    assert health.read(left.history(), config).verdict == "diverging"
    first = next(Trainer(left, images, CPU, resume=True, rollback=True).events())
    assert first == back
    assert left.checkpoint_files.read(left.checkpoint_files.last)[1]["images"] == back.images == left.snapshots()[-1].images
    assert not (run.path / checkpoint_files.CANDIDATE).exists()


@pytest.mark.slow
def test_the_verdict_is_told_when_it_changes_and_at_the_end(tmp_path, monkeypatch):
    monkeypatch.setattr(trainer_module, "LOG_STEPS", 4)
    images = shapes()
    events = list(Trainer(Run.create(tmp_path / "run", plan(images, length=16 * 4 * 10)), images, CPU).events())
    told = [(event.images, event.reading.verdict) for event in events if isinstance(event, HealthRead)]
    assert len(told) == 2 and told[0] == (16 * 4 * 8, told[1][1]) and told[1][0] == 640


@pytest.mark.slow
def test_stop_saves_between_logs_and_the_history_does_not_show_it(train, tmp_path):
    images = shapes()
    whole, _ = train("whole", length=1600)
    run = Run.create(tmp_path / "stopped", plan(images, length=1600))
    assert stopped_after(21, run, images) == Stopped(21 * 16)
    list(Trainer(run, images, CPU, resume=True).events())
    assert content(whole.path) == content(run.path)


@pytest.mark.slow
def test_a_whole_stop_leaves_a_snapshot_and_changes_no_weight(train, tmp_path):
    images = shapes()
    whole, _ = train("whole", length=640)
    run = Run.create(tmp_path / "stopped", plan(images, length=640))
    assert stopped_after(21, run, images, whole=True) == Stopped(21 * 16) and run.snapshot().images == 21 * 16
    list(Trainer(run, images, CPU, resume=True).events())
    names = [f"snapshots/{snapshot.path.name}" for snapshot in whole.snapshots()]
    assert {name: content(run.path)[name] for name in names} == {name: content(whole.path)[name] for name in names}


@pytest.mark.slow
def test_minutes_end_a_run_without_a_length(tmp_path):
    run = Run.create(tmp_path / "run", plan(shapes(), length=None))
    events = list(Trainer(run, shapes(), CPU).events(minutes=0.01))
    assert isinstance(events[-1], Finished)
    assert run.snapshot().images == events[-1].images > 0


def first_points(config, number=9):
    return list(itertools.islice(snapshot_points(config), number))


def test_snapshot_points():
    mnist = replace(plan(shapes()), dataset_size=60_000)
    assert first_points(mnist) == [0, 3750, 7500, 15000, 30000, 60000, 120000, 180000, 300000]
    assert first_points(replace(mnist, snapshot_at=(10.0, 1.0, 20.0))) == [0, 60000, 600000, 1200000]
    assert first_points(replace(mnist, snapshot_every=0.5), 3) == [0, 30000, 60000]
    assert first_points(replace(mnist, dataset_size=24), 4) == [0, 24 * 100, 24 * 200, 24 * 300]


def test_average_follows_the_published_formula(tmp_path):
    """theta_ema <- theta + (theta_ema - theta) * 0.5^(batch / half-life), half-life 5 % of the images seen at first."""
    images = shapes()
    trainer = Trainer(Run.create(tmp_path / "run", plan(images)), images, CPU)
    before = [parameter.clone() for parameter in trainer.gan.average.parameters()]
    trainer.gan.step()
    keep = 0.5 ** (16 / (0.05 * 16))
    for old, new, raw in zip(before, trainer.gan.average.parameters(), trainer.gan.generator.parameters(), strict=True):
        assert torch.allclose(new, raw + (old - raw) * keep, atol=1e-7)


@pytest.mark.slow
def test_statistics_are_those_of_the_averaged_weights(train):
    run, _ = train()
    generator = run.generator()
    z, labels = torch.randn(4000, 8), torch.arange(4000) % 2
    activations = generator.unflatten(generator.project(torch.cat([z, torch.nn.functional.one_hot(labels, 2)], 1)))
    assert torch.allclose(generator.norm.running_var, activations.var((0, 2, 3)), rtol=0.15)


def test_statistics_see_the_labels_as_the_data_has_them(tmp_path):
    """A folder is read class by class: its first thousands of labels are one class."""
    images = shapes(4000)
    images = replace(images, labels=np.sort(images.labels))
    trainer = Trainer(Run.create(tmp_path / "run", plan(images)), images, CPU)
    labels = torch.cat([labels for _, labels in trainer.gan.previews._statistics_batches(previews.STATISTICS_LEAST)])
    assert labels.float().mean().item() == pytest.approx(0.5, abs=0.05)


def test_learning_rate_falls_along_a_cosine(tmp_path):
    images = shapes()
    trainer = Trainer(Run.create(tmp_path / "run", plan(images, replace(TINY, final_lr=0.1), length=1000)), images, CPU)
    rates = []
    for trainer.gan.images in (0, 500, 1000, 5000):
        trainer.gan._set_rates()
        rates.append(trainer.gan.g_optimiser.param_groups[0]["lr"] / TINY.g_lr)
    assert rates == pytest.approx([1, 0.55, 0.1, 0.1])


@pytest.mark.slow
def test_config_tells_what_was_trained(train):
    run, _ = train(images=shapes(60, 3, 0))
    config = json.loads((run.path / "config.json").read_text())
    assert config["channels"] == 3 and config["class_names"] is None and config["dataset_size"] == 60
    assert files.read_settings(run.snapshot().path)["generator"] == run.config.generator_settings()
