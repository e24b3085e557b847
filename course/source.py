"""Reads the source of a lab: one Markdown file in both languages, from which the notebooks are made.

<!-- en -->                     the following text in English, up to the next mark or code
<!-- zh -->                     the same in Simplified Chinese
```python                       a code cell of both notebooks
```python experiment            one that the grader skips: what trains or draws
```python parameters            the sizes of the experiments, which the tests make smaller (papermill's convention)
```python blank=MODULE:NAME     a function of the project, of which the student gets signature and docstring
```python task=NAME             an own function or value, with the solution between the two lines of nbgrader's convention,
                                ### BEGIN SOLUTION and ### END SOLUTION
"""

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from course.checking import Text

FOLDER = Path(__file__).parent / "labs"
PIECE = re.compile(r"^<!-- (en|zh) -->\n|^```python *(.*)\n((?:.*\n)*?)```\n", re.MULTILINE)
SOLUTION = re.compile(r"^( *)### BEGIN SOLUTION\n(.*?)^ *### END SOLUTION\n?", re.MULTILINE | re.DOTALL)
YOURS: Text = ("# Your code here", "# 在此处填写代码")
EXPERIMENT: Text = ("# Experiment: the grader skips this cell", "# 实验：评分时跳过此单元格")


@dataclass(frozen=True)
class Prose:
    language: str
    text: str


@dataclass(frozen=True)
class Code:
    """A code cell. `task` is the name that is checked after it."""

    kind: str  # "", experiment, parameters, blank or task
    solved: str
    task: str = ""

    def text(self, language: int, solved: bool = False) -> str:
        """Returns the cell in a language, 0 or 1: with its solution, or with blanks."""
        if self.kind == "experiment":
            return f"{EXPERIMENT[language]}\n{self.solved}"
        if solved:
            return SOLUTION.sub(lambda found: found[2], self.solved).rstrip()
        return SOLUTION.sub(lambda found: _hole(found, language), self.solved).rstrip()


def read(lab: str) -> list[Prose | Code]:
    """Returns the cells of a lab."""
    text = (FOLDER / f"{lab}.md").read_text(encoding="utf-8")
    return list(_cells(text))


def _cells(text: str) -> Iterator[Prose | Code]:
    found = list(PIECE.finditer(text))
    for piece, following in zip(found, [*found[1:], None], strict=True):
        if piece[1]:
            yield Prose(piece[1], text[piece.end() : following.start() if following else len(text)].strip())
        else:
            kind, _, name = piece[2].strip().partition("=")
            yield _of_project(name) if kind == "blank" else Code(kind, piece[3].rstrip(), name)


def _of_project(place: str) -> Code:
    """Returns a function of the project, with all but signature and docstring as the solution."""
    module, _, name = place.partition(":")
    source = textwrap.dedent(inspect.getsource(getattr(import_module(module), name)))
    (tree,) = ast.parse(source).body
    assert isinstance(tree, ast.FunctionDef) and ast.get_docstring(tree)
    lines = source.splitlines()
    kept = tree.body[0].end_lineno
    assert kept is not None
    hole = ["    ### BEGIN SOLUTION", *lines[kept:], "    ### END SOLUTION"]
    return Code("blank", "\n".join([*lines[:kept], *hole]) + "\n", name)


def _hole(found: re.Match, language: int) -> str:
    """Returns what stands in place of a solution: in a function an error, for a value an ellipsis."""
    indent = found[1]
    if indent:
        return f"{indent}{YOURS[language]}\n{indent}raise NotImplementedError\n"
    name = found[2].split("=")[0].strip()
    return f"{name} = ...  {YOURS[language]}\n"
