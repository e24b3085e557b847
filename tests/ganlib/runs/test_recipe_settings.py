"""Tests recipe settings by name: each kind of value is parsed, and an invalid one is refused with the valid ones."""

from dataclasses import fields

import pytest

from ganlib import UserError
from ganlib.networks import FAMILIES
from ganlib.objectives.schedules import SCHEDULED
from ganlib.recipes import RECIPES, Features, Recipe
from ganlib.runs import recipe_settings

DIGITS, MLP = RECIPES["digits"], RECIPES["mlp"]


def changed(recipe, *settings):
    return recipe_settings.changed(recipe, [tuple(setting.split("=", 1)) for setting in settings])[0]


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("r1=0.5", 0.5),
        ("r1=1e-3", 1e-3),
        ("r1=2", 2),
        ("r1=.5", 0.5),
        ("latent_dim=32", 32),
        ("flip=true", True),
        ("flip=False", False),
        ("conditional=false", False),
        ("loss=hinge", "hinge"),
        ("latent=uniform", "uniform"),
        ("first=generator", "generator"),
        ("betas=0,0.99", (0.0, 0.99)),
        ("betas=0.5, 0.9", (0.5, 0.9)),
        ("augment=cutout", ("cutout",)),
        ("augment=cutout,translation", ("cutout", "translation")),
        ("augment=none", ()),
        ("augment=", ()),
        ("image_size=none", None),
        ("image_size=32", 32),
        ("generator.width=32", 32),
        ("generator.bias=true", True),
        ("discriminator.norm=none", "none"),
        ("discriminator.norm=spectral", "spectral"),
    ],
)
def test_a_value_is_read_as_its_field_has_it(setting, value):
    field = setting.partition("=")[0]
    recipe = changed(DIGITS, setting)
    assert recipe_settings.value_of(recipe, field) == value
    assert type(recipe_settings.value_of(recipe, field)) is type(value)
    role = field.partition(".")[0]
    assert {each.name for each in fields(Recipe) if getattr(recipe, each.name) != getattr(DIGITS, each.name)} <= {role}


def test_lists_of_a_network():
    recipe = changed(MLP, "generator.widths=64,32", "discriminator.widths=8", "discriminator.dropout=0.5")
    assert recipe.generator["widths"] == [64, 32]
    assert (recipe.discriminator["widths"], recipe.discriminator["dropout"]) == ([8], [0.5])
    assert MLP.generator["widths"] == [1024, 1024]  # the table is unchanged


def test_schedules_are_set_and_removed():
    plain = changed(DIGITS, "schedules.mismatch=none")
    recipe = changed(plain, "schedules.gamma=1,0.1,500000", "schedules.lr=1,0.25,100", "final_lr=1")
    assert recipe.schedules == {"gamma": (1.0, 0.1, 500_000), "lr": (1.0, 0.25, 100)} and not plain.schedules
    assert recipe_settings.value_of(recipe, "schedules.gamma") == (1.0, 0.1, 500_000)
    assert changed(recipe, "schedules.gamma=none").schedules.keys() == {"lr"}
    assert changed(recipe, "schedules.lr=1,0.5,200").schedules["gamma"] == (1.0, 0.1, 500_000)


def test_the_last_of_a_field_counts():
    assert changed(DIGITS, "r1=1", "r1=2").r1 == 2


def test_another_family_begins_with_its_own_defaults():
    recipe = changed(DIGITS, "generator.widths=64", "generator.family=mlp")
    assert recipe.generator == {"family": "mlp", "widths": [64]} and recipe.discriminator == DIGITS.discriminator
    assert changed(DIGITS, "generator.family=dcgan").generator == DIGITS.generator


def test_every_setting_can_be_set():
    """`changed` finds every field of a recipe but its name, and every parameter of a family's classes."""
    for family, module in FAMILIES.items():
        with pytest.raises(UserError) as refusal:
            changed(DIGITS, f"generator.family={family}", "x=1")
        names = str(refusal.value).rstrip(".").partition("it has ")[2].split(", ")
        own = {f"generator.{name}" for name in module.Generator.__init__.__annotations__}
        own -= {f"generator.{name}" for name in ("image_size", "channels", "latent_dim", "num_classes", "return")}
        top = {field.name for field in fields(Recipe)} - {"name", "summary", "generator", "discriminator", "schedules"}
        top |= {f"schedules.{name}" for name in SCHEDULED} | {f"features.{field.name}" for field in fields(Features)}
        assert top | own | {"generator.family"} == {name for name in names if not name.startswith("discriminator.")}


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("raduis=1", "--set raduis: a recipe has no such setting; it has image_size, latent_dim,"),
        ("name=mine", "--set name: a recipe has no such setting"),
        ("generator=dcgan", "generator.family, generator.width, generator.bias,"),
        ("generator.slope=3", "--set generator.slope: a recipe has no such setting"),
        ("generator.latent_dim=3", "--set generator.latent_dim: a recipe has no such setting"),
        ("generator.family=vgg", "generator.family must be one of dcgan, dcgan-96, infogan, mlp, resnet, style, upsample."),
        ("batch_size=1e3", "batch_size must be a whole number."),
        ("batch_size=9007199254740993", "batch_size must be a whole number."),
        ("r1=much", "r1 must be a finite number."),
        ("r1=nan", "r1 must be a finite number."),
        ("r1=-1", "--set r1=-1 can't be used: recipe.r1 must be 0 or more, not -1."),
        ("g_lr=0", "--set g_lr=0 can't be used: recipe.g_lr must be positive, not 0."),
        ("flip=1", "flip must be true or false."),
        ("latent=flat", "latent must be one of normal, uniform."),
        ("betas=0.5", "betas must be 2 values with commas between, each a finite number."),
        ("betas=1,1", "betas must lie between 0 and 1"),
        ("augment=blur", "recipe.augment 'blur' is unknown; this version knows brightness"),
        ("loss=none", "recipe.loss 'none' is unknown; this version knows saturating"),
        ("image_size=big", "image_size must be a whole number or none."),
        ("schedules.gamma=1,0.1", "schedules.gamma must be 3 values with commas between, each a finite number or none."),
        ("schedules.gamma=1,0.1,0", "recipe.schedules.gamma must take a whole number of images, 1 or more, not 0."),
        ("schedules.gamma=1,0.1,2.5", "recipe.schedules.gamma must take a whole number of images, 1 or more, not 2.5."),
        ("schedules.beta2=0.9,1,100", "recipe.schedules.beta2 must start and end between 0 and 1, not 0.9, 1."),
        ("schedules.lr=1,0.25,100", "recipe.schedules.lr takes the place of final_lr, which must then be 1, not 0.1."),
        ("schedules.r1=1,0.25,100", "--set schedules.r1: a recipe has no such setting; it has"),
    ],
)
def test_a_refusal_says_what_could_be(setting, told):
    with pytest.raises(UserError) as refusal:
        changed(DIGITS, setting)
    assert told in str(refusal.value) and "\n" not in str(refusal.value)


def test_a_summary_says_what_was_set():
    assert recipe_settings.noted(DIGITS, []) == DIGITS
    noted = recipe_settings.noted(DIGITS, [("r1", "1"), ("generator.width", "32"), ("r1", "2")])
    assert noted.summary == f"{DIGITS.summary} (r1=2, generator.width=32)"
