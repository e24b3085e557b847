"""Measures the time to cache a .zip of pictures, against decoding and resizing alone on all cores.

    python benchmarks/cache.py --pictures FACES.zip --size 64

One side is `datasets.load` into an empty cache. The other does only the necessary work:
the files' bytes are in memory, each process has an equal share of them, decodes, crops and resizes it, and throws it away.
The sides alternate, each in new processes; prints the median of the rounds and the ratio of the medians.
"""

import argparse
import io
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from zipfile import ZipFile

sys.path.insert(0, str(Path(__file__).parents[1]))
from ganlib import datasets
from ganlib.cli import positive_int, run_command
from ganlib.datasets.decoding import Preparation, prepare
from ganlib.datasets.pixels.opening import open_image
from ganlib.datasets.sources.pictures.layout import has_extension

CORES = os.cpu_count() or 1


def cached(pictures: Path, size: int) -> float:
    """Returns the seconds of `datasets.load` in its own process, after the imports."""
    with tempfile.TemporaryDirectory() as cache:
        command = [sys.executable, __file__, "--pictures", pictures, "--size", str(size), "--load"]
        environment = os.environ | {"GANLIB_CACHE": cache}
        return float(subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout)


def alone(pictures: Path, size: int) -> float:
    """Returns the seconds of the slowest process, with one per core."""
    with multiprocessing.get_context("spawn").Pool(CORES) as pool:
        return max(pool.starmap(_shard, [(pictures, size, number) for number in range(CORES)], chunksize=1))


def _shard(pictures: Path, size: int, number: int) -> float:
    with ZipFile(pictures) as archive:
        names = [name for name in archive.namelist() if has_extension(name)]
        files = [archive.read(name) for name in names[number::CORES]]
    began = time.perf_counter()
    for file in files:
        prepare(open_image(io.BytesIO(file)), Preparation.of(size, 3))
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=Path, required=True, help="a .zip of pictures")
    parser.add_argument("--size", type=positive_int, default=64)
    parser.add_argument("--rounds", type=positive_int, default=3)
    parser.add_argument("--load", action="store_true", help=argparse.SUPPRESS)  # the process that is timed
    options = parser.parse_args()
    if options.load:
        began = time.perf_counter()
        datasets.load(str(options.pictures), options.size, progress=False)
        print(time.perf_counter() - began)
        return
    rounds = [(cached(options.pictures, options.size), alone(options.pictures, options.size)) for _ in range(options.rounds)]
    ours, least = (statistics.median(side) for side in zip(*rounds, strict=True))
    with ZipFile(options.pictures) as archive:
        num = sum(has_extension(name) for name in archive.namelist())
    print(
        f"{num:,} pictures to {options.size} px on {CORES} cores: into the cache {ours:.2f} s, "
        f"decoding and resizing alone {least:.2f} s, ratio {ours / least:.2f}"
    )
    print("every round: " + "; ".join(f"{first:.2f} and {second:.2f}" for first, second in rounds))


if __name__ == "__main__":
    run_command(main)
