"""Tests the grader on notebooks that run away, end themselves or are none; in processes of their own."""

import csv
import json

import nbformat
import pytest

from course import build, grade, sandbox
from course.grade import Grade, code_cells, graded, main, table
from course.sandbox import Limits
from ganlib import UserError

LAB = "first-gans"
ALL = 19


def changed(path, **cells):
    """Writes the solved lab with other cells for some answers."""
    notebook = nbformat.reads(build.notebook(LAB, "en", solved=True), 4)
    for name, text in cells.items():
        (cell,) = [cell for cell in notebook.cells if cell.source.startswith((f"def {name}(", f"{name} ="))]
        cell.source = text
    nbformat.write(notebook, path)
    return path


@pytest.mark.slow
def test_what_runs_away_costs_its_own_points_only(tmp_path):
    path = changed(
        tmp_path / "away.ipynb",
        sample_noise="def sample_noise(num, dim, rng):\n    while True:\n        try:\n            pass\n        except Exception:\n            pass",
        generator="def generator():\n    return torch.zeros(10**10)",
        alternate="%matplotlib inline\n!ls\nx = [1] * 10**10\ndef alternate(x, y, rate, steps):\n    return []",
        reaches="import time\ntime.sleep(60)\nreaches = 'c'",
        growth="def growth(rate):\n    return growth(rate)",
        good_sign="print('x' * 10**6)\nraise SystemExit\ngood_sign = 'b'",
    )
    done = graded(path, limits=Limits(memory=1000, cell=2))
    reasons = {verdict.task: verdict.reason for verdict in done.verdicts if verdict.reason}
    assert reasons["sample_noise"] == "took more than 2 s"
    assert reasons["generator"] == "needed more than 1000 MB"
    assert reasons["alternate"].endswith("failed: needed more than 1000 MB")
    assert reasons["reaches"].endswith("failed: took more than 2 s")
    assert "fails: RecursionError" in reasons["growth"]
    assert reasons["good_sign"].startswith("isn't defined; cell ") and "SystemExit" in reasons["good_sign"]
    assert reasons.keys() == {"sample_noise", "generator", "alternate", "reaches", "growth", "good_sign"}
    assert done.points == ALL - 1 - 2 - 2 - 1 - 1 - 1


@pytest.mark.slow
def test_what_came_before_an_end_counts(tmp_path):
    path = changed(tmp_path / "end.ipynb", growth="import os\nos._exit(0)")
    done = graded(path, "zh")
    assert done.points == ALL - 3 and done.verdicts[-1].reason == "未能检查：笔记本结束了自己的进程。"


@pytest.mark.slow
def test_the_time_of_a_whole_notebook(tmp_path):
    slow = "import threading\nfor _ in range(2):\n    threading.Thread(target=lambda: [0 for _ in iter(int, 1)]).start()\n"
    path = changed(tmp_path / "slow.ipynb", least_squares_generator=f"{slow}import time\nwhile True:\n    time.sleep(1)")
    done = graded(path, limits=Limits(seconds=3, cell=60))
    by_task = {verdict.task: verdict for verdict in done.verdicts}
    assert by_task["generator"].points == 2
    assert by_task["growth"].reason == "not reached: the notebook took more than 3 s."


@pytest.mark.slow
def test_a_folder(tmp_path, capsys):
    (tmp_path / "b").mkdir()
    changed(tmp_path / "b" / "solved.ipynb")
    (tmp_path / ".ipynb_checkpoints").mkdir()
    changed(tmp_path / ".ipynb_checkpoints" / "solved.ipynb")
    (tmp_path / "a.ipynb").write_text("{")
    out = tmp_path / "points.csv"
    assert main([str(tmp_path), "--out", str(out), "--json"]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(record["points"], record["of"]) for record in told] == [(0, 0), (ALL, ALL)]
    rows = list(csv.DictReader(out.open()))
    assert rows[0]["problem"].startswith("is no notebook") and rows[1]["points"] == str(ALL) and rows[1]["generator"] == "2"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "is no notebook"),
        ("[]", "is no notebook"),
        ('{"cells": 3, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}', "is no notebook"),
        ('{"cells": [], "nbformat": 4, "nbformat_minor": 5, "metadata": {}}', "is no lab of this course"),
        ("\x00\xff", "is no notebook"),
    ],
)
def test_what_is_no_lab(content, problem, tmp_path, capsys):
    path = tmp_path / "x.ipynb"
    path.write_text(content, encoding="latin-1")
    assert main([str(path)]) == 2
    assert problem in capsys.readouterr().out


def test_nothing_to_grade(tmp_path):
    with pytest.raises(UserError, match=r"There is no .*gone"):
        main([str(tmp_path / "gone")])
    with pytest.raises(UserError, match="no notebook"):
        main([str(tmp_path)])
    large = tmp_path / "large.ipynb"
    with large.open("wb") as file:
        file.truncate(grade.MOST_BYTES + 1)
    with pytest.raises(UserError, match="larger than 64 MB"):
        code_cells(large)


def test_a_spreadsheet_takes_no_file_for_a_formula():
    assert table([Grade("=1+1.ipynb", problem="is no lab")]).splitlines()[1] == "'=1+1.ipynb,,0,0,is no lab"


def test_results_that_are_no_lines_of_ours_are_left_out(tmp_path):
    path = tmp_path / "results.jsonl"
    path.write_text('{"task": "a", "passed": 1, "reason": ""}\nnonsense\n[1]\n{"task": "b"}\n{"task": "c", "pas')
    assert sandbox._read(path) == {"a": {"passed": True, "reason": ""}}
