"""A course in four labs: notebooks with blanks in functions of this project, a checker, and a grader. docs/course.md is the
teacher's guide.

source.py     reads labs/*.md, from which `python -m course.build` writes the notebooks in both languages
tasks/        what each blank must do: cases, points, and usual mistakes
checking.py   compares an answer in float64 and gives a reason, never the answer
sandbox.py    runs a student's notebook in a process with limits, for `python -m course.grade`
"""

from course.checker import Checker

__all__ = ["Checker"]
