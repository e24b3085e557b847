"""Tests the discriminators' final layers against torch's own sums, in any memory layout."""

import pytest
import torch
from torch import nn

from ganlib.networks.layers import Embedding, Flatten, Linear

COMMANDS = {"channels last": torch.channels_last, "channels first": torch.contiguous_format}
LABELS = torch.tensor([6, 0, 6])


@pytest.fixture(params=COMMANDS.values(), ids=COMMANDS)
def maps(request):
    torch.manual_seed(0)
    return torch.randn(3, 4, 5, 5, dtype=torch.float64).contiguous(memory_format=request.param).requires_grad_()


def test_they_compute_what_torchs_own_do_of_the_same_weights(maps):
    linear, embedding = Linear(4, 5).double(), Embedding(7, 4, 5).double()
    flattened, rows = maps.flatten(1), Flatten()(maps)
    torch.testing.assert_close(linear(rows), nn.functional.linear(flattened, linear.weight, linear.bias), rtol=1e-12, atol=0)
    expected = (nn.functional.embedding(LABELS, embedding.weight) * flattened).sum(1)
    torch.testing.assert_close((embedding(LABELS) * rows).sum(1), expected, rtol=1e-12, atol=0)


def test_their_gradients_are_torchs_own(maps):
    linear, flatten = Linear(4, 5).double(), Flatten()
    assert torch.autograd.gradcheck(lambda maps: linear(flatten(maps)), maps)
    (gradients,) = torch.autograd.grad(linear(flatten(maps)).sum(), linear.weight)
    torch.testing.assert_close(gradients, maps.flatten(1).sum(0, keepdim=True), rtol=1e-12, atol=0)


def test_channels_last_maps_are_not_copied_and_gradients_lie_as_they_do():
    maps = torch.randn(3, 4, 5, 5).contiguous(memory_format=torch.channels_last).requires_grad_()
    rows = Flatten()(maps)
    assert rows.data_ptr() == maps.data_ptr()
    Linear(4, 5)(rows).sum().backward()
    assert maps.grad.is_contiguous(memory_format=torch.channels_last)
