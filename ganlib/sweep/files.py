"""The file by which a folder is known as a sweep's, and the script and style that draw its trials.

Imports nothing of ganlib, for the page, which is served before torch is imported.
"""

from pathlib import Path

COPY = "study.toml"  # the file of the sweep, copied to its folder
SCRIPT, STYLE = (Path(__file__).with_name(f"coordinates.{kind}") for kind in ("js", "css"))


def is_sweep(folder: Path) -> bool:
    """Whether a sweep has begun in a folder."""
    return (folder / COPY).is_file()
