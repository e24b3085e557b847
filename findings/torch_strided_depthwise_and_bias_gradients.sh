#!/usr/bin/env bash
# torch 2.14.1 (oneDNN 3.12) on a CPU, two gradients that take far longer than the convolution they belong to:
# - by the picture, of a depthwise convolution with a stride, in bfloat16: 25 to 110 times as long as in float32, so that bfloat16
#   slows down what it should speed up (EfficientNet and MobileNet have one such layer a stage). oneDNN's own log names the
#   kernel: the one for matrix products, "brgconv_strided", in place of "jit_dw"; without a stride it is twice as long.
# - by the bias of a transposed convolution: about as long as by the picture and by the weights together, in both precisions;
#   the same numbers as a sum take a twentieth.
#
# Needs some 6 GB of room for PyTorch. Times are those of one of two cores of an Intel Xeon (Emerald Rapids), both busy; in a
# busier hour the first line was 4 times. Without AVX-512 bfloat16, torch has no fast convolution in bfloat16 at all.
#
# Seen:
#   depthwise, 96 x 33 x 33, kernel 3, stride 2: bfloat16 60.5 ms, float32 2.2 ms
#   depthwise, 144 x 19 x 19, kernel 5, stride 2: bfloat16 56.2 ms, float32 1.0 ms
#   depthwise, 240 x 9 x 9, kernel 3, stride 2: bfloat16 30.2 ms, float32 0.4 ms
#   depthwise, 672 x 7 x 7, kernel 5, stride 2: bfloat16 68.5 ms, float32 0.6 ms
#   depthwise, 144 x 19 x 19, kernel 5, stride 1: bfloat16 4.5 ms, float32 2.0 ms
#   transposed, 192 x 8 x 8 to 96 x 16 x 16, bfloat16: picture and weights 11.3 ms, bias 12.2 ms; a sum 0.21 ms
#   transposed, 96 x 16 x 16 to 48 x 32 x 32, bfloat16: picture and weights 8.1 ms, bias 14.9 ms; a sum 0.59 ms
#   transposed, 48 x 32 x 32 to 24 x 64 x 64, bfloat16: picture and weights 11.1 ms, bias 24.6 ms; a sum 1.34 ms
#   transposed, 192 x 8 x 8 to 96 x 16 x 16, float32: picture and weights 31.6 ms, bias 23.5 ms; a sum 0.36 ms
#   transposed, 96 x 16 x 16 to 48 x 32 x 32, float32: picture and weights 33.9 ms, bias 28.1 ms; a sum 0.84 ms
#   transposed, 48 x 32 x 32 to 24 x 64 x 64, float32: picture and weights 34.9 ms, bias 35.0 ms; a sum 2.12 ms
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
"${PYTHON:-python3}" -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.14.1 numpy==2.4.6
OMP_NUM_THREADS=1 "$place/venv/bin/python" - <<'PY'
import statistics
import time

import torch

BATCH = 64


def images(channels, side, precision):
    return torch.randn(BATCH, channels, side, side).to(precision).contiguous(memory_format=torch.channels_last)


def milliseconds(call):
    spent = []
    for _ in range(9):
        began = time.perf_counter()
        call()
        spent.append(1000 * (time.perf_counter() - began))
    return statistics.median(spent[2:])


def depthwise(channels, side, kernel, stride, precision):
    """The gradient by the picture, without padding."""
    picture, weight = images(channels, side, precision), torch.randn(channels, 1, kernel, kernel).to(precision)
    towards = images(channels, (side - kernel) // stride + 1, precision)
    more = (None, 2 * [stride], [0, 0], [1, 1], False, [0, 0], channels, [True, False, False])
    return milliseconds(lambda: torch.ops.aten.convolution_backward(towards, picture, weight, *more))


def transposed(before, after, side, precision, mask):
    """The gradients by the picture, the weights and the bias: those of `mask`."""
    picture, towards = images(before, side, precision), images(after, 2 * side, precision)
    weight = torch.randn(before, after, 4, 4).to(precision).contiguous(memory_format=torch.channels_last)
    more = ([after], [2, 2], [1, 1], [1, 1], True, [0, 0], 1, mask)
    return milliseconds(lambda: torch.ops.aten.convolution_backward(towards, picture, weight, *more)), towards


slow = []
for channels, side, kernel, stride in ((96, 33, 3, 2), (144, 19, 5, 2), (240, 9, 3, 2), (672, 7, 5, 2), (144, 19, 5, 1)):
    in_bfloat16, in_float32 = (depthwise(channels, side, kernel, stride, each) for each in (torch.bfloat16, torch.float32))
    print(
        f"depthwise, {channels} x {side} x {side}, kernel {kernel}, stride {stride}: bfloat16 {in_bfloat16:.1f} ms, "
        f"float32 {in_float32:.1f} ms"
    )
    if stride > 1:
        slow.append(in_bfloat16 / in_float32)
ratios = []
for precision in (torch.bfloat16, torch.float32):
    for before, after, side in ((192, 96, 8), (96, 48, 16), (48, 24, 32)):
        both, towards = transposed(before, after, side, precision, [True, True, False])
        bias, _ = transposed(before, after, side, precision, [False, False, True])
        summed = milliseconds(lambda: towards.sum((0, 2, 3)))
        ratios.append(bias / summed)
        print(
            f"transposed, {before} x {side} x {side} to {after} x {2 * side} x {2 * side}, {str(precision)[6:]}: picture and "
            f"weights {both:.1f} ms, bias {bias:.1f} ms; a sum {summed:.2f} ms"
        )
assert statistics.median(slow) > 8, slow
assert statistics.median(ratios) > 4, ratios
PY
