"""Measures a DCGAN's convolutions by torch and as matrix products, in bfloat16 on the CPU, with their gradients.

    python benchmarks/convolutions.py

The layers are those of `--recipe dcgan` at 64 px, batches of 64, and of the other recipes where they differ. Both ways take
turns and the best time of each is printed; `ganlib/networks/convolutions.py` holds the size limits.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from ganlib.cli import positive_int, run_command
from ganlib.networks import convolutions
from ganlib.networks.convolutions import Limits, Shape
from ganlib.threads import memory

BATCH = 64
# The larger image's channels and side, the smaller's channels and side: all by 4x4 kernels of stride 2.
LAYERS = [
    *[(64, 32, 128, 16), (128, 16, 256, 8), (256, 8, 512, 4)],
    *[(48, 14, 96, 7), (64, 14, 128, 7), (128, 8, 256, 4), (192, 8, 384, 4), (512, 8, 1024, 4)],
    *[(1, 28, 32, 14), (1, 28, 64, 14)],
]


def best(calls: list[Callable[[], object]], repeats: int) -> list[float]:
    """Returns the milliseconds of each call, the minimum of `repeats` in turn."""
    times = [[] for _ in calls]
    for _ in range(repeats + 1):  # the first ones choose kernels
        for call, spent in zip(calls, times, strict=True):
            began = time.perf_counter()
            call()
            spent.append(1000 * (time.perf_counter() - began))
    return [min(spent[1:]) for spent in times]


def both(layer: tuple[int, int, int, int], repeats: int) -> list[float]:
    """Times the output, its input gradient and its weight gradient: by torch, then as matrix products."""
    channels, large, features, small = layer
    images, gradients = _images(channels, large), _images(features, small)
    weight = torch.randn(features, channels, 4, 4).bfloat16().contiguous(memory_format=torch.channels_last)
    shape = Shape(4, 2, 1, (large, large), (small, small), channels)

    def backward(*wanted: bool) -> object:
        more = (weight, None, [2, 2], [1, 1], [1, 1], False, [0, 0], 1, [*wanted, False])
        return torch.ops.aten.convolution_backward(gradients, images, *more)

    calls = [
        *(
            lambda: torch.conv2d(images, weight, None, 2, 1),
            lambda: convolutions._Convolution.apply(images, weight, None, shape),
        ),
        *(lambda: backward(True, False), lambda: convolutions._Transposed.apply(gradients, weight, None, shape)),
        *(lambda: backward(False, True), lambda: convolutions._Weights.apply(images, gradients, shape)),
    ]
    return best(calls, repeats)


def _images(channels: int, side: int) -> torch.Tensor:
    return torch.randn(BATCH, channels, side, side).bfloat16().contiguous(memory_format=torch.channels_last)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=positive_int, default=20)
    options = parser.parse_args()
    memory.keep_memory()
    convolutions.IMAGES = Limits(1000, 1)  # every layer of the table both ways
    print("| layer | image, torch | product | its gradient, torch | product | weights', torch | product |\n" + "|---" * 7 + "|")
    for layer in LAYERS:
        channels, large, features, small = layer
        times = " | ".join(f"{time:.2f} ms" for time in both(layer, options.repeats))
        print(f"| {channels} x {large} px, {features} x {small} px | {times} |", flush=True)


if __name__ == "__main__":
    run_command(main)
