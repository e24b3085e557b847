"""Tests the frozen network against activations of the package that it came from, its file, and the heads on its maps."""

import dataclasses
from dataclasses import replace

import pytest
import torch

from ganlib import UserError, networks
from ganlib.networks import features
from ganlib.networks.features import FeatureNetwork, brought_to, in_colour
from ganlib.networks.features.heads import HEADS, FeatureDiscriminator
from ganlib.objectives.transparency import premultiplied
from ganlib.recipes import Features

LITE = "efficientnet-lite0"
# Of `efficientnet_lite_pytorch` 0.1.0 on `pattern()`, in float32: each stage's shape, mean, deviation, and four channels at
# the second row and column. Ours are stored as float16.
KNOWN = [
    ((24, 16, 16), -0.197, 11.771, [3.54, 15.829, 3.981, 5.037]),
    ((40, 8, 8), 0.531, 10.047, [5.895, 3.802, 2.729, -3.562]),
    ((112, 4, 4), 0.216, 5.959, [11.853, 5.32, 5.94, 1.744]),
    ((320, 2, 2), -0.223, 3.61, [6.386, -6.627, -3.522, -6.499]),
]


def pattern(size=64):
    y, x = torch.meshgrid(torch.linspace(-1, 1, size), torch.linspace(-1, 1, size), indexing="ij")
    return torch.stack([torch.sin(9 * x) * torch.cos(5 * y), x * y, torch.cos(7 * (x + y))])[None]


@pytest.fixture(scope="module")
def lite():
    return features.load(LITE, 4)


def test_activations_are_those_of_the_published_network(lite):
    for maps, (shape, mean, deviation, some) in zip(lite(pattern()), KNOWN, strict=True):
        assert maps.shape == (1, *shape)
        assert maps.mean().item() == pytest.approx(mean, abs=0.01 * deviation)
        assert maps.std().item() == pytest.approx(deviation, rel=0.01)
        torch.testing.assert_close(maps[0, :4, 1, 1], torch.tensor(some), rtol=0.01, atol=0.02 * deviation)


def test_it_is_frozen_and_gives_gradients_to_pictures(lite):
    images = pattern().requires_grad_()
    sum(maps.mean() for maps in lite(images)).backward()
    assert images.grad.abs().sum() > 0 and not any(each.requires_grad for each in lite.parameters())
    assert not lite.training


