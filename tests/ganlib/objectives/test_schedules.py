"""Tests schedules: closed forms, their effect on a training step, exact resume, and recipes without any."""

import copy
import json
import math
from dataclasses import replace

import pytest
import torch
from conftest import TINY, plan, shapes

from ganlib.objectives.augment import augment, brightness
from ganlib.objectives.batch_rng import BatchRng
from ganlib.objectives.schedules import SCHEDULED, Schedule, described
from ganlib.recipes import RECIPES
from ganlib.runs import card
from ganlib.runs.config import Config
from ganlib.training.step import GAN
from studio.words import WORDS

CPU = torch.device("cpu")
SCHEDULES = {
    "lr": (1.0, 0.25, 64),
    "gamma": (1.0, 0.1, 64),
    "mismatch": (1.0, 0.0, 48),
    "beta2": (0.9, 0.99, 64),
    "augment": (0.0, 0.3, 64),
    "ema_half_life": (0.0, 500.0, 64),
}
ALL = replace(TINY, r1=0.1, r2=0.1, mismatch=0.5, augment=("brightness", "cutout"), schedules=SCHEDULES)


@pytest.mark.parametrize(("start", "end"), [(2e-4, 5e-5), (0.9, 0.99), (0.0, 500_000.0), (1.0, 1.0)])
def test_half_a_cosine(start, end):
    schedule = Schedule(start, end, 1000)
    middle = math.sqrt(0.5) / 2
    expected = {0: start, 250: (start + end) / 2 + (start - end) * middle, 500: (start + end) / 2, 1000: end, 10**9: end}
    for images, value in expected.items():
        assert schedule.at(images) == pytest.approx(value, rel=1e-12, abs=1e-12)
    values = [schedule.at(images) for images in range(0, 1001, 10)]
    assert values == sorted(values, reverse=start > end)
    assert schedule.at(math.inf) == end


def gan_of(recipe, num=48):
    return GAN(plan(shapes(num), recipe), shapes(num), CPU)


def test_a_step_follows_its_schedules():
    gan = gan_of(replace(ALL, g_lr=3e-4, d_lr=2e-4))
    for images in range(0, 96, 16):
        gan.step()
        for optimiser, rate in ((gan.g_optimiser, 3e-4), (gan.d_optimiser, 2e-4)):
            (group,) = optimiser.param_groups
            assert group["lr"] == pytest.approx(rate * Schedule(*SCHEDULES["lr"]).at(images))
            assert group["betas"] == (0.5, Schedule(*SCHEDULES["beta2"]).at(images))


def test_the_average_follows_its_half_life():
    gan = gan_of(replace(TINY, schedules={"ema_half_life": (16.0, 16.0, 1)}))
    before = [each.clone() for each in gan.average.parameters()]
    gan.step()  # a batch of 16: half of the way
    for old, new, average in zip(before, gan.generator.parameters(), gan.average.parameters(), strict=True):
        torch.testing.assert_close(average, (old + new) / 2)
    assert replace(TINY, ema_half_life=0, schedules={"ema_half_life": (0.0, 500.0, 9)}).half_life == 500
    assert TINY.half_life == TINY.ema_half_life


def weights_after_a_step(recipe):
    gan = gan_of(recipe)
    gan.step()
    return [each.clone() for each in gan.d_parameters]


def test_gamma_scales_the_penalties():
    """With a factor of 1/2 as with half of both, exactly; Adam hides no factor here, since the loss is not scaled."""
    halved = weights_after_a_step(replace(TINY, r1=0.5, r2=0.25, schedules={"gamma": (0.5, 0.5, 1)}))
    half = weights_after_a_step(replace(TINY, r1=0.25, r2=0.125))
    whole = weights_after_a_step(replace(TINY, r1=0.5, r2=0.25))
    assert all(map(torch.equal, halved, half)) and not all(map(torch.equal, halved, whole))


@pytest.mark.parametrize("probability", [0.0, 0.3])
def test_each_picture_is_changed_with_its_probability(probability):
    images = torch.zeros(4000, 1, 2, 2)
    changed = augment(images, ("brightness",), BatchRng(torch.Generator().manual_seed(0)), probability)
    share = (changed != 0).flatten(1).any(1).double().mean().item()
    assert share == pytest.approx(probability, abs=3 * math.sqrt(0.25 / 4000))
    plain = brightness(images, BatchRng(torch.Generator().manual_seed(0)))
    assert torch.equal(augment(images, ("brightness",), BatchRng(torch.Generator().manual_seed(0))), plain)


def test_a_resumed_step_is_the_one_that_would_have_followed():
    whole = gan_of(ALL)
    for _ in range(5):
        resumed = gan_of(ALL)
        resumed.load_state(*copy.deepcopy(whole.state()))
        whole.step(), resumed.step()
        theirs = resumed.state()[0]
        assert all(torch.equal(tensor, theirs[name]) for name, tensor in whole.state()[0].items())


def test_a_config_keeps_its_schedules():
    config = plan(shapes(), ALL)
    assert Config.from_json(json.loads(json.dumps(config.to_json()))) == config
    assert config.recipe.schedules["beta2"] == Schedule(0.9, 0.99, 64)
    broken = json.loads(json.dumps(config.to_json()))
    broken["recipe"]["schedules"] = {"lr": [1.0, "x", 64]}
    with pytest.raises(ValueError, match=r"recipe\.schedules\.lr must be start, end and images"):
        Config.from_json(broken)
    for numbers in ([1.0, 0.5], [1.0, 0.5, 10**400], [1.0, float("nan"), 64], "1", {}):
        broken["recipe"]["schedules"] = {"lr": numbers}
        with pytest.raises(ValueError, match="must be start, end and images"):
            Config.from_json(broken)
    broken["recipe"]["schedules"] = {"momentum": [1.0, 0.5, 64]}
    with pytest.raises(ValueError, match="'momentum' is unknown; this version knows lr, gamma"):
        Config.from_json(broken)


def test_the_card_tells_of_schedules(train):
    run, _ = train(recipe=replace(TINY, schedules={"lr": (1.0, 0.25, 1_000_000), "beta2": (0.9, 0.99, 200)}), length=16)
    told = "both learning rates times 1 to 0.25 over 1,000,000 images; Adam's beta2 0.9 to 0.99 over 200 images"
    assert f"| Schedules | {told} |" in card.write(run)
    assert described({}) == ""


def test_learn_has_words_for_every_schedule():
    assert {f"lesson_scheduled_{name}" for name in SCHEDULED} <= WORDS.keys()


def test_a_schedule_for_the_rates_takes_the_place_of_their_final_share():
    with pytest.raises(ValueError, match="takes the place of final_lr"):
        replace(RECIPES["pictures"], schedules={"lr": (1.0, 0.5, 100)})
