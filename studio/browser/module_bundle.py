"""Bundles ES modules into one, so that the page loads them with one request.

Supports the forms used in static/, each at the beginning of a line: `import ... from "./file.js"`, the same with `export`, and
`export const NAME`. Imports must not be circular.
"""

import re
from graphlib import TopologicalSorter
from posixpath import join, normpath

IMPORT = re.compile(r'^(import|export) (?:(\{ .+ \}|\* as \w+) from )?"(\.{1,2}/.+)";$', re.MULTILINE)
EXPORT = re.compile(r"^export const (\w+)", re.MULTILINE)


def joined(modules: dict[str, str], main: str) -> str:
    """Returns one module with the exports of `main`. Each of `modules` (texts by path) becomes a function that is called once,
    after its imports, and returns its exports. Raises graphlib.CycleError for circular imports."""
    order = TopologicalSorter({name: imports(name, modules[name]) for name in sorted(modules)}).static_order()
    parts = [f"const {_variable(name)} = (() => {{\n{_body(name, modules[name])}}})();\n" for name in order]
    return "".join(parts) + "".join(f"export const {each} = {_variable(main)}.{each};\n" for each in exports(modules[main]))


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

    body = EXPORT.sub(r"const \1", IMPORT.sub(taken, text))
    return f"{body}return {{ {', '.join(exports(text))} }};\n"


def _variable(name: str) -> str:
    """Returns the variable of a module's exports: page/main.js -> page_main."""
    return re.sub(r"\W", "_", name.removesuffix(".js"))
