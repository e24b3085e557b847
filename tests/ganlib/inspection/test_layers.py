"""Tests networks layer by layer: every parameter is counted once, every formula yields the shape."""

import math
import re

import pytest
import torch
from published import PARAMETERS
from torch import nn

from ganlib.inspection import layers as inspection
from ganlib.networks import FAMILIES, build_discriminator, build_generator, count_parameters
from ganlib.recipes import RECIPES


def tables(recipe, size=28, channels=1, classes=0, latent_dim=None):
    """Yields both networks on the meta device, each with its layers."""
    sizes = {"image_size": size, "channels": channels, "num_classes": classes}
    dim = latent_dim or recipe.latent_dim
    with torch.device("meta"):
        generator = build_generator(sizes | {"latent_dim": dim} | recipe.generator)
        discriminator = build_discriminator(sizes | recipe.discriminator)
        labels = torch.zeros(2, dtype=torch.long) if classes else None
        z, images = torch.empty(2, dim), torch.empty(2, channels, size, size)
    yield generator, inspection.layers(generator, z, labels)
    yield discriminator, inspection.layers(discriminator, images, labels)


def worked_out(formula):
    """Returns both sides of a formula of the output size."""
    term, result = formula.split(" = ")
    for typed, python in (("−", "-"), ("·", "*"), ("⌊", "math.floor("), ("⌋", ")")):
        term = term.replace(typed, python)
    return eval(term, {"math": math}), int(result)


def sizes_of(recipe):
    return [size for size in FAMILIES[recipe.generator["family"]].SIZES if recipe.image_size in (None, size)]


@pytest.mark.slow
@pytest.mark.parametrize("classes", [0, 3])
@pytest.mark.parametrize("name", RECIPES)
def test_totals_and_sizes_of_every_recipe(name, classes):
    recipe = RECIPES[name]
    for size in sizes_of(recipe):
        (generator, drawing), (discriminator, judging) = tables(recipe, size, 3, classes)
        for network, layers in ((generator, drawing), (discriminator, judging)):
            assert sum(layer.parameters for layer in layers) == count_parameters(network)
            assert network.training and not any(module._forward_hooks for module in network.modules())
            for layer in layers:
                if layer.formula:
                    assert worked_out(layer.formula) == (layer.shape[-1], layer.shape[-1]), layer
        drawn = [layer.shape for layer in drawing if len(layer.shape) == 3 or layer.kind == "Tanh"]
        assert drawn[-1] in ((3, size, size), (3 * size**2,))
        assert judging[-1].shape in ((), (1,))


@pytest.mark.parametrize(
    ("name", "size", "channels", "latent_dim", "generator", "discriminator"),
    PARAMETERS,
)
def test_totals_are_the_reports(name, size, channels, latent_dim, generator, discriminator):
    (_, drawing), (_, judging) = tables(RECIPES[name], size, channels, latent_dim=latent_dim)
    assert sum(layer.parameters for layer in drawing) == generator
    assert sum(layer.parameters for layer in judging) == discriminator


def test_the_layers_of_a_dcgan():
    (_, drawing), (_, judging) = tables(RECIPES["sngan"], classes=10)
    assert [(layer.kind, layer.shape) for layer in drawing] == [
        ("Concat", (110,)), ("Linear", (6272,)), ("Unflatten", (128, 7, 7)), ("BatchNorm2d", (128, 7, 7)),
        ("ReLU", (128, 7, 7)), ("ConvTranspose2d", (64, 14, 14)), ("BatchNorm2d", (64, 14, 14)), ("ReLU", (64, 14, 14)),
        ("ConvTranspose2d", (1, 28, 28)), ("Tanh", (1, 28, 28)),
    ]  # fmt: skip
    assert drawing[5].settings == {"kernel": 4, "stride": 2, "padding": 1, "bias": False}
    assert drawing[5].formula == "(7 − 1)·2 − 2·1 + 4 = 14"
    first = judging[0]
    assert first.settings == {"kernel": 4, "stride": 2, "padding": 1, "spectral": True}
    assert first.formula == "⌊(28 + 2·1 − 4)/2⌋ + 1 = 14"
    assert [layer.kind for layer in judging[-3:]] == ["Linear", "Embedding", "Add"]


def test_functions_between_modules_are_seen():
    (_, upsampling), _ = tables(RECIPES["dcgan-upsample"])
    assert [layer.formula for layer in upsampling if layer.kind == "Upsample"] == ["7 · 2 = 14", "14 · 2 = 28"]
    (_, styled), _ = tables(RECIPES["style"])
    assert [layer.formula for layer in styled if layer.kind == "UpsamplingBilinear2d"] == ["7 · 2 = 14", "14 · 2 = 28"]
    assert [layer.kind for layer in styled[:5]] == ["Linear", "LeakyReLU", "Linear", "LeakyReLU", "Constant"]
    assert next(layer.formula for layer in styled if layer.kind == "Modulated") == "⌊(7 + 2·1 − 3)/1⌋ + 1 = 7"
    (_, residual), _ = tables(RECIPES["resnet"])
    assert sum(layer.kind == "Add" for layer in residual) == 2
    assert {layer.settings["slope"] for layer in residual if layer.kind == "LeakyReLU"} == {0.2}


def test_odd_kernels_and_a_layer_that_is_used_twice():
    twice = nn.Conv2d(4, 4, 3, 1, 2, dilation=2)
    network = nn.Sequential(
        nn.Conv2d(1, 4, 5, 2), twice, twice, nn.ConvTranspose2d(4, 1, 3, 2, 1, output_padding=1), nn.Upsample(scale_factor=3)
    )
    layers = inspection.layers(network, torch.zeros(1, 1, 20, 20))
    assert [layer.shape[-1] for layer in layers] == [8, 8, 8, 16, 48]
    assert all(worked_out(layer.formula) == (layer.shape[-1],) * 2 for layer in layers)
    assert layers[1].parameters == 4 * 4 * 9 + 4 and layers[2].parameters == 0
    assert sum(layer.parameters for layer in layers) == count_parameters(network)
    assert re.search(r"\(2·\(3 − 1\) \+ 1\)", layers[1].formula)
