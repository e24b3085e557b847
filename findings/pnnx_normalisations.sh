#!/usr/bin/env bash
# pnnx 20261020 with ncnn 1.0.20261020 (networks on phones): of normalisations that GANs use, two are converted without a word into
# others. `InstanceNorm2d(track_running_stats=True)` in evaluation mode, which normalises by its stored statistics, becomes one that
# normalises each picture by its own; `LayerNorm([C, H, W])`, WGAN-GP's in the discriminator, comes out as something else.
# Expected: the network's values within rounding, as of BatchNorm2d, InstanceNorm2d and GroupNorm beside them, or a refusal.
#
# Seen, largest difference from PyTorch 2.14.1 of values of about one:
#   BatchNorm2d 0.0000, InstanceNorm2d 0.0000, GroupNorm 0.0000, InstanceNorm2d, tracked 2.8635, LayerNorm 6.0047
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
"${PYTHON:-python3}" -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check pnnx==20261020 ncnn==1.0.20261020 torch==2.14.1 numpy==2.4.6
cd "$place"
venv/bin/python - > seen.txt 2> log.txt <<'PY' || { cat seen.txt log.txt; exit 1; }
import ncnn
import numpy as np
import pnnx
import torch
from torch import nn

torch.manual_seed(0)
tracked = nn.InstanceNorm2d(4, affine=True, track_running_stats=True)
nn.init.normal_(tracked.running_mean)
nn.init.uniform_(tracked.running_var, 0.5, 2)
layer = nn.LayerNorm([4, 8, 8])
nn.init.normal_(layer.weight)
norms = {
    "batch": nn.BatchNorm2d(4),
    "instance": nn.InstanceNorm2d(4, affine=True),
    "group": nn.GroupNorm(2, 4),
    "tracked": tracked,
    "layer": layer,
}
x = torch.randn(1, 4, 8, 8)
apart = {}
for name, norm in norms.items():
    network = nn.Sequential()
    network.add_module("conv", nn.Conv2d(4, 4, 1))
    network.add_module("norm", norm)
    network.eval().requires_grad_(False)
    pnnx.export(network, f"{name}.pt", (x,), fp16=False)
    converted = ncnn.Net()
    converted.opt.use_fp16_packed = converted.opt.use_fp16_storage = converted.opt.use_fp16_arithmetic = False
    converted.opt.use_bf16_storage = False
    assert converted.load_param(f"{name}.ncnn.param") == 0 and converted.load_model(f"{name}.ncnn.bin") == 0
    run = converted.create_extractor()
    run.input("in0", ncnn.Mat(x[0].numpy()).clone())
    drawn = np.array(run.extract("out0")[1])
    apart[name] = float(np.abs(drawn - network(x)[0].numpy()).max())
    print(f"SEEN {name:9} {apart[name]:.4f} from PyTorch")
assert max(apart[name] for name in ("batch", "instance", "group")) < 1e-3, "the right side has changed"
assert apart["tracked"] > 0.5 and apart["layer"] > 0.5, "this has changed"
PY
sed -n 's/^SEEN //p' seen.txt
if grep -i "unsupported" seen.txt log.txt; then echo "this has changed: it says so now"; exit 1; fi
