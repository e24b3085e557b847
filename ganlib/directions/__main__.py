"""Finds the directions of a run's latent that move what can be measured, and keeps them: `python -m ganlib.directions`.

python -m ganlib.directions checkpoints/mnist                    # the last snapshot: thickness, slant, width, ...
python -m ganlib.directions checkpoints/mnist --epoch all        # every snapshot
python -m ganlib.directions checkpoints/mnist --keep thickness   # what the others move when the thickness is kept
python -m ganlib.directions checkpoints/mnist --more 3,5,8 --less 1,2 --name curly   # one's own, from samples of --seed
python -m ganlib.directions checkpoints/mnist --add curly.json   # one's own, saved in Generate

R² is the share of an attribute's variance that the latent explains on fresh samples; those under 0.3 are not offered.
A step has the length 1: one standard deviation of a normal latent. Samples are numbered from 1, as in Generate's grid.
"""

if __name__ == "__main__":
    from ganlib import imports

    imports.begin()

import argparse
from pathlib import Path

from ganlib import UserError, hub, scoring
from ganlib.cli import epoch_or, options_of, positive_int, run_command, seed
from ganlib.directions import marking
from ganlib.directions.marking import MOST_LISTED, NOTICED
from ganlib.directions.measuring import FRESH, NUM, of_snapshot
from ganlib.inspection.named_directions import LEAST_R2, NamedDirections
from ganlib.runs.directions import Table, is_name
from ganlib.runs.run import Run

FEWEST = 8  # samples for each number of the latent


def main(arguments: list[str] | None = None) -> None:
    options = options_of(_parser(), arguments)
    run = hub.run_at(options.run)
    if options.add or options.more or options.less or options.name:
        _keep_own(run, options)
    else:
        _measure(run, options)
    if hub.is_on_hub(options.run):
        print(f"Not kept: {run.name} is the Hub's. To keep its directions: python -m ganlib.hub pull {run.name} --out DIR")


def _measure(run: Run, options: argparse.Namespace) -> None:
    """Measures the chosen snapshots, prints what was found, and keeps it."""
    if options.num < (fewest := FEWEST * run.config.recipe.latent_dim):
        raise UserError(f"--num {options.num} is too few to regress on {run.config.recipe.latent_dim} numbers; take {fewest}.")
    for snapshot in scoring.chosen_snapshots(run, options.epoch):
        found = of_snapshot(run, snapshot, scoring.reads_digits(run.config), options.num)
        print(f"{run.name}, {snapshot.label}, {options.num:,} samples, R² on {FRESH:,} others")
        print("\n".join(_lines(found, options.keep)))
        if not hub.is_on_hub(options.run):
            run.save_directions(snapshot, _table(found))


def _keep_own(run: Run, options: argparse.Namespace) -> None:
    """Keeps directions from marked samples, those of a file or of the numbers in the options, and prints what they are."""
    snapshots = {snapshot.path.stem: snapshot for snapshot in run.snapshots()}
    for stem, table in (marking.of_file(options.add, run) if options.add else _marked(run, options)).items():
        known = run.directions().get(stem, {})
        if not hub.is_on_hub(options.run):
            run.save_marked_directions(snapshots[stem], table)
        print(f"{run.name}, {snapshots[stem].label}")
        print("\n".join(marking.described(name, row, known) for name, row in table.items()))


def _marked(run: Run, options: argparse.Namespace) -> dict[str, Table]:
    """Returns the direction that the options mark, by snapshot."""
    if not (options.more and options.less and options.name):
        raise UserError("A direction of your own needs --more, --less and --name, or --add FILE.")
    if not is_name(options.name):
        raise UserError(f"--name {options.name!r} must have 1 to 60 printable characters.")
    row = marking.entry_of(marking.of_numbers(run, options.seed, options.more, options.less))
    return {snapshot.path.stem: {options.name: row} for snapshot in scoring.chosen_snapshots(run, options.epoch)}


def _table(found: NamedDirections) -> Table:
    """Returns what is kept with the run, rounded to what the samples can tell."""
    rows = zip(found.names, found.r2, found.gradients, strict=True)
    return {
        name: {"r2": round(float(r2), 4), "gradient": [round(float(value), 5) for value in gradient]}
        for name, r2, gradient in rows
    }


def _lines(found: NamedDirections, keep: tuple[str, ...]) -> list[str]:
    """Returns the table: each offered attribute with its R², what a step moves it and what else it moves; then the others."""
    width = max(map(len, found.names))
    explained = dict(zip(found.names, found.r2, strict=True))
    lines = [f"{'':{width}}    R²   step  also moves"]
    for name in sorted(found.offered, key=lambda name: -explained[name]):
        effects = found.effects(found.direction(name, tuple(other for other in keep if other != name)))
        others = sorted((other for other in effects if other != name), key=lambda other: -abs(effects[other]))
        listed = [f"{other} {effects[other]:+.2f}" for other in others[:MOST_LISTED] if abs(effects[other]) >= NOTICED]
        lines.append(f"{name:{width}}  {explained[name]:.2f}  {effects[name]:.2f}  {', '.join(listed)}".rstrip())
    if weak := [f"{name} {explained[name]:.2f}" for name in found.names if name not in found.offered]:
        lines.append(f"not offered, R² under {LEAST_R2}: {', '.join(weak)}")
    return lines


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for name in text.split(",")))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ganlib.directions", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", help="a run's folder | OWNER/NAME[@REVISION] on the Hub")
    parser.add_argument(
        "--epoch", type=epoch_or("all", "best"), help="the snapshot nearest to this epoch | all | best (default: the last)"
    )
    parser.add_argument("--num", type=positive_int, default=NUM, help=f"samples for the regression (default: {NUM})")
    parser.add_argument("--keep", type=_names, default=(), metavar="A,B", help="attributes that the steps shall keep")
    own = parser.add_argument_group("a direction of one's own")
    own.add_argument("--more", type=marking.numbers, default=(), metavar="N,N", help="samples to be more like")
    own.add_argument("--less", type=marking.numbers, default=(), metavar="N,N", help="samples to be less like")
    own.add_argument("--name", help="its name")
    own.add_argument("--seed", type=seed, default=0, help="the seed of the samples (default: 0)")
    own.add_argument("--add", type=Path, metavar="FILE", help="instead of these: a file that Generate saved")
    return parser


if __name__ == "__main__":
    run_command(main)
