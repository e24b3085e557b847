"""Tests that where a training's images lie changes no batch. The CPU "as the device" stands in for a GPU."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from conftest import TINY, plan, shapes

from ganlib.datasets import ImageSet, placement
from ganlib.datasets.batches import Batches
from ganlib.datasets.placement import DeviceImages, HostImages
from ganlib.objectives.batch_rng import Shard
from ganlib.training.step import GAN

CPU = torch.device("cpu")


@pytest.fixture
def mapped(tmp_path):
    """Fifty pictures as they lie in the cache: memory-mapped, read-only."""
    images = shapes(50)
    np.save(tmp_path / "images.npy", images.images)
    return replace(images, images=np.load(tmp_path / "images.npy", mmap_mode="r"))


@pytest.mark.parametrize("last", ["joined", "kept", "dropped"])
@pytest.mark.parametrize("world", [1, 2, 3])
@pytest.mark.filterwarnings("error")
def test_a_set_on_the_device_gives_the_same_batches(mapped, last, world, monkeypatch):
    monkeypatch.setattr(placement, "PART", 7 * mapped.images[0].nbytes)  # copied in pieces, the last of them short
    gathered, resident = (Batches(mapped, 16, seed=1, last=last) for _ in range(2))
    resident.placement = DeviceImages(mapped, CPU)
    place = 0
    for _ in range(12):  # past three seams between epochs
        shares = [Shard.of(gathered.size(place), rank, world) for rank in range(world)]
        for shard in shares:
            for one, other in zip(gathered.at(place, shard.rows), resident.at(place, shard.rows), strict=True):
                assert one.dtype == other.dtype and torch.equal(one, other)
        place += shares[0].whole


def test_a_training_is_the_same_with_its_set_on_the_device():
    """Twice through it, so that nothing of a step reaches back into the set."""
    images, states = shapes(48), []
    for where in (HostImages, DeviceImages):
        gan = GAN(plan(images, replace(TINY, flip=True, r1=1.0)), images, CPU)
        gan.batches.placement = where(images, CPU)
        for _ in range(6):
            gan.step()
        states.append(gan.state()[0])
    assert all(torch.equal(tensor, states[1][name]) for name, tensor in states[0].items())


def test_a_set_without_labels_has_none_on_the_device():
    chosen = np.array([3, 0])
    images, labels = DeviceImages(shapes(5, classes=0), CPU).rows(chosen)
    assert labels is None
    assert np.array_equal(images, shapes(5, classes=0).images[chosen])


def test_a_set_that_fills_more_than_a_quarter_of_the_device_stays_outside():
    images = ImageSet(np.zeros((10, 1, 10, 10), np.uint8), None, None, "ten", "")
    assert placement.fits(images, 4000) and not placement.fits(images, 3999)


def test_on_the_cpu_the_set_stays_where_it_is():
    assert isinstance(Batches(shapes(20), 4, seed=0).placement, HostImages)
