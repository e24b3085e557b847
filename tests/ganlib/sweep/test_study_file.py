"""Tests the file of a sweep: what it says is read, and what it can't mean is refused with what there is."""

from pathlib import Path

import pytest

from ganlib import UserError
from ganlib.recipes import RECIPES
from ganlib.sweep import space, study_file

DOCS = Path(__file__).parents[3] / "docs"
PLAIN = """
measure = "digit_distance"
trials = 3
images = 900
[train]
dataset = "mnist"
[vary]
r1 = [0.02, 0.05]
"""


@pytest.fixture
def read(tmp_path):
    def read(text):
        (tmp_path / "mine.toml").write_text(text)
        return study_file.read(tmp_path / "mine.toml")

    return read


def test_the_example_of_the_documents():
    sweep = study_file.read(DOCS / "digits.toml")
    assert (sweep.name, sweep.folder, sweep.trials, sweep.images, sweep.minutes) == (
        "digits",
        Path("sweeps/digits"),
        12,
        10_000,
        None,
    )
    assert (sweep.measure, sweep.direction, sweep.prune) == ("digits", "minimize", True)
    assert list(sweep.space) == ["g_lr", "d_lr", "r1", "batch_size"]
    standing = {"g_lr": 2e-3, "d_lr": 1e-3, "r1": "0.05", "batch_size": "32"}
    assert space.as_it_stands(sweep.space, sweep.recipe) == standing
    settings = space.settings(sweep.space, standing | {"g_lr": 0.00123456789})
    command = "--dataset mnist --recipe digits --set g_lr=0.00123457 --set d_lr=0.001 --set r1=0.05 --set batch_size=32"
    assert sweep.command(settings) == [*command.split(), "--images", "10000"]


def test_options_of_train_py_in_every_form(read):
    text = PLAIN.replace(
        '[train]\ndataset = "mnist"',
        '[train]\ndataset = "mnist"\nbatch-size = 32\nflip = true\ncompile = false\nclasses = ["3", "7"]\nset = { loss = "hinge" }\n',
    )
    sweep = read(text)
    assert sweep.train == (
        ("--dataset", "mnist"),
        ("--batch-size", "32"),
        ("--flip",),
        ("--classes", "3,7"),
        ("--set", "loss=hinge"),
    )
    assert (sweep.recipe.loss, sweep.recipe.batch_size, sweep.recipe.name) == ("hinge", 32, "digits")


def test_names_with_a_dot_may_stand_without_quotes(read):
    sweep = read(
        PLAIN
        + 'generator.width = { low = 16, high = 64, step = 16 }\n"discriminator.width" = [16, 32]\nbetas = [[0, 0.9], [0.5, 0.99]]'
    )
    assert list(sweep.space) == ["r1", "generator.width", "discriminator.width", "betas"]
    assert sweep.space["generator.width"] == space.Range(16, 64, whole=True, step=16)
    assert sweep.space["betas"] == space.Choices(("0,0.9", "0.5,0.99"))
    assert space.as_it_stands(sweep.space, RECIPES["digits"])["betas"] == "0.5,0.99"


def test_a_recipe_outside_the_space_is_no_trial(read):
    assert space.as_it_stands(read(PLAIN.replace("0.05", "0.5")).space, RECIPES["digits"]) is None
    assert space.as_it_stands(read(PLAIN + "g_lr = { low = 0.1, high = 1 }").space, RECIPES["digits"]) is None
    off = read(PLAIN + "generator.width = { low = 16, high = 66, step = 10 }")
    assert space.as_it_stands(off.space, RECIPES["digits"]) is None


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            "trials = 3",
            "trails = 3",
            "trails is unknown; a sweep has measure, trials, images, minutes, prune, folder, storage, train, vary.",
        ),
        ("trials = 3", "trials = 0", "trials must be above 0, not 0."),
        ("trials = 3", "trials = true", "trials must be a whole number."),
        ("trials = 3\n", "", "trials is missing: a whole number."),
        ("trials = 3", 'trials = 3\nstorage = "redis://host"', "storage: Optuna unpickles what it reads from Redis"),
        ("images = 900", "", "Say what each trial may cost, with images or with minutes."),
        ("images = 900", "images = 900\nminutes = 1", "Say what each trial may cost, with images or with minutes."),
        ('"digit_distance"', '"diversity"', "measure 'diversity' can't be minimised or maximised; choose from fid, "),
        ('dataset = "mnist"', 'epoch = 3\ndataset = "mnist"', "train.epoch is unknown; [train] may have set, "),
        ('dataset = "mnist"', 'out = "x"\ndataset = "mnist"', "train.out is the sweep's own matter"),
        ('dataset = "mnist"', 'seed = -1\ndataset = "mnist"', "[train]: --seed '-1' is not a whole number from 0."),
        ('dataset = "mnist"', 'seed = "x"\ndataset = "mnist"', "[train]: --seed 'x' is not a whole number from 0."),
        ('dataset = "mnist"', "", "Say what to train on"),
        ('dataset = "mnist"', 'dataset = "mnist"\nset = { r1 = 1 }', "r1 stands in [train.set] and in [vary]"),
        ("r1 = [0.02, 0.05]", "", "[vary] names no setting"),
        ("r1 = [0.02, 0.05]", "r1 = [0.02]", "r1 = 0.02: give two choices or more, or a range such as"),
        ("r1 = [0.02, 0.05]", "r9 = [1, 2]", "--set r9: a recipe has no such setting; it has "),
        ("r1 = [0.02, 0.05]", 'r1 = [1, "much"]', "--set r1=much: r1 must be a finite number."),
        ("r1 = [0.02, 0.05]", "r1 = [1, -1]", "--set r1=-1 can't be used: recipe.r1 must be 0 or more, not -1."),
        ("r1 = [0.02, 0.05]", "r1 = { low = 1 }", "r1: a range needs low and high as numbers"),
        ("r1 = [0.02, 0.05]", "r1 = { low = 1, high = 0 }", "r1: low 1 must be below high 0."),
        ("r1 = [0.02, 0.05]", "r1 = { low = 0, high = 1, log = true }", "r1: a logarithmic range starts above 0"),
        (
            "r1 = [0.02, 0.05]",
            "r1 = { low = 0, high = 1, steps = 1 }",
            "r1: a range has no steps; it has low, high, log, step.",
        ),
        (
            "r1 = [0.02, 0.05]",
            "batch_size = { low = 1.5, high = 8 }",
            "batch_size: a range needs low and high as whole numbers",
        ),
        ("r1 = [0.02, 0.05]", "images = [1, 2]", "images is what a trial may cost"),
        ("images = 900", "images =", "is no TOML file: "),
    ],
)
def test_what_it_can_not_mean_is_refused(read, tmp_path, old, new, sentence):
    with pytest.raises(UserError) as refused:
        read(PLAIN.replace(old, new))
    assert str(refused.value).startswith(f"{tmp_path / 'mine.toml'}")
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)
