#!/usr/bin/env bash
# onnxslim 0.1.98 (makes ONNX graphs smaller, with "same accuracy"): a constant that multiplies what a convolution or a transposed
# convolution drew along its width or height, a window or a fading border, is taken for a scale of the channels wherever the
# picture is as wide, or as high, as it has channels (64 channels at 64x64 are common in generators), and goes into the weights:
# another picture, and nothing is said. Expected: the same values before and after, as with a true scale of the channels, at
# another size, and with an addition in place of the multiplication.
#
# Seen, largest difference between before and after, of 8 channels and values of about 5 (transposed) or 11:
#   8x8, transposed convolution: by channels 0.00, by width 14.23, by height 15.09, added by width 0.00
#   8x8, convolution: by channels 0.00, by width 20.62, by height 21.49, added by width 0.00
#   16x16, transposed convolution: by channels 0.00, by width 0.00, by height 0.00, added by width 0.00
#   16x16, convolution: by channels 0.00, by width 0.00, by height 0.00, added by width 0.00
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
"${PYTHON:-python3}" -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check onnxslim==0.1.98 onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
"$place/venv/bin/python" - <<'PY'
import numpy as np
import onnx
import onnxruntime
import onnxslim
from onnx import TensorProto, helper, numpy_helper


def moved(size, convolution, operator, shape):
    """The largest difference that onnxslim makes where a constant of `shape` meets a picture of 8 channels."""
    drawn = np.random.default_rng(0)
    weight = drawn.standard_normal((8, 8, 4, 4)).astype(np.float32)
    window = np.linspace(0, 1, int(np.prod(shape)), dtype=np.float32).reshape(shape)
    if convolution == "ConvTranspose":
        before, how = size // 2, {"strides": [2, 2], "pads": [1, 1, 1, 1]}
    else:
        before, how = size, {"pads": [2, 2, 1, 1]}
    nodes = [helper.make_node(convolution, ["x", "weight"], ["h"], **how), helper.make_node(operator, ["h", "window"], ["y"])]
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, (1, 8, before, before))]
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, (1, 8, size, size))]
    kept = [numpy_helper.from_array(weight, "weight"), numpy_helper.from_array(window, "window")]
    graph = helper.make_graph(nodes, "two", inputs, outputs, kept)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    given = {"x": drawn.standard_normal((1, 8, before, before)).astype(np.float32)}

    def pictures(model):
        session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
        return session.run(None, given)[0]

    right = pictures(model)
    return float(abs(right - pictures(onnxslim.slim(model))).max())


for size in (8, 16):
    for convolution, name in (("ConvTranspose", "transposed convolution"), ("Conv", "convolution")):
        seen = {
            "by channels": moved(size, convolution, "Mul", (1, 8, 1, 1)),
            "by width": moved(size, convolution, "Mul", (size,)),
            "by height": moved(size, convolution, "Mul", (1, 1, size, 1)),
            "added by width": moved(size, convolution, "Add", (size,)),
        }
        print(f"{size}x{size}, {name}: " + ", ".join(f"{case} {value:.2f}" for case, value in seen.items()))
        for case, value in seen.items():
            wrong = size == 8 and case in ("by width", "by height")
            assert value > 5 if wrong else value < 1e-3, "this has changed" if wrong else "the right side has changed"
PY
