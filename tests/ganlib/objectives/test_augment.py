"""Tests differentiable augmentation: what it changes and keeps, and double backpropagation."""

import pytest
import torch

from ganlib.objectives.augment import CHANGES, augment
from ganlib.objectives.batch_rng import BatchRng


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def batch_rng(seed=0):
    return BatchRng(rng(seed))


@pytest.fixture
def images():
    return torch.rand(64, 3, 16, 12, dtype=torch.float64, generator=rng(9)) * 2 - 1


@pytest.mark.parametrize("name", CHANGES)
def test_shape_type_and_seed(name, images):
    once, twice, other = (
        augment(images, [name], batch_rng()),
        augment(images, [name], batch_rng()),
        augment(images, [name], batch_rng(1)),
    )
    assert once.shape == images.shape and once.dtype == images.dtype
    assert torch.equal(once, twice)
    assert not torch.equal(once, other)
    assert not torch.equal(once, images)


@pytest.mark.parametrize("name", CHANGES)
def test_gradients_pass_twice(name):
    images = torch.rand(2, 3, 8, 8, dtype=torch.float64, generator=rng(9)).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: CHANGES[name](x, batch_rng()), images, fast_mode=True)
    assert torch.autograd.gradgradcheck(lambda x: CHANGES[name](x, batch_rng()).square(), images, fast_mode=True)


def test_brightness_adds_one_number_an_image(images):
    shift = CHANGES["brightness"](images, batch_rng()) - images
    per_image = shift.flatten(1)
    assert torch.allclose(per_image, per_image[:, :1].expand_as(per_image))
    assert per_image.abs().max() <= 0.5 and per_image[:, 0].std() > 0.2


def test_saturation_keeps_grey_and_contrast_keeps_the_mean(images):
    assert torch.allclose(CHANGES["saturation"](images, batch_rng()).mean(1), images.mean(1))
    assert torch.allclose(CHANGES["contrast"](images, batch_rng()).mean((1, 2, 3)), images.mean((1, 2, 3)))


def test_translation_moves_whole_pixels_by_up_to_an_eighth(images):
    images = images.repeat(4, 1, 1, 1)
    moved = CHANGES["translation"](images, batch_rng())
    seen = set()
    for before, after in zip(images, moved, strict=True):
        padded = torch.nn.functional.pad(before, (2, 2, 2, 2))
        fits = [(r, c) for r in range(5) for c in range(5) if torch.equal(padded[:, r : r + 16, c : c + 12], after)]
        assert len(fits) == 1
        seen |= set(fits)
    assert len(seen) == 25  # every shift occurs


def test_cutout_sets_a_square_to_grey_anywhere(images):
    cut = CHANGES["cutout"](images.abs() + 0.1, batch_rng())
    holes = (cut == 0).all(1)
    assert holes.flatten(1).sum(1).min() > 0 and holes.flatten(1).sum(1).max() == 8 * 6
    assert holes.any(0).all()  # each pixel is covered at least once
    assert not holes.all(0).any()


def test_no_changes_is_the_same_tensor(images):
    assert augment(images, (), batch_rng()) is images
