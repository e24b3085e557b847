"""Measures whether bfloat16 or compiling costs quality: the same trainings each way, by the project's own measures.

    python benchmarks/precision.py                             # 300,000 images each, seeds 0, 1 and 2
    python benchmarks/precision.py --images 20000 --seeds 0    # a quick look
    python benchmarks/precision.py --device cuda               # the last column then uses CUDA graphs

MNIST by `--recipe digits`, as long as the recipe is meant to run; each last snapshot is measured as `python -m
ganlib.evaluate` measures it, by 10,000 samples. Prints each seed's values, their means and their ranges: another way
is as good if its mean lies within float32's range over the seeds.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from ganlib import datasets, devices, scoring
from ganlib.cli import positive_int, run_command, seed
from ganlib.metrics import measures
from ganlib.runs.run import Run

ROOT = Path(__file__).parents[1]
WAYS = {
    "float32": ("--precision", "float32"),
    "bfloat16": ("--precision", "bfloat16"),
    "bfloat16, compiled": ("--precision", "bfloat16", "--compile"),
}
MEASURES = ("digits", "swd", "diversity")
SHOWN = {figure.name: measures.BEST[figure.direction] for name in MEASURES for figure in measures.MEASURES[name].figures}


def trained(out: Path, way: str, number: int, options: argparse.Namespace) -> Run:
    """Trains a run on the digits."""
    command = [
        *(sys.executable, "train.py", "--dataset", "mnist", "--recipe", options.recipe, "--images", str(options.images)),
        *("--seed", str(number), *WAYS[way], "--device", options.device),
        *("--snapshot-at", "1000000", "--out", str(out)),
    ]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return Run.open(out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", default="digits")
    parser.add_argument("--images", type=positive_int, default=300_000, help="that each run sees (default: 300,000)")
    parser.add_argument("--seeds", type=seed, nargs="+", default=[0, 1, 2])
    parser.add_argument("--samples", type=positive_int, default=10_000)
    parser.add_argument("--device", default="auto")
    options = parser.parse_args()
    device = devices.pick(options.device)
    print(f"{options.recipe} on {devices.describe(device)}, {options.images:,} images, seeds {options.seeds}")
    data, found = scoring.Data(datasets.load("mnist"), datasets.load("mnist", split="test")), {}
    with tempfile.TemporaryDirectory() as folder:
        for number in options.seeds:  # all ways in turn
            for way in WAYS:
                run = trained(Path(folder) / f"{way}-{number}", way, number, options)
                scores = scoring.score(run, run.snapshot(), data, MEASURES, options.samples)
                for name in SHOWN:
                    found.setdefault((name, way), []).append(scores[name][0])
                values = ", ".join(f"{name} {scores[name][0]:.4g}" for name in SHOWN)
                print(f"seed {number}, {way}: {values}", flush=True)
        real = scoring.score_real(run, data, MEASURES, options.samples)
    print("\n| mean (range) | | " + " | ".join(WAYS) + " | real pictures |\n" + "|---" * (len(WAYS) + 3) + "|")
    for name, better in SHOWN.items():
        cells = [_told(found[name, way]) for way in WAYS]
        print(f"| {name} | {better} | {' | '.join(cells)} | {real[name][0]:.4g} |")


def _told(values: list[float]) -> str:
    return f"{np.mean(values):.4g} ({min(values):.4g} to {max(values):.4g})"


if __name__ == "__main__":
    run_command(main)
