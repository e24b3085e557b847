"""Tests trainings with a second discriminator on a frozen network's features: step, resume, files, fine-tuning, Learn."""

import copy
import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from comparing import content, stopped_after
from conftest import TINY, plan, shapes, sprites

from ganlib import UserError
from ganlib.hub.names import in_layout
from ganlib.inspection import objective
from ganlib.networks import compiling
from ganlib.objectives.losses import LOSSES
from ganlib.recipes import RECIPES, Features
from ganlib.runs import card, recipe_settings
from ganlib.runs.config import Config
from ganlib.runs.run import Run
from ganlib.training.events import Progress
from ganlib.training.finetuning import Parent
from ganlib.training.step import GAN
from ganlib.training.trainer import Trainer
from studio.learning.lessons import _lesson

CPU = torch.device("cpu")
SMALL = Features(size=32, stages=(1, 2), width=8, augment=("translation",))
SEEING = replace(TINY, features=SMALL)


def gan_of(recipe=SEEING, images=None, **settings):
    images = images or shapes(48)
    return GAN(plan(images, recipe, **settings), images, CPU)


def stepped(gan, steps=1):
    for _ in range(steps):
        gan.step()
    return gan


def weights(network):
    return torch.cat([each.detach().flatten() for each in network.parameters()])


def test_heads_and_generator_move_and_the_frozen_network_does_not():
    gan = gan_of()
    before = {name: weights(network).clone() for name, network in gan.named_networks().items()}
    frozen = weights(gan.frozen).clone()
    stepped(gan)
    assert not any(torch.equal(before[name], weights(network)) for name, network in gan.named_networks().items())
    assert torch.equal(frozen, weights(gan.frozen)) and "heads" in before
    assert not any(name.startswith("frozen") for name in gan.state()[0])
    assert set(gan.meters.means_and_reset()) == {"g_loss", "d_loss", "d_real", "d_fake", "g_heads", "d_heads"}


def test_the_first_discriminator_is_trained_as_without():
    """Its gradient doesn't depend on the heads, nor do its random numbers in the first step."""
    plain = stepped(gan_of(replace(TINY, r1=0.1)))
    seeing = stepped(gan_of(replace(SEEING, r1=0.1, features=replace(SMALL, augment=()))))
    assert torch.equal(weights(plain.discriminator), weights(seeing.discriminator))
    assert not torch.equal(weights(plain.generator), weights(seeing.generator))
    unheard = stepped(gan_of(replace(SEEING, r1=0.1, features=replace(SMALL, augment=(), weight=0.0))))
    torch.testing.assert_close(weights(plain.generator), weights(unheard.generator), rtol=1e-4, atol=1e-6)


def test_a_schedule_of_the_weight():
    half = stepped(gan_of(replace(SEEING, features=replace(SMALL, weight=0.5))))
    scheduled = stepped(gan_of(replace(SEEING, schedules={"features": (0.5, 0.5, 1)})))
    assert torch.equal(weights(half.generator), weights(scheduled.generator))


def test_a_schedule_of_the_size():
    growing = replace(SEEING, schedules={"feature_size": (32, 96, 600)})
    sizes = {images: growing.feature_size(images) for images in (0, 199, 201, 399, 401, 10**9)}
    assert sizes == {0: 32, 199: 32, 201: 64, 399: 64, 401: 96, 10**9: 96}  # thirds: 32 + 64 sin^2(pi / 6) is 48
    assert replace(SEEING, features=replace(SMALL, size=45)).feature_size(5) == 45
    large = stepped(gan_of(replace(SEEING, features=replace(SMALL, size=64))))
    scheduled = stepped(gan_of(replace(SEEING, schedules={"feature_size": (64, 64, 1)})))
    assert torch.equal(weights(large.generator), weights(scheduled.generator))
    assert not torch.equal(weights(large.generator), weights(stepped(gan_of()).generator))


@pytest.mark.slow
@pytest.mark.parametrize(
    "recipe",
    [
        replace(SEEING, schedules={"feature_size": (32, 96, 48)}),
        replace(SEEING, conditional=False, fresh_latents=True, features=replace(SMALL, loss="relativistic", mixing="none")),
        replace(SEEING, first="generator", g_every=2, features=replace(SMALL, head="normed", stages=(2,))),
        replace(SEEING, d_every=2, r1=0.1, features=replace(SMALL, head="whole", mixing="channels", augment=())),
    ],
)
def test_a_resumed_step_is_the_one_that_would_have_followed(recipe):
    whole = gan_of(recipe)
    for _ in range(3):
        resumed = gan_of(recipe)
        resumed.load_state(*copy.deepcopy(whole.state()))
        stepped(whole), stepped(resumed)
        theirs = resumed.state()[0]
        assert all(torch.equal(tensor, theirs[name]) for name, tensor in whole.state()[0].items())


@pytest.mark.parametrize("images", [shapes(48, channels=3, classes=0), sprites(48)], ids=["colour", "transparent"])
def test_pictures_in_colour_and_with_transparency(images):
    assert gan_of(images=images) and np.isfinite(list(stepped(gan_of(images=images)).meters.means_and_reset().values())).all()


def test_labels_reach_the_heads():
    assert gan_of().heads.heads[0].embedding is not None
    assert gan_of(replace(SEEING, conditional=False)).heads.heads[0].embedding is None


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    images = shapes(48)
    run = Run.create(tmp_path_factory.mktemp("runs") / "seeing", plan(images, SEEING, length=160))
    return run, list(Trainer(run, images, CPU).events())


