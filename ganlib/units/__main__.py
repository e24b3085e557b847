"""Ranks a generator's units by how much and where they change its pictures, and keeps that: `python -m ganlib.units`.

python -m ganlib.units checkpoints/mnist                 # the last snapshot: the ten strongest units of each stage
python -m ganlib.units checkpoints/mnist --top 0         # all of them
python -m ganlib.units checkpoints/mnist --epoch all     # every snapshot

A unit is a channel of a stage. Each is turned off in turn; the change is the mean over samples and pixels, in grey levels of
255. The centre of its changes is given down from the top and across from the left, and the share of the picture that half of
them are on: the smaller, the more local the unit.
"""

if __name__ == "__main__":
    from ganlib import imports

    imports.begin()

import argparse

import numpy as np

from ganlib import hub, scoring
from ganlib.cli import count, epoch_or, options_of, positive_int, run_command
from ganlib.networks.units import Stage
from ganlib.runs.unit_effects import Effects
from ganlib.units.measuring import NUM, of_snapshot

TOP = 10


def main(arguments: list[str] | None = None) -> None:
    options = options_of(_parser(), arguments)
    run = hub.run_at(options.run)
    for snapshot in scoring.chosen_snapshots(run, options.epoch):
        print(f"{run.name}, {snapshot.label}, {options.num:,} samples; change in grey levels when a unit is turned off")
        found = {}
        for stage, effects in of_snapshot(run, snapshot, options.num):
            found[stage.name] = effects
            print("\n".join(_lines(stage, effects, options.top)), flush=True)
        if not hub.is_on_hub(options.run):
            run.save_units(snapshot, found, options.num)
    if hub.is_on_hub(options.run):
        print(f"Not kept: {run.name} is the Hub's. To keep its units: python -m ganlib.hub pull {run.name} --out DIR")


def _lines(stage: Stage, effects: Effects, top: int) -> list[str]:
    """Returns the table of a stage: its strongest units, all of them for 0."""
    sides = f" of {stage.sides[0]} x {stage.sides[1]}" if stage.sides else ""
    without = int((effects.change == 0).sum())
    lines = [f"{stage.name}: {stage.units} units{sides}" + (f", {without} of them without effect" if without else "")]
    lines.append("  unit  change  centre of the change   half of it on")
    for unit in effects.ranking()[: top or None]:
        if effects.change[unit] == 0:
            break
        down, across, share = place(effects.heat[unit])
        where = f"{down:4.0%} down {across:4.0%} across   {share:4.0%} of the picture"
        lines.append(f"  {unit:4d}  {effects.change[unit]:6.2f}  {where}")
    return lines


def place(heat: np.ndarray) -> tuple[float, float, float]:
    """Returns the centre of a heat map (rows, columns), as shares of its height and width, and the smallest share of its
    fields that hold half of its sum."""
    weights = heat / heat.sum()
    rows, columns = ((np.arange(side) + 0.5) / side for side in heat.shape)
    most = np.cumsum(np.sort(weights, axis=None)[::-1])
    held = np.searchsorted(most, 0.5) + 1
    return float(weights.sum(1) @ rows), float(weights.sum(0) @ columns), held / heat.size


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ganlib.units", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", help="a run's folder | OWNER/NAME[@REVISION] on the Hub")
    parser.add_argument(
        "--epoch", type=epoch_or("all", "best"), help="the snapshot nearest to this epoch | all | best (default: the last)"
    )
    parser.add_argument("--num", type=positive_int, default=NUM, help=f"samples (default: {NUM})")
    parser.add_argument("--top", type=count, default=TOP, help=f"units listed of each stage, 0 for all (default: {TOP})")
    return parser


if __name__ == "__main__":
    run_command(main)
