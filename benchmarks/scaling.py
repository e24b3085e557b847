"""Predicts the speed of several processes from the times of one step and one exchange; measures that of two.

    python benchmarks/scaling.py                                                       # two processes of a thread each
    python benchmarks/scaling.py --device cuda --recipe dcgan --batch-size 256         # two GPUs

On N processes a step on a batch of B takes c(B / N) + e(N). c(b) = c0 + c1 b is the computation, fitted to steps of one
process at shares of B, on a GPU or `--threads` of the CPU. e(N) is the communication: the step command, and the gradients
of each updated network by a ring all-reduce: 2 (N - 1) messages of latency l, and 2 (N - 1) / N times the bytes over the
bandwidth w (Patarasuk & Yuan 2009). l and w are measured with two processes, by all-reduces of one number and of the
gradients.

The rows of two processes check the model; those of more are its predictions for as many equal processes, which soon exceed
the cores and memory of one machine. The pictures are black, since the speed doesn't depend on them.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

from ganlib import devices
from ganlib.cli import positive_float, positive_int, run_command
from ganlib.datasets import ImageSet
from ganlib.recipes import RECIPES, Recipe
from ganlib.runs.config import Config
from ganlib.threads import memory
from ganlib.training.distributed_step import gan_of
from ganlib.training.process_group import ProcessGroup
from ganlib.training.step import GAN

PICTURES = 4096
SHARES = (1, 2, 4)  # of the batch, for fitting c
PROCESSES = (1, 2, 4, 8, 16)
REPEATED = 40  # all-reduces, of which the median is taken
WARM = 5


def recipe_of(options: argparse.Namespace, shard: int = 1) -> Recipe:
    return replace(RECIPES[options.recipe], batch_size=options.batch_size // shard)


def gan(options: argparse.Namespace, device: torch.device, processes: ProcessGroup | None = None, shard: int = 1) -> GAN:
    shape = (PICTURES, options.channels, options.image_size, options.image_size)
    images = ImageSet(np.zeros(shape, np.uint8), None, None, "black", "black")
    return gan_of(Config.plan(recipe_of(options, shard), images, "black", None, seed=0), images, device, processes)


def finished(device: torch.device) -> float:
    """Waits for the device's queued work; returns the time."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter()


def seconds_a_step(played: GAN, options: argparse.Namespace) -> float:
    """Returns the median over rounds, each with every kind of step (with and without penalties) in proportion."""
    recipe, device = played.recipe, played.device
    turns = max(recipe.penalty_every, recipe.g_every, recipe.d_every)
    for _ in range(max(WARM, turns)):
        played.step()
    rounds, end = [], finished(device) + options.seconds
    while not rounds or time.perf_counter() < end:
        began = finished(device)
        for _ in range(turns):
            played.step()
        rounds.append((finished(device) - began) / turns)
    return statistics.median(rounds)


# ------------------------------------------------------------------------------------------ what the processes measure


def steps(options: argparse.Namespace) -> list[float]:
    """Measures one process's step at each share of the batch."""
    device = devices.pick(options.device)
    return [seconds_a_step(gan(options, device, shard=shard), options) for shard in SHARES]


def team_of(options: argparse.Namespace) -> tuple[ProcessGroup, torch.device]:
    processes = ProcessGroup.of_torchrun()
    device = processes.device(devices.pick(options.device))
    processes.connect(device)
    if processes.is_main:
        processes.announce("", {})
    else:
        processes.receive_config()
        processes.report_loaded()
    return processes, device


def exchanges(options: argparse.Namespace) -> dict[str, float] | None:
    """Measures all-reduces of one number and of each network's gradients over all processes; returns also their bytes."""
    processes, device = team_of(options)
    played = gan(options, device)
    found = {"one": seconds_an_exchange(processes, [torch.zeros(1, device=device)])}
    for role in ("discriminator", "generator"):
        gradients = [torch.zeros_like(parameter) for parameter in getattr(played, role).parameters()]
        found[role] = seconds_an_exchange(processes, gradients)
        found[f"{role}_bytes"] = sum(gradient.nbytes for gradient in gradients)
    return found if processes.is_main else None


def seconds_an_exchange(processes: ProcessGroup, tensors: list[torch.Tensor]) -> float:
    times = []
    for _ in range(WARM + REPEATED):
        began = finished(tensors[0].device)
        processes.average(tensors, 1 / processes.world)
        times.append(finished(tensors[0].device) - began)
    return statistics.median(times[WARM:])


def together(options: argparse.Namespace) -> float | None:
    """Measures the seconds a step of all processes."""
    processes, device = team_of(options)
    played = gan(options, device, processes)
    if not processes.is_main:
        return played.follow_rank_0()
    seconds = seconds_a_step(played, options)
    processes.end()
    return seconds


