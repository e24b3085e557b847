"""Tests `python -m ganlib.units` as a user calls it."""

import shutil
from pathlib import Path

import pytest

from ganlib import UserError
from ganlib.runs.run import Run
from ganlib.units.__main__ import main

SEVENS = Path(__file__).parents[3] / "checkpoints" / "mnist-sevens"


@pytest.fixture
def sevens(tmp_path):
    return shutil.copytree(SEVENS, tmp_path / "sevens", ignore=shutil.ignore_patterns("units", "scores.json"))


@pytest.mark.slow
def test_the_ranking_is_printed_and_kept(sevens, capsys):
    main([str(sevens), "--num", "2", "--top", "3"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("sevens, epoch") and "2 samples; change in grey levels" in lines[0]
    assert lines[1] == "stem: 128 units of 7 x 7" and lines[6] == "stages.1: 64 units of 14 x 14"
    run = Run.open(sevens)
    found, samples = run.units(run.snapshot())
    assert samples == 2 and [len(effects.change) for effects in found.values()] == [128, 64]
    for title, stage in ((1, "stem"), (6, "stages.1")):
        listed = [line.split()[:2] for line in lines[title + 2 : title + 5]]
        ranked = found[stage].ranking()[:3]
        assert listed == [[str(unit), f"{found[stage].change[unit]:.2f}"] for unit in ranked]


def test_mistakes(sevens):
    with pytest.raises(UserError, match="was not measured"):
        main([str(sevens), "--epoch", "best"])
    with pytest.raises(UserError, match="There is no run at"):
        main([str(sevens / "none")])
    with pytest.raises(SystemExit, match="2"):
        main([str(sevens), "--num", "0"])
    assert not (sevens / "units").exists()
