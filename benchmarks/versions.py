"""Measures the speed of trainings beside another version of this project, in turn, on an idle machine.

    git worktree add ../before 7d6ac28
    python benchmarks/versions.py --before ../before --faces FACES.zip
    python benchmarks/versions.py --before ../before --faces FACES.zip --recipe dcgan --threads 1

Each recipe draws 64 px of the faces, or with --mnist the digits, in batches of 64. Each run is a new `python train.py`; counted
are the images between its first and its last sign of life. A pair's ratio is that of two runs one after the other.
"""

import argparse
import os
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from busy import ROOT, speed

from ganlib.cli import positive_float, positive_int, run_command

RECIPES = ("dcgan", "pictures")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", type=Path, required=True, help="a checkout of the version to compare with")
    data = parser.add_mutually_exclusive_group(required=True)
    data.add_argument("--faces", type=Path, help="a .zip or folder of pictures")
    data.add_argument("--mnist", action="store_true", help="the digits")
    parser.add_argument("--recipe", action="append", help=f"may be given several times (default: {' and '.join(RECIPES)})")
    parser.add_argument("--pairs", type=positive_int, default=5)
    parser.add_argument("--seconds", type=positive_float, default=20.0, help="of each training (default: 20)")
    parser.add_argument("--threads", type=positive_int, help="of each training (default: as many as it takes by itself)")
    options = parser.parse_args()
    if options.threads:
        os.environ["OMP_NUM_THREADS"] = str(options.threads)
    source = ["mnist"] if options.mnist else [str(options.faces.resolve()), "--image-size", "64"]
    print("| recipe | before | now | times as fast, median (range) |\n|---|---|---|---|", flush=True)
    for recipe in options.recipe or RECIPES:
        arguments = ["--dataset", *source, "--recipe", recipe, "--batch-size", "64"]
        pairs = [
            tuple(speed(version, options.seconds, arguments) for version in (options.before.resolve(), ROOT))
            for _ in range(options.pairs)
        ]
        before, now = (told(rates) for rates in zip(*pairs, strict=True))
        print(f"| {recipe} | {before} | {now} | {told([after / earlier for earlier, after in pairs], 2)} |", flush=True)


def told(values, digits: int = 1) -> str:
    return f"{statistics.median(values):,.{digits}f} ({min(values):,.{digits}f} to {max(values):,.{digits}f})"


if __name__ == "__main__":
    run_command(main)
