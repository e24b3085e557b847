"""Directions of one's own, from marked samples: computed, described, and read from a file that the page saved."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ganlib import UserError, files, latents
from ganlib.cli import positive_int
from ganlib.inspection.marked_directions import MarkedDirection, from_marks
from ganlib.runs import directions
from ganlib.runs.directions import Table
from ganlib.runs.run import Run

MOST_NUMBER = 100_000  # of a marked sample of a seed
NOTICED = 0.2  # standard deviations; smaller effects are not listed
MOST_LISTED = 6


def numbers(text: str) -> tuple[int, ...]:
    """Parses numbers of samples such as 3,5,8, the first of which is 1."""
    found = tuple(dict.fromkeys(positive_int(part) for part in text.split(",")))
    if max(found) > MOST_NUMBER:
        raise argparse.ArgumentTypeError(f"{text!r} names a sample beyond the {MOST_NUMBER:,}th of its seed")
    return found


def of_numbers(run: Run, seed: int, more: Sequence[int], less: Sequence[int]) -> MarkedDirection:
    """Returns the direction from samples of a seed with the numbers `less` toward those with the numbers `more`."""
    recipe = run.config.recipe
    z = latents.sample(max(*more, *less), recipe.latent_dim, seed, recipe.latent)
    return from_marks(z[np.array(more) - 1], z[np.array(less) - 1])


def entry_of(found: MarkedDirection) -> dict[str, Any]:
    """Returns what directions.json keeps of a direction."""
    marked = {"more": found.more, "less": found.less, "right": found.right}
    return {"marked": marked, "gradient": [round(float(value), 5) for value in found.step]}


def of_file(path: Path, run: Run) -> dict[str, Table]:
    """Reads a file that the page saved, {"lineage", "snapshots": as in directions.json}: marked directions by snapshot.

    Raises UserError for another lineage or snapshot, and for measured directions; DamagedFile for other contents.
    """
    content = files.read_json(path)
    tables = directions.checked(path, content, run.config.recipe.latent_dim)
    if content.get("lineage") != run.config.lineage:
        raise UserError(
            f"{path} is of another run, to whose latents this one's don't correspond; choose the run that it names."
        )
    stems = {snapshot.path.stem for snapshot in run.snapshots()}
    if unknown := sorted(set(tables) - stems):
        raise UserError(f"{path} is of the snapshot after {int(unknown[0]):,} images, which {run.name} doesn't have.")
    rows = [row for table in tables.values() for row in table.values()]
    if not rows or not all(map(directions.is_marked, rows)):
        raise UserError(f"{path} must hold directions from marked samples, and only these.")
    return tables


def described(name: str, row: dict[str, Any], measured: Table) -> str:
    """Returns a sentence about a direction: its marks, how well they agree, and what a step moves of what was measured."""
    counts = row["marked"]
    text = f"{name}: toward {counts['more']} samples, away from {counts['less']}"
    if counts["right"] is not None:
        text += f"; of pairs left out in turn, {counts['right']} of {counts['more'] * counts['less']} stand in order"
    step = np.array(row["gradient"])
    effects = {other: float(step @ np.array(entry["gradient"])) for other, entry in measured.items() if "r2" in entry}
    largest = sorted(effects, key=lambda other: -abs(effects[other]))[:MOST_LISTED]
    listed = [f"{other} {effects[other]:+.2f}" for other in largest if abs(effects[other]) >= NOTICED]
    return f"{text}; a step moves {', '.join(listed)}" if listed else text
