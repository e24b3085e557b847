"""Measures the trainer's images per second against its peers in their own loops on the same pictures.

    git clone https://github.com/pytorch/examples && git clone https://github.com/eriklindernoren/PyTorch-GAN
    python benchmarks/training.py --faces FACES.zip --examples examples                        # DCGAN of 64 px, batch 64
    python benchmarks/training.py --digits MNIST-FOLDER --pytorch-gan PyTorch-GAN              # its DCGAN, 32 px
    python benchmarks/training.py --faces FACES.zip --examples examples --digits MNIST-FOLDER --pytorch-gan PyTorch-GAN \
        --batch-size 64 256 --device cuda --compile                                            # all of it, on a GPU

Whole loops with their data loaders, the same networks at the same size and batch: `--recipe dcgan` is that of
pytorch/examples (it trains on faces), `dcgan-upsample` that of PyTorch-GAN (on digits). A peer's script runs unmodified with
its optimiser wrapped. The sides alternate, so that a busy machine affects all alike; prints the median of the rounds, and
the ratio of the medians. With --compile ours runs with and without it.

Below each pair: the share of the device's rate of a large matrix product, in the trainer's precision, that our steps reach;
a step beside its lower bound, and where its time goes (`step.py`).
"""

import argparse
import json
import shlex
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from zipfile import ZipFile

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
import step
from peer_scripts import PEERS, Peer, Speed, watched

from ganlib import UserError, devices
from ganlib.cli import positive_float, positive_int, run_command
from ganlib.networks import compiling
from ganlib.threads import memory

ROOT = Path(__file__).parents[1]
WARM_STEPS, WARM = 10, 3  # our steps for compilation, then seconds that aren't counted


@dataclass(frozen=True)
class Pair:
    """A peer, and this project's options for the same networks."""

    peer: Peer
    checkout: Path
    recipe: str
    source: str
    size: int
    channels: int
    digits: Path | None

    def command(self, options: argparse.Namespace, out: Path, compiled: bool) -> list[str]:
        return [
            sys.executable, "train.py", "--dataset", self.source, "--recipe", self.recipe, "--image-size", str(self.size),
            "--batch-size", str(self.peer.batch_size), "--device", options.device, "--snapshot-at", "1000000",
            "--images", "1000000000", "--out", str(out), "--log-to", "json",
            *(["--data-root", str(self.digits)] if self.digits else []), *(["--compile"] if compiled else []),
        ]  # fmt: skip


def ours(pair: Pair, options: argparse.Namespace, compiled: bool = False) -> float:
    """Measures train.py's images a second from its progress events."""
    with tempfile.TemporaryDirectory() as folder:
        command = pair.command(options, Path(folder) / "run", compiled)
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
            signs = _counted(map(json.loads, process.stdout), WARM_STEPS * pair.peer.batch_size, options.seconds)
            process.terminate()  # it ends after its current step
    if len(signs) < 2:
        raise UserError(f"This ended before it could be watched: {shlex.join(command)}")
    return (signs[-1]["images"] - signs[0]["images"]) / (signs[-1]["seconds"] - signs[0]["seconds"])


def _counted(events: Iterable[dict], warm_images: int, seconds: float) -> list[dict]:
    """Returns the progress events of so many seconds after the warm-up."""
    signs = (event for event in events if event["event"] == "advanced" and event["images"] >= warm_images)
    begun, counted = next(signs, {"seconds": 0})["seconds"], []
    for sign in signs:
        if sign["seconds"] >= begun + WARM:
            counted.append(sign)
        if counted and sign["seconds"] >= counted[0]["seconds"] + seconds:
            break
    return counted


def theirs(name: str, batch_size: int) -> float:
    """Measures a peer's images a second in its own process."""
    command = [sys.executable, __file__, *sys.argv[1:], "--only", name, "--batch-size", str(batch_size)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stderr.split()[-1])


