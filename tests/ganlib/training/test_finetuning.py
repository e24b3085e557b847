"""Tests fine-tuning: a run that starts from another's snapshot, on few pictures or some classes."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from comparing import content
from conftest import TINY, plan, shapes

from ganlib import UserError, networks
from ganlib.datasets import ImageSet
from ganlib.datasets.image_set import only
from ganlib.recipes import RECIPES
from ganlib.runs.run import Run
from ganlib.training import finetuning, previews
from ganlib.training.events import SnapshotSaved
from ganlib.training.finetuning import Parent
from ganlib.training.trainer import Trainer

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The folder of a run with two classes, a and b, and three snapshots."""
    run = Run.create(tmp_path_factory.mktemp("trained") / "run", plan(shapes(), snapshot_at=(1,)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(previews, "STATISTICS_PIXELS", 0)
        list(Trainer(run, shapes(), CPU).events())
    return run.path


@pytest.fixture
def parent(trained, tmp_path):
    """A copy of it, at its second snapshot."""
    return Parent.of(Run.open(shutil.copytree(trained, tmp_path / "parent")), 1, "parent")


def child(path, parent, images, recipe=TINY, **settings):
    config = parent.adopt(plan(images, recipe, **settings))
    run = Run.create(path, config)
    parent.copy_into(run)
    return run, config.as_known(images)


def others(num=40, names=("b", "a")):
    """Writes shapes upside down, with their classes in another order."""
    images = shapes(num)
    return ImageSet(images.images[:, :, ::-1].copy(), images.labels, names, "others", f"others-{num}")


@pytest.mark.slow
def test_it_begins_with_the_parents_pictures_and_its_last_discriminator(parent, tmp_path):
    run, images = child(tmp_path / "child", parent, others())
    list(Trainer(run, images, CPU).events())
    first, theirs = run.generator(run.snapshots()[0]).state_dict(), parent.run.generator(parent.snapshot).state_dict()
    assert first.keys() == theirs.keys() and all(torch.equal(first[name], theirs[name]) for name in first)
    last = run.generator().state_dict()
    assert not all(torch.equal(first[name], last[name]) for name in first)
    assert run.config.lineage == parent.config.lineage
    assert run.config.lineage != plan(others()).lineage
    assert run.snapshots()[0].label == "as parent left it" and parent.snapshot.images == run.config.parent_images == 112


def test_the_trainer_starts_from_the_parents_weights(parent, tmp_path):
    run, images = child(tmp_path / "child", parent, others())
    gan = Trainer(run, images, CPU).gan
    for ours, theirs in (
        (gan.generator, parent.run.generator(parent.snapshot)),
        (gan.average, parent.run.generator(parent.snapshot)),
        (gan.discriminator, parent.run.discriminator()),
    ):
        assert all(torch.equal(one, other) for one, other in zip(ours.parameters(), theirs.parameters(), strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("killed", [False, True], ids=["stopped", "killed before its first state"])
def test_a_resumed_one_is_equal(parent, tmp_path, killed):
    recipe = replace(TINY, freeze=1, augment=("translation",))
    whole, images = child(tmp_path / "whole", parent, others(), recipe, snapshot_at=(3,))
    list(Trainer(whole, images, CPU).events())

    run, images = child(tmp_path / "resumed", parent, others(), recipe, snapshot_at=(3,))
    if not killed:
        trainer = Trainer(run, images, CPU)
        for event in trainer.events():
            if isinstance(event, SnapshotSaved) and event.images:
                trainer.stop()
    list(Trainer(Run.open(run.path), images, CPU, resume=True).events())
    assert content(run.path) == content(whole.path)


def test_one_that_died_before_the_weights_were_copied(parent, tmp_path):
    run = Run.create(tmp_path / "child", parent.adopt(plan(others())))
    with pytest.raises(UserError, match="train it anew with --init-from"):
        Trainer(run, others(), CPU, resume=True)


def test_classes_of_the_parent_keep_its_numbers(parent, tmp_path):
    images = others()
    config = parent.adopt(plan(images))
    known = config.as_known(images)
    assert known.class_names == ("a", "b")
    assert (known.labels == 1 - images.labels).all()
    assert not any("at random" in note for note in parent.notes(images))


@pytest.mark.parametrize("names", [("a", "c"), ("a",), None], ids=["others", "a single one", "none"])
def test_other_classes_are_ignored_and_labels_drawn_at_random(parent, tmp_path, names):
    images = others()
    labels = None if names is None else images.labels % len(names)
    images = replace(images, labels=labels, class_names=names)
    run, known = child(tmp_path / "child", parent, images)
    assert known.labels is None and run.config.num_classes == 2
    assert any("drawn at random" in note for note in parent.notes(images))
    gan = Trainer(run, known, CPU).gan
    _, first = gan._draw_real()
    _, second = gan._draw_real()
    assert set(torch.cat([first, second]).tolist()) == {0, 1} and not torch.equal(first, second)
    gan.step()


def test_labels_that_nobody_trains_are_told(parent):
    images = replace(others(), class_names=("a", "b"))
    three = replace(parent.config, class_names=("a", "b", "c"))
    parent.run.config = three
    assert any("label c" in note and "drift" in note for note in parent.notes(images))


def test_few_pictures_are_augmented_and_the_first_layers_frozen(parent):
    images = others(24)
    recipe, told = finetuning.augmented(TINY, images, None)
    assert recipe.augment == ("brightness", "contrast", "translation", "cutout") and "24 pictures are few" in told[0]
    assert not recipe.flip
    colour = ImageSet(np.zeros((24, 3, 28, 28), np.uint8), None, None, "colour", "colour")
    assert "saturation" in finetuning.augmented(TINY, colour, None)[0].augment
    recipe, told = finetuning.frozen(TINY, images, parent, None)
    assert recipe.freeze == 1 and "first layer keeps its weights" in told[0]


def test_what_is_asked_for_wins_and_many_pictures_are_left_alone(parent):
    few, many = others(24), others(finetuning.FEW)
    assert finetuning.augmented(TINY, few, ()) == (TINY, [])
    assert finetuning.frozen(TINY, few, parent, 0) == (TINY, [])
    assert finetuning.augmented(TINY, many, None) == (TINY, [])
    assert finetuning.frozen(TINY, many, parent, None) == (TINY, [])
    assert finetuning.frozen(TINY, many, parent, 2)[0].freeze == 2
    with pytest.raises(UserError, match="--freeze 3 is more than the 2 hidden layers"):
        finetuning.frozen(TINY, few, parent, 3)
    with pytest.raises(UserError, match="--init-from"):
        finetuning.frozen(TINY, few, None, 1)


def test_another_recipe_trains_the_parents_networks(parent):
    recipe = parent.recipe(RECIPES["sngan"])
    assert recipe.loss == "hinge" and recipe.discriminator == TINY.discriminator and recipe.latent_dim == TINY.latent_dim
    assert parent.recipe(None) == TINY


def test_a_parent_without_a_discriminator(parent):
    (parent.run.path / "discriminator.safetensors").unlink()
    with pytest.raises(UserError, match=r"holds no discriminator\.safetensors"):
        Parent.of(parent.run, None, "parent")


# each family's number of layers, at 28 px (dcgan-96 at 96)
LAYERS = {
    "digits": 2,
    "dcgan": 2,
    "sngan": 2,
    "resnet": 2,
    "style": 2,
    "mlp": 2,
    "deep-mlp": 5,
    "infogan-dc": 3,
    "dcgan-upsample": 4,
    "dcgan-96": 4,
}


@pytest.mark.parametrize(("name", "number"), LAYERS.items())
def test_frozen_layers_are_the_first_ones(name, number):
    sizes = {"image_size": RECIPES[name].image_size or 28, "channels": 1}
    discriminator = networks.build_discriminator(RECIPES[name].discriminator | sizes)
    parameters = list(discriminator.parameters())
    networks.freeze(discriminator, number)
    learning = [parameter.requires_grad for parameter in parameters]
    assert True in learning and learning == sorted(learning)  # the first ones are frozen, the logit's layer never
    with pytest.raises(UserError, match=f"the {number} hidden layers"):
        networks.freeze(discriminator, number + 1)


@pytest.mark.parametrize("norm", ["batch", "spectral", "none"])
def test_frozen_layers_stay_and_the_others_learn(tmp_path, norm):
    images = shapes()
    recipe = replace(TINY, discriminator=TINY.discriminator | {"norm": norm}, freeze=1, r1=1.0, penalty_every=1)
    gan = Trainer(Run.create(tmp_path / "run", plan(images, recipe)), images, CPU).gan
    before = [parameter.clone() for parameter in gan.discriminator.parameters()]
    for _ in range(2):
        gan.step()
    same = [torch.equal(old, new) for old, new in zip(before, gan.discriminator.parameters(), strict=True)]
    frozen = sum(parameter.numel() > 0 for parameter in gan.discriminator.hidden_layers()[0].parameters())
    assert all(same[:frozen]) and not any(same[frozen:])


def test_only_some_classes():
    images = shapes(10)
    chosen = only(images, ["b"])
    assert (chosen.images == images.images[images.labels == 1]).all()
    assert chosen.class_names == ("b",) and (chosen.labels == 0).all()
    assert only(images, ["1"]).fingerprint == chosen.fingerprint != images.fingerprint
    assert only(images, ["b", "a"]).class_names == ("a", "b")
    with pytest.raises(UserError, match="no class 'cat'; it has a, b"):
        only(images, ["cat"])
    with pytest.raises(UserError, match="no classes"):
        only(shapes(10, classes=0), ["a"])


def test_a_single_class_is_trained_without_labels():
    config = plan(only(shapes(10), ["b"]), classes=("b",))
    assert config.num_classes == 0
    assert config.as_known(only(shapes(10), ["b"])).labels is None
