"""The source lines of functions, for Learn: what is shown is what runs."""

import ast
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Passage:
    """Lines of a source file; `text[start:end]` with `span` = (start, end) is the part that computes the term."""

    file: str  # from the project's root; "notebook" for a cell
    line: int  # number of the first
    text: str
    span: tuple[int, int]

    @property
    def meant(self) -> str:
        return self.text[slice(*self.span)]


def _shown_file(function: Callable) -> str:
    """Returns the path from the project's root; of a file elsewhere only its name, of a notebook's cell "notebook"."""
    path = Path(file_of(function))
    if not path.exists():
        return "notebook"
    path = path.resolve()
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name


def file_of(function: Callable) -> str:
    """Returns the file that defines a function; of a decorated one, the function's, not the decorator's."""
    file = inspect.getsourcefile(inspect.unwrap(function))
    assert file is not None
    return file


class Source:
    """The dedented source of a function."""

    def __init__(self, function: Callable):
        lines, self.line = inspect.getsourcelines(function)
        self.text = textwrap.dedent("".join(lines)).rstrip()
        self.lines = self.text.split("\n")
        (tree,) = ast.parse(self.text).body
        assert isinstance(tree, ast.FunctionDef)
        self.tree = tree
        self.file = _shown_file(function)

    @property
    def returned(self) -> ast.expr:
        """The expression that its last statement returns."""
        last = self.tree.body[-1]
        assert isinstance(last, ast.Return) and last.value is not None
        return last.value

    @property
    def body(self) -> Passage:
        """The statements after its docstring."""
        first, *others = self.tree.body
        start = others[0] if ast.get_docstring(self.tree) else first
        lines = [line[start.col_offset :] for line in self.lines[start.lineno - 1 :]]
        return Passage(self.file, self.line + start.lineno - 1, "\n".join(lines), (0, 0))

    def span(self, node: ast.expr) -> tuple[int, int]:
        """Returns the span of an expression in the text, in characters; `ast` counts bytes."""
        assert node.end_lineno is not None and node.end_col_offset is not None  # a parsed node's are known
        ends = ((node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset))
        start, end = (self._before(line - 1) + len(self.lines[line - 1].encode()[:byte].decode()) for line, byte in ends)
        return start, end

    def passage(self, statement: ast.stmt, span: tuple[int, int]) -> Passage:
        """Returns the dedented lines of a statement, with `span` of the text relative to them."""
        first, indent = statement.lineno - 1, statement.col_offset
        lines = [line[indent:] for line in self.lines[first : statement.end_lineno]]

        def moved(at: int) -> int:
            row = self.text.count("\n", 0, at)
            return sum(len(line) + 1 for line in lines[: row - first]) + at - self._before(row) - indent

        return Passage(self.file, self.line + first, "\n".join(lines), (moved(span[0]), moved(span[1])))

    def _before(self, row: int) -> int:
        return sum(len(line) + 1 for line in self.lines[:row])
