"""Tests the files of what units change: kept by snapshot, validated when read, published, deleted by what comes before."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from ganlib import files
from ganlib.files import DamagedFile
from ganlib.hub.names import in_layout
from ganlib.runs.run import Run
from ganlib.runs.unit_effects import Effects, heat_sides

SHIPPED = Path(__file__).parents[3] / "checkpoints" / "mnist-sevens"
STAGES = {"stem": 128, "stages.1": 64}


@pytest.fixture
def run(tmp_path):
    shutil.copytree(SHIPPED, tmp_path / "run", ignore=shutil.ignore_patterns("units"))
    return Run.open(tmp_path / "run")


def effects(change=1.5, heat=7):
    return {
        name: Effects(np.full(units, change, np.float32), np.full((units, 14, 14), heat, np.uint8))
        for name, units in STAGES.items()
    }


def test_kept_by_snapshot(run):
    first, *_, last = run.snapshots()
    assert run.units(last) is None
    run.save_units(last, effects(), 9)
    run.save_units(first, effects(2), 8)
    found, samples = run.units(last)
    assert samples == 9 and list(found) == list(STAGES)
    assert (found["stem"].change == 1.5).all() and (found["stages.1"].heat == 7).all()
    run.rewind(first.images)
    assert run.units(last) is None and run.units(first)[1] == 8


def test_published_with_the_run_and_bounded(run):
    run.save_units(run.snapshot(), effects(), 9)
    (path,) = run.path.glob("units/*")
    assert in_layout(path.relative_to(run.path).as_posix()) and not in_layout("units/x.safetensors")
    assert path.stat().st_size < run.weights_bytes()["units"]


def tensors():
    return {
        f"{name}.{key}": torch.from_numpy(getattr(found, key))
        for name, found in effects().items()
        for key in ("change", "heat")
    }


@pytest.mark.parametrize(
    ("changed", "settings"),
    [
        ({}, {}),
        ({}, {"samples": 0}),
        ({}, {"samples": True}),
        ({"stem.change": torch.full((128,), float("nan"))}, {"samples": 9}),
        ({"stem.change": torch.full((128,), -0.1)}, {"samples": 9}),
        ({"stem.change": torch.full((128,), 255.5)}, {"samples": 9}),
        ({"stem.change": torch.ones(128, dtype=torch.float64)}, {"samples": 9}),
        ({"stem.change": torch.ones(127)}, {"samples": 9}),
        ({"stem.heat": torch.ones(128, 14, 14)}, {"samples": 9}),
        ({"stem.heat": torch.ones(128, 28, 28, dtype=torch.uint8)}, {"samples": 9}),
        ({"more": torch.ones(1)}, {"samples": 9}),
    ],
)
def test_what_is_not_valid_is_refused_with_its_name_and_the_remedy(run, changed, settings):
    snapshot = run.snapshot()
    files.write_tensors(run.path / "units" / snapshot.path.name, tensors() | changed, settings)
    with pytest.raises(DamagedFile, match=rf"{snapshot.path.name} .*delete it, and measure anew with python -m ganlib\.units"):
        run.units(snapshot)


def test_a_changed_byte_is_noticed(run):
    run.save_units(run.snapshot(), effects(), 9)
    (path,) = run.path.glob("units/*")
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(DamagedFile, match="checksum"):
        run.units(run.snapshot())


@pytest.mark.parametrize(
    ("size", "sides"), [(28, (14, 14)), (96, (16, 16)), (16, (16, 16)), ((64, 32), (16, 16)), ((256, 17), (16, 9))]
)
def test_heat_maps_are_small(size, sides):
    assert heat_sides(size) == sides
