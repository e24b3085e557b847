"""Tests convolutions as matrix products against torch: results and derivatives of any order, within bfloat16 rounding."""

import pytest
import torch
from torch import nn
from torch.autograd import gradcheck, gradgradcheck
from torch.nn import functional as F

from ganlib.networks import convolutions
from ganlib.networks.convolutions import Conv2d, ConvTranspose2d, Limits, Shape, can_double, convolve_doubled

# kernel, stride, padding, the larger image's height and width, the smaller's
SHAPES = [
    *((4, 2, 1, (8, 8), (4, 4)), (4, 2, 1, (9, 9), (4, 4)), (3, 1, 1, (3, 3), (3, 3)), (5, 3, 1, (8, 8), (2, 2))),
    *((1, 1, 0, (2, 2), (2, 2)), (4, 2, 1, (4, 8), (2, 4)), (4, 2, 1, (9, 2), (4, 1))),
]


@pytest.fixture(params=["products", "torch's own for images", "torch's own"])
def limits(request, monkeypatch):
    monkeypatch.setattr(convolutions, "IMAGES", Limits(8, 1 if request.param == "products" else 100))
    monkeypatch.setattr(convolutions, "WEIGHTS", Limits(8, 100 if request.param == "torch's own" else 1))


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("shape", SHAPES)
def test_derivatives_of_any_order(shape, channels, limits):
    """Against differences of the function itself, in float64."""
    shape = Shape(*shape, channels)
    rng = torch.Generator().manual_seed(0)

    def numbers(*size):
        return torch.randn(size, dtype=torch.float64, generator=rng, requires_grad=True)

    large, small = numbers(2, channels, *shape.large), numbers(2, 3, *shape.small)
    weight, bias = numbers(3, channels, shape.kernel, shape.kernel), (numbers(3), numbers(channels))
    assert gradcheck(lambda *it: convolutions._Convolution.apply(*it, shape), (large, weight, bias[0]), fast_mode=True)
    assert gradgradcheck(lambda *it: convolutions._Convolution.apply(*it, shape), (large, weight, bias[0]), fast_mode=True)
    assert gradgradcheck(lambda *it: convolutions._Transposed.apply(*it, shape), (small, weight, bias[1]), fast_mode=True)
    assert gradgradcheck(lambda *it: convolutions._Weights.apply(*it, shape), (large, small), fast_mode=True)


@pytest.mark.parametrize("channels", [1, 5])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_same_numbers_as_torchs(shape, channels, limits):
    kernel, stride, padding, large, small = shape
    torch.manual_seed(0)
    image, weight = torch.randn(2, channels, *large).double(), torch.randn(7, channels, kernel, kernel).double()
    bias = torch.randn(7)
    found = convolutions._Convolution.apply(image, weight, bias.double(), Shape(*shape, channels))
    assert torch.allclose(found, F.conv2d(image, weight, bias.double(), stride, padding))
    image, bias, over = (
        torch.randn(2, 7, *small).double(),
        torch.randn(channels).double(),
        [(side + 2 * padding - kernel) % stride for side in large],
    )
    found = convolutions._Transposed.apply(image, weight, bias, Shape(*shape, channels))
    assert torch.allclose(found, F.conv_transpose2d(image, weight, bias, stride, padding, over))


