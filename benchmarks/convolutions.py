"""Measures convolutions by torch and by ganlib/networks/{convolutions,twice}.py, in bfloat16 on the CPU, with their gradients.

    python benchmarks/convolutions.py

Four tables: a DCGAN's layers (those of `--recipe dcgan` at 64 px and of the other recipes where they differ) by torch and as
matrix products, whose size limits stand in `convolutions.py`; maps that are enlarged and convolved, in two steps and in one;
a transposed convolution's bias; and the gradient of depthwise convolutions with a stride in bfloat16 and in float32. Batches
of 64; the ways take turns, and the best time of each is printed.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).parents[1]))
from ganlib.cli import positive_int, run_command
from ganlib.networks import convolutions
from ganlib.networks.convolutions import Limits, Shape, convolve_doubled
from ganlib.threads import memory

BATCH = 64
# The larger image's channels and side, the smaller's channels and side: all by 4x4 kernels of stride 2.
LAYERS = [
    *[(64, 32, 128, 16), (128, 16, 256, 8), (256, 8, 512, 4)],
    *[(48, 14, 96, 7), (64, 14, 128, 7), (128, 8, 256, 4), (192, 8, 384, 4), (512, 8, 1024, 4)],
    *[(1, 28, 32, 14), (1, 28, 64, 14)],
]
ENLARGED = [(384, 192, 4), (192, 96, 8), (96, 48, 16), (48, 24, 32)]  # channels before and after, side before: `faces`
DEPTHWISE = [(96, 33, 3), (144, 19, 5), (240, 9, 3), (672, 7, 5)]  # channels, side, kernel: EfficientNet-Lite0 at 64 px


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


def enlarging(layer: tuple[int, int, int], precision: torch.dtype, repeats: int) -> list[float]:
    """Times enlarging and convolving with all gradients, in two steps and in one."""
    before, after, side = layer
    convolution = torch.nn.Conv2d(before, after, 3, 1, 1).to(memory_format=torch.channels_last)
    maps = _images(before, side).float().requires_grad_()
    towards = _images(after, 2 * side).to(precision)

    def differentiated(result: torch.Tensor) -> object:
        return torch.autograd.grad(result, [maps, *convolution.parameters()], towards)

    def apart() -> torch.Tensor:
        return convolution(functional.interpolate(maps, scale_factor=2))

    with torch.autocast("cpu", precision, enabled=precision != torch.float32):
        return best([lambda: differentiated(apart()), lambda: differentiated(convolve_doubled(convolution, maps))], repeats)


def of_bias(layer: tuple[int, int, int], repeats: int) -> list[float]:
    """Times the gradient of a transposed convolution's bias: by torch, then as a sum."""
    before, after, side = layer
    small, large = _images(before, side), _images(after, 2 * side)
    weight = torch.randn(before, after, 4, 4).bfloat16().contiguous(memory_format=torch.channels_last)
    more = (weight, [after], [2, 2], [1, 1], [1, 1], True, [0, 0], 1, [False, False, True])
    return best([lambda: torch.ops.aten.convolution_backward(large, small, *more), lambda: large.sum((0, 2, 3))], repeats)


def depthwise(layer: tuple[int, int, int], repeats: int) -> list[float]:
    """Times the gradient by the image of a depthwise convolution of stride 2, in bfloat16 and in float32."""
    channels, side, kernel = layer
    images, weight = _images(channels, side), torch.randn(channels, 1, kernel, kernel).bfloat16()
    gradients = _images(channels, (side - kernel) // 2 + 1)
    more = (None, [2, 2], [0, 0], [1, 1], False, [0, 0], channels, [True, False, False])

    def in_precision(precision: torch.dtype) -> Callable[[], object]:
        inputs = [each.to(precision) for each in (gradients, images, weight)]
        return lambda: torch.ops.aten.convolution_backward(*inputs, *more)

    return best([in_precision(torch.bfloat16), in_precision(torch.float32)], repeats)


def _images(channels: int, side: int) -> torch.Tensor:
    return torch.randn(BATCH, channels, side, side).bfloat16().contiguous(memory_format=torch.channels_last)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=positive_int, default=20)
    repeats = parser.parse_args().repeats
    memory.keep_memory()
    print(
        "| enlarged and convolved, with gradients | bfloat16, two steps | one | float32, two steps | one |\n" + "|---" * 5 + "|"
    )
    for before, after, side in ENLARGED:
        times = [
            *enlarging((before, after, side), torch.bfloat16, repeats),
            *enlarging((before, after, side), torch.float32, repeats),
        ]
        print(f"| {before} x {side} px to {after} x {2 * side} px | {told(times)} |", flush=True)
    print("\n| transposed convolution | its bias' gradient, torch | a sum |\n" + "|---" * 3 + "|")
    for before, after, side in ENLARGED:
        print(
            f"| {before} x {side} px to {after} x {2 * side} px | {told(of_bias((before, after, side), repeats))} |", flush=True
        )
    print("\n| depthwise, stride 2 | its image's gradient, bfloat16 | float32 |\n" + "|---" * 3 + "|")
    for channels, side, kernel in DEPTHWISE:
        times = depthwise((channels, side, kernel), repeats)
        print(f"| {channels} x {side} px, {kernel} x {kernel} | {told(times)} |", flush=True)
    convolutions.IMAGES = convolutions.WEIGHTS = Limits(1000, 1)  # every layer of the table both ways
    print(
        "\n| layer | image, torch | product | its gradient, torch | product | weights', torch | product |\n" + "|---" * 7 + "|"
    )
    for layer in LAYERS:
        channels, large, features, small = layer
        print(f"| {channels} x {large} px, {features} x {small} px | {told(both(layer, repeats))} |", flush=True)


def told(times: list[float]) -> str:
    return " | ".join(f"{time:.2f} ms" for time in times)


if __name__ == "__main__":
    run_command(main)
