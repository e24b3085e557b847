"""Joins ES modules into one, so that a page gets them with one request instead of one for each.

It reads the forms that static/ is written in: imports at the beginning of a line, `export const NAME` and
`export { NAME } from "./file.js"`, and no circle among the files.
"""

import re
from graphlib import TopologicalSorter
from posixpath import join, normpath

IMPORT = re.compile(r'^(import|export) (?:(\{ .+ \}|\* as \w+) from )?"(\.{1,2}/.+)";$', re.MULTILINE)
EXPORT = re.compile(r"^export const (\w+)", re.MULTILINE)


def imports(name: str, text: str) -> dict[str, list[str]]:
    """The names that a module takes of each other one; none where it only wants it to run, or takes all of them."""
    return {
        normpath(join(name, "..", place)): re.findall(r"(\w+)(?: as \w+)?(?:,| \})", taken)
        for _, taken, place in IMPORT.findall(text)
    }


def joined(modules: dict[str, str], main: str) -> str:
    """One module with the exports of `main`: each of `modules` becomes a function that is called once, after those that it
    imports, and gives its exports. Raises graphlib.CycleError for a circle."""
    order = TopologicalSorter({name: imports(name, modules[name]) for name in sorted(modules)}).static_order()
    parts = [f"const {_variable(name)} = (() => {{\n{_body(name, modules[name])}}})();\n" for name in order]
    return "".join(parts) + "".join(f"export const {each} = {_variable(main)}.{each};\n" for each in exports(modules[main]))


def exports(text: str) -> list[str]:
    """The names that a module exports."""
    passed_on = [re.findall(r"\w+", taken) for kind, taken, _ in IMPORT.findall(text) if kind == "export"]
    return [*EXPORT.findall(text), *(each for several in passed_on for each in several)]


def _body(name: str, text: str) -> str:
    def taken(found: re.Match) -> str:
        _, names, place = found.groups()
        names = (names or "").removeprefix("* as ").replace(" as ", ": ")
        return f"const {names} = {_variable(normpath(join(name, '..', place)))};" if names else ""

    body = EXPORT.sub(r"const \1", IMPORT.sub(taken, text))
    return f"{body}return {{ {', '.join(exports(text))} }};\n"


def _variable(name: str) -> str:
    """What holds a module's exports: page/main.js -> page_main."""
    return re.sub(r"\W", "_", name.removesuffix(".js"))
