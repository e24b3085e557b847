#!/usr/bin/env bash
# onnx 1.23.2, `onnx.reference.ReferenceEvaluator`, the package's own word on what an operator means: a ConvTranspose in groups of
# one channel (a learned upsampling, channel by channel) adds the first group's bias to every group; and LpNormalization with p = 1
# divides by the plain sum, not by the sum of absolute values. Expected: each channel its own bias, and rows whose absolute values
# sum to one, as the operators' pages say and as onnxruntime 1.32.0 computes them.
#
# Seen, in a 2x2 picture of zeros through a 2x2 transposed convolution, three channels with the biases 1, 2, 3:
#   onnxruntime [1. 2. 3.], reference [1. 1. 1.]
# and of the row 1, 2, -4 normalised by p = 1:
#   onnxruntime [ 0.143  0.286 -0.571], reference [-1. -2.  4.]
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
"${PYTHON:-python3}" -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
cd "$place"
venv/bin/python - <<'PY'
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator


def both(node, picture, drawn, **weights):
    """What onnxruntime and the reference make of `picture` (float32) by a graph of one `node`."""
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, picture.shape)]
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, drawn)]
    kept = [numpy_helper.from_array(value, name) for name, value in weights.items()]
    graph = helper.make_graph([node], "one", inputs, outputs, kept)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"x": picture})[0], ReferenceEvaluator(model).run(None, {"x": picture})[0]


node = helper.make_node("ConvTranspose", ["x", "w", "b"], ["y"], group=3, strides=[2, 2], kernel_shape=[2, 2])
weight, bias = np.ones((3, 1, 2, 2), np.float32), np.array([1, 2, 3], np.float32)
runtime, reference = both(node, np.zeros((1, 3, 2, 2), np.float32), (1, 3, 4, 4), w=weight, b=bias)
print("bias of each channel: onnxruntime", runtime[0, :, 0, 0], "reference", reference[0, :, 0, 0])
assert runtime[0, :, 0, 0].tolist() == [1, 2, 3], "the right side has changed"
assert reference[0, :, 0, 0].tolist() == [1, 1, 1], "this has changed"

runtime, reference = both(
    helper.make_node("LpNormalization", ["x"], ["y"], axis=1, p=1), np.array([[1, 2, -4]], np.float32), (1, 3)
)
print("p = 1: onnxruntime", runtime[0].round(3), "reference", reference[0].round(3))
assert np.allclose(runtime[0], np.array([1, 2, -4]) / 7), "the right side has changed"
assert np.allclose(reference[0], [-1, -2, 4]), "this has changed"
PY
