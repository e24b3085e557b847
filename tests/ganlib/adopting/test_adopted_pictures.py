"""Tests that adopted networks draw and judge as those of the programs that saved them, for each layout, as it is and changed."""

import numpy as np
import pytest
import torch
from foreign import (
    BubbliiiingDiscriminator,
    BubbliiiingGenerator,
    CGANDiscriminator,
    CGANGenerator,
    PyTorchGANDiscriminator,
    PyTorchGANGenerator,
    TutorialDiscriminator,
    TutorialGenerator,
    UpsampleDiscriminator,
    UpsampleGenerator,
    course_dc_discriminator,
    course_dc_generator,
    course_discriminator,
    course_generator,
    trained,
)

from ganlib import adopt, latents, pictures, sample
from ganlib.runs.run import Run

COLOUR = (3, 32, 32)
LAYOUTS = {  # the row that is recognised; the original networks; size, channels, latent, classes
    "tutorial": ("pytorch-dcgan", lambda: TutorialGenerator(), lambda: TutorialDiscriminator(), 64, 3, 100, 0),
    "tutorial, grey and narrow": (
        "pytorch-dcgan",
        lambda: TutorialGenerator(64, (64, 32, 16), 1),
        lambda: TutorialDiscriminator((16, 32, 64), 1),
        32, 1, 64, 0,
    ),
    "tutorial, at 28 pixels": (
        "pytorch-dcgan",
        lambda: TutorialGenerator(100, (32, 16), 1, start=7),
        lambda: TutorialDiscriminator((16, 32), 1, start=7),
        28, 1, 100, 0,
    ),
    "tutorial, at 28 pixels by 4, 7 and 14": (
        "pytorch-dcgan",
        lambda: TutorialGenerator(100, (64, 32, 16), 1, second=3),
        lambda: TutorialDiscriminator((16, 32, 64), 1, last=3),
        28, 1, 100, 0,
    ),
    "tutorial, at 128 pixels": (
        "pytorch-dcgan",
        lambda: TutorialGenerator(20, (128, 64, 32, 16, 8)),
        lambda: TutorialDiscriminator((8, 16, 32, 64, 128)),
        128, 3, 20, 0,
    ),
    "tutorial, widths that do not double": (
        "pytorch-dcgan",
        lambda: TutorialGenerator(10, (60, 40, 30, 10)),
        lambda: TutorialDiscriminator((10, 12, 60, 61)),
        64, 3, 10, 0,
    ),
    "tutorial, with transparency": (
        "pytorch-dcgan",
        lambda: TutorialGenerator(10, (32, 16, 8), 4),
        lambda: TutorialDiscriminator((8, 16, 32), 4),
        32, 4, 10, 0,
    ),
    "tutorial, a bias in one layer": (
        "pytorch-dcgan",
        lambda: TutorialGenerator(10, (64, 32, 16, 8), last_bias=True),
        lambda: TutorialDiscriminator((8, 16, 32, 64)),
        64, 3, 10, 0,
    ),
    "PyTorch-GAN": ("pytorch-gan-gan", lambda: PyTorchGANGenerator(), lambda: PyTorchGANDiscriminator(), 28, 1, 100, 0),
    "PyTorch-GAN in colour": (
        "pytorch-gan-gan",
        lambda: PyTorchGANGenerator(50, (64, 80, 96), COLOUR),
        lambda: PyTorchGANDiscriminator((64, 32), COLOUR),
        32, 3, 50, 0,
    ),
    "cgan": ("pytorch-gan-cgan", lambda: CGANGenerator(), lambda: CGANDiscriminator(), 32, 1, 100, 10),
    "cgan of 7 classes": (
        "pytorch-gan-cgan",
        lambda: CGANGenerator(30, 7, (32, 64, 96), (1, 28, 28)),
        lambda: CGANDiscriminator(7, 64, (1, 28, 28)),
        28, 1, 30, 7,
    ),
    "upsampling": ("pytorch-gan-dcgan", lambda: UpsampleGenerator(), lambda: UpsampleDiscriminator(), 32, 1, 100, 0),
    "upsampling, changed": (
        "pytorch-gan-dcgan",
        lambda: UpsampleGenerator(62, (96, 80, 40), 64, 3, "conv_model"),
        lambda: UpsampleDiscriminator((8, 16, 24, 32), 64, 3),
        64, 3, 62, 0,
    ),
    "bubbliiiing": ("bubbliiiing-dcgan", lambda: BubbliiiingGenerator(32), lambda: BubbliiiingDiscriminator(32), 64, 3, 100, 0),
    "bubbliiiing, at 48 pixels": (
        "bubbliiiing-dcgan",
        lambda: BubbliiiingGenerator(4, 48),
        lambda: BubbliiiingDiscriminator(4, 48),
        48, 3, 100, 0,
    ),
    "bubbliiiing, at 128 pixels": (
        "bubbliiiing-dcgan",
        lambda: BubbliiiingGenerator(8, 128),
        lambda: BubbliiiingDiscriminator(8, 128),
        128, 3, 100, 0,
    ),
    "course": ("cs231n-gan", lambda: course_generator(), lambda: course_discriminator(), 28, 1, 96, 0),
    "course, changed": (
        "cs231n-gan",
        lambda: course_generator(100, 512, 1024),
        lambda: course_discriminator(128, 1024, flatten=False),
        32, 1, 100, 0,
    ),
    "course, convolutions": ("cs231n-dcgan", lambda: course_dc_generator(), lambda: course_dc_discriminator(), 28, 1, 96, 0),
    "course, convolutions, changed": (
        "cs231n-dcgan",
        lambda: course_dc_generator(64, 256, (96, 32)),
        lambda: course_dc_discriminator((16, 24), 200, unflatten=False),
        28, 1, 64, 0,
    ),
}  # fmt: skip


