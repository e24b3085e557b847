#!/usr/bin/env bash
# MNN 3.6.1 (networks on phones), its converter from ONNX and its CPU runtime: bicubic upsampling, as torch.onnx writes it for
# `Upsample(mode="bicubic")`, draws the first row and column wrong, a line along two edges of every picture; `cubic_coeff_a` and
# `antialias` are left out without a word. And `mnnconvert` runs `pip install -U aliyun-log-python-sdk`, by whichever pip comes
# first in the PATH and without asking, for reports on its use (MNN/tools/utils/log.py); it converts as well without. Expected: the
# values of onnxruntime 1.32.0 and of the operator's formula, or a refusal; and no installation.
#
# Seen, largest difference from onnxruntime of values of about one:
#   bilinear 0.000, bicubic 2.512, bicubic but for the first row and column 0.000, bicubic with a = -0.5 2.379,
#   shrunk with antialias 0.345
# of a row 0 1 2 3 4 5 made twice as wide, the first pixels: exactly -0.105 0.191 0.668, MNN 0.668 0.191 0.668
# and mnnconvert ran: pip install -U aliyun-log-python-sdk
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
"${PYTHON:-python3}" -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check mnn==3.6.1 onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
mkdir "$place/first"  # a pip that writes down what it is asked for, and installs nothing
printf '#!/bin/sh\necho "pip $*" >> "%s"\n' "$place/asked" > "$place/first/pip"
chmod +x "$place/first/pip"
cd "$place"
cat > finding.py <<'PY'
import subprocess

import MNN.expr as expr
import MNN.nn as nn
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper


def resized(picture, factor, **attributes):
    """What onnxruntime and MNN make of `picture` by a graph of one Resize."""
    scales = np.array([1, 1, factor, factor], np.float32)
    shape = tuple(int(side * scale) for side, scale in zip(picture.shape, scales))
    node = helper.make_node("Resize", ["x", "", "scales"], ["y"], coordinate_transformation_mode="half_pixel", **attributes)
    ends = [
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, size)] for name, size in (("x", picture.shape), ("y", shape))
    ]
    graph = helper.make_graph([node], "one", *ends, [numpy_helper.from_array(scales, "scales")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, "one.onnx")
    right = onnxruntime.InferenceSession("one.onnx", providers=["CPUExecutionProvider"]).run(None, {"x": picture})[0]
    command = "venv/bin/mnnconvert -f ONNX --modelFile one.onnx --MNNModel one.mnn --bizCode x"
    subprocess.run(command.split(), check=True, capture_output=True)
    network = nn.load_module_from_file("one.mnn", ["x"], ["y"])
    given = expr.const(np.ascontiguousarray(picture), list(picture.shape), expr.data_format.NCHW, expr.dtype.float)
    drawn = expr.convert(network.forward([given])[0], expr.data_format.NCHW)
    return right, np.array(drawn.read()).reshape(shape)


def bicubic(row, a=-0.75):
    """`row` twice as wide, pixels beyond its ends repeated: Keys' kernel."""
    places = (np.arange(2 * len(row)) + 0.5) / 2 - 0.5
    drawn = np.zeros(len(places))
    for neighbour in range(-1, 3):
        pixels = np.floor(places).astype(int) + neighbour
        d = np.abs(places - pixels)
        near, far = (a + 2) * d**3 - (a + 3) * d**2 + 1, a * d**3 - 5 * a * d**2 + 8 * a * d - 4 * a
        drawn += np.where(d <= 1, near, far) * row[pixels.clip(0, len(row) - 1)]
    return drawn


rng = np.random.default_rng(0)
picture = rng.standard_normal((1, 3, 6, 6)).astype(np.float32)
cubic = resized(picture, 2, mode="cubic")
pairs = {
    "bilinear": resized(picture, 2, mode="linear"),
    "bicubic": cubic,
    "bicubic but for the first row and column": [drawn[:, :, 1:, 1:] for drawn in cubic],
    "bicubic with a = -0.5": resized(picture, 2, mode="cubic", cubic_coeff_a=-0.5),
    "shrunk with antialias": resized(picture, 0.5, mode="linear", antialias=1),
}
apart = {name: float(np.abs(right - drawn).max()) for name, (right, drawn) in pairs.items()}
for name, difference in apart.items():
    print(f"SEEN {name} {difference:.3f}")
same = ("bilinear", "bicubic but for the first row and column")
assert max(apart.pop(name) for name in same) < 1e-4, "the right side has changed"
assert min(apart.values()) > 0.1, "this has changed"

row = np.arange(6, dtype=np.float32)
right, drawn = (made[0, 0, 6] for made in resized(np.tile(row, (6, 1))[None, None], 2, mode="cubic"))
print("SEEN a row 0 1 2 ...: exactly", bicubic(row)[:3].round(3), "MNN", drawn[:3].round(3))
assert np.allclose(right, bicubic(row), atol=1e-4), "the right side has changed"
assert np.allclose(drawn[1:], right[1:], atol=1e-4) and drawn[0] - right[0] > 0.7, "this has changed"
PY
PATH="$place/first:$PATH" venv/bin/python -W ignore finding.py > seen.txt 2> log.txt || { cat seen.txt log.txt; exit 1; }
sed -n 's/^SEEN //p' seen.txt
echo "mnnconvert ran: $(sort -u asked)"
[ "$(sort -u asked)" = "pip install -U aliyun-log-python-sdk" ] || { echo "this has changed"; exit 1; }
