"""Tests what a generator's units are, and that scaling them is what scaling the next layer's weights is."""

import copy

import pytest
import torch
from torch import nn

from ganlib.networks import build_generator, outline
from ganlib.networks.units import scaled, stages, twin

SETTINGS = {"image_size": 28, "channels": 1, "latent_dim": 6, "num_classes": 3}


def generator(family="dcgan", **more):
    torch.manual_seed(0)
    return build_generator({"family": family} | SETTINGS | more).eval().double()


def images(network, num=2):
    torch.manual_seed(1)
    with torch.no_grad():
        return network(torch.randn(num, 6, dtype=torch.float64), torch.arange(num))


@pytest.mark.parametrize(
    ("family", "more", "found"),
    [
        ("dcgan", {"width": 4}, {"stem": (8, 7, 7), "stages.1": (4, 14, 14)}),
        ("mlp", {"widths": [5, 9], "norm": True}, {"stem": (5,), "stages.1": (9,)}),
        ("infogan", {"widths": [16, 6, 4]}, {"stem": (16,), "stages.1": (6, 7, 7), "stages.2": (4, 14, 14)}),
        ("resnet", {"width": 16}, {"stem": (32, 7, 7), "stages.1": (32, 7, 7), "stages.2": (16, 14, 14)}),
        (
            "style",
            {"width": 4, "most": 8},
            {"stem": (8, 7, 7), "stages.1": (8, 7, 7), "stages.2": (8, 14, 14), "stages.3": (4, 28, 28)},
        ),
        ("upsample", {"widths": [4, 6, 5]}, {"stem": (4, 14, 14), "stages.1": (6, 28, 28), "stages.2": (5, 28, 28)}),
    ],
)
def test_stages_of_every_family(family, more, found):
    settings = {"family": family} | SETTINGS | more
    for network in (build_generator(settings).eval(), outline(build_generator, settings).eval()):
        assert {stage.name: (stage.units, *stage.sides) for stage in stages(network)} == found


def test_a_scaled_unit_draws_as_scaled_weights_of_the_next_layer():
    network = generator(width=4)
    last = stages(network)[-1]
    other = copy.deepcopy(network)
    with torch.no_grad():
        other.to_image.weight[2] *= 0
        other.to_image.weight[1] *= 2
    scale = torch.tensor([1.0, 2, 0, 1], dtype=torch.float64)[None, :, None, None]
    before = images(network)
    with scaled(network, {last: scale}):
        changed = images(network)
    torch.testing.assert_close(changed, images(other))
    assert (changed - before).abs().max() > 1e-4
    assert torch.equal(images(network), before)  # only inside the block


def test_a_unit_turned_off_at_a_place_changes_only_the_pixels_that_see_it():
    network = generator(width=4)
    last = stages(network)[-1]
    scale = torch.ones(1, 4, 14, 14, dtype=torch.float64)
    scale[:, :, 3, 5] = 0
    before = images(network)
    with scaled(network, {last: scale}):
        changed = (images(network) - before).abs().amax((0, 1)) > 0
    rows, columns = changed.nonzero().T
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (5, 8, 9, 12)  # a kernel of 4, stride 2, padding 1


def test_a_twin_shares_weights_and_nothing_else():
    network = generator(width=4)
    other = twin(network)
    assert all(one is same for one, same in zip(network.parameters(), other.parameters(), strict=True))
    before = images(network)
    with scaled(other, {stage: torch.zeros((1, stage.units, 1, 1), dtype=torch.float64) for stage in stages(other)}):
        assert torch.equal(images(network), before)
        assert not torch.equal(images(other), before)


def test_units_that_no_layer_takes_are_no_stage():
    class Odd(type(generator())):
        def forward(self, z, labels=None):  # its last layer is never called as a module
            x = self.features(z, labels).relu().unflatten(1, (-1, 7, 7))
            return nn.functional.interpolate(self.stages[0](x), scale_factor=2)[:, :1]

    assert [stage.name for stage in stages(Odd(28, 1, 6, 4, 3).eval())] == ["stem"]
