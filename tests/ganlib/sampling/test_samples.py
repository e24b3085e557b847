"""Tests which pictures several seeds and labels name, and the names and metadata of their files."""

import io
import json
from argparse import ArgumentTypeError
from dataclasses import replace

import numpy as np
import pytest
from conftest import untrained
from PIL import Image

from ganlib import UserError, sampling
from ganlib.cli import seeds_list
from ganlib.sampling.sample_files import SampleFiles, stems
from ganlib.sampling.samples import Samples, seeds_text


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return untrained(tmp_path_factory.mktemp("runs") / "tiny")


def samples_of(run, seeds=(0,), num=70, labels=(0, 1), truncation=0.7):
    return Samples("tiny", run.config, run.snapshot(), tuple(seeds), num, tuple(labels), truncation)


def named(run, *names):
    """The config of a run with these classes."""
    return replace(run.config, class_names=names)


@pytest.mark.parametrize(
    ("text", "seeds"),
    [
        ("7", [7]),
        ("10-12", [10, 11, 12]),
        ("1,5,3-4", [1, 5, 3, 4]),
        ("2-4,3", [2, 3, 4]),
        ("5-5", [5]),
        (str(2**53 - 1), [2**53 - 1]),
    ],
)
def test_seeds_are_numbers_and_ranges(text, seeds):
    assert seeds_list(text) == tuple(seeds)


@pytest.mark.parametrize("text", ["", "-1", "1-", "3-2", "1,,2", "1.5", "1-2-3", "seven", "0-99999999999999999"])
def test_what_is_no_seed_is_named(text):
    with pytest.raises(ArgumentTypeError, match="is not a whole number from 0, or a range"):
        seeds_list(text)


def test_no_list_of_seeds_fills_the_memory():
    with pytest.raises(ArgumentTypeError, match="1,000,000,000,001 seeds; 100,000 at most"):
        seeds_list("0-1000000000000")


@pytest.mark.parametrize("text", ["7", "10-20", "1,5,10-20"])
def test_seeds_are_said_as_they_are_typed(text):
    assert seeds_text(seeds_list(text)) == text


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        (None, (0, 1, 2, 3)), ("cat", (0,)), ("3", (3,)), ("dog,cat", (1, 0)), ("1, 0", (1, 0)), ("cat,cat", (0,)),
        ("red, green", (2,)), ("dog,red, green,cat", (1, 2, 0)), ("red", (3,)), ("red,cat", (3, 0)),
    ],
)  # fmt: skip
def test_labels_are_names_with_or_without_commas_and_numbers(run, text, labels):
    assert sampling.find_labels(named(run, "cat", "dog", "red, green", "red"), text) == labels


def test_an_unknown_label_is_named(run):
    with pytest.raises(UserError, match="no label 'cow'; it has cat, dog"):
        sampling.find_labels(named(run, "cat", "dog"), "cat,cow")


def test_each_seed_has_its_own_pictures_as_if_it_were_alone(run):
    several, generator = samples_of(run, seeds=(3, 9)), run.generator()
    drawn = np.concatenate([several.draw(generator, batch) for batch in several.batches()])
    assert len(several) == len(drawn) == 140
    for number, seed in enumerate((3, 9)):
        alone, labels = sampling.images(run, generator, 70, seed, truncation=0.7)
        part = slice(70 * number, 70 * number + 70)
        assert np.abs(alone.astype(int) - drawn[part]).max() <= 1  # in other batches
        assert [place.label for place in several.places()][part] == labels.tolist()


def test_batches_of_one_seed_are_those_of_an_array(run):
    samples, generator = samples_of(run, seeds=[5]), run.generator()
    drawn = np.concatenate([samples.draw(generator, batch) for batch in samples.batches()])
    assert np.array_equal(drawn, sampling.images(run, generator, 70, 5, truncation=0.7)[0])


def test_names_and_metadata_say_what_a_picture_is(run):
    made = SampleFiles(samples_of(run, seeds=(7, 8), num=3))
    names = [made.name(place) for place in made.samples.places()]
    assert names == [
        "seed7-00000-a.png", "seed7-00001-b.png", "seed7-00002-a.png",
        "seed8-00000-a.png", "seed8-00001-b.png", "seed8-00002-a.png",
    ]  # fmt: skip
    rows = [json.loads(line) for line in made.metadata()]
    assert rows[4] == {
        "file_name": "seed8-00001-b.png", "label": "b", "seed": 8, "index": 1, "truncation": 0.7,
        "run": "tiny", "epoch": 3.2, "images": 320,
    }  # fmt: skip
    assert [row["file_name"] for row in rows] == names
    in_folders = SampleFiles(made.samples, folders=True)
    assert [in_folders.name(place) for place in made.samples.places()][:2] == ["a/seed7-00000.png", "b/seed7-00001.png"]


def test_a_run_without_labels_has_none_in_names_and_metadata(run):
    made = SampleFiles(samples_of(run, num=1, labels=()))
    (row,) = map(json.loads, made.metadata())
    assert row["file_name"] == "seed0-00000.png" and "label" not in row


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_png_holds_its_pixels_and_its_facts(run, channels):
    made = SampleFiles(samples_of(run, seeds=[4], num=1))
    (place,) = made.samples.places()
    image = np.random.default_rng(0).integers(0, 256, (channels, 20, 12), np.uint8)  # not square
    with Image.open(io.BytesIO(made.png(place, image))) as picture:
        assert picture.mode == {1: "L", 3: "RGB", 4: "RGBA"}[channels] and picture.size == (12, 20)
        assert np.array_equal(np.asarray(picture).reshape(20, 12, channels), image.transpose(1, 2, 0))
        assert json.loads(picture.text["ganlib"])["seed"] == 4


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["cat", "dog"], ("cat", "dog")),
        (["猫", "red, green"], ("猫", "red, green")),
        (["a/b", "c:d"], ("a_b", "c_d")),
        (["a/b", "a_b"], ("0_a_b", "1_a_b")),  # alike
        (["Cat", "cat"], ("0_Cat", "1_cat")),  # alike on macOS and Windows
        (["..", "x"], ("0_", "1_x")),
        (["con", "x"], ("0_con", "1_x")),  # a device on Windows
        (["metadata.jsonl", "x"], ("0_metadata.jsonl", "1_x")),
        (["a" * 100, "b. "], ("a" * 48, "b")),
        (["a" * 99, "a" * 100], ("0_" + "a" * 48, "1_" + "a" * 48)),
    ],
)
def test_classes_become_file_names_on_every_system(names, expected):
    assert stems(names) == expected
