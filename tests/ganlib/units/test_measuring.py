"""Tests what units are measured to change, on a generator for which it is known."""

import numpy as np
import pytest
import torch
from torch import nn

from ganlib.networks.family import Generator
from ganlib.networks.units import stages
from ganlib.units.__main__ import place
from ganlib.units.measuring import effects


class Quarters(Generator):
    """Draws 32 x 32 pixels, a quarter of them for each of the first three units of a map, each by its own weight."""

    image_size, channels, latent_dim, num_classes = 32, 1, 1, 0

    def __init__(self):
        super().__init__()
        self.spread = nn.Conv2d(1, 4, 1)
        self.to_image = nn.Conv2d(4, 1, 1, bias=False)
        with torch.no_grad():
            self.spread.weight.zero_()
            self.spread.bias.fill_(1)
            self.to_image.weight[:] = torch.tensor([0.1, -0.2, 0.4, 0])[None, :, None, None]

    def forward(self, z, labels=None):
        maps = self.spread(z[:, :, None, None].expand(-1, -1, 32, 32))
        mask = torch.zeros(4, 32, 32)
        mask[0, :16, :16] = mask[1, :16, 16:] = mask[2, 16:, 16:] = mask[3] = 1
        return self.to_image(maps * mask)


def test_change_in_grey_levels_and_where():
    network = Quarters().eval()
    (stage,) = stages(network)
    found = effects(network, stage, np.zeros((70, 1), np.float32), None)  # more than a batch
    np.testing.assert_allclose(found.change, 127.5 / 4 * np.array([0.1, 0.2, 0.4, 0]), rtol=1e-5)
    assert found.ranking().tolist() == [2, 1, 0, 3]
    assert found.heat.shape == (4, 16, 16) and found.heat.dtype == np.uint8
    assert (found.heat[1, :8, 8:] == 255).all() and found.heat[1].sum() == 64 * 255
    assert not found.heat[3].any()
    assert place(found.heat[1]) == pytest.approx((0.25, 0.75, 32 / 256))
