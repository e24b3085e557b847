"""Tests the solver on generators whose best z is known in closed form, in float64, and its derivatives against torch's."""

import numpy as np
import pytest
import torch

from ganlib import networks
from ganlib.inversion import levenberg_marquardt as lm

K, D = 6, 20


@pytest.fixture
def linear():
    rng = np.random.default_rng(0)
    matrix, shift = rng.normal(size=(K, D)) * 5, rng.uniform(100, 150, D)
    return lambda z, labels: np.arctanh((z @ matrix + shift) / 127.5 - 1), matrix, shift


def pixels(rng, num):
    """Near enough to the middle that the linear generator's pixels stay between black and white."""
    return rng.uniform(110, 145, (num, D))


def solved(draw, goal, z, labels=None, steps=20, columns=K, softness=1):
    search = lm.begin(draw, z, labels)
    for _ in range(steps):
        search = lm.step(draw, search, goal, softness, columns)
    return search


def test_a_linear_generator_gives_the_least_squares_solution_with_its_prior(linear):
    draw, matrix, shift = linear
    rng = np.random.default_rng(1)
    goal = lm.Goal(pixels(rng, 3), prior=30.0)
    found = solved(draw, goal, rng.normal(size=(3, K)))
    normal = matrix @ matrix.T / D + 30.0**2 / K * np.eye(K)
    assert np.allclose(found.z, (goal.pixels - shift) @ matrix.T / D @ np.linalg.inv(normal), atol=2e-3)


def test_weights_leave_pixels_out(linear):
    draw, matrix, shift = linear
    rng = np.random.default_rng(2)
    weights = np.ones((1, D))
    weights[:, ::2] = 0
    goal = lm.Goal(pixels(rng, 1), weights)
    found = solved(draw, goal, rng.normal(size=(1, K)))
    expected = np.linalg.lstsq(matrix[:, 1::2].T, (goal.pixels - shift)[0, 1::2], rcond=None)[0]
    assert np.allclose(found.z[0], expected, atol=5e-3)
    off = lm.grey_levels(found.values) - goal.pixels
    assert goal.errors(found.values) == pytest.approx(np.sqrt(np.mean(off[0, 1::2] ** 2)))


def test_derivatives_in_turn_and_broydens_update_find_the_same(linear):
    draw, *_ = linear
    rng = np.random.default_rng(3)
    goal, z = lm.Goal(pixels(rng, 2), prior=5.0), rng.normal(size=(2, K))
    assert np.allclose(solved(draw, goal, z, columns=2, steps=60).z, solved(draw, goal, z).z, atol=2e-3)


def test_a_cost_never_rises():
    matrix = np.random.default_rng(4).normal(size=(K, D))
    goal = lm.Goal(np.full((5, D), 200.0))

    def draw(z, labels):
        return 3 * np.maximum(z, 0) @ matrix

    search, costs = lm.begin(draw, np.random.default_rng(5).normal(size=(5, K)), None), []
    for _ in range(15):
        costs.append(goal.costs(search.z, search.values))
        search = lm.step(draw, search, goal, columns=2)
    assert (np.diff(costs, axis=0) <= 0).all() and (costs[-1] < costs[0]).all()


def test_each_picture_is_searched_by_itself(linear):
    draw, *_ = linear
    rng = np.random.default_rng(6)
    goal, z = lm.Goal(pixels(rng, 4), prior=3.0), rng.normal(size=(4, K))
    one = np.array([2])
    together, alone = solved(draw, goal, z, steps=3), solved(draw, goal.of(one), z[one], steps=3)
    assert np.allclose(together.z[2], alone.z[0], atol=1e-10)


def test_softened_a_black_pixel_can_turn_white():
    """At u = -30 the pixel has no slope of its own."""

    def draw(z, labels):
        return -30 + 20 * z

    goal, z = lm.Goal(np.full((1, 1), 250.0)), np.full((1, 1), 0.1)
    assert lm.grey_levels(solved(draw, goal, z, columns=1).values)[0, 0] < 1
    soft = solved(draw, goal, z, columns=1, softness=16)
    assert lm.grey_levels(soft.values)[0, 0] == pytest.approx(250, abs=2)


def test_residuals_and_slopes_softened():
    goal, values = lm.Goal(np.array([[127.5, 0.0, 255.0, 200.0]])), np.array([[0.0, -9.0, 1.0, 1.0]])
    aims = np.arctanh([0, -0.99, 0.99, 200 / 127.5 - 1])
    expected = 127.5 * (np.tanh(values / 4) - np.tanh(aims / 4))
    expected[0, 1] = 0  # blacker than it needs to be
    assert np.allclose(goal.residuals(values, 4), expected)
    h = 1e-6
    slopes = (goal.residuals(values + h, 4) - goal.residuals(values - h, 4)) / (2 * h)
    assert np.allclose(goal.slopes(values, 4), slopes, atol=1e-4)
    plain = (goal.residuals(values + h) - goal.residuals(values - h)) / (2 * h)
    assert np.allclose(goal.slopes(values), plain, atol=1e-4)


def test_uniform_latents_stay_within_their_range(linear):
    draw, *_ = linear
    goal = lm.Goal(np.full((1, D), 255.0), bound=1.0)
    assert np.abs(solved(draw, goal, np.full((1, K), 0.5)).z).max() <= 1


def test_derivatives_are_those_of_torch():
    torch.manual_seed(0)
    settings = {"family": "dcgan", "image_size": 16, "channels": 1, "latent_dim": 5, "width": 4, "num_classes": 3}
    generator = networks.build_generator(settings).double().eval()
    labels = torch.tensor([1])

    def draw(z, chosen):
        with torch.no_grad():
            return generator.before_tanh(torch.from_numpy(z), torch.from_numpy(chosen)).flatten(1).numpy()

    z = np.random.default_rng(7).normal(size=(1, 5))
    search = lm.begin(draw, z, labels.numpy())
    found = lm._refreshed(draw, search, 5).jacobian[0]
    exact = torch.autograd.functional.jacobian(lambda at: generator.before_tanh(at, labels).flatten(), torch.from_numpy(z))
    exact = exact[:, 0].T.numpy()
    assert np.linalg.norm(found - exact) < 0.15 * np.linalg.norm(exact)  # the differences cross a few kinks of ReLU
