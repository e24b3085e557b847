"""How many images a second the trainer sees, beside its peers in their own loops on the same pictures.

    git clone https://github.com/pytorch/examples && git clone https://github.com/eriklindernoren/PyTorch-GAN
    python benchmarks/training.py --faces FACES.zip --examples examples                        # DCGAN of 64 px, batch 64
    python benchmarks/training.py --faces FACES.zip --examples examples --batch-size 256 --device cuda
    python benchmarks/training.py --digits MNIST-FOLDER --pytorch-gan PyTorch-GAN              # its DCGAN, 32 px

Whole loops with their data loaders, the same networks at the same size and batch: `--recipe dcgan` is that of
pytorch/examples (it trains on faces), `dcgan-upsample` that of PyTorch-GAN (on digits). A peer's script runs as it is; its
optimiser is watched from outside. The two sides run in turn, so that both meet the same machine; what is told is the median
of the rounds, and the ratio of the medians.

Under each pair: the operations of one of our steps an image, counted by torch, and what share of this processor's rate on a
large matrix product, in the trainer's precision, the step reaches with them.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

sys.path.insert(0, str(Path(__file__).parents[1]))
from contestants import PEERS, Peer, Speed, watched

from ganlib import devices
from ganlib.commands import positive_float, positive_int, run_command
from ganlib.config import Config
from ganlib.datasets import ImageSet
from ganlib.recipes import RECIPES
from ganlib.runs import Run
from ganlib.training import Trainer

ROOT = Path(__file__).parents[1]
WARM = 3  # seconds of ours that don't count
SIDE, PRODUCTS = 4096, 8  # of the matrix product, and how many


@dataclass(frozen=True)
class Pair:
    """A peer, and how ours trains the same networks."""

    peer: Peer
    checkout: Path
    recipe: str
    source: str
    size: int
    channels: int
    digits: Path | None

    def command(self, options: argparse.Namespace, out: Path) -> list[str]:
        return [
            sys.executable, "train.py", "--dataset", self.source, "--recipe", self.recipe, "--image-size", str(self.size),
            "--batch-size", str(options.batch_size), "--device", options.device, "--snapshot-at", "1000000",
            "--minutes", str((options.seconds + WARM) / 60), "--out", str(out), "--log-to", "json",
            *(["--data-root", str(self.digits)] if self.digits else []),
        ]  # fmt: skip


def ours(pair: Pair, options: argparse.Namespace) -> float:
    """Images a second of train.py, from its signs of life."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(pair.command(options, Path(folder) / "run"), cwd=ROOT, check=True, capture_output=True, text=True)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    signs = [event for event in events if event["event"] == "advanced" and event["seconds"] >= WARM]
    return (signs[-1]["images"] - signs[0]["images"]) / (signs[-1]["seconds"] - signs[0]["seconds"])


def theirs(name: str) -> float:
    """Images a second of a peer, in a process of its own."""
    command = [sys.executable, __file__, *sys.argv[1:], "--only", name]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stderr.split()[-1])


def operations(pair: Pair, batch_size: int) -> float:
    """Floating-point operations of one training step, an image."""
    recipe = replace(RECIPES[pair.recipe], batch_size=batch_size)
    pictures = ImageSet(np.zeros((batch_size, pair.channels, pair.size, pair.size), np.uint8), None, None, "zeros", "zeros")
    with tempfile.TemporaryDirectory() as folder:
        config = Config.plan(recipe, pictures, "zeros", batch_size, seed=0, snapshot_at=(1e6,))
        trainer = Trainer(Run.create(Path(folder) / "run", config), pictures, torch.device("cpu"))
        with FlopCounterMode(display=False) as counter:
            trainer.game.step()
    return counter.get_total_flops() / batch_size


def matrix_rate(device: torch.device) -> float:
    """Operations a second of a large matrix product in the trainer's precision; the best of several."""
    a, b = (torch.randn(SIDE, SIDE, device=device).to(devices.precision(device)) for _ in range(2))
    times = []
    for _ in range(PRODUCTS):
        began = time.perf_counter()
        float((a @ b)[0, 0])  # reading a number waits for the device
        times.append(time.perf_counter() - began)
    return 2 * SIDE**3 / min(times)


def compare(name: str, pair: Pair, options: argparse.Namespace) -> None:
    rounds = [(ours(pair, options), theirs(name)) for _ in range(options.rounds)]
    mine, other = (statistics.median(side) for side in zip(*rounds, strict=True))
    device = devices.pick(options.device)
    flops, rate = operations(pair, options.batch_size), matrix_rate(device)
    print(f"{pair.peer.title}, batch {options.batch_size}, on {devices.describe(device)}, torch {torch.__version__}")
    print(f"  images a second, median of {options.rounds}: ours {mine:.1f}, theirs {other:.1f}, ratio {mine / other:.2f}")
    print("  every round: " + "; ".join(f"{first:.1f} and {second:.1f}" for first, second in rounds))
    print(
        f"  {flops / 1e9:.2f} GFLOP an image; a product of {SIDE} x {SIDE} in {devices.precision(device)} reaches "
        f"{rate / 1e9:.0f} GFLOP/s, which would be {rate / flops:.1f} images/s: ours is {mine * flops / rate:.0%} of that",
        flush=True,
    )


def pairs(options: argparse.Namespace, unpacked: Path) -> dict[str, Pair]:
    """The contests that were asked for."""
    found, batch = {}, ("--batchSize", str(options.batch_size))
    accelerated = ("--accel",) if options.device.startswith("cuda") else ()
    if options.examples and options.faces:
        arguments = ("--dataset", "folder", "--dataroot", str(unpacked), *batch, *accelerated, "--manualSeed", "1")
        peer = replace(PEERS["examples"], arguments=arguments, batch_size=options.batch_size)
        found["examples"] = Pair(peer, options.examples, "dcgan", str(options.faces.resolve()), 64, 3, None)
    if options.pytorch_gan and options.digits:
        arguments = ("--batch_size", str(options.batch_size))
        peer = replace(PEERS["pytorch_gan"], arguments=arguments, batch_size=options.batch_size)
        found["pytorch_gan"] = Pair(peer, options.pytorch_gan, "dcgan-upsample", "mnist", 32, 1, options.digits.resolve())
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faces", type=Path, help="a .zip of pictures in colour")
    parser.add_argument("--examples", type=Path, help="a checkout of pytorch/examples")
    parser.add_argument("--digits", type=Path, help="a folder with MNIST in torchvision's layout")
    parser.add_argument("--pytorch-gan", type=Path, help="a checkout of eriklindernoren/PyTorch-GAN")
    parser.add_argument("--batch-size", type=positive_int, default=64)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--rounds", type=positive_int, default=3)
    parser.add_argument("--seconds", type=positive_float, default=30, help="that each side is watched in a round")
    parser.add_argument("--unpacked", type=Path, help=argparse.SUPPRESS)  # for the process of one peer
    parser.add_argument("--only", choices=PEERS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only:
        pair = pairs(options, options.unpacked)[options.only]
        watcher = Speed(options.batch_size, options.seconds)
        watched(pair.peer, pair.checkout, watcher, pair.digits)
        print(watcher.images_per_second, file=sys.stderr)
        return
    with tempfile.TemporaryDirectory() as folder:
        if options.faces:
            ZipFile(options.faces).extractall(Path(folder) / "pictures")
            sys.argv += ["--unpacked", folder]  # whoever reads it as a set of classes finds one, `pictures`
        for name, pair in pairs(options, Path(folder)).items():
            compare(name, pair, options)


if __name__ == "__main__":
    run_command(main)
