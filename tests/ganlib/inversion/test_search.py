"""Tests the search with a small generator whose own samples must be found again, and the choice of its starts."""

from pathlib import Path

import numpy as np
import pytest
import torch

from ganlib import latents, networks
from ganlib.inversion import search
from ganlib.inversion.gradient import adam
from ganlib.inversion.levenberg_marquardt import Goal, grey_levels
from ganlib.inversion.starts import Bank
from ganlib.runs import Run

SETTINGS = {"family": "mlp", "image_size": 16, "channels": 1, "latent_dim": 4, "widths": [24], "num_classes": 3}


@pytest.fixture(scope="module")
def generator():
    torch.manual_seed(0)
    made = networks.build_generator(SETTINGS).eval().requires_grad_(False)
    for parameter in made.parameters():
        parameter *= 3  # so that pictures differ
    return made


@pytest.fixture(scope="module")
def bank(generator):
    return Bank.of(search.drawing(generator), 300, 4, 3)


def test_own_samples_are_found_again_with_their_labels(generator, bank):
    rng = np.random.default_rng(0)
    z, labels = rng.normal(size=(40, 4)).astype(np.float32), rng.integers(0, 3, 40)
    draw = search.drawing(generator)
    goal = Goal(grey_levels(draw(z, labels)))
    found = search.find(generator, goal, bank)
    assert (found.errors < 0.5).mean() >= 0.95 and (found.labels == labels).mean() >= 0.95
    assert np.allclose(found.drawn, grey_levels(draw(found.z, found.labels)), atol=0.01)


def test_a_given_label_is_kept(generator, bank):
    goal, given = Goal(bank.drawn[:3]), np.array([2, 2, 2])
    assert (search.find(generator, goal, bank, given).labels == given).all()


def test_a_larger_prior_gives_a_likelier_latent(generator, bank):
    pixels = np.random.default_rng(1).uniform(0, 255, (8, 256)).astype(np.float32)
    near, likely = (search.find(generator, Goal(pixels, prior=prior), bank) for prior in (0.0, 50.0))
    assert ((likely.z**2).mean(1) < (near.z**2).mean(1)).all()
    assert near.errors.mean() < likely.errors.mean()


def test_the_nearest_samples_by_the_pixels_that_count(bank):
    goal = Goal(bank.drawn[:5] + np.float32(0.1), np.ones((5, 256), np.float32))
    assert (bank.nearest(goal, 1)[:, 0] == np.arange(5)).all()
    half = np.ones((1, 256), np.float32)
    half[:, 128:] = 0
    spoilt = bank.drawn[7:8].copy()
    spoilt[:, 128:] = 255 - spoilt[:, 128:]
    assert bank.nearest(Goal(spoilt, half), 1)[0, 0] == 7


def test_starts_are_of_two_labels_or_of_the_given_one(bank):
    goal = Goal(bank.drawn[:20])
    starts = bank.starts(goal)
    assert starts.z.shape == (20, 3, 4)
    assert (starts.labels[:, 0] == bank.labels[:20]).all() and (starts.labels[:, 2] == bank.labels[:20]).all()
    assert (starts.labels[:, 1] != bank.labels[:20]).all() and np.allclose(starts.z[:, 2], bank.z[:20])
    given = bank.starts(goal, np.full(20, 2))
    assert given.z.shape == (20, 3, 4) and (given.labels == 2).all()


def test_between_samples_a_start_is_nearer_than_at_one():
    """Of a linear generator every picture within its reach is a combination of samples, at the same combination of latents."""
    rng = np.random.default_rng(2)
    z, matrix = rng.normal(size=(30, 4)), rng.normal(size=(4, 9))
    bank = Bank(z, None, 100 + z @ matrix)
    aims = rng.normal(size=(5, 4))
    starts = bank.starts(Goal(100 + aims @ matrix)).z
    assert np.abs(starts[:, 0] - aims).max() < 0.3 < np.abs(starts[:, 1] - aims).max(1).min()


@pytest.mark.parametrize("again", [{"POOR": 12}, {"LIKE_OWN": np.inf}])  # far; and not found, though it seems an own sample
def test_a_search_that_ends_far_begins_again_elsewhere(generator, bank, monkeypatch, again):
    goal = Goal(np.random.default_rng(1).uniform(0, 255, (6, 256)).astype(np.float32))

    def found(**limits):
        for name, value in ({"POOR": np.inf, "LIKE_OWN": 0, "STEPS": 0} | limits).items():
            monkeypatch.setattr(search, name, value)
        return search.find(generator, goal, bank)

    once, tried = found(), found(**again)
    assert (tried.errors <= once.errors).all() and (tried.errors < once.errors).any()


@pytest.mark.parametrize("classes", [3, 0])
def test_what_stays_far_goes_on_along_gradients(generator, bank, monkeypatch, classes):
    """From the latent that was found; an own sample does not."""
    if not classes:
        generator = networks.build_generator(SETTINGS | {"num_classes": 0}).eval().requires_grad_(False)
        bank = Bank.of(search.drawing(generator), 300, 4)
    noise = np.random.default_rng(1).uniform(0, 255, (6, 256)).astype(np.float32)
    goal, asked = Goal(np.concatenate([noise, bank.drawn[:1]])), []
    monkeypatch.setattr(search, "adam", lambda made, z, *more: asked.append(len(z)) or adam(made, z, *more))
    found = search.find(generator, goal, bank)
    assert asked == [6] and (found.errors > search.POOR).tolist() == [True] * 6 + [False]
    assert np.allclose(found.drawn, grey_levels(search.drawing(generator)(found.z, found.labels)), atol=0.01)
    monkeypatch.setattr(search, "STEPS", 0)
    assert found.errors[:6].mean() < search.find(generator, goal, bank).errors[:6].mean()


@pytest.mark.slow
def test_hops_find_own_samples_of_a_shipped_run(monkeypatch):
    run = Run.open(Path(__file__).parents[3] / "checkpoints" / "mnist")
    generator, dim = run.generator(), run.config.recipe.latent_dim
    draw = search.drawing(generator)
    labels = np.arange(6)
    pixels = np.rint(grey_levels(draw(latents.sample(6, dim, 3), labels)))
    goal, bank = Goal(pixels, prior=1.0), Bank.of(draw, 640, dim, 10)
    found = search.find(generator, goal, bank)
    assert (found.errors < 0.5).sum() >= 5 and (found.labels == labels).sum() >= 5
    monkeypatch.setattr(search, "HOPS", ())
    once = search.find(generator, goal, bank)
    assert (found.costs(1.0) <= once.costs(1.0)).all() and (once.errors < 0.5).sum() < 5


def test_adam_takes_torchs_steps(generator, bank):
    goal, labels = Goal(bank.drawn[:2], prior=3.0), bank.labels[10:12]
    z = bank.z[10:12]
    at = torch.nn.Parameter(torch.from_numpy(z.copy()))
    optimiser = torch.optim.Adam([at], 0.1, (0.9, 0.99))
    for _ in range(5):
        drawn = 127.5 * (generator(at, torch.from_numpy(labels)).flatten(1) + 1)
        cost = ((drawn - torch.from_numpy(goal.pixels)) ** 2).mean(1) + 9 * (at**2).mean(1)
        optimiser.zero_grad()
        cost.sum().backward()
        optimiser.step()
    assert np.allclose(adam(generator, z, labels, goal, 5, (0.1, 0.1)), at.detach().numpy(), atol=1e-4)