@pytest.mark.parametrize(
    ("ours", "torchs", "before", "after", "side"),
    [
        *[(Conv2d, nn.Conv2d, 192, 256, 8), (ConvTranspose2d, nn.ConvTranspose2d, 192, 256, 4)],
        *[(Conv2d, nn.Conv2d, 1, 32, 28), (ConvTranspose2d, nn.ConvTranspose2d, 64, 1, 14)],
        (ConvTranspose2d, nn.ConvTranspose2d, 48, 24, 32),  # for its bias
    ],
)
@pytest.mark.parametrize("aspect", [1, 2])
def test_a_layer_in_bfloat16_is_as_near_to_float32_as_torchs(ours, torchs, before, after, side, aspect):
    torch.manual_seed(0)
    exact = torchs(before, after, 4, 2, 1).to(memory_format=torch.channels_last)
    layers = [torchs(before, after, 4, 2, 1), ours(before, after, 4, 2, 1)]
    images = torch.randn(16, before, side // aspect, side).contiguous(memory_format=torch.channels_last).requires_grad_()
    results = [exact(images)]
    for layer in layers:
        layer.load_state_dict(exact.state_dict())
        with torch.autocast("cpu", torch.bfloat16):
            results.append(layer.to(memory_format=torch.channels_last)(images))
    towards = torch.randn_like(results[0])
    gradients = []
    for layer, result in zip([exact, *layers], results, strict=True):
        inputs = (images, layer.weight, layer.bias)
        gradients.append([result, *torch.autograd.grad((result * towards).sum(), inputs)])
    for truth, other, found in zip(*gradients, strict=True):
        assert (found - truth).norm() < 1.6 * (other - truth).norm() < 0.01 * truth.norm()
    assert "_Convolution" in type(results[2].grad_fn).__name__ or "_Transposed" in type(results[2].grad_fn).__name__


@pytest.mark.parametrize(("ours", "torchs"), [(Conv2d, nn.Conv2d), (ConvTranspose2d, nn.ConvTranspose2d)])
def test_torchs_own_in_float32_and_for_large_images(ours, torchs):
    torch.manual_seed(0)
    theirs, layer = (kind(64, 64, 4, 2, 1) for kind in (torchs, ours))
    layer.load_state_dict(theirs.state_dict())
    small, large = torch.randn(2, 64, 8, 8), torch.randn(2, 64, 32, 32)
    with torch.no_grad():
        assert torch.equal(layer(small), theirs(small))
    with torch.autocast("cpu", torch.bfloat16):
        theirs.bias = layer.bias = None
        assert torch.equal(layer(large), theirs(large))


def test_a_learned_bias_of_a_transposed_convolution_in_float32():
    """Added apart, since torch is slow at its gradient: the same within float32's rounding, and nothing else is."""
    torch.manual_seed(0)
    theirs, layer = (kind(6, 5, 4, 2, 1) for kind in (nn.ConvTranspose2d, ConvTranspose2d))
    layer.load_state_dict(theirs.state_dict())
    images = torch.randn(3, 6, 4, 7, requires_grad=True)
    found, exact = layer(images), theirs(images)
    assert "Add" in type(found.grad_fn).__name__
    torch.testing.assert_close(found, exact)
    towards = torch.randn_like(exact)
    both = [torch.autograd.grad(one, [images, *kind.parameters()], towards) for one, kind in ((found, layer), (exact, theirs))]
    torch.testing.assert_close(*both)


def enlarged(layer, maps):
    """What `convolve_doubled` computes, in two steps."""
    return layer(F.interpolate(maps, scale_factor=2))


@pytest.mark.parametrize("small", [(1, 1), (2, 5), (4, 4)])
def test_enlarging_and_convolving_in_one_step_is_the_same(small):
    """In float64, with its gradients."""
    torch.manual_seed(0)
    layer = nn.Conv2d(6, 5, 3, 1, 1).double()
    maps = torch.randn(3, 6, *small, dtype=torch.float64, requires_grad=True)
    inputs = [maps, layer.weight, layer.bias]
    found, exact = convolve_doubled(layer, maps), enlarged(layer, maps)
    towards = torch.randn_like(exact)
    torch.testing.assert_close(found, exact)
    torch.testing.assert_close(torch.autograd.grad(found, inputs, towards), torch.autograd.grad(exact, inputs, towards))


@pytest.mark.parametrize(("before", "after", "side"), [(384, 192, 4), (96, 48, 16), (8, 3, 32)])
def test_enlarging_and_convolving_in_bfloat16_is_as_near_to_float32(before, after, side):
    torch.manual_seed(0)
    layer = nn.Conv2d(before, after, 3, 1, 1).to(memory_format=torch.channels_last)
    maps = torch.randn(16, before, side, side).contiguous(memory_format=torch.channels_last).requires_grad_()
    results = [enlarged(layer, maps)]
    with torch.autocast("cpu", torch.bfloat16):
        results += [enlarged(layer, maps), convolve_doubled(layer, maps)]
    towards = torch.randn_like(results[0])
    inputs = (maps, layer.weight, layer.bias)
    both = [[result, *torch.autograd.grad((result * towards).sum(), inputs)] for result in results]
    for truth, other, found in zip(*both, strict=True):
        assert (found - truth).norm() < 1.6 * (other - truth).norm() < 0.02 * truth.norm()


def test_what_is_enlarged_in_one_step():
    maps = torch.zeros(16, 1, 4, 7)
    assert can_double(maps, (8, 14)) and not can_double(maps, (7, 14)) and not can_double(maps[:15], (8, 14))
