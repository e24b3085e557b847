"""Tests the systems of the five reports: parameter counts, and one update of ours against each report's own loop.

The loops are written as the reports write them, on the same weights, latents and batches in float64: the new weights must
be equal to 1e-10. Biases get 1e-9: below a batch norm they have no gradient but rounding, which Adam makes large.
"""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
from published import PARAMETERS
from torch.nn import functional as F

from ganlib.datasets import ImageSet
from ganlib.networks import build_discriminator, build_generator, count_parameters
from ganlib.recipes import RECIPES
from ganlib.runs.config import Config
from ganlib.runs.run import Run
from ganlib.training.trainer import Trainer

# --------------------------------------------------------------------------------------------- parameter counts


@pytest.mark.parametrize(
    ("name", "size", "channels", "latent_dim", "generator", "discriminator"),
    PARAMETERS,
)
def test_parameter_counts_are_the_reports(name, size, channels, latent_dim, generator, discriminator):
    recipe, sizes = RECIPES[name], {"image_size": size, "channels": channels}
    with torch.device("meta"):
        assert count_parameters(build_generator(recipe.generator | sizes | {"latent_dim": latent_dim})) == generator
        assert count_parameters(build_discriminator(recipe.discriminator | sizes)) == discriminator


# ----------------------------------------------------------------------------------------------- the reports' loops


def bce(logits, target):
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, target))


def assignment(d, g, d_solver, g_solver, batches, draw):
    """The course's loop: D on real and newly generated images, the sum of the losses; then G on new ones."""
    for _, real, logits_of in batches:
        d_solver.zero_grad()
        fake_images = g(draw(real)).detach()
        total = logits_of["discriminator"](d(real), d(fake_images))
        total.backward()
        d_solver.step()
        g_solver.zero_grad()
        gen_logits_fake = d(g(draw(real)))
        logits_of["generator"](gen_logits_fake).backward()
        g_solver.step()


def pytorch_gan(d, g, d_optimiser, g_optimiser, batches, draw):
    """PyTorch-GAN's loop: G first; D on the same generated images, half the sum of the losses."""
    for _, real, _ in batches:
        g_optimiser.zero_grad()
        generated = g(draw(real))
        bce(d(generated), 1.0).backward()
        g_optimiser.step()
        d_optimiser.zero_grad()
        real_loss = bce(d(real), 1.0)
        fake_loss = bce(d(generated.detach()), 0.0)
        ((real_loss + fake_loss) / 2).backward()
        d_optimiser.step()


def pytorch_tutorial(d, g, d_optimiser, g_optimiser, batches, draw):
    """The loop of PyTorch's DCGAN tutorial: D on real and generated images, two backward passes; G on the same ones."""
    for _, real, _ in batches:
        d.zero_grad()
        bce(d(real), 1.0).backward()
        fake = g(draw(real))
        bce(d(fake.detach()), 0.0).backward()
        d_optimiser.step()
        g.zero_grad()
        bce(d(fake), 1.0).backward()
        g_optimiser.step()


def anime(d, g, d_optimiser, g_optimiser, batches, draw, d_every=1, g_every=5):
    """The anime faces' loop: D at every batch, G at every fifth, on different generated images."""
    for i, real, _ in batches:
        if i % d_every == 0:
            d_optimiser.zero_grad()
            bce(d(real), 1.0).backward()
            bce(d(g(draw(real)).detach()), 0.0).backward()
            d_optimiser.step()
        if i % g_every == 0:
            g_optimiser.zero_grad()
            bce(d(g(draw(real))), 1.0).backward()
            g_optimiser.step()


