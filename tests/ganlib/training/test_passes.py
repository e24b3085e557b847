"""Tests that passes which are saved change nothing: real and generated images in one, no logits that a loss leaves out."""

from collections import Counter
from dataclasses import replace

import pytest
import torch
from conftest import TINY, plan, shapes
from parallel_gans import CPU, exactly

from ganlib.networks import build_discriminator
from ganlib.objectives.schedules import Schedule
from ganlib.recipes import RECIPES, Features
from ganlib.training.distributed_step import gan_of

DCGAN = {"family": "dcgan", "width": 4, "norm": "none"}


def built(recipe):
    return gan_of(plan(shapes(), recipe), shapes(), CPU, None)


def weights(gan):
    return torch.cat(
        [each.detach().flatten() for network in (gan.generator, gan.discriminator) for each in network.parameters()]
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"augment": ("brightness", "translation", "cutout")},
        {"discriminator": DCGAN | {"conditioning": "concat"}, "conditional": True},
        {"discriminator": {"family": "resnet", "width": 16}},
        {"discriminator": {"family": "mlp", "widths": [16]}, "loss": "relativistic"},
        {"r1": 0.1, "penalty_every": 2},
        {"mismatch": 0.5, "schedules": {"mismatch": Schedule(1.0, 0.0, 2 * TINY.batch_size)}},
    ],
)
def test_one_pass_of_both_kinds_is_two(changes):
    """Weights after four steps, in float64: also where penalties or wrong labels leave only some steps to one pass."""
    with exactly():
        together, apart = (built(replace(TINY, **{"discriminator": DCGAN} | changes)) for _ in range(2))
        assert together.discriminator.by_itself
        apart.discriminator.by_itself = False
        passes = Counter()
        for gan in (together, apart):
            gan.discriminator.register_forward_hook(lambda *_, gan=gan: passes.update([id(gan)]))
            for _ in range(4):
                gan.step()
        torch.testing.assert_close(weights(together), weights(apart))
        assert passes[id(together)] < passes[id(apart)]


@pytest.mark.parametrize("name", RECIPES)
def test_a_discriminator_that_judges_images_by_themselves_says_so(name):
    """Against what it does: the logits of a batch, and of its halves."""
    recipe, size = RECIPES[name], RECIPES[name].image_size or 28
    torch.manual_seed(0)
    network = build_discriminator(recipe.discriminator | {"image_size": size, "channels": 1}).double().train()
    images = torch.rand(8, 1, size, size, dtype=torch.float64) * 2 - 1
    with torch.no_grad():
        whole, halves = network(images), torch.cat([network(half) for half in images.chunk(2)])
    assert network.by_itself == torch.allclose(whole, halves)


@pytest.mark.parametrize(("loss", "judged"), [("hinge", 3), ("relativistic", 4)])
def test_heads_judge_what_their_loss_uses(loss, judged):
    """Of a step's two updates the generator's needs no logits of real images, but for a loss of pairs; maps are mixed once."""
    gan = built(replace(TINY, features=Features(size=32, stages=(1, 2), width=8, loss=loss)))
    calls = Counter()
    gan.heads.register_forward_hook(lambda *_: calls.update(["heads"]))
    gan.heads.across[0].register_forward_hook(lambda *_: calls.update(["mixed"]))
    gan.step()
    assert calls == {"heads": judged, "mixed": 2}
