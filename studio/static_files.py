"""Finds the files of static/: scripts, styles and templates, a folder for the page and one for each tab."""

from pathlib import Path

STATIC = Path(__file__).parent / "static"


def static(name: str) -> str:
    """Returns the text of a file in static/."""
    return (STATIC / name).read_text(encoding="utf-8")
