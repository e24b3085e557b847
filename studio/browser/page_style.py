"""The page's style sheets: that of what the page opens with, which Gradio serves, and that of the other tabs, which the page's
second script adds."""

from collections.abc import Iterable

from ganlib.sweep import files
from studio.static_files import STATIC

OPENING = ("page", "generate")  # folders of static/ whose components the page opens with


def opening() -> str:
    """Returns the style sheet that the page opens with."""
    return "\n".join(_texts(OPENING))


def later(tabs: Iterable[str]) -> str:
    """Returns that of the others of these tabs. What is shared with the report of a sweep comes last."""
    return "\n".join([*_texts(tab for tab in tabs if tab not in OPENING), files.STYLE.read_text(encoding="utf-8")])


def _texts(folders: Iterable[str]) -> list[str]:
    """Returns the files of folders of static/; a file named after its folder comes first."""
    found = []
    for folder in folders:
        paths = sorted((STATIC / folder).glob("*.css"), key=lambda path: (path.stem not in (folder, "studio"), path.name))
        found += [path.read_text(encoding="utf-8") for path in paths]
    return found
