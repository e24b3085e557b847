#!/usr/bin/env bash
# tract 0.23.9 (ONNX in Rust, here by its Python package): a transposed convolution whose size is set by `output_shape` is cropped
# at its end alone, where the operator's page divides the padding between start and end (the larger half at the start): the
# picture moves by a pixel with each such layer. And Celu's negative part is not multiplied by alpha. Expected: the operators'
# formulas, which onnxruntime 1.32.0 computes, or a refusal.
#
# Seen, of one pixel through a transposed 4x4 convolution with stride 2 and output_shape 2x2, numbered kernel:
#   exactly [5 6 9 10], onnxruntime [5 6 9 10], tract [0 1 4 5]; with pads 1 1 1 1 instead, tract [5 6 9 10]
# and of Celu(-1):
#   alpha 1: exactly -0.632, tract -0.632; alpha 0.5: exactly -0.432, tract -0.865; alpha 2: exactly -0.787, tract -0.393
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
"${PYTHON:-python3}" -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check tract==0.23.9 onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
cd "$place"
venv/bin/python - <<'PY'
import numpy as np
import onnx
import onnxruntime
import tract
from onnx import TensorProto, helper, numpy_helper


def both(given, shape, operator, weight=None, **attributes):
    """What onnxruntime and tract make of `given` by a graph of one node."""
    kept = [] if weight is None else [numpy_helper.from_array(weight, "weight")]
    node = helper.make_node(operator, ["x", *(one.name for one in kept)], ["y"], **attributes)
    ends = [[helper.make_tensor_value_info(name, TensorProto.FLOAT, size)] for name, size in (("x", given.shape), ("y", shape))]
    graph = helper.make_graph([node], "one", *ends, kept)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, "one.onnx")
    right = onnxruntime.InferenceSession("one.onnx", providers=["CPUExecutionProvider"]).run(None, {"x": given})[0]
    inferred = tract.onnx().load("one.onnx")
    inferred.set_input_fact(0, ",".join(map(str, given.shape)) + ",f32")
    return right, inferred.into_model().into_runnable().run([given])[0].to_numpy()


kernel = np.arange(16, dtype=np.float32).reshape(1, 1, 4, 4)
pixel, exactly = np.ones((1, 1, 1, 1), np.float32), kernel[0, 0, 1:3, 1:3].ravel()  # a padding of 2, so 1 at the start
right, shaped = (
    made.ravel() for made in both(pixel, (1, 1, 2, 2), "ConvTranspose", kernel, strides=[2, 2], output_shape=[2, 2])
)
_, padded = both(pixel, (1, 1, 2, 2), "ConvTranspose", kernel, strides=[2, 2], pads=[1, 1, 1, 1])
print("output_shape: exactly", exactly, "onnxruntime", right, "tract", shaped, "with pads, tract", padded.ravel())
assert np.array_equal(right, exactly) and np.array_equal(padded.ravel(), exactly), "the right side has changed"
assert np.array_equal(shaped, kernel[0, 0, :2, :2].ravel()), "this has changed"

for alpha in (1, 0.5, 2):
    exactly = alpha * np.expm1(-1 / alpha)
    right, made = (float(one[0]) for one in both(np.full(1, -1, np.float32), (1,), "Celu", alpha=float(alpha)))
    print(f"alpha {alpha}: exactly {exactly:.3f}, onnxruntime {right:.3f}, tract {made:.3f}")
    assert abs(right - exactly) < 1e-5, "the right side has changed"
    assert (abs(made - exactly) < 1e-5) == (alpha == 1), "this has changed"
PY
