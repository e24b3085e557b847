"""Measures a training beside a process that keeps one core busy, in turn with an idle machine, and with another version.

    git worktree add ../before COMMIT
    python benchmarks/busy.py --before ../before
    python benchmarks/busy.py --rounds 5 --seconds 20 -- --dataset mnist --recipe resnet

Each run is a new `python train.py` of this version, or of the folder `--before`, with as many threads as it takes by itself.
Counted are the images between its first and its last sign of life, saved files and the first seconds beside the busy process
included.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from itertools import product
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from ganlib import UserError
from ganlib.cli import positive_float, positive_int, run_command

ROOT = Path(__file__).parents[1]
BUSY = (sys.executable, "-c", "while True: pass")


def speed(version: Path, seconds: float, arguments: list[str]) -> float:
    """Returns the images a second of one training."""
    with tempfile.TemporaryDirectory() as folder:
        options = [*arguments, "--minutes", str(seconds / 60), "--log-to", "json", "--out", str(Path(folder) / "run")]
        command = [sys.executable, str(version / "train.py"), *options]
        done = subprocess.run(command, cwd=version, check=True, capture_output=True, text=True)
    signs = [event for event in map(json.loads, done.stdout.splitlines()) if event["event"] == "advanced"]
    if len(signs) < 2:
        raise UserError(f"A training of {seconds:g} seconds took too few steps to be measured; give more --seconds.")
    return (signs[-1]["images"] - signs[0]["images"]) / (signs[-1]["seconds"] - signs[0]["seconds"])


def beside_busy(version: Path, seconds: float, arguments: list[str]) -> float:
    """The same beside a process that keeps one core busy."""
    busy = subprocess.Popen(BUSY)
    try:
        return speed(version, seconds, arguments)
    finally:
        busy.kill()
        busy.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", type=Path, help="a checkout of the version to compare with")
    parser.add_argument("--rounds", type=positive_int, default=3)
    parser.add_argument("--seconds", type=positive_float, default=12.0, help="of each training (default: 12)")
    parser.add_argument("train", nargs="*", default=["--dataset", "mnist"], help="after --, options of train.py")
    options = parser.parse_args()
    versions = {"before": options.before.resolve(), "now": ROOT} if options.before else {"now": ROOT}
    found: dict[tuple[str, str], list[float]] = {}
    for _ in range(options.rounds):
        for version, (machine, measure) in product(versions, (("idle", speed), ("one core busy", beside_busy))):
            found.setdefault((version, machine), []).append(measure(versions[version], options.seconds, options.train))
    print("| images a second | idle | one core busy | of idle |\n|---|---|---|---|")
    for version in versions:
        idle, busy = (found[version, machine] for machine in ("idle", "one core busy"))
        shares = statistics.median(busy) / statistics.median(idle)
        cells = (f"{statistics.median(speeds):,.0f} ({min(speeds):,.0f} to {max(speeds):,.0f})" for speeds in (idle, busy))
        print(f"| {version} | {' | '.join(cells)} | {shares:.2f} |")


if __name__ == "__main__":
    run_command(main)