MEASURES: dict[str, Callable] = {"steps": steps, "exchanges": exchanges, "together": together}


def measured(name: str, processes: int, threads: int):
    """Runs a measurement in so many processes."""
    launcher = ["-m", "torch.distributed.run", f"--nproc-per-node={processes}"] if processes > 1 else []
    done = subprocess.run(
        [sys.executable, *launcher, __file__, *sys.argv[1:], "--only", name],
        env=os.environ | {"OMP_NUM_THREADS": str(threads)},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return json.loads(done.stdout)


# ------------------------------------------------------------------------------------------ the model


@dataclass(frozen=True)
class Model:
    """Predicts seconds a step; `recipe` holds how often each player is updated."""

    recipe: Recipe
    fixed: float  # c0, of a step
    each: float  # c1, of an image
    latency: float  # l, of a message
    bandwidth: float  # w, bytes a second
    volume: dict[str, int]  # bytes of each player's gradients

    @classmethod
    def fitted(cls, recipe: Recipe, computed: list[float], exchanged: dict[str, float]) -> "Model":
        each, fixed = np.polyfit([recipe.batch_size // shard for shard in SHARES], computed, 1)
        latency = exchanged["one"] / 2
        volume = {role: int(exchanged[f"{role}_bytes"]) for role in ("discriminator", "generator")}
        carried = sum(exchanged[role] for role in volume) - 2 * exchanged["one"]
        return cls(recipe, max(fixed, 0.0), each, latency, sum(volume.values()) / max(carried, 1e-9), volume)

    def computing(self, batch: float) -> float:
        return self.fixed + self.each * batch

    def exchanging(self, processes: int) -> float:
        """Predicts the seconds a step of the step command and the all-reduces of gradients."""
        if processes == 1:
            return 0.0
        latency = 2 * (processes - 1) * self.latency
        moves = {"discriminator": 1 / self.recipe.d_every, "generator": 1 / self.recipe.g_every}
        ring = 2 * (processes - 1) / processes / self.bandwidth
        return latency + sum(often * (latency + ring * self.volume[role]) for role, often in moves.items())

    def rate(self, batch: int, processes: int) -> float:
        """Predicts the images a second of a batch shared by `processes`."""
        return batch / (self.computing(batch / processes) + self.exchanging(processes))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", choices=RECIPES, default="resnet", help="(default: %(default)s, without batch norm)")
    parser.add_argument("--image-size", type=positive_int, default=64)
    parser.add_argument("--channels", type=int, choices=[1, 3], default=3)
    parser.add_argument("--batch-size", type=positive_int, default=64)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=positive_int, default=1, help="of each process")
    parser.add_argument("--seconds", type=positive_float, default=20, help="that each measure takes")
    parser.add_argument("--only", choices=MEASURES, help=argparse.SUPPRESS)  # for the processes that measure
    options = parser.parse_args()
    memory.keep_memory()  # as train.py does
    if options.only:
        found = MEASURES[options.only](options)
        if found is not None:
            print(json.dumps(found))
        return
    report(options)


def report(options: argparse.Namespace) -> None:
    batch, device = options.batch_size, devices.pick(options.device)
    computed, exchanged = measured("steps", 1, options.threads), measured("exchanges", 2, options.threads)
    model = Model.fitted(recipe_of(options), computed, exchanged)
    reached = {1: batch / computed[0], 2: batch / measured("together", 2, options.threads)}
    print(f"{options.recipe}, {options.image_size} px, batch {batch}, on {devices.describe(device)}, torch {torch.__version__}")
    times = ", ".join(f"{1e3 * seconds:.1f} ms at {batch // shard}" for seconds, shard in zip(computed, SHARES, strict=True))
    print(f"  a step of one process ({options.threads} threads where it is on the CPU): {times}")
    for role, volume in model.volume.items():
        print(f"  averaging the {role}'s gradients, {volume / 1e6:.1f} MB, between two: {1e3 * exchanged[role]:.2f} ms")
    print(f"  averaging one number: {1e3 * exchanged['one']:.2f} ms; so {model.bandwidth / 1e9:.2f} GB/s")
    print("\n| processes | images/s, the same batch | measured | efficiency | images/s, a batch as much larger | efficiency |")
    print("|---|---|---|---|---|---|")
    for processes in PROCESSES:
        same, larger = model.rate(batch, processes), model.rate(batch * processes, processes)
        seen = f"{reached[processes]:.1f}" if processes in reached else ""
        one = processes * model.rate(batch, 1)
        print(f"| {processes} | {same:.1f} | {seen} | {same / one:.0%} | {larger:.1f} | {larger / one:.0%} |")


if __name__ == "__main__":
    run_command(main)
