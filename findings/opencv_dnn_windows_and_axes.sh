#!/usr/bin/env bash
# OpenCV 5.0.0 (dnn.readNetFromONNX): valid graphs give other pictures than onnxruntime's, without a word.
# - ConvTranspose with auto_pad SAME_UPPER or SAME_LOWER lacks a row and a column (ONNX: input size times stride); with
#   `output_shape`, from which ONNX computes the pads, it has two too many of each. Conv with SAME_LOWER is padded as SAME_UPPER.
# - Resize by a factor that is no whole number takes other pixels than each nearest_mode says; antialias=1 and half_pixel_symmetric
#   are not heeded; up to opset 10, where a linear Resize knows no half pixels, it is computed as if it did.
# - PRelu with a slope for each column takes them for those of the channels, though there are fewer of these; Softmax before
#   opset 13, which is over all axes from `axis` on, is over one; ReduceL2 without axes and with noop_with_empty_axes=1
#   leaves the values as they are (ONNX: each value's own norm, |x|).
#
# Seen (the largest difference where the sizes agree, of values around 1):
#   ConvTranspose, SAME_UPPER: 12 x 10 expected, 11 x 9 drawn
#   ConvTranspose, SAME_LOWER: 12 x 10 expected, 11 x 9 drawn
#   ConvTranspose, output_shape: 12 x 10 expected, 14 x 12 drawn
#   ConvTranspose, pads: equal
#   Conv, SAME_LOWER: differs by 27.2
#   Conv, SAME_UPPER: equal
#   Resize, nearest, floor, 1.7 times: differs by 3.9
#   Resize, nearest, floor, twice: equal
#   Resize, linear, antialias, to half the size: differs by 0.9
#   Resize, linear, half_pixel_symmetric, 1.7 times: differs by 1.1
#   Resize, linear, opset 10: differs by 1.6
#   PRelu, a slope a column: differs by 3.6
#   PRelu, a slope a channel: equal
#   Softmax, opset 11: differs by 0.9
#   Softmax, opset 13: equal
#   ReduceL2, no axes, noop: differs by 6.2
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
"${PYTHON:-python3}" -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check opencv-python-headless==5.0.0.93 onnxruntime==1.32.0 \
    onnx==1.23.2 numpy==2.4.6
"$place/venv/bin/python" -W ignore - "$place/graph.onnx" <<'PY'
import sys

import cv2
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

rng = np.random.default_rng(0)
picture = rng.standard_normal((2, 4, 6, 5)).astype(np.float32)


def difference(op, inputs, opset=20, **attributes):
    """onnxruntime's and OpenCV's answers to a graph of one node: the largest difference, or both sizes where they differ."""
    names = ["x", *(f"i{n}" if value is not None else "" for n, value in enumerate(inputs))]
    constants = [numpy_helper.from_array(value, f"i{n}") for n, value in enumerate(inputs) if value is not None]
    graph = helper.make_graph(
        [helper.make_node(op, names, ["y"], **attributes)],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, picture.shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [2, "c", "h", "w"])],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9)
    onnx.checker.check_model(model)
    onnx.save(model, sys.argv[1])
    session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
    expected = session.run(None, {"x": picture})[0]
    net = cv2.dnn.readNetFromONNX(sys.argv[1])
    net.setInput(picture)
    drawn = net.forward()
    if drawn.shape != expected.shape:
        return "{} x {} expected, {} x {} drawn".format(*expected.shape[2:], *drawn.shape[2:])
    largest = float(np.abs(drawn - expected).max())
    return f"differs by {largest:.1f}" if largest > 1e-3 else "equal"


def weights(*shape):
    return rng.standard_normal(shape).astype(np.float32)


kernel, stretched, doubled = weights(4, 3, 3, 3), np.float32([1, 1, 1.7, 1.7]), np.float32([1, 1, 2, 2])
by = {"strides": [2, 2], "kernel_shape": [3, 3]}
cases = {
    "ConvTranspose, SAME_UPPER": ("ConvTranspose", [kernel], 20, {"auto_pad": "SAME_UPPER", **by}),
    "ConvTranspose, SAME_LOWER": ("ConvTranspose", [kernel], 20, {"auto_pad": "SAME_LOWER", **by}),
    "ConvTranspose, output_shape": ("ConvTranspose", [kernel], 20, {"output_shape": [12, 10], **by}),
    "ConvTranspose, pads": ("ConvTranspose", [kernel], 20, {"pads": [1, 1, 1, 1], "output_padding": [1, 1], **by}),
    "Conv, SAME_LOWER": ("Conv", [weights(3, 4, 4, 4)], 20, {"auto_pad": "SAME_LOWER"}),
    "Conv, SAME_UPPER": ("Conv", [weights(3, 4, 4, 4)], 20, {"auto_pad": "SAME_UPPER"}),
    "Resize, nearest, floor, 1.7 times": ("Resize", [None, stretched], 20, {"mode": "nearest", "nearest_mode": "floor"}),
    "Resize, nearest, floor, twice": ("Resize", [None, doubled], 20, {"mode": "nearest", "nearest_mode": "floor"}),
    "Resize, linear, antialias, to half the size": (
        "Resize",
        [None, np.float32([1, 1, 0.5, 0.6])],
        20,
        {"mode": "linear", "antialias": 1},
    ),
    "Resize, linear, half_pixel_symmetric, 1.7 times": (
        "Resize",
        [None, stretched],
        20,
        {"mode": "linear", "coordinate_transformation_mode": "half_pixel_symmetric"},
    ),
    "Resize, linear, opset 10": ("Resize", [doubled], 10, {"mode": "linear"}),
    "PRelu, a slope a column": ("PRelu", [weights(5)], 20, {}),
    "PRelu, a slope a channel": ("PRelu", [weights(4, 1, 1)], 20, {}),
    "Softmax, opset 11": ("Softmax", [], 11, {"axis": 1}),
    "Softmax, opset 13": ("Softmax", [], 13, {"axis": 1}),
    "ReduceL2, no axes, noop": ("ReduceL2", [], 20, {"noop_with_empty_axes": 1}),
}
seen = {name: difference(op, inputs, opset, **attributes) for name, (op, inputs, opset, attributes) in cases.items()}
for name, what in seen.items():
    print(f"{name}: {what}")
equal = {name for name, what in seen.items() if what == "equal"}
right = {"ConvTranspose, pads", "Conv, SAME_UPPER", "Resize, nearest, floor, twice"}
assert equal == right | {"PRelu, a slope a channel", "Softmax, opset 13"}, equal
PY
