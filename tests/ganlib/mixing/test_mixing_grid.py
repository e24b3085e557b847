"""Tests the grid of mixed styles: its sources, what each group of stages takes, and the command's messages."""

from dataclasses import replace

import numpy as np
import pytest
from conftest import TINY, untrained
from PIL import Image

from ganlib import UserError
from ganlib.mixing import __main__ as command
from ganlib.mixing.grid import GROUPS, group_amounts, mixing_grid
from ganlib.sampling import images

STYLE = replace(TINY, name="style", generator={"family": "style", "width": 4, "most": 8})


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return untrained(tmp_path_factory.mktemp("mixing") / "run", recipe=STYLE)


@pytest.mark.parametrize(("stages", "sizes"), [(3, [1, 1, 1]), (4, [1, 2, 1]), (5, [2, 1, 2]), (6, [2, 2, 2]), (7, [2, 3, 2])])
def test_every_stage_belongs_to_one_group(stages, sizes):
    groups = group_amounts(stages)
    assert list(groups) == list(GROUPS) and [int(sum(amounts)) for amounts in groups.values()] == sizes
    assert np.array(list(groups.values())).sum(0).tolist() == [1] * stages
    assert sorted(groups.values(), reverse=True) == list(groups.values())  # coarse first


def test_the_grid_holds_its_sources_and_their_mixtures(run):
    drawn = mixing_grid(run, run.snapshot(), 2, 3, seed=5).reshape(7, 4, 28, 28)
    sources = images(run, run.generator(), 5, 5)[0][:, 0]
    assert np.array_equal(drawn[0, 1:], sources[2:]) and (drawn[0, 0] == 128).all()
    for group in range(3):
        for row in range(2):
            line = drawn[1 + 2 * group + row]
            assert np.array_equal(line[0], sources[row])
            assert all((each != sources[row]).any() for each in line[1:])
            assert all((each != source).any() for each, source in zip(line[1:], sources[2:], strict=True))


def test_the_command_writes_the_grid(run, tmp_path, capsys):
    out = tmp_path / "mixed.png"
    command.main([str(run.path), "--rows", "1", "--columns", "2", "--label", "1", "--out", str(out)])
    assert capsys.readouterr().out == f"{out}: run, epoch 3.2, seed 0, ψ 1, label {run.config.labels[1]}, mixed\n"
    with Image.open(out) as picture:
        assert picture.size == (3 * (2 + 3 * 30), 3 * (2 + 4 * 30))
        assert '"columns": 2' in picture.info["ganlib"]


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--out", "mixed.jpg"], r"--out mixed\.jpg must end in \.png"),
        (["--out", "mixed.png", "--rows", "65"], "--rows 65 must be 64 at most"),
        (["--out", "none/mixed.png"], r"--out none/mixed\.png can't be written"),
    ],
)
def test_mistakes_are_named(run, more, sentence, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "none").write_text("a file")
    with pytest.raises(UserError, match=sentence):
        command.main([str(run.path), *more])


def test_a_run_without_styles_is_named(tmp_path):
    run = untrained(tmp_path / "run", recipe=TINY)
    with pytest.raises(UserError, match=r"The networks of run \(dcgan\) have no styles to mix; take a run of the recipe style"):
        command.main([str(run.path), "--out", "mixed.png"])
