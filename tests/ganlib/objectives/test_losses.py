"""Tests every loss and penalty against its closed form, in float64."""

import math

import pytest
import torch

from ganlib.objectives.batch_rng import BatchRng
from ganlib.objectives.losses import LOSSES, gradient_penalty, zero_centred_penalty

REAL = torch.tensor([-3.0, -0.4, 0.0, 1.7, 6.0], dtype=torch.float64)
FAKE = torch.tensor([2.5, -1.1, 0.3, -4.0, 0.0], dtype=torch.float64)


def mean(function, *tensors):
    """Returns the mean of a scalar formula over the logits, in Python floats."""
    values = [function(*(float(value) for value in row)) for row in zip(*tensors, strict=True)]
    return sum(values) / len(values)


def sigmoid(t):
    return 1 / (1 + math.exp(-t))


CLOSED_FORMS = {
    "saturating": (
        lambda: mean(lambda r: -math.log(sigmoid(r)), REAL) + mean(lambda f: -math.log(1 - sigmoid(f)), FAKE),
        lambda: mean(lambda f: math.log(1 - sigmoid(f)), FAKE),
    ),
    "non-saturating": (
        lambda: mean(lambda r: -math.log(sigmoid(r)), REAL) + mean(lambda f: -math.log(1 - sigmoid(f)), FAKE),
        lambda: mean(lambda f: -math.log(sigmoid(f)), FAKE),
    ),
    "least-squares": (
        lambda: mean(lambda r: (r - 1) ** 2 / 2, REAL) + mean(lambda f: f**2 / 2, FAKE),
        lambda: mean(lambda f: (f - 1) ** 2 / 2, FAKE),
    ),
    "hinge": (
        lambda: mean(lambda r: max(0, 1 - r), REAL) + mean(lambda f: max(0, 1 + f), FAKE),
        lambda: -mean(lambda f: f, FAKE),
    ),
    "wasserstein": (
        lambda: mean(lambda f: f, FAKE) - mean(lambda r: r, REAL),
        lambda: -mean(lambda f: f, FAKE),
    ),
    "relativistic": (
        lambda: mean(lambda r, f: math.log(1 + math.exp(f - r)), REAL, FAKE),
        lambda: mean(lambda r, f: math.log(1 + math.exp(r - f)), REAL, FAKE),
    ),
}


def test_every_loss_has_a_closed_form_here():
    assert CLOSED_FORMS.keys() == LOSSES.keys()


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("saturating", 2 * math.log(2)), ("non-saturating", 2 * math.log(2)), ("least-squares", 0.25), ("hinge", 2.0),
        ("wasserstein", None), ("relativistic", math.log(2)),
    ],
)  # fmt: skip
def test_what_guessing_costs(name, level):
    assert LOSSES[name].guessing == (level and pytest.approx(level, abs=1e-12))


@pytest.mark.parametrize("name", LOSSES)
def test_closed_form(name):
    discriminator, generator = CLOSED_FORMS[name]
    assert LOSSES[name].discriminator(REAL, FAKE).item() == pytest.approx(discriminator(), abs=1e-12)
    assert LOSSES[name].generator(REAL, FAKE).item() == pytest.approx(generator(), abs=1e-12)


# Derivatives of each loss for one pair of logits (r, f): d/dr and d/df for D, d/df for G, derived by hand
DERIVATIVES = {
    "saturating": (lambda r, f: -sigmoid(-r), lambda r, f: sigmoid(f), lambda r, f: -sigmoid(f)),
    "non-saturating": (lambda r, f: -sigmoid(-r), lambda r, f: sigmoid(f), lambda r, f: -sigmoid(-f)),
    "least-squares": (lambda r, f: r - 1, lambda r, f: f, lambda r, f: f - 1),
    "hinge": (lambda r, f: -float(r < 1), lambda r, f: float(f > -1), lambda r, f: -1.0),
    "wasserstein": (lambda r, f: -1.0, lambda r, f: 1.0, lambda r, f: -1.0),
    "relativistic": (lambda r, f: -sigmoid(f - r), lambda r, f: sigmoid(f - r), lambda r, f: -sigmoid(r - f)),
}


