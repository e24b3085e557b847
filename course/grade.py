"""Grades notebooks of the course: points and reasons.

python -m course.grade LAB.ipynb
python -m course.grade submissions/ --out points.csv     # every notebook in a folder, and a table
"""

import argparse
import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from course import sandbox, tasks
from course.checking import LANGUAGES, Verdict
from course.sandbox import Limits
from ganlib import UserError, files
from ganlib.cli import options_of, positive_int, run_command

LAB = re.compile(r"""\bChecker\(\s*["']([\w-]+)["']\s*,\s*["'](\w+)["']""")
MOST_BYTES = 2**26  # of a notebook, with its pictures


@dataclass(frozen=True)
class Grade:
    """What one notebook got. `problem`: why it could not be graded, if it couldn't."""

    path: Path
    lab: str = ""
    verdicts: Sequence[Verdict] = ()
    problem: str = ""

    @property
    def points(self) -> int:
        return sum(verdict.points for verdict in self.verdicts)

    @property
    def of(self) -> int:
        return sum(verdict.of for verdict in self.verdicts)

    def text(self) -> str:
        if self.problem:
            return f"{self.path}: {self.problem}"
        return "\n".join(
            [f"{self.path}: {self.lab}, {self.points}/{self.of}", *(f"  {verdict.line}" for verdict in self.verdicts)]
        )


def main(arguments: list[str] | None = None) -> int:
    options = options_of(_parser(), arguments)
    grades = []
    for path in _notebooks(options.notebooks):
        grades.append(graded(path, options.language, Limits(options.seconds, options.memory)))
        print(json.dumps(_record(grades[-1]), ensure_ascii=False) if options.json else grades[-1].text(), flush=True)
    if options.out:
        files.write(options.out, table(grades))
    return 2 if all(grade.problem for grade in grades) else 0


def graded(path: Path, language: str | None = None, limits: Limits = sandbox.USUAL) -> Grade:
    """Grades one notebook, in its own language or `language`."""
    try:
        cells = code_cells(path)
        lab, own = _lab_of(cells)
    except UserError as error:
        return Grade(path, problem=str(error))
    return Grade(path, lab, sandbox.grade(cells, lab, language or own, limits))


def code_cells(path: Path) -> list[str]:
    """Returns the sources of a notebook's code cells. Raises UserError."""
    try:
        import nbformat
    except ImportError as error:
        raise UserError("Grading needs nbformat: pip install nbformat.") from error
    try:
        if path.stat().st_size > MOST_BYTES:
            raise UserError(f"is larger than {MOST_BYTES // 2**20} MB: clear its outputs.")
        notebook = nbformat.read(path, as_version=4)
        return [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    except OSError as error:
        raise UserError(f"can't be read ({error.strerror}).") from error
    except UserError:
        raise
    except Exception as error:  # nbformat raises whatever its parts do
        raise UserError(f"is no notebook ({str(error).splitlines()[0] if str(error) else type(error).__name__}).") from error


def table(grades: Sequence[Grade]) -> str:
    """Returns a row for each notebook as CSV: its file, lab, points, those of each task, and what could not be graded."""
    names = list(dict.fromkeys(verdict.task for grade in grades for verdict in grade.verdicts))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["file", "lab", "points", "of", *names, "problem"])
    for grade in grades:
        by_task = {verdict.task: verdict.points for verdict in grade.verdicts}
        row = [_harmless(str(grade.path)), grade.lab, grade.points, grade.of]
        writer.writerow([*row, *(by_task.get(name, "") for name in names), grade.problem])
    return text.getvalue()


def _harmless(cell: str) -> str:
    """Keeps a spreadsheet from taking a file's name for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@")) else cell


def _record(grade: Grade) -> dict:
    return {
        "file": str(grade.path), "lab": grade.lab, "points": grade.points, "of": grade.of, "problem": grade.problem,
        "tasks": [asdict(verdict) for verdict in grade.verdicts],
    }  # fmt: skip


def _notebooks(given: Sequence[Path]) -> Iterator[Path]:
    """Yields the notebooks that were named, and those in folders that were. Raises UserError where there are none."""
    found = []
    for path in given:
        if path.is_dir():
            inside = sorted(path.rglob("*.ipynb"))
            found += [each for each in inside if not any(part.startswith(".") for part in each.relative_to(path).parts)]
        elif path.exists():
            found.append(path)
        else:
            raise UserError(f"There is no {path}; name a notebook of the course, or a folder of them.")
    if not found:
        raise UserError(f"There is no notebook (.ipynb) in {', '.join(map(str, given))}.")
    yield from found


def _lab_of(cells: Sequence[str]) -> tuple[str, str]:
    """Returns the lab and the language that a notebook's Checker names. Raises UserError."""
    found = next((match for cell in cells if (match := LAB.search(cell))), None)
    if found is None or found[1] not in tasks.LABS or found[2] not in LANGUAGES:
        raise UserError("is no lab of this course: the cell with its Checker is missing.")
    return found[1], found[2]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m course.grade", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    limits = sandbox.USUAL
    parser.add_argument(
        "notebooks", nargs="+", type=Path, metavar="LAB.ipynb|FOLDER", help="cells with experiments are skipped"
    )
    parser.add_argument("--language", choices=LANGUAGES, help="of the reasons (default: the notebook's)")
    seconds = f"processor time for a notebook (default: {limits.seconds}); each cell has {limits.cell}"
    parser.add_argument("--seconds", type=positive_int, default=limits.seconds, help=seconds)
    parser.add_argument(
        "--memory", type=positive_int, default=limits.memory, metavar="MB",
        help=f"beyond what torch itself takes, on Linux (default: {limits.memory})",
    )  # fmt: skip
    parser.add_argument("--out", type=Path, metavar="POINTS.csv", help="also write a table, one row for each notebook")
    parser.add_argument("--json", action="store_true", help="print a line of JSON for each notebook")
    return parser


if __name__ == "__main__":
    run_command(main)
