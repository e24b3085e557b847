"""Tests shapes, ranges and published parameter counts of every network at each size."""

import pytest
import torch

from ganlib import UserError
from ganlib.networks import build_discriminator, build_generator, check_single, check_size, count_parameters
from ganlib.networks.dcgan import SIZES, Discriminator
from ganlib.networks.resnet import Block
from ganlib.recipes import RECIPES

FAMILIES = {"dcgan": 8, "resnet": 16, "style": 16}  # with a small width


def settings(family="dcgan", **changes):
    shared = {"image_size": 28, "channels": 1, "width": FAMILIES.get(family, 8), "num_classes": 0}
    return {"family": family} | shared | changes


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("num_classes", [0, 4])
def test_generator(family, size, channels, num_classes):
    torch.manual_seed(0)
    generator = build_generator(settings(family, image_size=size, channels=channels, num_classes=num_classes, latent_dim=10))
    num = 32 if size < 256 else 4
    labels = torch.arange(num) % 4 if num_classes else None
    images = generator(torch.randn(num, 10), labels)
    assert images.shape == (num, channels, size, size)
    assert images.abs().max() <= 1
    assert images.std(0).min() > 0  # every pixel depends on the latent


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("norm", ["batch", "spectral", "none"])
@pytest.mark.parametrize("conditioning", ["projection", "concat"])
@pytest.mark.parametrize("num_classes", [0, 4])
def test_discriminator(size, norm, conditioning, num_classes):
    discriminator = build_discriminator(
        settings(image_size=size, channels=3, num_classes=num_classes, norm=norm, conditioning=conditioning)
    )
    images = torch.rand(4, 3, size, size) * 2 - 1
    labels = torch.arange(4) if num_classes else None
    logits = discriminator(images, labels)
    assert logits.shape == (4,)
    if num_classes:
        assert not torch.allclose(logits, discriminator(images, labels.flip(0)))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("num_classes", [0, 4])
def test_residual_discriminator(size, num_classes):
    discriminator = build_discriminator(settings("resnet", image_size=size, channels=3, num_classes=num_classes))
    images = torch.rand(4, 3, size, size) * 2 - 1
    labels = torch.arange(4) if num_classes else None
    logits = discriminator(images, labels)
    assert logits.shape == (4,)
    assert not torch.allclose(logits, discriminator(images.flip(3), labels))
    if num_classes:
        assert not torch.allclose(logits, discriminator(images, labels.flip(0)))


def test_a_residual_block_begins_as_the_identity_and_can_leave_it():
    block = next(module for module in build_generator(settings("resnet")).modules() if isinstance(module, Block))
    width = block.into.in_channels
    x = torch.randn(2, width, 5, 5)
    assert torch.equal(block(x), x)
    block(x).square().sum().backward()
    assert block.out.weight.grad.abs().max() > 0


@pytest.mark.slow
def test_a_residual_network_keeps_the_size_of_its_signal():
    """He initialisation: neither vanishes nor explodes from the latent to the last stage, at any depth."""
    for size in (32, 128):
        generator = build_generator(settings("resnet", image_size=size, latent_dim=64, width=32, most=256, blocks=2))
        x = generator.unflatten(generator.project(torch.randn(64, 64)))
        for stage in generator.stages:
            x = stage(x)
            assert 0.3 < x.square().mean().sqrt() < 3


def test_widths_of_a_residual_network_stop_at_the_most():
    generator = build_generator(settings("resnet", image_size=64, channels=3, latent_dim=64, width=64, most=256))
    assert generator.unflatten.unflattened_size == (256, 4, 4)
    assert [stage[0].out_channels for stage in generator.stages[1:]] == [256, 128, 64]


@pytest.mark.parametrize("conditioning", ["projection", "concat"])
def test_logits_of_the_same_images_with_other_labels(conditioning):
    discriminator = build_discriminator(settings(num_classes=4, norm="none", conditioning=conditioning))
    images, labels = torch.rand(4, 1, 28, 28) * 2 - 1, torch.arange(4)
    own, other = discriminator.with_either(images, labels, labels.flip(0))
    torch.testing.assert_close(own, discriminator(images, labels))
    torch.testing.assert_close(other, discriminator(images, labels.flip(0)))


@pytest.mark.parametrize("family", FAMILIES)
def test_labels_change_the_image(family):
    generator = build_generator(settings(family, num_classes=10, latent_dim=6)).eval()
    z = torch.randn(1, 6).expand(10, 6)
    images = generator(z, torch.arange(10)).flatten(1)
    assert torch.pdist(images).min() > 0