@pytest.mark.parametrize("name", LOSSES)
def test_gradients_against_their_derivations_on_a_grid(name):
    axis = torch.arange(-6, 6.01, 0.75, dtype=torch.float64) + 0.1  # not at the hinge's corners
    real, fake = (logits.flatten().requires_grad_() for logits in torch.meshgrid(axis, axis, indexing="ij"))
    of_real, of_fake, of_generator = DERIVATIVES[name]
    pairs = list(zip(real.tolist(), fake.tolist(), strict=True))
    given = torch.autograd.grad(LOSSES[name].discriminator(real, fake), (real, fake))
    for gradient, derived in zip(given, (of_real, of_fake), strict=True):
        assert (gradient * len(pairs)).tolist() == pytest.approx([derived(*pair) for pair in pairs], abs=1e-12)
    (gradient,) = torch.autograd.grad(LOSSES[name].generator(real, fake), fake)
    assert (gradient * len(pairs)).tolist() == pytest.approx([of_generator(*pair) for pair in pairs], abs=1e-12)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("size", [1e3, -1e3])
def test_extreme_logits_stay_finite(name, size):
    real = torch.full((4,), size, requires_grad=True)
    fake = torch.full((4,), -size, requires_grad=True)
    for loss in (LOSSES[name].discriminator(real, fake), LOSSES[name].generator(real, fake)):
        gradients = torch.autograd.grad(loss, (real, fake), allow_unused=True)
        assert torch.isfinite(loss)
        assert all(torch.isfinite(gradient).all() for gradient in gradients if gradient is not None)


def test_the_saturating_generator_starves_where_the_other_does_not():
    """Gradients at a confidently rejected sample: -sigmoid(f) against -sigmoid(-f)."""
    fake = torch.tensor([-8.0], dtype=torch.float64, requires_grad=True)
    saturating = torch.autograd.grad(LOSSES["saturating"].generator(None, fake), fake)[0].item()
    healthy = torch.autograd.grad(LOSSES["non-saturating"].generator(None, fake), fake)[0].item()
    assert saturating == pytest.approx(-sigmoid(-8))
    assert healthy == pytest.approx(-sigmoid(8))


def quadratic(images):
    """D(x) = 1/2 sum a x^2 + b sum x, whose gradient is a x + b."""
    return 1.5 * images.flatten(1).square().sum(1) + 0.25 * images.flatten(1).sum(1)


def gradient_of_quadratic(images):
    return 3.0 * images + 0.25


def test_r1_and_r2_against_the_quadratic():
    images = torch.randn(5, 3, 4, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0)).requires_grad_()
    expected = 0.5 * gradient_of_quadratic(images).square().sum((1, 2, 3)).mean()
    assert zero_centred_penalty(quadratic(images), images).item() == pytest.approx(expected.item(), rel=1e-12)


def test_penalty_reaches_the_weights():
    """R1 of D(x) = w x summed over n pixels is n w^2 / 2, so its derivative is n w."""
    weight = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    images = torch.zeros(2, 1, 3, 3, dtype=torch.float64, requires_grad=True)
    zero_centred_penalty((weight * images).sum((1, 2, 3)), images).backward()
    assert weight.grad.item() == pytest.approx(9 * 0.7, rel=1e-12)


def test_gradient_penalty_lies_on_the_lines_between():
    rng = torch.Generator().manual_seed(1)
    real = torch.randn(6, 1, 4, 4, dtype=torch.float64, generator=rng)
    fake = torch.randn(6, 1, 4, 4, dtype=torch.float64, generator=rng)
    ours = gradient_penalty(quadratic, real, fake, BatchRng(torch.Generator().manual_seed(2)))
    shard = torch.rand(6, 1, 1, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    norms = gradient_of_quadratic(real + shard * (fake - real)).flatten(1).norm(dim=1)
    assert ours.item() == pytest.approx((norms - 1).square().mean().item(), rel=1e-12)


def test_gradient_penalty_of_a_flat_discriminator_has_a_gradient():
    """The norm's derivative at 0 must not be NaN: a saturated D has gradient 0."""
    weight = torch.zeros((), dtype=torch.float64, requires_grad=True)
    images = torch.zeros(2, 1, 2, 2, dtype=torch.float64)
    penalty = gradient_penalty(lambda x: (weight * x).sum((1, 2, 3)), images, images, BatchRng(torch.Generator()))
    penalty.backward()
    assert penalty.item() == 1.0
    assert torch.isfinite(weight.grad)
