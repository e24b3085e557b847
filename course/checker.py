"""The checker in a notebook: `check("name")` says at once whether an answer is right, and if not, where and why."""

from collections.abc import Mapping
from typing import Any

from course import tasks
from course.checking import LANGUAGES, Text, Verdict, check, spoken
from ganlib import UserError

MISSING: Text = ("isn't defined: run its cell first.", "尚未定义：请先运行它所在的单元格。")
TOTAL: Text = ("{points} of {of} points", "{of} 分中得 {points} 分")


class Checker:
    """Checks the answers of a lab among the names of a notebook.

    Args:
        lab: its name in `tasks.LABS`.
        language: en or zh.
        names: the notebook's `globals()`.
    """

    def __init__(self, lab: str, language: str, names: Mapping[str, Any]):
        if language not in LANGUAGES:
            raise UserError(f"There is no language {language!r}; take {' or '.join(LANGUAGES)}.")
        self.lab, self.language, self._names = lab, language, names
        self.tasks = {task.name: task for task in tasks.of(lab)}

    def __call__(self, name: str) -> None:
        """Checks one answer and prints the verdict."""
        print(self.verdict(name).line)

    def verdict(self, name: str) -> Verdict:
        if name not in self.tasks:
            raise UserError(f"The lab {self.lab} has no task {name!r}; it has {', '.join(self.tasks)}.")
        task = self.tasks[name]
        if name not in self._names:
            return Verdict(name, 0, task.points, spoken(MISSING, self.language))
        return check(task, self._names[name], self.language)

    def total(self) -> None:
        """Checks all answers and prints the points."""
        verdicts = [self.verdict(name) for name in self.tasks]
        print(*(verdict.line for verdict in verdicts), sep="\n")
        points, of = (sum(getattr(verdict, name) for verdict in verdicts) for name in ("points", "of"))
        print(spoken(TOTAL, self.language, points=points, of=of))
