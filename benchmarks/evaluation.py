"""Measures the cost of `python -m ganlib.evaluate` beside an earlier version: one snapshot, 10,000 samples, all measures.

    git worktree add ../before COMMIT
    python benchmarks/evaluation.py --before ../before

Both versions measure a copy of the same run, in turn, one pair after the other, each in a process with one thread, so that
processor time can be compared while other work runs. This version runs once with an empty cache before, printed as first;
in the pairs it finds what it has kept of the real pictures.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from ganlib.cli import positive_int, run_command

ROOT = Path(__file__).parents[1]


def cost(version: Path, run: Path, num: int, cache: Path) -> tuple[float, float]:
    """Evaluates `run` by the code in `version`. Returns seconds of processor time and of the clock."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "GANLIB_CACHE": str(cache)}
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "ganlib.evaluate", str(run), "--num", str(num)],
        cwd=version, env=environment, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{version} could not evaluate {run}.")
    return used.ru_utime + used.ru_stime, time.monotonic() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", type=Path, required=True, metavar="DIR", help="a checkout of the earlier version")
    parser.add_argument("--run", type=Path, default=ROOT / "checkpoints/mnist", help="default: %(default)s")
    parser.add_argument("--num", type=positive_int, default=10_000, help="samples (default: %(default)s)")
    parser.add_argument("--pairs", type=positive_int, default=5, help="default: %(default)s")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run, caches = Path(folder) / "run", [Path(folder) / name for name in ("before", "after")]
        shutil.copytree(options.run, run)
        told = "{:12} {:6.1f} s of processor time, {:6.1f} s by the clock"
        print(told.format("first", *cost(ROOT, run, options.num, caches[1])), flush=True)
        found: list[list[tuple[float, float]]] = [[], []]
        for pair in range(options.pairs):
            for side, version in enumerate((options.before, ROOT)):
                found[side].append(cost(version, run, options.num, caches[side]))
                print(told.format(f"{('before', 'after')[side]} {pair + 1}", *found[side][-1]), flush=True)
    before, after = (statistics.median(used for used, _ in side) for side in found)
    print(f"medians of processor time: before {before:.1f} s, after {after:.1f} s, {after / before:.2f} times")


if __name__ == "__main__":
    run_command(main)
