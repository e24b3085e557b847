"""Converts the MobileNetV2 of NSFWJS (MIT licence) to the file that ships, ganlib/assets/mobilenet-v2.safetensors.

    npm pack nsfwjs@4.3.0
    python benchmarks/mobilenet.py nsfwjs-4.3.0.tgz --out ganlib/assets/mobilenet-v2.safetensors

Nothing of the package is executed: of its JavaScript two files are read, the list of tensors, each with a scale and a minimum,
and their bytes in base64. Batch norm (epsilon 0.001) becomes part of the convolutions, the layers after the pooled features are
left out; the result is float16.
"""

import argparse
import base64
import re
import sys
import tarfile
from hashlib import sha256
from math import prod
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from ganlib import UserError, files
from ganlib.cli import run_command
from ganlib.metrics.mobilenet import BLOCKS, MobileNetV2

PACKAGE = "nsfwjs 4.3.0"
FOLDER = "package/dist/models/mobilenet_v2/"
NUMBER = r"-?[\d.]+(?:e-?\d+)?"
TENSOR = re.compile(
    rf'{{name:"([^"]+)",shape:\[([\d,]+)\],dtype:"float32",quantization:{{min:({NUMBER}),scale:({NUMBER}),dtype:"uint8"}}}}'
)
EPSILON = 1e-3


def tensors_of(package: Path) -> dict[str, np.ndarray]:
    """Returns the network's tensors by their names in Keras, float64."""
    with tarfile.open(package) as archive:
        listed, packed = (_text(archive, name) for name in ("model.min.js", "group1-shard1of1.min.js"))
    content = base64.b64decode(max(re.findall(r'"([\w+/=]*)"', packed), key=len))
    found, start = {}, 0
    for name, sides, least, scale in TENSOR.findall(listed):
        shape = [int(side) for side in sides.split(",")]
        values = np.frombuffer(content, np.uint8, prod(shape), start).reshape(shape)
        found[name] = values * float(scale) + float(least)
        start += prod(shape)
    if start != len(content):
        raise UserError(f"{package} holds {len(content):,} bytes of weights, but lists {start:,}.")
    return found


def _text(archive: tarfile.TarFile, name: str) -> str:
    file = archive.extractfile(FOLDER + name)
    assert file is not None
    return file.read().decode()


def converted(tensors: dict[str, np.ndarray]) -> dict[str, torch.Tensor]:
    """Returns the state of `MobileNetV2` in float16."""
    places = {"stem": ("Conv1", "bn_Conv1"), "last": ("Conv_1", "Conv_1_bn")}
    for number in range(sum(number for _, _, number, _ in BLOCKS)):
        block = f"block_{number}" if number else "expanded_conv"
        for ours, theirs in (("expand", "expand"), ("filter", "depthwise"), ("project", "project")):
            places[f"blocks.{number}.{ours}"] = (f"{block}_{theirs}", f"{block}_{theirs}_BN")
    del places["blocks.0.expand"]
    state = {}
    for place, (layer, norm) in places.items():
        depthwise = place.endswith("filter")
        kernel = tensors[f"{layer}/{'depthwise_kernel' if depthwise else 'kernel'}"]
        kernel = kernel.transpose((2, 3, 0, 1) if depthwise else (3, 2, 0, 1))
        scale = tensors[f"{norm}/gamma"] / np.sqrt(tensors[f"{norm}/moving_variance"] + EPSILON)
        state[f"{place}.weight"] = kernel * scale[:, None, None, None]
        state[f"{place}.bias"] = tensors[f"{norm}/beta"] - tensors[f"{norm}/moving_mean"] * scale
    return {name: torch.from_numpy(np.ascontiguousarray(value)).half() for name, value in state.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("package", type=Path, help="nsfwjs-4.3.0.tgz")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.safetensors", help="where to write it")
    options = parser.parse_args()
    state = converted(tensors_of(options.package))
    network = MobileNetV2()
    network.load_state_dict({name: value.float() for name, value in state.items()})
    files.write_tensors(options.out, state, {"from": PACKAGE, "licence": "MIT, Copyright (c) 2019 Infinite Red, Inc."})
    print(f"{options.out}: {sum(map(torch.numel, state.values())):,} numbers, {sha256(options.out.read_bytes()).hexdigest()}")


if __name__ == "__main__":
    run_command(main)
