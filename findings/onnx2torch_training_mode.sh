#!/usr/bin/env bash
# onnx2torch 1.5.15: `convert` returns a network in training mode, though the graph is one for inference (BatchNormalization's
# training_mode is 0): batch norm takes the statistics of the latents that are drawn together, and each picture that is drawn
# changes the network for good. Only `.eval()` before the first picture gives what onnxruntime draws. And ConvTranspose's
# `output_shape` is not heeded: pads are taken to be 0, which gives a larger, moved picture without a word.
#
# Needs some 6 GB of room for PyTorch.
#
# Seen (pictures in [-1, 1], differences to onnxruntime):
#   as converted: training mode, differs by 0.47; one latent drawn by itself and with 15 others differs by 0.06
#   .eval() after one picture in training mode: differs by 0.02; after 50: by 0.44
#   .eval() at once: differs by 0.0000
#   output_shape 8 x 8: drawn 9 x 9, the right picture after one row and one column: True
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
"${PYTHON:-python3}" -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check onnx2torch==1.5.15 torch==2.14.1 torchvision==0.29.1 \
    onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
"$place/venv/bin/python" -W ignore - <<'PY'
import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from onnx2torch import convert

rng = np.random.default_rng(0)


def graph(nodes, weights, inputs, outputs):
    constants = [numpy_helper.from_array(value, name) for name, value in weights.items()]
    made = helper.make_graph(nodes, "g", [inputs], [outputs], constants)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    onnx.checker.check_model(model, full_check=True)
    return model


def tensor(name, *shape):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def weights(*shape):
    return rng.standard_normal(shape).astype(np.float32)


def expected(model, x):
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return torch.from_numpy(session.run(None, {"z": x})[0])


# The last layers of a DCGAN's generator: transposed convolution, batch norm, ReLU, transposed convolution, tanh.
up = {"strides": [2, 2], "pads": [1, 1, 1, 1], "kernel_shape": [4, 4]}
generator = graph(
    [
        helper.make_node("ConvTranspose", ["z", "w"], ["a"], **up),
        helper.make_node("BatchNormalization", ["a", "scale", "shift", "mean", "variance"], ["b"]),
        helper.make_node("Relu", ["b"], ["c"]),
        helper.make_node("ConvTranspose", ["c", "v"], ["d"], **up),
        helper.make_node("Tanh", ["d"], ["picture"]),
    ],
    {
        **{"w": weights(8, 4, 4, 4) * 0.3, "v": weights(4, 1, 4, 4) * 0.3, "scale": weights(4), "shift": weights(4)},
        **{"mean": weights(4), "variance": np.float32([1, 2, 3, 4])},
    },
    tensor("z", "N", 8, 2, 2),
    tensor("picture", "N", 1, 8, 8),
)
z = torch.from_numpy(weights(16, 8, 2, 2))
right = expected(generator, z.numpy())


def error(network, latents, answer):
    with torch.no_grad():
        return float((network(latents) - answer).abs().max())


network = convert(generator)
wrong = error(network, z, right)
with torch.no_grad():
    alone = float((network(z[:1]) - network(z)[:1]).abs().max())
mode = "training" if network.training else "evaluation"
print(f"as converted: {mode} mode, differs by {wrong:.2f}; one latent drawn by itself and with 15 others differs by {alone:.2f}")
late = []
for pictures in (1, 50):
    network = convert(generator)
    for _ in range(pictures):
        network(z[:1])
    late.append(error(network.eval(), z, right))
print(f".eval() after one picture in training mode: differs by {late[0]:.2f}; after 50: by {late[1]:.2f}")
at_once = error(convert(generator).eval(), z, right)
print(f".eval() at once: differs by {at_once:.4f}")

enlarging = graph(
    [helper.make_node("ConvTranspose", ["z", "w"], ["y"], strides=[2, 2], kernel_shape=[3, 3], output_shape=[8, 8])],
    {"w": weights(3, 2, 3, 3)},
    tensor("z", 1, 3, 4, 4),
    tensor("y", 1, 2, 8, 8),
)
x = weights(1, 3, 4, 4)
answer = expected(enlarging, x)
with torch.no_grad():
    drawn = convert(enlarging).eval()(torch.from_numpy(x))
height, width = drawn.shape[2:]
moved = torch.allclose(drawn[:, :, 1:, 1:], answer, atol=1e-5)
print(f"output_shape 8 x 8: drawn {height} x {width}, the right picture after one row and one column: {moved}")
assert mode == "training" and wrong > 0.1 and alone > 0.01 and min(late) > 0.01 and at_once < 1e-5
assert (height, width) == (9, 9) and moved
PY
