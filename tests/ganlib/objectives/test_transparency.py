"""Tests what D sees of transparent pictures, and that augmentation changes their colours as it would the straight ones."""

import pytest
import torch

from ganlib.objectives.augment import CHANGES, augment
from ganlib.objectives.batch_rng import BatchRng
from ganlib.objectives.transparency import coverage, premultiplied

COLOUR = ("brightness", "saturation", "contrast")


def batch_rng(seed=0):
    return BatchRng(torch.Generator().manual_seed(seed))


@pytest.fixture
def straight():
    """Pictures with every alpha from none to full, and a part that is invisible."""
    images = torch.rand(16, 4, 12, 10, dtype=torch.float64, generator=torch.Generator().manual_seed(9)) * 2 - 1
    images[:, 3, :4] = -1
    images[:, 3, 8:] = 1
    return images


def test_colour_counts_by_its_alpha(straight):
    seen = premultiplied(straight)
    as_shares = (seen + 1) / 2, (straight + 1) / 2
    assert torch.allclose(as_shares[0][:, :3], as_shares[1][:, :3] * as_shares[1][:, 3:])
    assert torch.equal(seen[:, 3], straight[:, 3])
    assert (seen[:, :, :4] == -1).all()  # whatever colour was there
    assert torch.allclose(seen[:, :, 8:], straight[:, :, 8:])


def test_what_is_invisible_gives_no_gradient(straight):
    straight.requires_grad_()
    premultiplied(straight).square().sum().backward()
    assert not straight.grad[:, :3, :4].any() and straight.grad[:, :3, 4:].all()


@pytest.mark.parametrize("channels", [1, 3])
def test_other_pictures_are_the_same_tensor(channels):
    images = torch.zeros(2, channels, 4, 4)
    assert premultiplied(images) is images


@pytest.mark.parametrize("name", COLOUR)
def test_changes_of_colour_leave_alpha_and_the_invisible(name, straight):
    seen = premultiplied(straight)
    changed = augment(seen, [name], batch_rng())
    assert torch.equal(changed[:, 3], seen[:, 3])
    assert torch.allclose(changed[:, :, :4], seen[:, :, :4])
    assert not torch.allclose(changed[:, :, 4:], seen[:, :, 4:])


@pytest.mark.parametrize("name", ["brightness", "saturation"])
def test_changes_of_colour_are_those_of_the_straight_colour(name, straight):
    """Each pixel's change depends on the pixel alone, so premultiplying before or after is the same."""
    before = augment(straight[:, :3], [name], batch_rng())
    after = augment(premultiplied(straight), [name], batch_rng())
    assert torch.allclose(premultiplied(torch.cat([before, straight[:, 3:]], 1)), after)


def test_contrast_turns_about_the_mean_of_what_is_visible(straight):
    alpha = coverage(straight[:, 3:])
    mean = (straight[:, :3] * alpha).sum((1, 2, 3), keepdim=True) / (3 * alpha.sum((1, 2, 3), keepdim=True))
    factor = batch_rng().uniform(16, 1, 1, 1, dtype=torch.float64) + 0.5
    expected = torch.cat([mean + (straight[:, :3] - mean) * factor, straight[:, 3:]], 1)
    assert torch.allclose(augment(premultiplied(straight), ["contrast"], batch_rng()), premultiplied(expected))


@pytest.mark.parametrize("name", COLOUR)
def test_opaque_pictures_change_as_without_alpha(name, straight):
    straight[:, 3] = 1
    expected = augment(straight[:, :3], [name], batch_rng())
    assert torch.allclose(augment(premultiplied(straight), [name], batch_rng())[:, :3], expected)


@pytest.mark.parametrize("name", COLOUR)
def test_an_invisible_picture_stays_finite(name):
    nothing = torch.full((2, 4, 8, 8), -1.0, requires_grad=True)
    changed = augment(nothing, [name], batch_rng())
    changed.square().sum().backward()
    assert torch.allclose(changed, nothing) and nothing.grad.isfinite().all()


def test_translation_and_cutout_take_alpha_along(straight):
    seen = premultiplied(straight)
    moved = augment(seen, ["translation"], batch_rng())
    alone = augment(seen[:, 3:], ["translation"], batch_rng())
    assert torch.equal(moved[:, 3:], alone)
    holes = (augment(seen, ["cutout"], batch_rng()) == 0).all(1)
    assert holes.flatten(1).sum(1).min() > 0


@pytest.mark.parametrize("name", CHANGES)
def test_gradients_pass_twice(name):
    images = torch.rand(2, 4, 8, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(9)).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: CHANGES[name](premultiplied(x), batch_rng()), images, fast_mode=True)
    assert torch.autograd.gradgradcheck(lambda x: CHANGES[name](premultiplied(x), batch_rng()).square(), images, fast_mode=True)
