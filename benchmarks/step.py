"""Measures a training step against a lower bound for this machine, and profiles where its time goes.

    python benchmarks/step.py                                                        # --recipe dcgan, 64 px, batch 64
    python benchmarks/step.py --recipe dcgan --batch-size 64 256 --device cuda
    python benchmarks/step.py --compile                                              # and with train.py --compile

The lower bound is the longer of two times: the step's operations, counted by torch, at the rate of a large matrix product in
the trainer's precision; and the unavoidable memory traffic, at the rate at which a large tensor is copied: the bytes that
convolutions and products read and write, and those of Adam and the moving average. All else (normalisation,
non-linearities, losses, casts) could be fused into these. The step is timed on noise in memory, the profile is
torch.profiler's: of torch's operators, or, for a compiled step on a GPU, of the kernels that ran.
"""

import argparse
import statistics
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch.autograd import DeviceType
from torch.profiler import ProfilerActivity, profile
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode, flop_registry

sys.path.insert(0, str(Path(__file__).parents[1]))
from ganlib import devices
from ganlib.cli import positive_int, run_command
from ganlib.datasets import ImageSet
from ganlib.networks import compiling
from ganlib.recipes import RECIPES
from ganlib.runs.config import Config
from ganlib.threads import memory
from ganlib.training.step import GAN

SIDE, REPEATS = 4096, 8  # of the matrix product, and repetitions of each measurement
COPIED = 2**28  # bytes of the tensor that is copied
WARM, STEPS = 5, 20
ADAM, AVERAGE = 28, 12  # bytes a parameter: weight, two moments read and written, gradient read; two weights read, one written
# The operators of a profile, or its kernels, by parts of their names; the first that fits counts.
KINDS = {
    "fused by the compiler": ("triton_", "compiled"),
    "convolutions and products": ("conv", "mm", "linear", "mv", "cudnn", "cutlass", "nvjet"),
    "batch norm": ("batch_norm",),
    "non-linearities": ("relu", "threshold", "tanh", "clamp", "sigmoid", "softplus"),
    "Adam and the average": ("adam", "lerp", "foreach", "multi_tensor"),
    "casts and copies": ("copy", "cpy", "memset", "cat", "clone", "pad", "fill", "zero", "contiguous"),
    "sums": ("add", "sum", "mean", "mul", "div", "sub", "norm"),
}


@dataclass(frozen=True)
class Machine:
    """A device's limits: operations a second in the trainer's precision, and bytes a second."""

    flops: float
    bandwidth: float

    @classmethod
    def of(cls, device: torch.device) -> "Machine":
        a, b = (torch.randn(SIDE, SIDE, device=device).to(devices.precision(device)) for _ in range(2))
        source = torch.zeros(COPIED, dtype=torch.uint8, device=device)
        target = torch.empty_like(source)
        return cls(2 * SIDE**3 / _best(lambda: a @ b, device), 2 * COPIED / _best(lambda: target.copy_(source), device))


def _best(call, device: torch.device) -> float:
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        call()
        finish(device)
        times.append(time.perf_counter() - began)
    return min(times)


