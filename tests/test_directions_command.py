"""Tests `python -m ganlib.directions` as a user calls it."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from ganlib import UserError, latents
from ganlib.directions.__main__ import main
from ganlib.runs.run import Run

OWN = ["--more", "3,5", "--less", "1,2,4", "--name", "curly", "--seed", "7"]
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
    ("options", "message"),
    [
        (["--num", "1"], "--num 1 is too few to regress on"),
        (["--epoch", "best"], "was not measured"),
        (["--more", "3"], "needs --more, --less and --name"),
        (["--name", "curly"], "needs --more, --less and --name"),
        ([*OWN, "--name", "a\nb"], "printable characters"),
        ([*OWN, "--less", "3,5"], "the same"),
        (["--add", "none.json"], "none.json is damaged or foreign: it is missing"),
    ],
)
def test_mistakes(sevens, options, message):
    with pytest.raises(UserError, match=message):
        main([str(sevens), *options])
    assert not (sevens / "directions.json").exists()


def test_a_direction_of_ones_own_is_kept_and_stays_when_measured_anew(sevens, capsys):
    main([str(sevens), *OWN])
    assert "curly: toward 2 samples, away from 3; of pairs left out in turn, " in capsys.readouterr().out
    run = Run.open(sevens)
    (before,) = run.directions().values()
    z = latents.sample(5, 64, 7)
    step = z[[2, 4]].mean(0) - z[[0, 1, 3]].mean(0)
    assert before["curly"]["gradient"] == pytest.approx(step / np.linalg.norm(step), abs=1e-5)
    run.save_directions(run.snapshot(), {"slant": {"r2": 0.8, "gradient": [0.5] * 64}})
    (after,) = run.directions().values()
    assert after["curly"] == before["curly"] and set(after) == {"curly", "slant"}
    with pytest.raises(UserError, match="has a measured direction 'slant'; give yours another name"):
        main([str(sevens), *OWN, "--name", "slant"])


def saved(folder, run, **changes):
    """Returns a file as Generate saves it."""
    row = {"marked": {"more": 2, "less": 1, "right": None}, "gradient": [0.125] * 64}
    content = {"lineage": run.config.lineage, "snapshots": {run.snapshot().path.stem: {"curly": row | changes.pop("row", {})}}}
    path = folder / "own.json"
    path.write_text(json.dumps(content | changes))
    return path


def test_a_saved_file_is_added(sevens, tmp_path, capsys):
    run = Run.open(sevens)
    main([str(sevens), "--add", str(saved(tmp_path, run))])
    assert "curly: toward 2 samples, away from 1" in capsys.readouterr().out
    (table,) = run.directions().values()
    assert table["curly"]["gradient"] == [0.125] * 64


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"lineage": "0"}, "of another run"),
        ({"snapshots": {}}, "from marked samples, and only these"),
        ({"snapshots": {"000000007": {}}}, "of the snapshot after 7 images, which sevens doesn't have"),
        ({"snapshots": 7}, "damaged or foreign: it holds no directions"),
        ({"row": {"marked": {"more": 2, "less": 0, "right": None}}}, "damaged or foreign: its directions"),
        ({"row": {"marked": {"more": 2, "less": 1, "right": 3}}}, "damaged or foreign: its directions"),
        ({"row": {"gradient": [0.1]}}, "damaged or foreign: its directions"),
    ],
)
def test_files_that_are_not_added(sevens, tmp_path, changes, message):
    with pytest.raises(UserError, match=message):
        main([str(sevens), "--add", str(saved(tmp_path, Run.open(sevens), **changes))])
    assert not (sevens / "directions.json").exists()
