"""Tests the answers about a generator's units: validated, and drawn as scaled weights draw."""

import base64
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from ganlib import UserError
from ganlib.runs.unit_effects import Effects
from ganlib.sampling import draw
from studio import validation
from studio.library import Library
from studio.web.switches import Switches

SEVENS = Path(__file__).parents[3] / "checkpoints" / "mnist-sevens"
Z = np.linspace(-1, 1, 128, dtype=np.float32).reshape(2, 64)
QUESTION = {"run": "sevens", "z": validation.encode(Z), "labels": [7, 1], "switches": []}
LEFT = base64.b64encode(bytes([*[1] * 7, *[0] * 7] * 14)).decode()  # half of the picture


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    folder = tmp_path_factory.mktemp("switches")
    shutil.copytree(SEVENS, folder / "sevens", ignore=shutil.ignore_patterns("units"))
    return Library(folder)


def switched(library, **more):
    return Switches(library).answers()["switched"](QUESTION | more)


def pixels(answer):
    return np.frombuffer(base64.b64decode(answer["pictures"]), np.uint8).reshape(-1, 28, 28).astype(int)


def switch(unit=3, factor=0.0, area=None, stage="stages.1"):
    return {"stage": stage, "unit": unit, "factor": factor, "area": area}


def test_units_as_they_were_measured(library):
    entry = library.find("sevens")
    ask = Switches(library).answers()["units"]
    stages = ask({"run": "sevens"})["stages"]
    assert [(one["name"], one["units"], one["sides"]) for one in stages] == [("stem", 128, (7, 7)), ("stages.1", 64, (14, 14))]
    assert "change" not in stages[0] and ask({"run": "sevens"})["samples"] is None
    effects = {
        name: Effects(np.arange(units, dtype=np.float32), np.full((units, 14, 14), 9, np.uint8))
        for name, units in (("stem", 128), ("stages.1", 64))
    }
    path = entry.run.path / "units" / entry.snapshots[-1].path.name
    entry.run.save_units(entry.snapshots[-1], effects, 5)
    answer = ask({"run": "sevens"})
    assert answer["samples"] == 5 and (answer["rows"], answer["columns"]) == (14, 14)
    assert np.array_equal(np.frombuffer(base64.b64decode(answer["stages"][1]["change"]), "<f4"), np.arange(64))
    path.write_bytes(b"damaged")
    assert ask({"run": "sevens"})["samples"] is None
    path.unlink()


def test_a_switched_unit_draws_as_the_next_layer_without_it(library):
    entry = library.find("sevens")
    other = entry.run.generator()
    with torch.no_grad():
        other.to_image.weight[3] = 0
    labels = np.array([7, 1])
    assert np.array_equal(pixels(switched(library, switches=[switch()])), draw(other, Z, labels)[:, 0])
    plain = draw(entry.run.generator(), Z, labels)[:, 0]
    assert np.array_equal(pixels(switched(library)), plain)  # the cached generator is as it was
    there = pixels(switched(library, switches=[switch(area=LEFT)]))
    assert np.array_equal(there[:, :, 16:], plain[:, :, 16:]) and not np.array_equal(there, plain)


def test_logits_without_and_with(library):
    assert switched(library)["logits"] is None
    before, after = switched(library, switches=[switch(unit, 0) for unit in range(64)], judge=True)["logits"]
    same = switched(library, judge=True)["logits"]
    assert same == [before, before] and before != after


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"switches": None}, "switches must be a list"),
        ({"switches": [7]}, "A switch must have"),
        ({"switches": [switch(stage="stages.2")]}, "stage must be one of stem, stages.1"),
        ({"switches": [switch(unit=64)]}, "unit must be a whole number from 0 to 63"),
        ({"switches": [switch(factor=float("nan"))]}, "factor must be a number from 0 to 10"),
        ({"switches": [switch(area="AA")]}, "area must be 14 x 14 bytes"),
        ({"switches": [switch()] * 257}, "0 to 256 switches"),
        ({"judge": 1}, "judge must be true or false"),
        ({"z": validation.encode(np.zeros((65, 64), np.float32)), "labels": [0] * 65}, "Ask for 64 pictures at most"),
    ],
)
def test_mistakes(library, more, message):
    with pytest.raises(UserError, match=message):
        switched(library, **more)