BCE = {"discriminator": lambda real, fake: bce(real, 1.0) + bce(fake, 0.0), "generator": lambda fake: bce(fake, 1.0)}
LS = {
    "discriminator": lambda real, fake: 0.5 * torch.mean((real - 1) ** 2) + 0.5 * torch.mean(fake**2),
    "generator": lambda fake: 0.5 * torch.mean((fake - 1) ** 2),
}
REPORTS = {  # the loop, its losses, D's and G's Adam (rate, betas), how latents are drawn, and the size of the pictures
    "mlp": (assignment, BCE, (1e-3, (0.5, 0.999)), "uniform", 28),
    "mlp-lsgan": (assignment, LS, (1e-3, (0.5, 0.999)), "uniform", 28),
    "infogan-dc": (assignment, BCE, (1e-3, (0.5, 0.999)), "uniform", 28),
    "deep-mlp": (pytorch_gan, BCE, (2e-4, (0.5, 0.999)), "normal", 28),
    "dcgan-upsample": (pytorch_gan, BCE, (2e-4, (0.5, 0.999)), "normal", 28),
    "dcgan-linear": (pytorch_tutorial, BCE, (2e-4, (0.5, 0.999)), "normal", 28),
    "dcgan-96": (anime, BCE, (2e-4, (0.5, 0.999)), "normal", 96),
}


@pytest.fixture
def in_float64():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.mark.slow
@pytest.mark.parametrize("name", REPORTS)
def test_our_updates_are_the_reports(name, tmp_path, in_float64):
    loop, losses, (rate, betas), distribution, size = REPORTS[name]
    recipe = replace(RECIPES[name], batch_size=4)
    if name == "deep-mlp":  # narrower
        thin = {"widths": [8, 16, 32]}, {"widths": [32, 16, 8], "dropout": [0.0, 0.5, 0.5]}
        recipe = replace(recipe, generator=recipe.generator | thin[0], discriminator=recipe.discriminator | thin[1])
    if name == "dcgan-linear":
        thin = {"width": 4}
        recipe = replace(recipe, generator=recipe.generator | thin, discriminator=recipe.discriminator | thin)
    steps = 6 if recipe.g_every > 1 else 1  # two updates of a player that updates at every fifth batch
    pixels = np.random.default_rng(0).integers(0, 256, (4 * steps, 3, size, size), np.uint8)
    images = ImageSet(pixels, None, None, "noise", "noise")
    run = Run.create(tmp_path / "run", Config.plan(recipe, images, "noise", 4 * steps, seed=7))
    trainer = Trainer(run, images, torch.device("cpu"))
    trainer.gan.precision = torch.float32  # no autocast, even on a processor with bfloat16
    generator, discriminator = copy.deepcopy(trainer.gan.generator), copy.deepcopy(trainer.gan.discriminator)
    rng = torch.Generator().manual_seed(7)

    def draw(real):
        shape = (len(real), recipe.latent_dim)
        return torch.randn(shape, generator=rng) if distribution == "normal" else 2 * torch.rand(shape, generator=rng) - 1

    def batches():
        for i in range(steps):
            batch, _ = trainer.gan.batches.at(4 * i)
            torch.manual_seed(int(np.random.SeedSequence([7, 4 * i]).generate_state(1, np.uint64)[0]))  # dropout's
            yield i, batch.double() / 127.5 - 1, losses

    optimisers = [torch.optim.Adam(network.parameters(), rate, betas) for network in (discriminator, generator)]
    loop(discriminator, generator, *optimisers, batches(), draw)
    for _ in range(steps):
        trainer.gan.step()
    began = build_generator(run.config.generator_settings())
    for ours, theirs in ((trainer.gan.generator, generator), (trainer.gan.discriminator, discriminator)):
        for (key, one), other in zip(ours.named_parameters(), theirs.parameters(), strict=True):
            assert one.dtype == torch.float64
            torch.testing.assert_close(one, other, rtol=0, atol=1e-10 if one.ndim > 1 else 1e-9, msg=key)
    assert any(not torch.equal(a, b) for a, b in zip(began.parameters(), trainer.gan.generator.parameters(), strict=True))
    for average, raw in zip(trainer.gan.average.parameters(), trainer.gan.generator.parameters(), strict=True):
        assert torch.equal(average, raw)  # report recipes save the raw generator


def test_deep_mlp_and_dcgan_linear_are_what_the_table_says():
    """Checks the full widths; the updates above are of narrower networks."""
    assert RECIPES["deep-mlp"].generator["widths"] == [128, 256, 512, 1024, 2048, 4096]
    assert RECIPES["deep-mlp"].discriminator["dropout"] == [0.0, 0.5, 0.5, 0.5, 0.0]
    assert RECIPES["dcgan-linear"].generator["width"] == RECIPES["dcgan-linear"].discriminator["width"] == 128
