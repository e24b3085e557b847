"""Tests the style family: modulated convolutions against the paper's equations, and stages that take different styles."""

import pytest
import torch
from torch.nn import functional as F

from ganlib.networks import build_generator
from ganlib.networks.style import EPS, Modulated

SETTINGS = {"family": "style", "image_size": 28, "channels": 1, "latent_dim": 6, "num_classes": 3, "width": 4, "most": 8}


@pytest.fixture
def generator():
    torch.manual_seed(0)
    return build_generator(SETTINGS).eval().double()


@pytest.fixture
def latents():
    """Two times four latents with labels."""
    torch.manual_seed(1)
    return [
        (torch.randn(4, 6, dtype=torch.float64), labels) for labels in (torch.tensor([0, 1, 2, 0]), torch.tensor([2, 2, 0, 1]))
    ]


def mixed(generator, latents, amounts):
    (z, labels), (other, other_labels) = latents
    with torch.no_grad():
        return generator.mixed(z, labels, other, other_labels, torch.tensor(amounts, dtype=torch.float64))


def test_a_modulated_convolution_is_that_of_modulated_and_demodulated_weights():
    """Karras et al. 2020, equations 1 and 3, with weights of its own for each picture."""
    torch.manual_seed(0)
    layer = Modulated(3, 5, 3, 1, 1).double()
    torch.nn.init.normal_(layer.bias)
    x, scales = torch.randn(2, 3, 6, 7, dtype=torch.float64), torch.randn(2, 3, dtype=torch.float64)
    for picture, scale, found in zip(x, scales, layer(x, scales), strict=True):
        weights = scale[None, :, None, None] * layer.weight
        weights = weights / (weights.square().sum((1, 2, 3), keepdim=True) + EPS).sqrt()
        torch.testing.assert_close(found, F.conv2d(picture[None], weights, layer.bias, padding=1)[0], rtol=1e-12, atol=1e-12)


@pytest.mark.slow
def test_signals_keep_their_size_at_any_depth():
    for size in (28, 256):
        torch.manual_seed(0)
        generator = build_generator(SETTINGS | {"image_size": size, "width": 16, "most": 64})
        w = generator.style(torch.randn(16, 6), torch.arange(16) % 3)
        x = generator.stem["constant"](w)
        for stage in generator.stages:
            x = stage(x, w)
            assert 0.3 < x.square().mean().sqrt() < 3


def test_nothing_of_the_second_draws_the_first_and_all_of_it_the_second(generator, latents):
    with torch.no_grad():
        first, second = (generator(*each) for each in latents)
    assert torch.equal(mixed(generator, latents, [0, 0, 0]), first)
    assert torch.equal(mixed(generator, latents, [1, 1, 1]), second)
    assert (first - second).abs().mean() > 0.1


def test_one_second_latent_serves_all(generator, latents):
    first, (z, labels) = latents
    together = mixed(generator, (first, (z[2:3], labels[2:3])), [1, 0, 0.5])
    each = mixed(generator, (first, (z[2:3].expand(4, -1), labels[2:3].expand(4))), [1, 0, 0.5])
    torch.testing.assert_close(together, each)


@pytest.mark.parametrize("stage", range(3))
def test_a_stage_takes_its_own_style_and_those_before_draw_as_before(generator, latents, stage):
    maps = []
    for each in generator.stages:
        each.register_forward_hook(lambda *passed: maps.append(passed[2]))
    amounts = [0.0, 0, 0]
    plain = mixed(generator, latents, amounts)
    amounts[stage] = 1.0
    changed = mixed(generator, latents, amounts)
    before, after = maps[:3], maps[3:]
    assert [torch.equal(*pair) for pair in zip(before, after, strict=True)] == [number < stage for number in range(3)]
    assert (changed - plain).abs().mean() > 0.01


def test_an_amount_goes_along_a_straight_line_of_styles(generator, latents):
    (z, labels), (other, other_labels) = latents
    with torch.no_grad():
        own, theirs = generator.style(z, labels), generator.style(other, other_labels)
        expected = torch.tanh(generator.of_styles([0.75 * own + 0.25 * theirs, theirs, own]))
    torch.testing.assert_close(mixed(generator, latents, [0.25, 1, 0]), expected)


def test_a_shorter_latent_is_nearer_to_the_centre_of_styles(generator, latents):
    """Truncation of z is one of w: z isn't normalised."""
    z, labels = latents[0]
    with torch.no_grad():
        centre = generator.style(torch.zeros_like(z), labels)
        whole, half = (generator.style(share * z, labels) for share in (1, 0.5))
    assert ((half - centre).norm(dim=1) < 0.75 * (whole - centre).norm(dim=1)).all()
