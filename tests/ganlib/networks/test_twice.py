"""Tests the gradients of penalties in bfloat16: against float32 for every recipe and batch, and without kernels as large as
pictures, which some processors compute wrongly."""

import json
from contextlib import suppress
from itertools import product

import pytest
import torch
from torch import nn
from torch.autograd import gradcheck, gradgradcheck
from torch.utils._python_dispatch import TorchDispatchMode

from ganlib import UserError
from ganlib.networks import build_discriminator, check_size, twice
from ganlib.networks.twice import Conv2d, Geometry
from ganlib.objectives.batch_rng import BatchRng
from ganlib.objectives.losses import gradient_penalty, zero_centred_penalty
from ganlib.recipes import RECIPES
from ganlib.sizes import height_width

GEOMETRIES = [
    Geometry((1, 1), (1, 1), (1, 1), 2),  # resnet's
    Geometry((2, 2), (1, 1), (1, 1), 1),
    Geometry((3, 2), (0, 2), (1, 2), 4),
]
SIZES = [16, 28, 32, 64, 96, (32, 64)]
BATCHES = (1, 2, 6, 14, 17)  # AMX's wrong kernels had even ones up to 14; an odd one, and more than a vector's 16
ROUNDING = 0.5  # of a layer's gradient, at most; up to 0.33 was seen, in deep-mlp, and more than 1 where a kernel was wrong
FEWER = {"width": 16, "most": 64}  # channels; in a resnet groups of 16


def drawn(family, size):
    with suppress(UserError):
        check_size(family, size)
        return True
    return False


def smaller(settings):
    """The same with fewer channels; recipes with the same kind of discriminator have one network in common then."""
    fewer = FEWER if settings["family"] == "resnet" else {name: FEWER[name] for name in FEWER.keys() & settings.keys()}
    return settings | fewer | ({"widths": [64] * len(settings["widths"])} if "widths" in settings else {})


NETWORKS = {json.dumps(smaller(recipe.discriminator)): recipe.name for recipe in reversed(RECIPES.values())}
CASES = [
    pytest.param(json.loads(settings), size, id=f"{name} {size}")
    for (settings, name), size in product(NETWORKS.items(), SIZES)
    if drawn(json.loads(settings)["family"], size)
]


