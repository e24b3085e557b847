"""Finds the directions of a run's latent that move what can be measured, and keeps them: `python -m ganlib.directions`.

python -m ganlib.directions checkpoints/mnist                    # the last snapshot: thickness, slant, width, ...
python -m ganlib.directions checkpoints/mnist --epoch all        # every snapshot
python -m ganlib.directions checkpoints/mnist --keep thickness   # what the others move when the thickness is kept

R² is the share of an attribute's variance that the latent explains on fresh samples; those under 0.3 are not offered.
A step has the length 1: one standard deviation of a normal latent.
"""

if __name__ == "__main__":
    from ganlib import interrupts

    interrupts.end_at_once()  # on Ctrl-C during the imports below

import argparse

from ganlib import UserError, hub, scoring
from ganlib.cli import epoch_or, options_of, positive_int, run_command
from ganlib.directions.measuring import FRESH, NUM, of_snapshot
from ganlib.inspection.named_directions import LEAST_R2, NamedDirections

NOTICED = 0.2  # standard deviations; smaller side effects are not listed
MOST_LISTED = 6
FEWEST = 8  # samples for each number of the latent


def main(arguments: list[str] | None = None) -> None:
    options = options_of(_parser(), arguments)
    run = hub.run_at(options.run)
    if options.num < (fewest := FEWEST * run.config.recipe.latent_dim):
        raise UserError(f"--num {options.num} is too few to regress on {run.config.recipe.latent_dim} numbers; take {fewest}.")
    for snapshot in scoring.chosen_snapshots(run, options.epoch):
        found = of_snapshot(run, snapshot, scoring.reads_digits(run), options.num)
        print(f"{run.name}, {snapshot.label}, {options.num:,} samples, R² on {FRESH:,} others")
        print("\n".join(_lines(found, options.keep)))
        if not hub.is_on_hub(options.run):
            run.save_directions(snapshot, _table(found))
    if hub.is_on_hub(options.run):
        print(f"Not kept: {run.name} is the Hub's. To keep its directions: python -m ganlib.hub pull {run.name} --out DIR")


def _table(found: NamedDirections) -> dict[str, dict[str, object]]:
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
    return parser


if __name__ == "__main__":
    run_command(main)
