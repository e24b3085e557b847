"""Bundles ES modules into one, so that the page loads them with one request, and further ones into a second that continues it.

Supports the forms used in static/, each at the beginning of a line: `import ... from "./file.js"`, the same with `export`, and
`export const NAME`. Imports must not be circular. Lines that are comments are left out.
"""

import re
from collections.abc import Iterable
from graphlib import TopologicalSorter
from posixpath import join, normpath

IMPORT = re.compile(r'^(import|export) (?:(\{ .+ \}|\* as \w+) from )?"(\.{1,2}/.+)";$', re.MULTILINE)
EXPORT = re.compile(r"^export const (\w+)", re.MULTILINE)
COMMENT = re.compile(r"^\s*//.*\n", re.MULTILINE)


def joined(modules: dict[str, str], main: str) -> str:
    """Returns one module with the exports of `main`. Each of `modules` (texts by path) that it needs becomes a function that is
    called once, after its imports, and returns its exports. Raises graphlib.CycleError for circular imports."""
    passed_on = "".join(f"export const {each} = {_variable(main)}.{each};\n" for each in exports(modules[main]))
    return _functions(modules, reached(modules, main)) + passed_on


def continuation(modules: dict[str, str], main: str, first: str) -> str:
    """Returns a module for what `main` needs beyond `joined(modules, first)`. It exports the function `begin`, which takes the
    modules of that by their variables and returns the exports of `main`."""
    known = reached(modules, first)
    functions = _functions(modules, reached(modules, main) - known)
    return f"export const begin = ({_record(known)}) => {{\n{functions}return {_variable(main)};\n}};\n"


def continuing(modules: dict[str, str], first: str, name: str) -> str:
    """Returns the end of `joined(modules, first)`: the function `continued`, which imports the continuation at the URL `name`,
    relative to it, and resolves to what `begin` returns."""
    known = _record(reached(modules, first))
    return f'function continued() {{ return import("{name}").then(({{ begin }}) => begin({known})); }}\n'


def reached(modules: dict[str, str], main: str) -> set[str]:
    """Returns `main` and all that it imports, also through others."""
    found, waiting = set(), [main]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += imports(name, modules[name])
    return found


def _functions(modules: dict[str, str], names: Iterable[str]) -> str:
    taken = set(names)
    graph = {name: sorted(taken.intersection(imports(name, modules[name]))) for name in sorted(taken)}
    order = TopologicalSorter(graph).static_order()
    return "".join(f"const {_variable(name)} = (() => {{\n{_body(name, modules[name])}}})();\n" for name in order)


def _record(names: Iterable[str]) -> str:
    return f"{{ {', '.join(sorted(map(_variable, names)))} }}"


def imports(name: str, text: str) -> dict[str, list[str]]:
    """Returns the names that a module imports, by the path of their module; none for `import "..."` and `* as`."""
    found = [(taken, normpath(join(name, "..", place))) for _, taken, place in IMPORT.findall(text)]
    return {place: [] if taken.startswith("*") else [name for name, _ in _names(taken)] for taken, place in found}


def exports(text: str) -> list[str]:
    """Returns the names that a module exports."""
    passed_on = [taken for kind, taken, _ in IMPORT.findall(text) if kind == "export"]
    return [*EXPORT.findall(text), *(local for taken in passed_on for _, local in _names(taken))]


def _names(taken: str) -> list[tuple[str, str]]:
    """`{ a, b as c }` -> (a, a), (b, c); `* as all` -> (*, all)."""
    pairs = [each.strip().split(" as ") for each in taken.strip("{}").split(",") if each.strip()]
    return [(pair[0], pair[-1]) for pair in pairs]


def _body(name: str, text: str) -> str:
    def taken(found: re.Match) -> str:
        _, names, place = found.groups()
        pattern = (names or "").removeprefix("* as ").replace(" as ", ": ")
        return f"const {pattern} = {_variable(normpath(join(name, '..', place)))};" if pattern else ""

    body = EXPORT.sub(r"const \1", IMPORT.sub(taken, COMMENT.sub("", text)))
    return f"{body}return {{ {', '.join(exports(text))} }};\n"


def _variable(name: str) -> str:
    """Returns the variable of a module's exports: page/main.js -> page_main."""
    return re.sub(r"\W", "_", name.removesuffix(".js"))