@pytest.fixture(params=LAYOUTS)
def layout(request):
    row, generator, discriminator, *sizes = LAYOUTS[request.param]
    return row, trained(generator()), trained(discriminator(), seed=1), *sizes


@pytest.mark.slow
def test_pictures_and_logits_are_the_originals(layout, tmp_path, capsys):
    row, generator, discriminator, size, channels, latent_dim, classes = layout
    torch.save(generator.state_dict(), tmp_path / "netG.pth")
    torch.save(discriminator.state_dict(), tmp_path / "netD.pth")
    adopt.main([str(tmp_path / "netG.pth"), "--discriminator", str(tmp_path / "netD.pth"), "--out", str(tmp_path / "run")])
    run = Run.open(tmp_path / "run")
    config = run.config
    assert config.recipe.name == row
    assert config.adopted in capsys.readouterr().out
    assert (config.image_size, config.channels, config.recipe.latent_dim, config.num_classes) == (
        size, channels, latent_dim, classes,
    )  # fmt: skip

    sample.main([str(run.path), "--num", "30", "--seed", "5", "--out", str(tmp_path / "drawn.npz")])
    drawn = np.load(tmp_path / "drawn.npz")["images"].transpose(0, 3, 1, 2)
    z = torch.from_numpy(latents.sample(30, latent_dim, 5, config.recipe.latent))
    labels = [torch.arange(30) % classes] if classes else []
    with torch.inference_mode():
        images = generator(z, *labels)
        judged = discriminator(images, *labels)
        logits = run.discriminator()(images, *labels)
    expected = pictures.to_uint8(images.numpy())
    assert np.ptp(expected) > 150 and expected.std(axis=0).mean() > 10
    assert np.abs(drawn.astype(int) - expected).max() <= 1
    if row not in ("pytorch-gan-cgan", "cs231n-gan", "cs231n-dcgan"):  # whose discriminators end in a logit
        logits = torch.sigmoid(logits)
    torch.testing.assert_close(logits, judged, rtol=1e-3, atol=1e-4)
    assert judged.std() > 0
