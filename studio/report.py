"""Writes the lab report of a run as one HTML file: `python -m studio.report`.

python -m studio.report checkpoints/mnist --out report.html
python -m studio.report checkpoints/mnist --language zh --out report.html
"""

import argparse
from dataclasses import replace
from pathlib import Path

from ganlib import UserError, files, hub
from ganlib.cli import options_of, run_command
from studio import words
from studio.learning.lab_report import report
from studio.library import Library

__all__ = ["main", "report"]


def main(arguments: list[str] | None = None) -> None:
    options = options_of(_parser(), arguments)
    if options.out.suffix.lower() not in (".html", ".htm"):
        raise UserError(f"--out {options.out} must end in .html.")
    run = hub.run_at(options.run)  # raises UserError
    path = run.path.absolute()
    library = Library(path.parent)
    written = report(library, replace(library.find(path.name), name=run.name or path.name), options.language)
    try:
        files.write(options.out, written)
    except OSError as error:
        raise UserError(f"--out {options.out} can't be written ({error.strerror}).") from error
    print(f"{options.out}: the lab report of {run.name or path.name}; open it in a browser and print it")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m studio.report", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", help="a run's folder | OWNER/NAME[@REVISION] on the Hub")
    parser.add_argument("--language", choices=words.LANGUAGES, default="en", help="language of the report (default: en)")
    parser.add_argument("--out", type=Path, required=True, help="FILE.html")
    return parser


if __name__ == "__main__":
    run_command(main)
