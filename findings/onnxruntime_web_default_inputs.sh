#!/usr/bin/env bash
# onnxruntime-web 1.30.0 refuses a value for an input that has a default, which onnxruntime 1.32.0 for Python takes.
#
# In ONNX a tensor may be an input and an initializer at once, which is then the input's default (onnx, docs/IR.md). One graph,
# y = x * scale with scale = 1 by default, given 3 for scale. Seen:
#     Python, without scale: 2.0
#     Python, with scale = 3: 6.0
#     web, inputs: x
#     web, without scale: 2
#     web, with scale = 3: invalid input 'scale'
# So a graph whose optional inputs are to be set in a browser must have them without a default, and be given all of them.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
"${PYTHON:-python3}" -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
npm install --silent --no-audit --no-fund --prefix . onnxruntime-web@1.30.0

cat > graph.py <<'PYTHON'
import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper, save

x, scale, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in ("x", "scale", "y"))
default = numpy_helper.from_array(np.ones(1, np.float32), "scale")
graph = helper.make_graph([helper.make_node("Mul", ["x", "scale"], ["y"])], "scaled", [x, scale], [y], [default])
save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), "scaled.onnx")
session = onnxruntime.InferenceSession("scaled.onnx", providers=["CPUExecutionProvider"])
two, three = np.full(1, 2, np.float32), np.full(1, 3, np.float32)
print("Python, without scale:", session.run(None, {"x": two})[0][0])
print("Python, with scale = 3:", session.run(None, {"x": two, "scale": three})[0][0])
PYTHON

cat > web.mjs <<'JAVASCRIPT'
import * as ort from "onnxruntime-web";
import { readFileSync } from "node:fs";

ort.env.wasm.numThreads = 1;
const session = await ort.InferenceSession.create(new Uint8Array(readFileSync("scaled.onnx")));
const of = (number) => new ort.Tensor("float32", [number], [1]);
console.log("web, inputs:", session.inputNames.join(", "));
console.log("web, without scale:", (await session.run({ x: of(2) })).y.data[0]);
try {
  console.log("web, with scale = 3:", (await session.run({ x: of(2), scale: of(3) })).y.data[0]);
} catch (error) {
  console.log("web, with scale = 3:", error.message);
}
JAVASCRIPT

{ venv/bin/python graph.py 2> /dev/null; node web.mjs; } | tee seen
diff seen - <<'SEEN'
Python, without scale: 2.0
Python, with scale = 3: 6.0
web, inputs: x
web, without scale: 2
web, with scale = 3: invalid input 'scale'
SEEN