def compare(name: str, pair: Pair, options: argparse.Namespace, machine: step.Machine) -> None:
    sides = {"ours": lambda: ours(pair, options)}
    if options.compile:
        sides["ours --compile"] = lambda: ours(pair, options, compiled=True)
    sides["theirs"] = lambda: theirs(name, pair.peer.batch_size)
    rounds = [{side: watch() for side, watch in sides.items()} for _ in range(options.rounds)]
    medians = {side: statistics.median(found[side] for found in rounds) for side in sides}
    batch, device = pair.peer.batch_size, devices.pick(options.device)
    flops = step.operations(step.gan_of(pair.recipe, batch, pair.size, pair.channels, device)) / batch
    rate, shard = machine.flops, medians["ours"] * flops / machine.flops
    print(f"{pair.peer.title}, batch {batch}, on {devices.describe(device)}, torch {torch.__version__}")
    print(f"  images a second, median of {options.rounds}:")
    for side, median in medians.items():
        every = ", ".join(f"{found[side]:.1f}" for found in rounds)
        print(f"    {side:15} {median:10.1f}  {median / medians['theirs']:6.2f} times theirs  (every round: {every})")
    print(
        f"  {flops / 1e9:.2f} GFLOP an image; a large product in {devices.precision(device)} reaches "
        f"{rate / 1e9:.0f} GFLOP/s, which would be {rate / flops:.1f} images/s: ours is {shard:.0%} of that",
        flush=True,
    )
    for compiled in (False, True) if options.compile else (False,):
        step.report(pair.recipe, batch, pair.size, pair.channels, device, machine, compiled)


def pairs(options: argparse.Namespace, unpacked: Path, batch_size: int) -> dict[str, Pair]:
    """Returns the selected comparisons at one batch size."""
    found, batch = {}, ("--batchSize", str(batch_size))
    accelerated = ("--accel",) if options.device.startswith("cuda") else ()
    if options.examples and options.faces:
        arguments = ("--dataset", "folder", "--dataroot", str(unpacked), *batch, *accelerated, "--manualSeed", "1")
        peer = replace(PEERS["examples"], arguments=arguments, batch_size=batch_size)
        found["examples"] = Pair(peer, options.examples, "dcgan", str(options.faces.resolve()), 64, 3, None)
    if options.pytorch_gan and options.digits:
        arguments = ("--batch_size", str(batch_size))
        peer = replace(PEERS["pytorch_gan"], arguments=arguments, batch_size=batch_size)
        found["pytorch_gan"] = Pair(peer, options.pytorch_gan, "dcgan-upsample", "mnist", 32, 1, options.digits.resolve())
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faces", type=Path, help="a .zip of pictures in colour")
    parser.add_argument("--examples", type=Path, help="a checkout of pytorch/examples")
    parser.add_argument("--digits", type=Path, help="a folder with MNIST in torchvision's layout")
    parser.add_argument("--pytorch-gan", type=Path, help="a checkout of eriklindernoren/PyTorch-GAN")
    parser.add_argument("--batch-size", type=positive_int, nargs="+", default=[64])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--compile", action="store_true", help="ours compiled, too")
    parser.add_argument("--rounds", type=positive_int, default=3)
    parser.add_argument("--seconds", type=positive_float, default=30, help="that each side is watched in a round")
    parser.add_argument("--unpacked", type=Path, help=argparse.SUPPRESS)  # for the process of one peer
    parser.add_argument("--only", choices=PEERS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only:
        pair = pairs(options, options.unpacked, *options.batch_size)[options.only]
        watcher = Speed(pair.peer.batch_size, options.seconds)
        watched(pair.peer, pair.checkout, watcher, pair.digits)
        print(watcher.images_per_second, file=sys.stderr)
        return
    memory.keep_memory()
    with tempfile.TemporaryDirectory() as folder:
        if options.faces:
            ZipFile(options.faces).extractall(Path(folder) / "pictures")
            sys.argv += ["--unpacked", folder]  # read as a set with the single class `pictures`
        if options.compile:
            compiling.check(devices.pick(options.device))
        machine = step.Machine.of(devices.pick(options.device))
        for batch_size in options.batch_size:
            for name, pair in pairs(options, Path(folder), batch_size).items():
                compare(name, pair, options, machine)


if __name__ == "__main__":
    run_command(main)