def finish(device: torch.device) -> None:
    """Waits until the device has finished all queued work."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def gan_of(recipe: str, batch_size: int, size: int, channels: int, device: torch.device) -> GAN:
    """Builds a GAN that trains on noise."""
    noise = np.random.default_rng(0).integers(0, 256, (4 * batch_size, channels, size, size), np.uint8)
    pictures = ImageSet(noise, None, None, "noise", "noise")
    recipe = replace(RECIPES[recipe], batch_size=batch_size)
    return GAN(Config.plan(recipe, pictures, "noise", batch_size, seed=0), pictures, device)


def operations(gan: GAN) -> float:
    """Floating-point operations of one training step."""
    with FlopCounterMode(display=False) as counter:
        gan.step()
    return counter.get_total_flops()


class _Bytes(TorchDispatchMode):
    """Counts the bytes read and written by operators with a substantial number of operations."""

    def __init__(self):
        super().__init__()
        self.total = 0

    def __torch_dispatch__(self, function, types, arguments=(), keywords=None):
        result = function(*arguments, **(keywords or {}))
        if function._overloadpacket in flop_registry:
            tensors = [leaf for leaf in tree_leaves((arguments, keywords, result)) if isinstance(leaf, torch.Tensor)]
            self.total += sum(tensor.numel() * tensor.element_size() for tensor in tensors)
        return result


def bytes_moved(gan: GAN) -> float:
    """Returns the bytes that one training step has to read and write."""
    with _Bytes() as counter:
        gan.step()
    generator, learning = (sum(p.numel() for p in some) for some in (gan.generator.parameters(), gan.d_parameters))
    return counter.total + ADAM * (generator + learning) + AVERAGE * generator


def seconds(gan: GAN) -> float:
    """Returns the median seconds of one step."""
    times = []
    for _ in range(WARM + STEPS):
        began = time.perf_counter()
        gan.step()
        finish(gan.device)
        times.append(time.perf_counter() - began)
    return statistics.median(times[WARM:])


def spent(gan: GAN, compiled: bool = False) -> dict[str, float]:
    """Returns the device's seconds a step on each of KINDS, after a warm-up."""
    cuda = gan.device.type == "cuda"
    kernels = cuda and compiled  # which a graph launches without their operators
    activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if cuda else [])]
    for _ in range(WARM):
        gan.step()
    with profile(activities=activities) as profiled:
        for _ in range(STEPS):
            gan.step()
        finish(gan.device)
    found = dict.fromkeys([*KINDS, "all else"], 0.0)
    for row in profiled.key_averages():
        kernel = row.device_type == DeviceType.CUDA and not row.is_user_annotation
        if cuda and not (kernel if kernels else row.key.startswith("aten::")):
            continue  # kernels are their operators' already
        kind = next((kind for kind, parts in KINDS.items() if any(part in row.key.lower() for part in parts)), "all else")
        found[kind] += (row.self_device_time_total if cuda else row.self_cpu_time_total) / 1e6 / STEPS
    return found


def report(
    recipe: str, batch_size: int, size: int, channels: int, device: torch.device, machine: Machine, compiled: bool = False
) -> None:
    """Prints the step beside its lower bound, and where its time goes."""
    gan = gan_of(recipe, batch_size, size, channels, device)
    gan.step()  # the first one chooses kernels
    flops, moved = operations(gan), bytes_moved(gan)  # of operators, which a compiled step hides
    if compiled:
        gan.compile()
    taken = seconds(gan)
    computing, moving = flops / machine.flops, moved / machine.bandwidth
    floor, names = max(computing, moving), "operations" if computing >= moving else "bytes"
    how = f"{recipe} --compile" if compiled else recipe
    print(
        f"  a step of {how}, {size} px, batch {batch_size}: {1000 * taken:.2f} ms, {taken / floor:.2f} times its floor of "
        f"{1000 * floor:.2f} ms ({names}: {flops / 1e9:.1f} GFLOP at {machine.flops / 1e9:,.0f} GFLOP/s are "
        f"{1000 * computing:.2f} ms, {moved / 1e6:,.0f} MB at {machine.bandwidth / 1e9:,.0f} GB/s {1000 * moving:.2f} ms)"
    )
    found = spent(gan, compiled)
    if device.type == "cuda":
        found["the device waits"] = max(0.0, taken - sum(found.values()))
    whole = sum(found.values())
    for kind, part in sorted(((kind, part) for kind, part in found.items() if part), key=lambda pair: -pair[1]):
        print(f"    {kind:28} {1000 * part:9.2f} ms {part / whole:6.1%}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", choices=RECIPES, default="dcgan")
    parser.add_argument("--batch-size", type=positive_int, nargs="+", default=[64])
    parser.add_argument("--image-size", type=positive_int, default=64)
    parser.add_argument("--channels", type=positive_int, default=3)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--compile", action="store_true", help="the compiled step, too")
    options = parser.parse_args()
    memory.keep_memory()
    device = devices.pick(options.device)
    print(f"{devices.describe(device)}, {devices.precision(device)}, torch {torch.__version__}")
    if options.compile:
        compiling.check(device)
    machine = Machine.of(device)
    for batch_size in options.batch_size:
        for compiled in (False, True) if options.compile else (False,):
            report(options.recipe, batch_size, options.image_size, options.channels, device, machine, compiled)


if __name__ == "__main__":
    run_command(main)
