"""Tests the objectives' terms: they sum to the loss, their curves match closed forms, their code is the running code."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from ganlib.inspection import objective
from ganlib.objectives.losses import LOSSES
from ganlib.recipes import RECIPES

ROOT = Path(__file__).parents[3]
LOGITS = np.linspace(-5, 5, 21)


def log_sigmoid(t):
    return -np.log1p(np.exp(-t))


# Per picture, as the papers write them; t is D(x), D(G(z)) or their difference
CLOSED = {
    "real_high": lambda t: -log_sigmoid(t),
    "fake_low": lambda t: -log_sigmoid(-t),
    "fake_not_low": lambda t: log_sigmoid(-t),
    "fake_high": lambda t: -log_sigmoid(t),
    "real_one": lambda t: 0.5 * (t - 1) ** 2,
    "fake_zero": lambda t: 0.5 * t**2,
    "fake_one": lambda t: 0.5 * (t - 1) ** 2,
    "real_above_one": lambda t: np.maximum(0, 1 - t),
    "fake_below_minus_one": lambda t: np.maximum(0, 1 + t),
    "fake_down": lambda t: t,
    "real_up": lambda t: -t,
    "fake_up": lambda t: -t,
    "real_above_fake": lambda t: -log_sigmoid(t),
    "fake_above_real": lambda t: -log_sigmoid(-t),
}


def terms_of(recipe, player):
    return [term for term in objective.objective(recipe) if term.player == player]


@pytest.mark.parametrize("weight", [1.0, 0.5])
@pytest.mark.parametrize("loss", LOSSES)
def test_the_terms_of_each_player_add_up_to_its_loss(loss, weight):
    recipe = replace(RECIPES["dcgan"], loss=loss, d_weight=weight)
    real, fake = torch.randn(2, 64, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * 3
    for player, factor in (("discriminator", weight), ("generator", 1.0)):
        whole = factor * getattr(LOSSES[loss], player)(real, fake)
        values = [term.value(real, fake) for term in terms_of(recipe, player)]
        torch.testing.assert_close(sum(values), whole, rtol=1e-14, atol=0)


@pytest.mark.parametrize("loss", LOSSES)
def test_curves_are_the_closed_forms(loss):
    for term in objective.objective(replace(RECIPES["dcgan"], loss=loss, d_weight=0.5)):
        np.testing.assert_allclose(term.curve(LOGITS), term.weight * CLOSED[term.key](LOGITS), rtol=1e-12, atol=1e-15)
        if term.reads == "difference":  # depends on the difference of a pair only
            real, fake = torch.tensor([2.5], dtype=torch.float64), torch.tensor([-0.5], dtype=torch.float64)
            assert float(term.value(real, fake)) == pytest.approx(term.curve([3.0])[0], rel=1e-12)


@pytest.mark.parametrize("name", RECIPES)
def test_passages_are_the_lines_of_the_files(name):
    for term in objective.objective(RECIPES[name]):
        for passage in term.passages:
            lines = (ROOT / passage.file).read_text().splitlines()[passage.line - 1 :]
            shown = passage.text.split("\n")
            assert [line.strip() for line in lines[: len(shown)]] == [line.strip() for line in shown]
            assert not shown[0].startswith(" ")
            start, end = passage.span
            assert 0 <= start < end <= len(passage.text) and passage.meant == passage.meant.strip()


def meant(recipe, player="discriminator"):
    return [[passage.meant for passage in term.passages] for term in terms_of(recipe, player)]


def test_the_part_that_is_meant_is_the_term():
    plain = replace(RECIPES["dcgan"], loss="wasserstein", r1=0.1, r2=0.2, gradient_penalty=10.0)
    weighted = "recipe.d_weight * self.loss.discriminator(real_logits, fake_logits)"
    assert meant(plain) == [
        ["fake.mean()", weighted],
        ["- real.mean()", weighted],
        [
            "0.5 * input_gradients(logits, images).square().sum(1).mean()",
            "recipe.r1 * recipe.penalty_every * zero_centred_penalty(real_logits, real)",
        ],
        [
            "0.5 * input_gradients(logits, images).square().sum(1).mean()",
            "recipe.r2 * recipe.penalty_every * zero_centred_penalty(fake_logits, fake)",
        ],
        ["(norms - 1).square().mean()", "recipe.gradient_penalty * self._gradient_penalty(real, fake, labels)"],
    ]
    assert meant(plain, "generator") == [["-fake.mean()", "self.loss.generator(real_logits, self._discriminate(fake, labels))"]]


def test_penalties_carry_the_recipes_weights():
    terms = {term.key: term for term in terms_of(RECIPES["digits"], "discriminator")}
    real, fake = terms["flat_at_real"], terms["flat_at_fake"]
    assert (real.key, real.weight, real.every, real.value) == ("flat_at_real", 0.05, 16, None)
    assert (fake.key, fake.weight, fake.every, fake.value) == ("flat_at_fake", 0.05, 16, None)
    assert real.latex.startswith(r"\frac{0.05}{2}")
    whole = terms_of(RECIPES["wgan-gp"], "discriminator")[-1]
    assert (whole.key, whole.weight, whole.every) == ("slope_one", 10.0, 1)
    assert [term.weight for term in objective.objective(RECIPES["deep-mlp"])] == [0.5, 0.5, 1.0]


def test_wrong_labels_take_the_place_of_generated_images():
    recipe = replace(RECIPES["digits"], mismatch=0.5, schedules={})
    apart = terms_of(recipe, "discriminator")[-1]
    assert (apart.key, apart.weight, apart.value) == ("labels_apart", 0.5, None)
    assert apart.latex == r"0.5\cdot\mathbb{E}_x\left[\operatorname{softplus}(D(x,y')-D(x,y))\right]"
    assert [passage.meant for passage in apart.passages] == [
        "softplus(fake - real).mean()", "recipe.mismatch * self.loss.discriminator(real_logits, wrong_logits)",
    ]  # fmt: skip
    hinge = terms_of(replace(recipe, loss="hinge"), "discriminator")[-1].latex
    assert r"\max(0,1-D(x,y))" in hinge and r"\max(0,1+D(x,y'))" in hinge
    falling = terms_of(replace(recipe, schedules={"mismatch": (1.0, 0.0, 100)}), "discriminator")[-1]
    assert falling.scale == (1.0, 0.0, 100) and falling.latex == apart.latex.replace(r"0.5\cdot", r"\left(0.5\to0\right)\cdot")
    keys = [[term.key for term in objective.objective(recipe, labelled)] for labelled in (True, False)]
    assert [key for key in keys[0] if key != "labels_apart"] == keys[1]


def test_a_weight_stands_behind_the_sign():
    _, up, _ = terms_of(replace(RECIPES["wgan-gp"], d_weight=0.5), "discriminator")
    assert up.latex == r"-0.5\cdot\mathbb{E}_x\left[D(x)\right]"


def grown(real, fake):
    """A loss with an additional term."""
    return real.relu().mean() - fake.mean() + 0.1 * real.square().mean()


def test_a_loss_that_drifts_from_its_formulas_is_an_error():
    formulas = LOSSES["hinge"].d_formulas
    with pytest.raises(ValueError, match="grown returns 3 terms, but 2 formulas"):
        objective.split(grown, formulas, "discriminator")
    parts = [term.passages[0].meant for term in objective.split(grown, (*formulas, formulas[0]), "discriminator")]
    assert parts == ["real.relu().mean()", "- fake.mean()", "0.1 * real.square().mean()"]


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_has_formulas(loss):
    recipe = replace(RECIPES["dcgan"], loss=loss)
    for player, formulas in (("discriminator", LOSSES[loss].d_formulas), ("generator", LOSSES[loss].g_formulas)):
        assert [(term.key, term.latex) for term in terms_of(recipe, player)] == [(each.key, each.latex) for each in formulas]
