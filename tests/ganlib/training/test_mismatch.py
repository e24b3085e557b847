"""Tests what real images with wrong labels add to the discriminator's objective."""

from dataclasses import replace

import pytest
import torch
from conftest import TINY, plan, shapes
from parallel_gans import CPU, exactly

from ganlib.objectives.losses import LOSSES
from ganlib.training.distributed_step import gan_of


def gradient(gan, update):
    """Returns D's gradient, of the first step of Adam from its first moment."""
    update()
    return torch.cat([gan.d_optimiser.state[each]["exp_avg"].flatten() for each in gan.d_parameters]) / (
        1 - gan.recipe.betas[0]
    )


@pytest.mark.parametrize("loss", ["relativistic", "non-saturating"])
def test_the_gradient_of_wrong_labels(loss):
    """Against autograd's of the objective as Reed et al. write it, in float64; of two classes the wrong one is the other."""
    with exactly():
        gan = gan_of(plan(shapes(), replace(TINY, loss=loss, mismatch=0.25)), shapes(), CPU, None)
        real, labels = gan._draw_real()
        assert set(labels.tolist()) == {0, 1}
        fake = gan._generate(gan._draw_latents(len(real)), labels).detach()
        own, wrong, drawn = (gan.discriminator(*inputs) for inputs in ((real, labels), (real, 1 - labels), (fake, labels)))
        d_loss = LOSSES[loss].discriminator
        expected = torch.autograd.grad(d_loss(own, drawn) + 0.25 * d_loss(own, wrong), gan.d_parameters)
        found = gradient(gan, lambda: gan._update_discriminator(real, fake, labels, None, penalised=False))
        torch.testing.assert_close(found, torch.cat([each.flatten() for each in expected]))


def weights_after_a_step(recipe, images):
    gan = gan_of(plan(images, recipe), images, CPU, None)
    gan.step()
    return torch.cat([each.detach().flatten() for each in gan.d_parameters])


@pytest.mark.parametrize(("factor", "weight"), [(0.5, 0.25), (0.0, 0.0)])
def test_a_schedule_multiplies_the_weight(factor, weight):
    """As the weight that it comes to, exactly; at 0 no wrong labels are drawn, so that a step is that without them."""
    scheduled = replace(TINY, mismatch=0.5, schedules={"mismatch": (factor, factor, 1)})
    found = weights_after_a_step(scheduled, shapes())
    assert torch.equal(found, weights_after_a_step(replace(TINY, mismatch=weight), shapes()))
    assert not torch.equal(found, weights_after_a_step(replace(TINY, mismatch=0.5), shapes()))


def test_without_labels_there_are_no_wrong_ones():
    images = replace(shapes(), labels=None, class_names=None)
    assert torch.equal(*(weights_after_a_step(replace(TINY, mismatch=mismatch), images) for mismatch in (0.0, 1.0)))
