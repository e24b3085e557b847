"""Tests batches: every image once an epoch, and the handling of the remainder."""

import numpy as np
import pytest
import torch
from conftest import shapes

from ganlib import UserError
from ganlib.datasets import ImageSet
from ganlib.datasets.batches import Batches


def test_batches_show_every_image_once_an_epoch():
    images = shapes(50)
    batches = Batches(images, 16, seed=0)
    stream = torch.cat([batches.at(place)[0] for place in range(0, 400, 16)])
    for epoch in range(8):
        seen = sorted(image.numpy().tobytes() for image in stream[epoch * 50 : epoch * 50 + 50])
        assert seen == sorted(image.tobytes() for image in images.images)
    assert not torch.equal(stream[:50], stream[50:100])


def test_batches_larger_than_the_set():
    small = ImageSet(np.arange(5, dtype=np.uint8).reshape(5, 1, 1, 1), None, None, "five", "")
    real, labels = Batches(small, 12, seed=0).at(0)
    assert labels is None
    assert sorted(real.flatten().tolist()[:5]) == [0, 1, 2, 3, 4] == sorted(real.flatten().tolist()[5:10])


@pytest.mark.parametrize(("last", "sizes"), [("kept", [16, 16, 16, 2]), ("dropped", [16, 16, 16])])
def test_what_becomes_of_an_epochs_last_batch(last, sizes):
    batches, seen = Batches(shapes(50), 16, seed=0, last=last), 0
    for number in range(3 * len(sizes)):
        assert batches.number(seen) == number
        real, labels = batches.at(seen)
        assert len(real) == len(labels) == sizes[number % len(sizes)]
        seen += len(real)
    epochs = torch.cat([batches.at(seen + place)[0] for place in range(0, sum(sizes), 16)])
    assert len({image.numpy().tobytes() for image in epochs}) == sum(sizes)  # each once


def test_a_single_image_makes_no_batch():
    batches = Batches(shapes(33), 16, seed=0, last="kept")
    assert [len(batches.at(place)[0]) for place in (0, 16, 32)] == [16, 16, 16]


def test_a_set_that_fills_no_batch():
    with pytest.raises(UserError, match="shapes holds 10 images, too few for a batch of 16"):
        Batches(shapes(10), 16, seed=0, last="dropped")
