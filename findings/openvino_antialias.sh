#!/usr/bin/env bash
# OpenVINO 2026.4.1, CPU: a Resize of an ONNX graph with `antialias=1` (opset 18), as torch.onnx writes it for
# `interpolate(..., antialias=True)` in a discriminator or before a feature network, is read without a word and computed without
# antialiasing. Expected: the average over the pixels that shrink into one, as onnxruntime 1.32.0 gives, or a refusal.
#
# Seen, of stripes -1 1 1 -1 -1 1 1 -1, 8x8 pixels made 2x2 by linear interpolation:
#   onnxruntime [0.071 0.071], OpenVINO with antialias [1. 1.], OpenVINO without [1. 1.]
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
"${PYTHON:-python3}" -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check openvino==2026.4.1 onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
cd "$place"
venv/bin/python - <<'PY'
import numpy as np
import onnx
import onnxruntime
import openvino
from onnx import TensorProto, helper, numpy_helper


def shrinks(antialias):
    """A graph that makes 8x8 pixels 2x2 by linear interpolation."""
    node = helper.make_node("Resize", ["x", "", "", "size"], ["y"], mode="linear", antialias=antialias, exclude_outside=1)
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, (1, 1, 8, 8))]
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, (1, 1, 2, 2))]
    size = numpy_helper.from_array(np.array([1, 1, 2, 2], np.int64), "size")
    graph = helper.make_graph([node], "shrinks", inputs, outputs, [size])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString()


def by_onnxruntime(model, picture):
    return onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"]).run(None, {"x": picture})[0]


def by_openvino(model, picture):
    core = openvino.Core()
    compiled = core.compile_model(core.read_model(model), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return compiled([picture])[compiled.output(0)]


row = np.array([-1, 1, 1, -1, -1, 1, 1, -1], np.float32)  # each half is 0 on average, its two pixels in the middle 1
picture = np.tile(row, (8, 1))[None, None]
right, ignored, without = by_onnxruntime(shrinks(1), picture), by_openvino(shrinks(1), picture), by_openvino(shrinks(0), picture)
print("onnxruntime, antialias:", right[0, 0, 0].round(3), "OpenVINO, antialias:", ignored[0, 0, 0], "without:", without[0, 0, 0])
assert np.abs(right).max() < 0.1, "the right side has changed"
assert (ignored == 1).all() and (without == 1).all(), "this has changed"
PY
