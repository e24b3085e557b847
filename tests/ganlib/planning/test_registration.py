"""Tests losses and networks of one's own: their terms, a training with them, and what is refused."""

import linecache

import pytest
import torch
from torch import nn

import ganlib
import train
from ganlib import UserError, networks
from ganlib.inspection.objective import objective
from ganlib.objectives.losses import LOSSES, Formula
from ganlib.planning.registration import recipes
from ganlib.runs.run import Run
from ganlib.sampling import draw

pytestmark = pytest.mark.usefixtures("registered")


def quartic_discriminator(real, fake):
    return (real - 1).pow(4).mean() + (fake + 1).pow(4).mean()


def quartic_generator(real, fake):
    return (fake - 1).pow(4).mean()


def paired_generator(real, fake):
    return (fake - real).square().mean()


def flat_generator():
    return nn.Sequential(nn.Linear(96, 16), nn.ReLU(), nn.Linear(16, 784), nn.Tanh())


def flat_discriminator():
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 16), nn.LeakyReLU(), nn.Linear(16, 1))


def test_a_loss_has_its_terms_and_their_curves():
    recipe = ganlib.register_loss("quartic", quartic_discriminator, quartic_generator)
    assert recipes()["quartic"] is recipe and recipe.loss == "quartic"
    terms = objective(recipe)
    assert [(term.player, term.reads, term.curve((0.0, 2.0))) for term in terms] == [
        ("discriminator", "real", [1.0, 1.0]), ("discriminator", "fake", [1.0, 81.0]), ("generator", "fake", [1.0, 1.0]),
    ]  # fmt: skip
    assert [term.passages[0].meant for term in terms][2] == "(fake - 1).pow(4).mean()"
    assert terms[0].latex == r"\mathbb{E}_x\left[f_1(D(x))\right]" and not LOSSES["quartic"].pairs


def test_formulas_and_pairs():
    formula = Formula("own", r"\mathbb{E}\left[(D(G(z))-D(x))^2\right]")
    recipe = ganlib.register_loss("paired", quartic_discriminator, paired_generator, g_formulas=[formula])
    assert LOSSES["paired"].pairs and objective(recipe)[-1].latex == formula.latex


def test_a_second_call_replaces_the_loss():
    ganlib.register_loss("again", quartic_discriminator, quartic_generator)
    ganlib.register_loss("again", quartic_discriminator, paired_generator)
    assert LOSSES["again"].generator is paired_generator


def test_a_cell_of_a_notebook_is_its_source():
    source, names = "def g(real, fake):\n    return -fake.mean()\n", {}
    linecache.cache["/kernel/1.py"] = (len(source), None, source.splitlines(True), "/kernel/1.py")
    exec(compile(source, "/kernel/1.py", "exec"), names)
    recipe = ganlib.register_loss("of-a-cell", quartic_discriminator, names["g"])
    passage = objective(recipe)[-1].passages[0]
    assert (passage.file, passage.line, passage.meant) == ("notebook", 1, "-fake.mean()")


@pytest.mark.slow
def test_train_py_trains_with_both(tmp_path, capsys):
    ganlib.register_networks("flat", flat_generator, flat_discriminator)
    ganlib.register_loss("flat-quartic", quartic_discriminator, quartic_generator, recipe="flat")
    out = tmp_path / "run"
    arguments = "--dataset digits --recipe flat-quartic --image-size 28 --batch-size 16 --images 32 --device cpu"
    assert train.main([*arguments.split(), "--out", str(out)]) == 0
    run = Run.open(out)
    assert run.config.recipe.loss == "flat-quartic" and networks.count_parameters(run.generator()) == 96 * 16 + 16 + 17 * 784
    assert draw(run.generator(), torch.zeros(2, 96).numpy()).shape == (2, 1, 28, 28)
    del LOSSES["flat-quartic"]  # as in another process
    with pytest.raises(UserError, match=r"'flat-quartic' is unknown; .*and what ganlib\.register_loss adds"):
        Run.open(out)


def test_networks_are_shown_by_their_layers():
    ganlib.register_networks("layered", flat_generator, flat_discriminator)
    generator, discriminator = networks.outlines(
        {"family": "layered", "image_size": 28, "channels": 1, "num_classes": 0, "latent_dim": 96},
        {"family": "layered", "image_size": 28, "channels": 1, "num_classes": 0},
    )
    assert generator.features(torch.empty(1, 96, device="meta")).shape == (1, 16)
    assert len(discriminator.hidden_layers()) == 1
    with pytest.raises(UserError, match="written for 1 channels of 28 pixels, without labels"):
        networks.build_discriminator({"family": "layered", "image_size": 28, "channels": 3, "num_classes": 0})


def no_mean(real, fake):
    return real - fake


def detached(real, fake):
    return (real - fake.detach()).mean()


def endless(real, fake):
    return (real / 0 + fake).mean()


def with_a_variable(real, fake):
    gap = fake - real
    return gap.mean()


def one_sided(real, fake):
    return real.mean()


@pytest.mark.parametrize(
    ("name", "discriminator", "generator", "sentence"),
    [
        ("hinge", quartic_discriminator, quartic_generator, "one that ships"),
        ("Mine!", quartic_discriminator, quartic_generator, "small letters, digits and hyphens"),
        ("bad", no_mean, quartic_generator, r"discriminator of bad returns a tensor of shape \(3,\).*take the mean"),
        ("bad", detached, quartic_generator, "no gradient by fake"),
        ("bad", quartic_discriminator, one_sided, "generator of bad has no gradient by fake"),
        ("bad", endless, quartic_generator, "keep it finite"),
        ("bad", with_a_variable, quartic_generator, "returns 'gap', which is set before"),
        ("bad", lambda real, fake: (fake - real).mean(), quartic_generator, "must be a `def` function"),
        ("bad", quartic_discriminator, lambda fake: fake.mean(), "generator of bad fails.*TypeError"),
    ],
)
def test_refused_losses(name, discriminator, generator, sentence):
    with pytest.raises(UserError, match=sentence):
        ganlib.register_loss(name, discriminator, generator)
    assert name != "bad" or name not in LOSSES


def test_refused_networks():
    with pytest.raises(UserError, match=r"generator of wide can't map \(2, 96\).*RuntimeError"):
        ganlib.register_networks("wide", lambda: nn.Linear(64, 784), flat_discriminator)
    with pytest.raises(UserError, match=r"maps \(2, 1, 28, 28\)|can't map \(2, 1, 28, 28\) to \(2,\)"):
        ganlib.register_networks("wide", flat_generator, lambda: nn.Sequential(nn.Flatten(), nn.Linear(784, 2)))
    with pytest.raises(UserError, match="no recipe 'nothing'"):
        ganlib.register_networks("wide", flat_generator, flat_discriminator, recipe="nothing")
    assert "wide" not in networks.FAMILIES and "wide" not in recipes()