@pytest.mark.parametrize("size", [33, 47, (64, 32)])
def test_any_size_is_halved_rounding_up(lite, size):
    height, width = size if isinstance(size, tuple) else (size, size)
    for maps, factor in zip(lite(torch.zeros(1, 3, height, width)), (4, 8, 16, 32), strict=True):
        assert maps.shape[2:] == (-(-height // factor), -(-width // factor))


def test_the_chosen_stages_of_any_pictures():
    network = FeatureNetwork(LITE, (1, 3))
    for channels in (1, 3, 4):
        large, small = network(torch.zeros(2, channels, 28, 28), 48)
        assert (large.shape, small.shape) == ((2, 24, 12, 12), (2, 112, 3, 3))
    assert len(network.network.stages) == 3  # the last is not computed


def test_grey_and_transparent_pictures_in_colour():
    assert torch.equal(in_colour(torch.full((1, 1, 2, 2), 0.3)), torch.full((1, 3, 2, 2), 0.3))
    straight = torch.tensor([0.8, -0.4, 0.2, -1.0])[None, :, None, None]
    assert in_colour(premultiplied(straight)).abs().max() < 1e-6  # invisible: mid-grey
    visible = straight.clone()
    visible[:, 3] = 1
    torch.testing.assert_close(in_colour(premultiplied(visible)), visible[:, :3])


def test_pictures_are_brought_to_a_size():
    assert brought_to(torch.zeros(1, 3, 64, 32), 32).shape == (1, 3, 32, 16)
    images = torch.rand(1, 3, 32, 32)
    assert brought_to(images, 32) is images
    stripes = torch.tensor([-1.0, 1.0]).repeat(32).expand(1, 1, 64, 64)
    assert brought_to(stripes, 32).abs().max() < 0.5  # antialiased


@pytest.mark.parametrize(("content", "told"), [(None, "missing"), (b"x" * 99, "damaged")])
def test_a_file_that_is_not_the_one_that_ships_is_refused(tmp_path, monkeypatch, content, told):
    file = tmp_path / "lite.safetensors"
    if content:
        file.write_bytes(content)
    monkeypatch.setitem(features.NETWORKS, LITE, features.NETWORKS[LITE]._replace(file=file))
    with pytest.raises(
        UserError, match=rf"lite.safetensors is {told}, and the recipe's features need it: copy it from"
    ) as refusal:
        features.load(LITE, 1)
    assert "\n" not in str(refusal.value) and "--set features=none" in str(refusal.value)


def maps_of(num=2):
    torch.manual_seed(1)
    return [torch.randn(num, channels, side, side) for channels, side in ((24, 8), (40, 4), (112, 2))]


@pytest.mark.parametrize("mixing", ["none", "channels", "scales"])
@pytest.mark.parametrize("head", HEADS)
def test_every_head_judges_every_mixing(head, mixing):
    heads = FeatureDiscriminator([24, 40, 112], 0, mixing, 8, head)
    positions = {"patch": [64, 16, 4], "down": [16, 4, 1], "normed": [16, 4, 1], "whole": [1, 1, 1]}[head]
    logits = heads(heads.mixed(maps_of()))
    assert [each.shape for each in logits] == [(2, number) for number in positions]
    sum(each.sum() for each in logits).backward()
    assert all(parameter.grad is not None for parameter in heads.parameters())


def test_normed_heads_see_nothing_in_a_batch_of_one_picture():
    """Batch norm takes away what all pictures share: at a map's one position that is everything but the bias."""
    drawn_once = [each[:1].expand(4, -1, -1, -1) for each in maps_of()]
    normed, down = (FeatureDiscriminator([24, 40, 112], 0, "channels", 8, head) for head in ("normed", "down"))

    def judged(heads):
        return heads(heads.mixed(drawn_once))

    torch.testing.assert_close(judged(normed)[-1], normed.heads[-1].to_logit.bias.expand(4, 1), atol=1e-4, rtol=0)
    assert (judged(down)[-1] - down.heads[-1].to_logit.bias).abs().min() > 1e-2


def test_a_label_changes_the_logits():
    heads = FeatureDiscriminator([24, 40, 112], 3, "channels", 8)
    maps = heads.mixed([each[:1].expand(2, -1, -1, -1) for each in maps_of()])
    same, other = (heads.eval()(maps, torch.tensor(labels)) for labels in ([1, 1], [1, 2]))
    assert all(torch.equal(one[0], one[1]) for one in same) and not any(torch.equal(one[0], one[1]) for one in other)


def test_mixing_across_scales_reaches_larger_maps_only():
    heads, maps = FeatureDiscriminator([24, 40, 112], mixing="scales", width=8), maps_of()
    changed = [maps[0], maps[1] + 1, maps[2]]
    same = [torch.equal(one, other) for one, other in zip(heads.mixed(maps), heads.mixed(changed), strict=True)]
    assert same == [False, False, True]


def test_mixing_is_fixed_and_keeps_the_variance():
    heads = FeatureDiscriminator([40, 112], mixing="channels", width=64)
    assert {name.split(".")[0] for name, _ in heads.named_parameters()} == {"heads"}
    assert {"across.0.weight", "across.1.weight"} <= heads.state_dict().keys()
    for maps in heads.mixed([torch.randn(8, 40, 16, 16), torch.randn(8, 112, 8, 8)]):
        assert maps.std().item() == pytest.approx(1, abs=0.2)


def test_the_same_seed_gives_the_same_mixing():
    def built():
        torch.manual_seed(5)
        return features.build({"num_classes": 0} | Features().heads).state_dict()

    first, second = built(), built()
    assert all(torch.equal(tensor, second[name]) for name, tensor in first.items())
    outline = networks.outline(features.build, {"num_classes": 0} | Features().heads)
    assert {name: tensor.shape for name, tensor in outline.state_dict().items()} == {
        name: tensor.shape for name, tensor in first.items()
    }


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"stages": ()}, "stages must be some of 1, 2, 3, 4 in order"),
        ({"stages": (2, 1)}, "stages must be some of"),
        ({"stages": (5,)}, "stages must be some of"),
        ({"head": "?"}, "features.head '\\?' is unknown; this version knows patch"),
        ({"network": "vgg"}, "features.network 'vgg' is unknown; this version knows efficientnet-lite0"),
        ({"loss": "?"}, "features.loss"),
        ({"augment": ("blur",)}, "features.augment 'blur'"),
        ({"size": 8}, "a size from 32"),
        ({"width": 0}, "a width from 1"),
        ({"weight": -1.0}, "a weight of 0 or more"),
    ],
)
def test_impossible_features(wrong, told):
    with pytest.raises(ValueError, match=told):
        replace(Features(), **wrong)
    assert dataclasses.asdict(Features())["stages"] == (1, 2, 3, 4)
