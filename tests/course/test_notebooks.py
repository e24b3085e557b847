"""Tests the notebooks: that they are what their sources say, in both languages, and that the teacher's solutions get all points."""

import json
import re
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from solving import answers

from course import build, source, tasks
from course.checker import Checker
from course.source import Code, Prose

COURSE = Path(build.__file__).parent
EACH = [(lab, language) for lab in tasks.LABS for language in build.FOLDERS]
# The experiments of a lab, so small that they only show that they run.
SMALL = {
    "first-gans": "images, dc_images = 128, 128",
    "objective": "images, steps = 128, 10",
    "measures": "pictures = 200",
    "inversion": "steps, pictures = 2, 1",
}


@pytest.mark.parametrize(("lab", "language"), EACH)
def test_the_committed_notebook_is_the_built_one(lab, language):
    committed = (COURSE / build.path_of(lab, language)).read_text(encoding="utf-8")
    assert committed == build.notebook(lab, language), "python -m course.build"


@pytest.mark.parametrize("lab", tasks.LABS)
def test_every_text_is_in_both_languages(lab):
    cells = source.read(lab)
    prose = [cell for cell in cells if isinstance(cell, Prose)]
    assert [cell.language for cell in prose] == ["en", "zh"] * (len(prose) // 2)
    for one, other in pairwise(cells):
        if isinstance(one, Prose) and one.language == "en":
            assert isinstance(other, Prose)
    for cell in prose:
        assert bool(re.search(r"[\u4e00-\u9fff]", cell.text)) == (cell.language == "zh")


@pytest.mark.parametrize("lab", tasks.LABS)
def test_every_task_has_its_cell(lab):
    named = [cell.task for cell in source.read(lab) if isinstance(cell, Code) and cell.task]
    assert named == [task.name for task in tasks.of(lab)]


@pytest.mark.parametrize(("lab", "language"), EACH)
def test_a_blank_notebook_gets_no_points(lab, language):
    checker = Checker(lab, language, answers(lab, solved=False))
    blank = {"en": "is still blank.", "zh": "还是空的。"}[language]
    assert {(verdict.points, verdict.reason) for verdict in map(checker.verdict, checker.tasks)} == {(0, blank)}


@pytest.mark.slow
@pytest.mark.parametrize("lab", tasks.LABS)
def test_the_solved_notebook_runs_and_gets_all_points(lab, tmp_path, monkeypatch):
    """In a kernel of its own, experiments and page included."""
    monkeypatch.setenv("PYTHONPATH", str(COURSE.parent))
    monkeypatch.setenv("GANLIB_CACHE", str(tmp_path / "cache"))
    solved = nbformat.reads(build.notebook(lab, "en", solved=True), 4)
    (parameters,) = [cell for cell in solved.cells if "parameters" in cell.metadata.get("tags", ())]
    parameters.source = SMALL[lab]
    NotebookClient(solved, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    printed = ["".join(output.get("text", "") for output in cell.get("outputs", ())) for cell in solved.cells]
    points = sum(task.points for task in tasks.of(lab))
    assert printed[-1].splitlines()[-1] == f"{points} of {points} points"
    checks = [text for cell, text in zip(solved.cells, printed, strict=True) if cell.source.startswith('check("')]
    assert len(checks) == len(tasks.of(lab)) and all(text.startswith("✓") for text in checks)


def test_a_repository_gets_its_link_to_colab():
    repository = "https://github.com/someone/gans"
    link, start = json.loads(build.notebook(tasks.LABS[0], "zh", repository=repository))["cells"][1:3]
    assert "colab.research.google.com/github/someone/gans/blob/main/course/zh-CN/1-first-gans.ipynb" in "".join(link["source"])
    assert f'repository = "{repository}"' in "".join(start["source"])
    elsewhere = build.notebook(tasks.LABS[0], "zh", repository="https://example.org/gans.git")
    assert "colab.research.google.com/github" not in elsewhere
