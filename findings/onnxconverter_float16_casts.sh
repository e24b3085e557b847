#!/usr/bin/env bash
# onnxconverter-common 1.16.0, convert_float_to_float16 on a valid model in which a Cast makes float32 of other types, as of labels
# in conditional generators: the Cast's attribute still says float32, its output is declared as float16, and onnxruntime refuses
# the model. Expected: a valid float16 model, as the function of the same name in onnxruntime.transformers makes it.
#
# Seen:
#   onnxconverter-common: [ONNXRuntimeError] : 1 : FAIL : Type Error: Type (tensor(float16)) of output arg (onehot) of node (cast)
#     does not match expected type (tensor(float)).
#   onnxruntime.transformers: 0.09 grey levels from float32
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
"${PYTHON:-python3}" -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check \
    onnxconverter-common==1.16.0 onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
cd "$place"
venv/bin/python - <<'PY' 2> warnings.txt || { cat warnings.txt; exit 1; }
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxconverter_common import float16 as converter
from onnxruntime.transformers import float16 as transformers

rng = np.random.default_rng(0)
nodes = [
    helper.make_node("Equal", ["labels", "classes"], ["equal"]),
    helper.make_node("Cast", ["equal"], ["onehot"], name="cast", to=TensorProto.FLOAT),
    helper.make_node("Concat", ["z", "onehot"], ["both"], axis=1),
    helper.make_node("MatMul", ["both", "weight"], ["row"]),
    helper.make_node("Tanh", ["row"], ["images"]),
]
weights = [
    numpy_helper.from_array(np.arange(10, dtype=np.int64)[None], "classes"),
    numpy_helper.from_array((rng.standard_normal((26, 64)) * 0.2).astype(np.float32), "weight"),
]
inputs = [
    helper.make_tensor_value_info("z", TensorProto.FLOAT, ["n", 16]),
    helper.make_tensor_value_info("labels", TensorProto.INT64, ["n", 1]),
]
outputs = [helper.make_tensor_value_info("images", TensorProto.FLOAT, ["n", 64])]
graph = helper.make_graph(nodes, "generator", inputs, outputs, weights)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
onnx.checker.check_model(model, full_check=True)
feed = {"z": rng.standard_normal((4, 16)).astype(np.float32), "labels": np.arange(4)[:, None]}


def drawn(model):
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, feed)[0]


exact, refused = drawn(model), ""
copy = onnx.ModelProto.FromString(model.SerializeToString())
try:
    drawn(converter.convert_float_to_float16(copy, keep_io_types=True))
except Exception as error:
    refused = str(error)
print("onnxconverter-common:", refused or "accepted")
apart = np.abs(drawn(transformers.convert_float_to_float16(model, keep_io_types=True)) - exact).max() * 127.5
print(f"onnxruntime.transformers: {apart:.2f} grey levels from float32")
assert "Type Error" in refused and "onehot" in refused, "this has changed"
assert apart < 1, "this has changed"
PY
