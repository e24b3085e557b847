"""Fuzzes the commands' arguments: each call succeeds, or prints one line and exits with 2."""

import argparse
import os
import shutil
from contextlib import suppress

import pytest
from conftest import untrained
from fuzzing import HOSTILE_TEXTS, as_argument, command, fuzzed
from hypothesis import strategies as st
from sources import png

import app
import train
from ganlib import UserError, adopt, evaluate, export, sample
from ganlib.directions import __main__ as directions
from ganlib.hub import __main__ as hub
from ganlib.planning import train_options
from ganlib.training import estimate, previews
from ganlib.units import __main__ as units
from studio import report, server, space

NUMBERS = [
    "0",
    "1",
    "2",
    "16",
    "64",
    "-1",
    "1.5",
    "1e3",
    "1e308",
    "1e-308",
    "nan",
    "inf",
    "9" * 20,
    "9" * 5000,
    "0x10",
    "1_0",
    "٣",
    "",
]
PLACES = [
    "run", "cut", "empty", "file", "pictures", "none", "../none", "run/snapshots", "~", "~nobody", "", " ", "a\nb", "-", "--", "x" * 300, "x/" * 3000,
    "OWNER/NAME", "OWNER/NAME@v2", "OWNER/NAME@", "a/b/c", "hub:", "hub:OWNER/NAME", "run@2", "run@nan", "run@", "dangling", "pipe", "\udcff", "мои/данные",
]  # fmt: skip
NAMES = [
    "mnist",
    "digits",
    "fashion-mnist",
    "dcgan",
    "mlp",
    "resnet",
    "wgan-gp",
    "digits,mlp",
    "cat",
    "7,3",
    ",",
    "a,,b",
    "none",
    "brightness",
    "swd,diversity",
    "cs231n-gan",
    "best",
    "all",
    "cpu",
    "auto",
    "cuda:77",
    "cuda:-1",
    "meta",
    "cpu:0",
    "mps",
    "xla",
    "json",
    "tensorboard",
    "stop",
    "rollback",
    "en",
    "zh",
    "off",
]
OUTS = [
    "out.png",
    "out.npz",
    "out.html",
    "out.PNG",
    "new/out.png",
    "new/out.npz",
    "file/out.png",
    "empty",
    "x" * 300 + ".png",
    "\udcff.png",
    "a\nb.npz",
    "run",
]
SETTINGS = [
    "r1=0.5", "r1=-1", "r1=nan", "r1", "=", "=1", "r1=", "batch_size=4", "batch_size=1e9", "betas=0,0.9", "betas=0", "augment=none", "augment=cutout,",
    "images=8", "image_size=32", "image_size=none", "latent_dim=0", "freeze=1", "g_lr=1e308", "final_lr=2", "d_every=50", "flip=true", "loss=hinge",
    "generator.family=resnet", "generator.family=dcgan-96", "discriminator.family=mlp", "generator.width=8", "generator.widths=8,,8", "generator.x=1",
    "discriminator.norm=spectral", "generator=mlp", "generator.family=", "name=x", "a\nb=1", "." * 300 + "=1", "\udcff=1",
]  # fmt: skip
POOL = [*dict.fromkeys([*NUMBERS, *PLACES, *NAMES, *OUTS, *SETTINGS, "0:4095", "pad", "metadata"])]
texts = st.text(st.characters(exclude_characters="\0"), max_size=20) | st.sampled_from(HOSTILE_TEXTS)
values = (
    st.sampled_from(NUMBERS) | st.sampled_from(PLACES) | st.sampled_from(NAMES) | st.sampled_from(OUTS) | texts.map(as_argument)
)


class Place:
    """The folder in which the commands run and write."""

    thorough = False

    def __init__(self, folder):
        self.folder = folder
        untrained(folder / "kept/run").save_scores({"dataset": "shapes", "num": 9}, {320: {"swd": (2.0, 9)}})
        shutil.copytree(folder / "kept/run", folder / "kept/cut")
        (folder / "kept/cut/snapshots/000000320.safetensors").write_bytes(b"\x08")
        (folder / "kept/empty").mkdir()
        (folder / "kept/file").write_bytes(b"PK\x03\x04")
        for number in range(4):
            path = folder / f"kept/pictures/{'ab'[number % 2]}/{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(png())
        (folder / "kept/dangling").symlink_to("nowhere")

    def anew(self):
        """Restores the folder."""
        inside = self.folder / "outer/inner"
        shutil.rmtree(self.folder / "outer", ignore_errors=True)
        shutil.copytree(self.folder / "kept", inside, symlinks=True)
        os.mkfifo(inside / "pipe")
        os.chdir(inside)

    def run(self, main, arguments):
        self.anew()
        before = sorted(self.folder.iterdir())
        code, _, told = command(main, arguments)
        assert code in (0, 1, 2), (code, told)
        assert code != 2 or told.strip(), "it says nothing"
        assert "Traceback" not in told
        assert code != 2 or told.startswith("usage:") or len(told.splitlines()) <= 2, told
        assert sorted(self.folder.iterdir()) == before


