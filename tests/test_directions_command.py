"""Tests `python -m ganlib.directions` as a user calls it."""

import shutil
from pathlib import Path

import pytest

from ganlib import UserError
from ganlib.directions.__main__ import main
from ganlib.runs.run import Run

SEVENS = Path(__file__).parents[1] / "checkpoints" / "mnist-sevens"


@pytest.fixture
def sevens(tmp_path):
    return shutil.copytree(SEVENS, tmp_path / "sevens", ignore=shutil.ignore_patterns("directions.json", "scores.json"))


@pytest.mark.slow
def test_the_table_is_printed_and_kept(sevens, capsys):
    main([str(sevens), "--num", "512"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("sevens, epoch") and lines[0].endswith("512 samples, R² on 1,024 others")
    assert lines[1].split() == ["R²", "step", "also", "moves"]
    (table,) = Run.open(sevens).directions().values()
    assert {"brightness", "contrast", "sharpness", "symmetry", "realness", "slant", "loops"} <= set(table)
    offered = [name for name, entry in table.items() if entry["r2"] >= 0.3]
    assert {line.split("  ")[0] for line in lines[2:] if not line.startswith("not offered")} == set(offered)


@pytest.mark.parametrize(
    ("options", "message"), [(["--num", "1"], "--num 1 is too few to regress on"), (["--epoch", "best"], "was not measured")]
)
def test_mistakes(sevens, options, message):
    with pytest.raises(UserError, match=message):
        main([str(sevens), *options])
    assert not (sevens / "directions.json").exists()
