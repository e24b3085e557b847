#!/usr/bin/env bash
# tinygrad 0.14.0, `tinygrad.nn.onnx.OnnxRunner`. A ConvTranspose with auto_pad VALID, without padding as the first layer of a
# DCGAN's generator, is drawn as SAME: stride times the input, so that rows and columns are missing, without a word. ReduceLogSumExp
# takes the logarithm of a plain sum of exponentials: inf where logits pass 88. And Softmax before opset 13, which is over all
# values of a picture (its axis says where two dimensions are made of all), is over one axis; so it is in
# `onnx.reference.ReferenceEvaluator` of onnx 1.23.2. Expected: what the operators' pages say and onnxruntime 1.32.0 computes.
#
# Seen, for a picture of 6x6 through a 3x3 kernel of stride 2; the logits 100, 101; and one picture of zeros, 2 channels of 2x2:
#   VALID: onnxruntime (1, 1, 13, 13), tinygrad (1, 1, 12, 12)
#   log sum exp: onnxruntime 101.313, tinygrad inf
#   softmax of opset 11, axis 1: onnxruntime 0.125, tinygrad 0.5, reference 0.5
#   softmax of opset 11, no axis (1): onnxruntime 0.125, tinygrad 0.5, reference 0.5
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
"${PYTHON:-python3}" -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check \
    tinygrad==0.14.0 onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
cd "$place"
DEV=PYTHON venv/bin/python - <<'PY'
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from tinygrad import Tensor
from tinygrad.nn.onnx import OnnxRunner


def drawn(kind, picture, shape, opset, weight=None, **attributes):
    """What onnxruntime, tinygrad and the reference make of `picture` by one node, whose result has this shape."""
    names = ["x"] if weight is None else ["x", "w"]
    node = helper.make_node(kind, names, ["y"], **attributes)
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, picture.shape)]
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)]
    kept = [] if weight is None else [numpy_helper.from_array(weight, "w")]
    graph = helper.make_graph([node], "one", inputs, outputs, kept)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, "one.onnx")
    session = onnxruntime.InferenceSession("one.onnx", providers=["CPUExecutionProvider"])
    return (
        session.run(None, {"x": picture})[0],
        OnnxRunner("one.onnx")({"x": Tensor(picture)})["y"].numpy(),
        ReferenceEvaluator(model).run(None, {"x": picture})[0],
    )


ones = np.ones((1, 1, 6, 6), np.float32)
layer = {"weight": np.ones((1, 1, 3, 3), np.float32), "strides": [2, 2], "auto_pad": "VALID"}
right, tiny, _ = drawn("ConvTranspose", ones, (1, 1, 13, 13), 13, **layer)
print("VALID: onnxruntime", right.shape, "tinygrad", tiny.shape)
assert right.shape == (1, 1, 13, 13), "the right side has changed"
assert tiny.shape == (1, 1, 12, 12), "this has changed"

right, tiny, _ = drawn("ReduceLogSumExp", np.array([[100, 101]], np.float32), (1, 1), 13, axes=[1])
print("log sum exp: onnxruntime", round(right.item(), 3), "tinygrad", tiny.item())
assert np.isclose(right.item(), 101 + np.log1p(np.exp(-1))), "the right side has changed"
assert np.isinf(tiny.item()), "this has changed"

for said, axis in (("axis 1", {"axis": 1}), ("no axis (1)", {})):
    found = drawn("Softmax", np.zeros((1, 2, 2, 2), np.float32), (1, 2, 2, 2), 11, **axis)
    right, tiny, reference = (float(one[0, 0, 0, 0]) for one in found)
    print(f"softmax of opset 11, {said}: onnxruntime {right:g}, tinygrad {tiny:g}, reference {reference:g}")
    assert right == 1 / 8, "the right side has changed"
    assert tiny == reference == 1 / 2, "this has changed"
PY
