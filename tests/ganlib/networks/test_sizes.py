"""Tests every network family at its smallest and its largest size, and on rectangles."""

import re
from pathlib import Path

import pytest
import torch

from ganlib import UserError
from ganlib.networks import FAMILIES, build_discriminator, build_generator, check_size, count_parameters, outline, shorter_sides
from ganlib.networks.dcgan import stem
from ganlib.recipes import RECIPES
from ganlib.sizes import height_width

NARROW = {
    "dcgan": {"width": 4},
    "dcgan-96": {"width": 4},
    "resnet": {"width": 16, "most": 32},
    "mlp": {"widths": [8]},
    "style": {"width": 16},
}
SIZES = [
    *(
        (family, size)
        for family in ("dcgan", "resnet", "style", "upsample", "mlp")
        for size in (16, 48, 256, (32, 64), (64, 32), (16, 64))
    ),
    *(("infogan", size) for size in (16, (16, 32), (28, 16))),
    ("mlp", (30, 64)),
    ("upsample", (100, 256)),
]
# The trainable parameters of every family as earlier versions counted them: in colour, with four classes and 64 latents
COUNTED = {
    ("dcgan", 28): (561_024, 165_760),
    ("dcgan", 32): (937_856, 679_680),
    ("dcgan", 64): (3_314_560, 2_798_336),
    ("dcgan", 96): (4_010_880, 2_849_536),
    ("dcgan", 128): (12_262_272, 11_229_952),
    ("dcgan-96", 96): (970_499, 698_305),
    ("infogan", 28): (6_648_387, 1_107_521),
    ("infogan", 32): (8_620_227, 1_697_345),
    ("mlp", 28): (3_531_056, 669_441),
    ("mlp", 32): (4_269_056, 853_761),
    ("mlp", 64): (13_715_456, 3_213_057),
    ("mlp", 96): (29_459_456, 7_145_217),
    ("mlp", 128): (51_501_056, 12_650_241),
    ("resnet", 28): (275_075, 74_433),
    ("resnet", 32): (382_723, 251_777),
    ("resnet", 64): (1_217_155, 955_265),
    ("resnet", 96): (1_570_435, 980_865),
    ("resnet", 128): (2_434_691, 2_172_801),
    ("upsample", 28): (656_515, 98_977),
    ("upsample", 32): (788_995, 98_977),
    ("upsample", 64): (2_484_739, 100_513),
    ("upsample", 96): (5_310_979, 103_073),
    ("upsample", 128): (9_267_715, 106_657),
}


def settings(family, size, **more):
    return {"family": family, "image_size": size, "channels": 3} | NARROW.get(family, {}) | more


@pytest.mark.slow
@pytest.mark.parametrize(("family", "size"), SIZES)
@pytest.mark.parametrize("num_classes", [0, 4])
def test_both_networks_at_a_size(family, size, num_classes):
    torch.manual_seed(0)
    generator = build_generator(settings(family, size, num_classes=num_classes, latent_dim=10))
    discriminator = build_discriminator(settings(family, size, num_classes=num_classes))
    labels = torch.arange(4) if num_classes else None
    z = torch.randn(4, 10, requires_grad=True)
    images = generator(z, labels)
    assert images.shape == (4, 3, *height_width(size))
    assert images.abs().max() <= 1 and images.std(0).min() > 0  # every pixel depends on the latent
    logits = discriminator(images, labels)
    assert logits.shape == (4,)
    (gradients,) = torch.autograd.grad(logits.sum(), images)
    assert gradients.flip(0).abs().sum((0, 1)).min() > 0  # and the logit on every pixel
    assert generator.features(z, labels).shape[0] == 4


@pytest.mark.parametrize("family", FAMILIES)
def test_sizes_that_a_family_lists_are_drawn(family):
    for size in FAMILIES[family].SIZES:
        check_size(family, size)