@pytest.mark.slow
@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_derivatives_of_any_order(geometry):
    """Against differences of the function itself, in float64."""
    torch.manual_seed(0)
    images, weight, bias = torch.randn(2, 4, 6, 5), torch.randn(8, 4 // geometry.groups, 3, 2), torch.randn(8)
    inputs = [tensor.double().requires_grad_() for tensor in (images, weight, bias)]

    def convolved(*inputs):
        return twice._Convolution.apply(*inputs, geometry)

    def gradients(*inputs):
        return twice._Gradients.apply(*inputs, geometry, (True, True, True))

    assert gradcheck(convolved, inputs, fast_mode=True) and gradgradcheck(convolved, inputs, fast_mode=True)
    gradient = torch.randn_like(convolved(*inputs)).requires_grad_()
    assert gradgradcheck(gradients, (gradient, *inputs[:2]), fast_mode=True)


@pytest.mark.parametrize("groups", [1, 4])
@pytest.mark.parametrize("bias", [True, False])
def test_the_same_numbers_as_torchs(groups, bias):
    torch.manual_seed(0)
    theirs, layer = (kind(64, 64, 3, 1, 1, groups=groups, bias=bias) for kind in (nn.Conv2d, Conv2d))
    layer.load_state_dict(theirs.state_dict())
    images, found = torch.randn(6, 64, 8, 8).contiguous(memory_format=torch.channels_last).requires_grad_(), []
    for one in (theirs, layer):
        for precision in (torch.float32, torch.bfloat16):
            with torch.autocast("cpu", precision, enabled=precision != torch.float32):
                maps = one(images)
            assert maps.dtype == precision
            found.append([maps, *torch.autograd.grad(maps.square().sum(), [images, *one.parameters()])])
    for before, after in zip(found[:2], found[2:], strict=True):
        assert all(map(torch.equal, before, after))


@pytest.mark.parametrize(("stride", "groups", "exact"), [(1, 8, False), (2, 8, True), (2, 4, False), (2, 1, False)])
def test_a_depthwise_convolution_with_a_stride_has_its_gradients_in_float32(stride, groups, exact):
    """oneDNN takes up to a hundred times as long for them in bfloat16. Those by images alone, as a frozen network needs them, and
    those by all; the result is in bfloat16 as before."""
    torch.manual_seed(0)
    layer = Conv2d(8, 8, 3, stride, 1, groups=groups)
    images = torch.randn(4, 8, 9, 9).contiguous(memory_format=torch.channels_last).requires_grad_()
    maps = layer(images)
    towards = torch.randn_like(maps)
    for inputs in ([images], [images, *layer.parameters()]):
        layer.requires_grad_(len(inputs) > 1)
        truth = torch.autograd.grad(layer(images), inputs, towards)
        with torch.autocast("cpu", torch.bfloat16):
            maps = layer(images)
        with Precisions() as precisions:
            found = torch.autograd.grad(maps, inputs, towards.bfloat16())
        assert precisions.seen == {torch.float32 if exact else torch.bfloat16} and maps.dtype == torch.bfloat16
        for one, other in zip(found, truth, strict=True):
            assert (one - other).norm() < 0.01 * other.norm()


class Precisions(TorchDispatchMode):
    """Notes in which precision gradients of convolutions are computed."""

    def __init__(self):
        super().__init__()
        self.seen = set()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if func._overloadpacket is torch.ops.aten.convolution_backward:
            self.seen.add(args[0].dtype)
        return func(*args, **(kwargs or {}))


class Kernels(TorchDispatchMode):
    """Notes the largest kernel of all convolutions that are computed, in pixels."""

    def __init__(self):
        super().__init__()
        self.largest = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if func._overloadpacket is torch.ops.aten.convolution:
            self.largest = max(self.largest, *args[1].shape[2:])
        return func(*args, **(kwargs or {}))


def discriminator(settings, size):
    """A small one in training mode, none of whose weights are zero: a residual block is the identity at first."""
    torch.manual_seed(0)
    built = build_discriminator(settings | {"image_size": size, "channels": 3})
    for parameter in built.parameters():
        if parameter.ndim > 1 and not parameter.any():
            nn.init.normal_(parameter, 0.0, 0.05)
    return built.to(memory_format=torch.channels_last).train()


def penalties(network, batch, precision):
    """R1, which is R2 at other pictures, and WGAN-GP's penalty."""
    rng = torch.Generator().manual_seed(batch)
    shape = (batch, 3, *height_width(network.image_size))
    real, fake = ((torch.rand(shape, generator=rng) * 2 - 1).to(memory_format=torch.channels_last) for _ in range(2))
    real.requires_grad_()

    def logits(images):
        with torch.random.fork_rng(devices=[]), torch.autocast("cpu", precision, enabled=precision != torch.float32):
            torch.manual_seed(0)  # of dropout
            return network(images).float()

    return zero_centred_penalty(logits(real), real), gradient_penalty(logits, real, fake, BatchRng(rng))


def gradients(network, batch, precision):
    """Both penalties' gradients by each layer's weights."""
    weights = [parameter for parameter in network.parameters() if parameter.ndim > 1]
    return [torch.autograd.grad(penalty, weights, materialize_grads=True) for penalty in penalties(network, batch, precision)]


@pytest.mark.slow
@pytest.mark.parametrize(
    "batches", [pytest.param(BATCHES, id="some"), pytest.param(range(1, 18), marks=pytest.mark.campaign, id="all")]
)
@pytest.mark.parametrize(("settings", "size"), CASES)
def test_penalties_in_bfloat16_are_as_in_float32(settings, size, batches):
    """Where the norms are near 1, WGAN-GP's gradients nearly vanish, and their error is that of R1's."""
    network = discriminator(settings, size)
    for batch in batches:
        found, exact = (gradients(network, batch, precision) for precision in (torch.bfloat16, torch.float32))
        for layer in range(len(exact[0])):
            scale = max(penalty[layer].norm() for penalty in exact)
            errors = [((one[layer] - other[layer]).norm() / scale).item() for one, other in zip(found, exact, strict=True)]
            assert max(errors) < ROUNDING, f"layer {layer}, batch {batch}"


@pytest.mark.slow
@pytest.mark.parametrize(("settings", "size"), CASES)
def test_no_kernel_is_as_large_as_its_picture(settings, size):
    """Some processors compute such convolutions wrongly in bfloat16; no layer asks for one."""
    network = discriminator(settings, size)
    layers = [module.kernel_size[0] for module in network.modules() if isinstance(module, nn.Conv2d)]
    with Kernels() as kernels:
        sum(penalties(network, 2, torch.bfloat16)).backward()
    assert kernels.largest == max(layers, default=0)
