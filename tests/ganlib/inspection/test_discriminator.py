"""Tests discriminator inspection: its logits, and its gradient against finite differences."""

import numpy as np
import pytest
import torch
from torch import nn

from ganlib import networks
from ganlib.inspection import discriminator as inspection
from ganlib.objectives.losses import LOSSES


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def tiny(channels=1, num_classes=0, family="dcgan", **settings):
    torch.manual_seed(0)
    sizes = {"image_size": 28, "channels": channels, "num_classes": num_classes}
    discriminator = networks.build_discriminator({"family": family} | sizes | settings)
    return discriminator.eval().requires_grad_(False)


class Linear(nn.Module):
    """logit = <weight, image>."""

    def __init__(self, weight):
        super().__init__()
        self.weight = torch.from_numpy(weight)

    def forward(self, images, labels=None):
        return (images * self.weight).sum((1, 2, 3))


def pictures(rng, num, channels=1):
    return rng.integers(0, 256, (num, channels, 28, 28)).astype(np.uint8)


@pytest.mark.parametrize(("channels", "num_classes"), [(1, 0), (3, 4)])
def test_logits_are_the_discriminators_own(rng, channels, num_classes):
    discriminator, images = tiny(channels, num_classes, width=4, norm="none"), pictures(rng, 150, channels)
    labels = rng.integers(0, num_classes, 150) if num_classes else None
    expected = discriminator(torch.from_numpy(images / 127.5 - 1).float(), None if labels is None else torch.from_numpy(labels))
    found = inspection.logits(discriminator, images, labels)
    assert found.shape == (150,) and found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_the_gradient_is_the_slope_of_a_small_step(rng):
    discriminator = tiny(num_classes=3, family="mlp", widths=[16, 8], slope=0.2).double()
    images, labels = torch.from_numpy(rng.uniform(-1, 1, (2, 1, 28, 28))), torch.tensor([0, 2])
    slopes = inspection.gradients(discriminator, images, labels)
    assert slopes.dtype == torch.float64
    for picture, row, column in ((0, 3, 4), (1, 20, 9), (1, 0, 0)):
        step = torch.zeros_like(images)
        step[picture, 0, row, column] = 1e-6
        moved = discriminator(images + step, labels) - discriminator(images - step, labels)
        assert moved[picture].item() / 2e-6 == pytest.approx(slopes[picture, 0, row, column].item(), rel=1e-5)
        assert moved[1 - picture] == 0


def test_the_gradient_is_autograds(rng):
    discriminator, images = tiny(3, width=4, norm="none"), pictures(rng, 70, 3)
    asked = torch.from_numpy(images / 127.5 - 1).float().requires_grad_()
    discriminator(asked).sum().backward()
    heat, steepest = inspection.heat(discriminator, images)
    expected = asked.grad.abs().sum(1)
    np.testing.assert_allclose(heat * steepest[:, None, None], expected, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("channels", [1, 3])
def test_heat_of_a_linear_discriminator_is_its_weight(rng, channels):
    weight = rng.standard_normal((channels, 28, 28)).astype(np.float32)
    heat, steepest = inspection.heat(Linear(weight), pictures(rng, 2, channels))
    expected = weight[0] if channels == 1 else np.abs(weight).sum(0)
    np.testing.assert_allclose(heat[1], expected / np.abs(expected).max(), rtol=1e-5)
    assert steepest == pytest.approx([np.abs(expected).max()] * 2) and np.abs(heat).max() == 1


def test_where_nothing_matters_the_map_is_empty(rng):
    heat, steepest = inspection.heat(Linear(np.zeros((1, 28, 28), np.float32)), pictures(rng, 1))
    assert (heat == 0).all() and steepest == 0


@pytest.mark.parametrize("name", LOSSES)
def test_at_its_line_a_discriminator_is_undecided(name):
    """The loss of answering t to both kinds is minimal at the boundary and symmetric around it; without one it is constant."""

    def cost(t):
        return LOSSES[name].discriminator(torch.tensor([t]), torch.tensor([t])).item()

    line = LOSSES[name].boundary
    if line is None:
        assert cost(-3.0) == pytest.approx(cost(0.0)) == pytest.approx(cost(7.0))
    else:
        assert cost(line - 2) == pytest.approx(cost(line + 2)) and cost(line) < cost(line + 2)
        assert inspection.boundary(name, np.array([9.0]), np.array([8.0])) == line


@pytest.mark.parametrize(
    ("real", "fake", "line"),
    [
        ([3, 4], [0, 1], 2),  # the middle of the gap
        ([1, 6, 7], [0, 2, 3], 4.5),  # one real picture is misclassified
        ([5, 5], [5, 5], 5),
        ([0, 0], [1, 1], 0.5),  # D is inverted: no boundary is better than another
    ],
)
def test_the_line_of_a_loss_without_one_tells_most_apart(real, fake, line):
    assert inspection.boundary("wasserstein", np.array(real, float), np.array(fake, float)) == line