@pytest.mark.slow
def test_a_stopped_run_ends_as_the_whole_one(train, tmp_path):
    images = shapes(48)
    whole, _ = train(images=images, recipe=SEEING, length=128)
    run = Run.create(tmp_path / "stopped", whole.config)
    stopped_after(4, run, images)
    list(Trainer(Run.open(run.path), images, CPU, resume=True).events())
    assert content(whole.path) == content(run.path)


@pytest.mark.slow
def test_what_a_run_keeps_of_it(trained):
    run, events = trained
    assert run.heads().state_dict().keys() == GAN(run.config, shapes(48), CPU).heads.state_dict().keys()
    run.check_weights()
    assert in_layout("heads.safetensors") and run.weights_bytes()["heads.safetensors"] < 100_000
    assert {"g_heads", "d_heads"} <= run.history()[-1].keys()
    assert {"g_heads", "d_heads"} <= next(event for event in events if isinstance(event, Progress)).measures.keys()
    assert Config.from_json(json.loads(json.dumps(run.config.to_json()))) == run.config
    said = card.write(run)
    assert "| Second discriminator | patch heads on the maps of the frozen efficientnet-lite0, stages 1, 2; " in said
    assert "pictures at 32 px; mixing scales to 8 channels; hinge loss, times 1 for the generator; after translation |" in said
    assert ", heads " in said


def test_a_run_without_has_none(train):
    run, _ = train(length=16)
    assert run.heads() is None and "heads" not in card.write(run) and not (run.path / "heads.safetensors").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("features", "copied"), [(SMALL, True), (replace(SMALL, weight=3.0, size=48), True), (Features(), False)]
)
def test_fine_tuning_copies_heads_that_fit(trained, tmp_path, features, copied):
    parent = Parent.of(trained[0], None, "seeing")
    config = parent.adopt(plan(shapes(48), replace(SEEING, features=features)))
    told = [] if copied else ["The heads on features are new: seeing has none like them."]
    assert parent.notes_on_heads(config) == told
    run = Run.create(tmp_path / "child", config)
    parent.copy_into(run)
    assert (run.path / "heads.safetensors").exists() == copied
    gan = Trainer(run, shapes(48), CPU).gan
    if copied:
        assert torch.equal(weights(gan.heads), weights(parent.run.heads()))
    assert torch.equal(weights(gan.generator), weights(parent.run.generator()))


def changed(*settings):
    return recipe_settings.changed(TINY, [tuple(setting.split("=")) for setting in settings])[0].features


def test_features_are_set_by_name():
    assert changed() is None and changed("features.size=96") == Features(size=96)
    assert changed("features.stages=2,3", "features.augment=cutout") == Features(stages=(2, 3), augment=("cutout",))
    recipe, values = recipe_settings.changed(SEEING, [("features.weight", "2.5")])
    assert recipe.features == replace(SMALL, weight=2.5) and values == {"features.weight": 2.5}
    assert (
        recipe_settings.value_of(recipe, "features.weight") == 2.5 and recipe_settings.value_of(TINY, "features.weight") is None
    )
    assert recipe_settings.changed(SEEING, [("features", "none")])[0].features is None
    for setting, told in (
        ("features.stages=5", "features.stages must be some of 1, 2, 3, 4 in order"),
        ("features.head=big", "recipe.features.head 'big' is unknown; this version knows patch, down, normed, whole"),
        ("features.mixing=much", "features.mixing must be one of none, channels, scales."),
        ("features=all", "features must be none."),
        ("features.depth=1", "a recipe has no such setting; it has"),
    ):
        with pytest.raises(UserError, match=told):
            changed(setting)


@pytest.mark.slow
@pytest.mark.parametrize("loss", LOSSES)
def test_learn_tells_of_both_discriminators(loss):
    recipe = replace(RECIPES["pictures"], features=Features(loss=loss, weight=2.0), schedules={"features": (0.0, 1.0, 500)})
    plain, terms = objective.objective(RECIPES["pictures"]), objective.objective(recipe)
    assert [term for term in terms if not term.second] and len(plain) == sum(not term.second for term in terms)
    real, fake = torch.randn(2, 8, dtype=torch.float64)
    for player, weight in (("discriminator", 1.0), ("generator", 2.0)):
        own = [term for term in terms if term.second and term.player == player]
        total = sum(term.value(real, fake) for term in own)
        torch.testing.assert_close(total, weight * getattr(LOSSES[loss], player)(real, fake))
        assert all("F(" in term.latex and "D(" not in term.latex for term in own)
        loss_of = f"self._by_heads(LOSSES[recipe.features.loss].{player}, "
        assert all(term.passages[1].meant.startswith(loss_of) for term in own)
    lesson = json.loads(json.dumps(_lesson(recipe, {"image_size": 64, "channels": 3, "num_classes": 0})))
    assert lesson["step"]["features"]["stages"] == [1, 2, 3, 4]
    assert lesson["terms"][-1]["second"] and lesson["terms"][-1]["weight"] == "0 → 2"


@pytest.mark.slow
@pytest.mark.campaign
def test_compiled_passes_give_the_same_training():
    compiling.check(CPU)
    recipe = replace(SEEING, r1=0.1, penalty_every=2)
    plain, compiled = stepped(gan_of(recipe), 2), gan_of(recipe)
    compiled.compile()
    stepped(compiled, 2)
    for network in ("generator", "discriminator", "heads"):
        torch.testing.assert_close(weights(getattr(plain, network)), weights(getattr(compiled, network)), rtol=0.02, atol=1e-3)