def test_published_parameter_counts():
    """pytorch/examples dcgan at 64 pixels, nz 100, ngf = ndf = 64, three channels."""
    shared = {"image_size": 64, "channels": 3, "width": 64}
    assert count_parameters(build_generator(settings(**shared, latent_dim=100))) == 3_576_704
    assert count_parameters(build_discriminator(settings(**shared, norm="batch"))) == 2_765_568


def test_paper_widths():
    """Radford et al. 2015, figure 1: 1024, 512, 256 and 128 channels for 64 pixels at width 128."""
    generator = build_generator(settings(image_size=64, channels=3, width=128, latent_dim=100))
    assert generator.unflatten.unflattened_size == (1024, 4, 4)
    assert [stage[0].out_channels for stage in generator.stages] == [512, 256, 128]


def test_initial_weights():
    discriminator = Discriminator(64, 3, 64, norm="batch")
    weights = torch.cat([p.flatten() for n, p in discriminator.named_parameters() if p.ndim == 4])
    assert weights.std().item() == pytest.approx(0.02, rel=0.01)


def test_spectral_norm_bounds_every_layer():
    torch.manual_seed(0)
    discriminator = Discriminator(28, 1, 16, norm="spectral")
    for _ in range(100):  # power iterations
        discriminator(torch.randn(2, 1, 28, 28))
    assert torch.linalg.matrix_norm(discriminator.features[2].weight.flatten(1), 2).item() == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize(
    "wrong",
    [
        {"family": "vgg"},
        {"image_size": 29},
        {"image_size": None},
        {"colour": 3},
        {"width": -4},
        {"width": 0},
        {"width": False},
        {"latent_dim": "ten"},
    ],
)
def test_settings_that_describe_no_network(wrong):
    with pytest.raises(UserError):
        build_generator(settings(**wrong))


def test_the_message_names_the_sizes():
    with pytest.raises(UserError, match=r"16, 28, 32, 48, 64, 96, 128, 256 pixels, not 50"):
        check_size("dcgan", 50)


@pytest.mark.parametrize(
    "wrong", [*({"slope": slope} for slope in (None, "steep", [0.1])), *({"widths": widths} for widths in ([], {"0": 8}, [0]))]
)
def test_a_slope_or_widths_that_are_none_are_refused_before_anything_is_drawn(wrong):
    settings = {"family": "mlp", "image_size": 28, "channels": 1} | wrong
    for build in (build_generator, build_discriminator):
        with pytest.raises(UserError, match="describe no mlp"):
            build(settings)


def mean_logits(**chosen):
    """The mean logits of upsample's discriminator at 16 pixels for five different batches."""
    torch.manual_seed(0)
    discriminator = build_discriminator({"family": "upsample", "image_size": 16, "channels": 1} | chosen)
    with torch.no_grad():
        return torch.stack(
            [discriminator(torch.rand(32, 1, 16, 16) * 2 * share - 1).mean() for share in (0.1, 0.3, 0.5, 0.7, 0.9)]
        )


def test_a_discriminator_of_16_pixels_tells_batches_apart():
    """It cannot with a batch norm over one value a picture, which runs of earlier versions and PyTorch-GAN's weights have."""
    assert mean_logits(norms="all").std() < 1e-6 < 1e-4 < mean_logits(norms="maps").std()
    assert RECIPES["dcgan-upsample"].discriminator["norms"] == "maps"


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
@pytest.mark.parametrize("num_classes", [0, 4])
def test_a_batch_of_one_where_batch_norm_gets_a_single_value(recipe, num_classes):
    sizes = {"image_size": recipe.image_size or 28, "channels": 1, "num_classes": num_classes}
    generator, discriminator = recipe.generator | sizes | {"latent_dim": 8}, recipe.discriminator | sizes
    if recipe.name not in ("deep-mlp", "infogan-dc"):
        return check_single(generator, discriminator)
    with pytest.raises(
        UserError, match=r"can't be trained on batches of 1 by batch norm: choose a --batch-size of 2 or more\."
    ):
        check_single(generator, discriminator)


@pytest.mark.parametrize("size", [28, (32, 64)])
def test_enlarged_maps_that_are_watched_are_the_same(size):
    """Hooks see maps as large as a stage takes them; without hooks a batch of 16 is drawn in fewer steps."""
    torch.manual_seed(0)
    settings = {"family": "upsample", "image_size": size, "channels": 3, "latent_dim": 3, "widths": [6, 5, 4, 3]}
    generator = build_generator(settings).double().train()
    z = torch.randn(16, 3, dtype=torch.float64)
    images, taken = generator(z), []
    for stage in generator.stages:
        stage.register_forward_pre_hook(lambda _, given: taken.append(tuple(given[0].shape[2:])))
    torch.testing.assert_close(generator(z), images)
    assert taken == generator.sizes
