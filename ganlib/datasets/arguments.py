"""The options of commands that say how a data set is read."""

import argparse
from dataclasses import fields

from ganlib import UserError
from ganlib.cli import names_list, number
from ganlib.datasets.options import ReadOptions


def add_reading(group: argparse._ArgumentGroup | argparse.ArgumentParser) -> None:
    """Adds the options of `ReadOptions`, which `reading` reads, and --classes."""
    add = group.add_argument
    quoted = "a name that holds a comma may be quoted, '\"cat, black\",dog'"
    add("--classes", type=names_list, metavar="CAT,DOG", help=f"train on these classes of the set only; {quoted}")
    add("--split", metavar="NAME", help="train on this split of the set, or on all (default: train)")
    add("--labels", choices=["auto", "folders", "metadata", "none"], help="where labels come from (default: auto)")
    add("--image-column", metavar="NAME", help="the column of a table that holds the pictures")
    add("--label-column", metavar="NAME", help="the column of a table or of metadata that holds the labels")
    add("--subset", metavar="NAME", help="the configuration to take, where a repository has several")
    add("--frames", metavar="all|first|N", help="of animations and files of many pages (default: first)")
    add("--fit", choices=["crop", "pad", "stretch"], help="how pictures of another shape are fitted (default: crop)")
    add(
        "--levels",
        type=_levels,
        metavar="LOW:HIGH",
        help="values drawn black and white, of 16-bit pictures (default: the set's)",
    )
    add("--background", metavar="COLOUR", help="under transparency: white, black, #rrggbb or checker (default: by content)")
    add("--alpha", action="store_const", const=True, help="train transparency as a fourth channel")


def reading(options: argparse.Namespace) -> ReadOptions:
    """Returns how the set is read, by the options of `add_reading`. Raises UserError."""
    asked = {field.name: getattr(options, field.name) for field in fields(ReadOptions) if hasattr(options, field.name)}
    try:
        return ReadOptions(**{name: value for name, value in asked.items() if value is not None})
    except ValueError as error:
        raise UserError(f"These options of reading can't be used: {error}.") from error


def _levels(text: str) -> tuple[float, float]:
    """Parses the argument of --levels."""
    low, colon, high = text.partition(":")
    if not colon:
        raise argparse.ArgumentTypeError(f"{text!r} is not LOW:HIGH such as 0:4095")
    return number(low), number(high)
