"""Tests children of latents: closed forms of mutation and crossing, and the distributions that they keep."""

import numpy as np
import pytest

from ganlib import latents
from ganlib.latents import evolution

A, B = np.array([3, 0, 4, 0], np.float32), np.array([0, 5, 0, 0], np.float32)


class TestMutation:
    def test_normal_children_are_a_rotation_toward_the_noise(self):
        noise = np.array([[0, 1, 0, 0], [0, 0, 0, 2]], np.float32)
        assert np.array_equal(evolution.mutate(A, noise, 0), [A, A])
        assert np.array_equal(evolution.mutate(A, noise, 1), noise)
        np.testing.assert_allclose(evolution.mutate(A, noise, 0.6), [[2.4, 0.6, 3.2, 0], [2.4, 0, 3.2, 1.2]], rtol=1e-6)

    def test_uniform_children_are_reflected_at_the_ends(self):
        z, noise = np.array([0.9, -0.9, 0, 1], np.float32), np.array([[0.5, -0.5, 0.25, 1]], np.float32)
        np.testing.assert_allclose(evolution.mutate(z, noise, 0.5, "uniform"), [[0.6, -0.6, 0.25, 0]], atol=1e-7)
        np.testing.assert_allclose(evolution.mutate(z, noise, 0, "uniform"), [z], atol=1e-7)

    @pytest.mark.parametrize("distribution", ["normal", "uniform"])
    @pytest.mark.parametrize("far", [0.3, 0.8, 1])
    def test_children_have_the_distribution_of_their_parents(self, distribution, far):
        num = 40_000
        z, noise = (latents.sample(1, num, seed, distribution)[0] for seed in (0, 1))
        children = evolution.mutate(z, noise[None], far, distribution)[0].astype(np.float64)
        variance = {"normal": 1, "uniform": 1 / 3}[distribution]
        assert abs(children.mean()) < 4 * np.sqrt(variance / num)
        assert abs(children.var() / variance - 1) < 4 * np.sqrt(2 / num)
        quantiles = np.quantile(z, [0.05, 0.25, 0.5, 0.75, 0.95])
        shares = (children[:, None] < quantiles).mean(0)
        assert np.abs(shares - [0.05, 0.25, 0.5, 0.75, 0.95]).max() < 5 * np.sqrt(0.5 / num)
        correlation = np.corrcoef(z, children)[0, 1]
        if distribution == "normal":
            assert abs(correlation - np.sqrt(1 - far**2)) < 4 / np.sqrt(num)
        elif far == 1:
            assert abs(correlation) < 4 / np.sqrt(num)


class TestCrossing:
    def test_each_coordinate_comes_from_the_chosen_parent(self):
        chosen = np.array([[0, 1, 0, 1], [1, 1, 1, 1]])
        assert np.array_equal(evolution.cross_coordinates(np.stack([A, B]), chosen), [[3, 5, 4, 0], B])

    def test_places_along_directions_and_the_rest_are_inherited_apart(self):
        directions = np.array([[1, 0, 0, 0], [1, 1, 0, 0]], np.float32)  # independent, not orthogonal
        chosen = np.array([[0, 0, 0], [1, 1, 1], [0, 1, 0], [0, 1, 1]])
        # places: A 3, 0 and rest (0, 0, 4, 0); B -5, 5 and rest 0
        children = evolution.cross_directions(np.stack([A, B]), directions, chosen)
        np.testing.assert_allclose(children, [A, B, [8, 5, 4, 0], [8, 5, 0, 0]], atol=1e-5)

    def test_the_arc_keeps_the_length_and_closes_over_more_than_two(self):
        root = np.sqrt(0.5)
        two = evolution.cross_arc(np.stack([A, B]), np.array([0, 0.5, 1]))
        np.testing.assert_allclose(two, [A, root * (A + B), B], atol=1e-6)
        np.testing.assert_allclose(np.linalg.norm(two, axis=1), 5, rtol=1e-6)
        c = np.array([0, 0, 0, 5], np.float32)
        three = evolution.cross_arc(np.stack([A, B, c]), np.array([1.5, 2, 2.5, 3]))
        np.testing.assert_allclose(three, [root * (B + c), c, root * (c + A), A], atol=1e-6)