class Reached(UserError):
    """Raised where this test stops a command."""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("fuzz")
        (
            patch.setenv("GANLIB_CACHE", str(folder / "cache")),
            patch.setenv("HOME", str(folder)),
            patch.setenv("XDG_CACHE_HOME", str(folder)),
        )
        patch.chdir(folder)
        (folder / "cache").mkdir()
        patch.setattr(previews, "STATISTICS_PIXELS", 0)
        patch.setattr(train, "_watch", lambda *_: 0)  # stop before the training
        patch.setattr(train, "Uploads", _reached)  # they retry until the Hub answers
        patch.setattr(estimate, "measure", _reached)
        patch.setattr(export, "_traced", _reached)  # takes seconds in torch
        patch.setattr(directions, "of_snapshot", _reached)  # so do the samples that these measure
        patch.setattr(units, "of_snapshot", _reached)
        patch.setattr(server, "build", _reached)
        yield Place(folder)


def _reached(*_):
    raise Reached("This is as far as the test goes.")


def arguments_of(parser, most=5):
    """Arguments of a parser: a few of its options, mostly with accepted values, sometimes with any."""
    named = [action for action in parser._actions if action.option_strings and action.dest != "help"]
    accepted = {action.option_strings[-1]: _accepted(action) for action in named}
    known = [_written(option, st.sampled_from(chosen)) for option, chosen in accepted.items() if chosen]
    any_option = st.sampled_from([action.option_strings[-1] for action in named])
    odd = (
        st.tuples(any_option, values).map("=".join).map(lambda one: [one])
        | any_option.map(lambda one: [one])
        | values.map(lambda one: [one])
    )
    part = st.integers(0, 11).flatmap(lambda number: st.one_of(known) if number else odd)
    return st.lists(part, max_size=most).map(lambda parts: [one for part in parts for one in part])


def _written(option, chosen):
    return chosen.map(lambda value: [option] if value is None else [f"{option}={value}"])


def _accepted(action):
    """Those of all values that the option accepts; None for a switch."""
    if action.nargs == 0:
        return [None]
    return [value for value in POOL if _accepts(action, value)] + ([None] if action.nargs == "?" else [])


def _accepts(action, value):
    with suppress(ValueError, argparse.ArgumentTypeError, TypeError):
        read = action.type(value) if action.type else value
        return action.choices is None or read in action.choices
    return False


OF_TRAIN = st.sampled_from(
    [
        [],
        ["--dataset", "digits"],
        ["--dataset", "digits"],
        ["--dataset", "pictures"],
        ["--resume", "run"],
        ["--dataset", "digits", "--init-from", "run"],
    ]
)


@pytest.mark.slow
@fuzzed(30, 4000, start=OF_TRAIN, arguments=arguments_of(train_options.parser("")))
def test_train(place, start, arguments):
    place.run(train.main, [*start, *arguments])


@fuzzed(
    15,
    2000,
    start=st.sampled_from([[], ["run", "--out", "x.png"], ["run", "--out", "x.npz", "--num", "2"]]),
    arguments=arguments_of(sample._parser()),
)
def test_sample(place, start, arguments):
    place.run(sample.main, [*start, *arguments])


@pytest.mark.slow
@fuzzed(
    6,
    500,
    start=st.sampled_from([[], ["run"], ["run", "--num", "100", "--metrics", "diversity", "--dataset", "pictures"]]),
    arguments=arguments_of(evaluate._parser()),
)
def test_evaluate(place, start, arguments):
    place.run(evaluate.main, [*start, *arguments])


@pytest.mark.slow
@fuzzed(6, 1000, start=st.sampled_from([[], ["run"], ["cut"]]), arguments=arguments_of(export._parser()))
def test_export(place, start, arguments):
    place.run(export.main, [*start, *arguments])


@fuzzed(
    10,
    1000,
    start=st.sampled_from([[], ["run"], ["run", "--more", "3,5", "--less", "1", "--name", "x"], ["run", "--add", "file"]]),
    arguments=arguments_of(directions._parser()),
)
def test_directions(place, start, arguments):
    place.run(directions.main, [*start, *arguments])


@fuzzed(6, 1000, start=st.sampled_from([[], ["run"], ["cut"]]), arguments=arguments_of(units._parser()))
def test_units(place, start, arguments):
    place.run(units.main, [*start, *arguments])


@fuzzed(
    6,
    1000,
    start=st.sampled_from([[], ["file", "--out", "new"], ["dangling", "--out", "run"]]),
    arguments=arguments_of(adopt._parser()),
)
def test_adopt(place, start, arguments):
    place.run(adopt.main, [*start, *arguments])


@fuzzed(
    6,
    500,
    start=st.sampled_from([[], ["pull"], ["push"], ["push", "run"]]),
    arguments=st.lists(values | st.sampled_from(["--private", "--revision", "--out"]), max_size=5),
)
def test_hub(place, start, arguments):
    place.run(hub.main, [*start, *arguments])


@pytest.mark.slow
@fuzzed(5, 300, start=st.sampled_from([[], ["run"], ["run", "--out", "x.html"]]), arguments=arguments_of(report._parser()))
def test_report(place, start, arguments):
    place.run(report.main, [*start, *arguments])


@pytest.mark.slow
@fuzzed(
    5,
    300,
    start=st.sampled_from([[], ["OWNER/NAME"], ["OWNER/NAME", "--checkpoints", "empty"]]),
    arguments=arguments_of(space._parser()),
)
def test_space(place, start, arguments):
    place.run(space.main, [*start, *arguments])


@fuzzed(5, 300, arguments=arguments_of(app._parser()))
def test_app(place, arguments):
    place.run(app.main, ["--jobs", "jobs", "--runtime", "off", *arguments])
