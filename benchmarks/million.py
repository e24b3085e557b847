"""Measures whether time and memory depend on the size of the set: training on 1,000,000 pictures of 64 px against 10,000.

    python benchmarks/million.py            # needs 12.3 GB of disk temporarily

Both sets are prepared caches: files of noise, memory-mapped as by `ganlib.datasets`. Each side is a separate process that
trains `--recipe dcgan` as train.py does, with shuffling, vitals and the first snapshot; the sides alternate. Prints the
median time of a step and the peak of the process's own memory (RssAnon in /proc/self/status, without the mapped pages, which
the system can drop at any time).
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from ganlib import devices
from ganlib.cli import positive_int, run_command
from ganlib.datasets import ImageSet
from ganlib.recipes import RECIPES
from ganlib.runs.config import Config
from ganlib.runs.run import Run
from ganlib.training.trainer import Trainer

SIZES = (10_000, 1_000_000)
SHAPE = (3, 64, 64)
WARM = 3  # steps that don't count
BLOCK = 1000  # pictures of noise, written repeatedly


def write_set(file: Path, num: int) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (BLOCK, *SHAPE), np.uint8).tobytes()
    with file.open("wb") as out:
        for _ in range(num // BLOCK):
            out.write(noise)


def train(file: Path, num: int, steps: int) -> dict[str, float]:
    """Measures a step's milliseconds and the peak MB of this process."""
    images = np.memmap(file, np.uint8, mode="r", shape=(num, *SHAPE))
    pictures = ImageSet(images, np.arange(num) % 10, tuple("0123456789"), "noise", "noise")
    recipe = RECIPES["dcgan"]
    times, most = [], 0.0
    with tempfile.TemporaryDirectory() as folder:
        config = Config.plan(recipe, pictures, "noise", steps * recipe.batch_size, seed=0, snapshot_at=(1e6,))
        trainer = Trainer(Run.create(Path(folder) / "run", config), pictures, torch.device("cpu"))
        step = trainer.gan.step

        def timed() -> None:
            nonlocal most
            began = time.perf_counter()
            step()
            times.append(1000 * (time.perf_counter() - began))
            most = max(most, own_memory())

        trainer.gan.step = timed
        for _ in trainer.events():
            most = max(most, own_memory())
    return {"milliseconds": statistics.median(times[WARM:]), "megabytes": most}


def own_memory() -> float:
    """Returns the MB of this process that aren't backed by files."""
    return int(re.search(r"RssAnon:\s*(\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024 / 1e6


def measured(file: Path, num: int, steps: int) -> dict[str, float]:
    command = [sys.executable, __file__, "--steps", str(steps), "--train", str(file), str(num)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=positive_int, default=60, help="of each side in a round")
    parser.add_argument("--rounds", type=positive_int, default=3)
    parser.add_argument("--folder", type=Path, help="where to write the sets (default: the system's for temporary files)")
    parser.add_argument("--train", nargs=2, help=argparse.SUPPRESS)  # the process that is measured
    options = parser.parse_args()
    if options.train:
        print(json.dumps(train(Path(options.train[0]), int(options.train[1]), options.steps)))
        return
    found = {num: [] for num in SIZES}
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        files = {num: Path(folder) / f"{num}.bin" for num in SIZES}
        for num, file in files.items():
            write_set(file, num)
        for _ in range(options.rounds):
            for num, file in files.items():
                found[num].append(measured(file, num, options.steps))
    print(f"dcgan, 64 px, batches of 64, on {devices.describe(torch.device('cpu'))}")
    for num, rounds in found.items():
        times = [one["milliseconds"] for one in rounds]
        print(
            f"{num:9,} pictures: {statistics.median(times):.1f} ms a step, median of {options.rounds} rounds "
            f"({min(times):.1f} to {max(times):.1f}); {max(one['megabytes'] for one in rounds):.0f} MB of its own at most"
        )


if __name__ == "__main__":
    run_command(main)
