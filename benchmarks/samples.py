"""Measures drawing into a folder of PNGs against drawing into one .npz, without encoding and with it.

    python benchmarks/samples.py                                   # 5,000 pictures of mnist
    python benchmarks/samples.py --run anime-faces --num 2000

Without encoding: the same work, but the array isn't compressed, and each PNG is bytes that were encoded before, of the usual
length; what is left is drawing, naming, and writing one file or thousands. With encoding: the commands as they are, after their
imports. All four take turns, each into an empty folder; prints the medians of the rounds and their ratios.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import numpy as np

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as the command does before it imports torch
sys.path.insert(0, str(Path(__file__).parents[1]))
from torch import nn

from ganlib import sample
from ganlib.cli import positive_int, run_command
from ganlib.runs.run import Run
from ganlib.sampling import find_labels
from ganlib.sampling.sample_files import SampleFiles
from ganlib.sampling.sample_folder import write
from ganlib.sampling.samples import Place, Samples

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Encoded(SampleFiles):
    """Files whose PNGs are all the same bytes."""

    content: bytes = b""

    def png(self, place: Place, image: np.ndarray) -> bytes:
        return self.content


def encoded(samples: Samples, generator: nn.Module) -> Encoded:
    """Returns files whose bytes are a PNG of the median length of a batch."""
    made, batch = SampleFiles(samples), next(samples.batches())
    pngs = [made.png(place, image) for place, image in zip(batch.places, samples.draw(generator, batch), strict=True)]
    return Encoded(samples, content=sorted(pngs, key=len)[len(pngs) // 2])


def uncompressed(samples: Samples, generator: nn.Module, folder: Path) -> None:
    images = np.concatenate([samples.draw(generator, batch) for batch in samples.batches()])
    np.savez(folder / "samples.npz", images=images.transpose(0, 2, 3, 1))


def timed(work: Callable[[Path], None], parent: str) -> float:
    """Returns the seconds of `work` in a new folder of `parent`. It isn't deleted before the end: ext4 searches around what was
    deleted in the last minute whenever it creates a file, which would take longer than drawing."""
    folder = Path(tempfile.mkdtemp(dir=parent))
    with redirect_stdout(StringIO()):
        began = time.perf_counter()
        work(folder)
        return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", default="mnist", help="a shipped run (default: mnist)")
    parser.add_argument("--num", type=positive_int, default=5000, help="pictures (default: 5000)")
    parser.add_argument("--rounds", type=positive_int, default=5)
    options = parser.parse_args()
    run = Run.open(ROOT / "checkpoints" / options.run)
    samples = Samples(run.name, run.config, run.snapshot(), (0,), options.num, find_labels(run.config, None))
    generator = run.generator()
    made, command = encoded(samples, generator), [str(run.path), "--num", str(options.num)]
    ways: dict[str, Callable[[Path], None]] = {
        "a .npz, not compressed": lambda folder: uncompressed(samples, generator, folder),
        "a folder, encoded before": lambda folder: write(folder / "samples", made, generator),
        "--out samples.npz": lambda folder: sample.main([*command, "--out", str(folder / "samples.npz")]),
        "--out samples/": lambda folder: sample.main([*command, "--out", f"{folder / 'samples'}/"]),
    }
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    with tempfile.TemporaryDirectory() as parent:
        for number in range(options.rounds + 1):  # the first to warm up
            for way, work in ways.items():
                took = timed(work, parent)
                if number:
                    seconds[way].append(took)
    rates = {way: [options.num / each for each in times] for way, times in seconds.items()}
    for way, each in rates.items():
        print(f"{way}: {statistics.median(each):,.0f} pictures a second ({', '.join(f'{rate:,.0f}' for rate in each)})")
    one, many, whole_one, whole_many = (statistics.median(each) for each in rates.values())
    ratios = f"ratio without encoding {many / one:.2f}, with it {whole_many / whole_one:.2f}"
    print(f"{options.run}, {options.num:,} pictures: {ratios}")


if __name__ == "__main__":
    run_command(main)
