"""Measures the time from the start of `python train.py` to the end of its first step, with the data already cached.

    python benchmarks/start.py                                               # MNIST
    python benchmarks/start.py --starts 5 -- --dataset FACES.zip --recipe dcgan
    python benchmarks/start.py --before ../checkout                          # beside another checkout of this project, in turn

An uncounted start prepares the data; then each start is a new process of the command, which ends after its first step.
`python -X importtime train.py ...` reports the cost of the imports.
"""

import argparse
import os
import runpy
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

ROOT = Path(__file__).parents[1]
WATCHED = "--watched"  # the process that is timed


def started(checkout: Path, arguments: list[str]) -> float:
    """Returns the seconds of one start of a checkout's train.py."""
    with tempfile.TemporaryDirectory() as folder:
        script = checkout / "benchmarks" / Path(__file__).name
        command = [sys.executable, str(script), WATCHED, *arguments, "--out", str(Path(folder) / "run")]
        began = time.perf_counter()
        subprocess.run(command, cwd=checkout, check=True, capture_output=True)
        return time.perf_counter() - began


def watch(arguments: list[str]) -> None:
    """Runs train.py in this process until its first step is done."""
    from ganlib.training.step import GAN

    step = GAN.step

    def first(gan: GAN) -> None:
        step(gan)
        gan.meters.sums_by_name()  # waits for the device
        os._exit(0)

    GAN.step = first
    sys.argv = ["train.py", *arguments]
    runpy.run_path(str(ROOT / "train.py"), run_name="__main__")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", type=Path, help="another checkout, which is measured in turn with this one")
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("train", nargs="*", default=["--dataset", "mnist"], help="after --, options of train.py")
    options = parser.parse_args()
    checkouts = {"before": options.before.resolve(), "now": ROOT} if options.before else {"now": ROOT}
    for checkout in checkouts.values():
        started(checkout, options.train)
    times: dict[str, list[float]] = {name: [] for name in checkouts}
    for _ in range(options.starts):
        for name, checkout in checkouts.items():
            times[name].append(started(checkout, options.train))
    for name, seconds in times.items():
        print(
            f"{name}: python train.py {' '.join(options.train)}: first step after {statistics.median(seconds):.2f} s, "
            f"median of {options.starts} starts ({min(seconds):.2f} to {max(seconds):.2f} s)"
        )


if __name__ == "__main__":
    if WATCHED in sys.argv:
        watch(sys.argv[2:])
    else:
        main()
