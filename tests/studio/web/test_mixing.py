"""Tests the answers about mixed styles: validated, and drawn as the generator mixes."""

import base64
from dataclasses import replace

import numpy as np
import pytest
from conftest import TINY, untrained

from ganlib import UserError
from ganlib.sampling import Mix, draw
from studio import validation
from studio.library import Library
from studio.web.mixing import Mixing, stage_sides

STYLE = replace(TINY, name="style", generator={"family": "style", "width": 4, "most": 8})
DIM = STYLE.latent_dim
Z = np.linspace(-1, 1, 3 * DIM, dtype=np.float32).reshape(3, DIM)
QUESTION = {
    "run": "style", "z": validation.encode(Z[:2]), "labels": [1, 0], "truncation": 0.5, "other": validation.encode(Z[2:]),
    "other_labels": [0], "amounts": [1, 0.5, 0],
}  # fmt: skip


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mixing")
    untrained(folder / "style", recipe=STYLE)
    untrained(folder / "plain", recipe=TINY)
    return Library(folder)


def mixed(library, **more):
    return Mixing(library).answers()["mixed"](QUESTION | more)


def test_the_stages_of_a_run(library):
    assert stage_sides(library.find("style")) == [(7, 7), (14, 14), (28, 28)]
    assert stage_sides(library.find("plain")) == []


def test_pictures_are_those_that_the_generator_mixes(library):
    generator = library.find("style").run.generator()
    answer = mixed(library)
    expected = draw(generator, Z[:2] / 2, np.array([1, 0]), Mix(Z[2:] / 2, np.array([0]), [1, 0.5, 0]))
    assert np.array_equal(np.frombuffer(base64.b64decode(answer["pictures"]), np.uint8).reshape(2, 1, 28, 28), expected)
    assert (expected != draw(generator, Z[:2] / 2, np.array([1, 0]))).any()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"run": "plain"}, "The networks of the run plain have no styles to mix"),
        ({"amounts": [1, 0]}, "amounts must be a list of 3 numbers"),
        ({"amounts": [1, 0, 1.5]}, "an amount must be a number from 0 to 1"),
        ({"amounts": None}, "amounts must be a list"),
        ({"other": "AAAA"}, "z must be 1 to 256 latents"),
        ({"other_labels": [2]}, "labels must be 1 whole numbers from 0 to 1"),
        ({"other_labels": None}, "labels must be 1 whole numbers"),
        ({"z": validation.encode(np.zeros((65, DIM), np.float32)), "labels": [0] * 65}, "Ask for 64 pictures at most"),
    ],
)
def test_invalid_questions_are_answered_by_a_sentence(library, wrong, sentence):
    with pytest.raises(UserError, match=sentence):
        mixed(library, **wrong)