@pytest.mark.parametrize(("family", "size"), COUNTED)
def test_the_networks_of_earlier_versions_have_as_many_parameters_as_they_had(family, size):
    shared = {"family": family, "image_size": size, "channels": 3, "num_classes": 4}
    networks = outline(build_generator, shared | {"latent_dim": 64}), outline(build_discriminator, shared)
    assert tuple(map(count_parameters, networks)) == COUNTED[family, size]


def test_a_rectangle_begins_with_a_stem_of_its_own_aspect():
    assert stem(64) == (4, 4) and stem((32, 64)) == (2, 4) and stem((64, 48)) == (4, 3) and stem((256, 64)) == (4, 1)
    generator = build_generator(settings("dcgan", (32, 64), latent_dim=10))
    assert generator.unflatten.unflattened_size == (32, 2, 4)


def test_a_widest_stage_has_sixteen_times_the_width():
    generator = outline(build_generator, settings("dcgan", 256, width=64, latent_dim=100))
    assert [stage[0].in_channels for stage in generator.stages] == [1024, 1024, 512, 256, 128]
    assert count_parameters(generator) < 30_000_000


@pytest.mark.parametrize(
    ("family", "size", "sentence"),
    [
        ("dcgan", (30, 64), "dcgan draws images of 64 pixels by 16 to 48 in steps of 16, or squares of them, not 64x30"),
        ("dcgan", (64, 8), "by 16 to 48 in steps of 16, or squares of them, not 8x64"),
        ("dcgan", (50, 70), "16, 28, 32, 48, 64, 96, 128, 256 pixels, not 70x50.*, or a rectangle such as 64x32"),
        ("dcgan", 1024, "256 pixels, not 1024; choose one of these with --image-size, or a rectangle such as 64x32"),
        ("dcgan-96", (48, 96), "dcgan-96 draws images of 96 pixels, not 96x48; choose one of these with --image-size\\.$"),
        ("infogan", 64, "16, 28, 32 pixels, not 64"),
        ("mlp", (64, 0), r"pixels, not \(64, 0\)"),
        ("mlp", (64, 32, 1), "pixels, not"),
        ("mlp", (64.0, 32), "pixels, not"),
        ("mlp", True, "pixels, not True"),
        ("mlp", "64x32", "pixels, not '64x32'"),
    ],
)
def test_what_a_family_cannot_draw_is_refused_with_what_it_can(family, size, sentence):
    with pytest.raises(UserError, match=sentence):
        check_size(family, size)
    with pytest.raises(UserError, match=sentence):
        build_generator(settings(family, size, latent_dim=10))


def test_resized_maps_are_rounded_up():
    generator = build_generator(settings("upsample", 28, latent_dim=3, widths=[8, 8, 8, 8, 8])).eval()
    maps = []
    for stage in generator.stages:
        stage.register_forward_hook(lambda *passed: maps.append(passed[2].shape[2:]))
    assert generator(torch.randn(2, 3)).shape == (2, 3, 28, 28)
    assert maps == [(4, 4), (7, 7), (14, 14), (28, 28)]


def test_the_table_of_sizes_in_the_docs_is_that_of_the_families():
    table = (Path(__file__).parents[3] / "docs/training.md").read_text().partition("## Sizes")[2].partition("\n## ")[0]
    told = {}
    for family, recipes, listed in re.findall(r"^\| `([\w-]+)` \| (.+?) \| (.+?) \|$", table, re.MULTILINE):
        told[family] = re.findall(r"(\d+)(?: \((\d+)\))?", listed), set(re.findall(r"`([\w-]+)`", recipes))
    assert set(told) == set(FAMILIES)
    for family, (sizes, recipes) in told.items():
        steps = FAMILIES[family].SIZES
        assert [int(size) for size, _ in sizes] == list(steps)
        for size, step in sizes:
            assert not step or int(step) == steps[int(size)]
            assert step or not shorter_sides(family, int(size))
        assert recipes == {name for name, recipe in RECIPES.items() if recipe.generator["family"] == family}
