#!/usr/bin/env bash
# torchmetrics 1.9.0, perceptual_path_length: documented as the mean of D(G(I(z1, z2, t)), G(I(z1, z2, t + epsilon))) / epsilon^2
# with "t a parameter between 0 and 1", it is computed at t = 0 alone (StyleGAN 2's variant at the ends, which is another number
# wherever the generator bends); and `resize`, 64 by default, is not applied for a similarity network of one's own. Expected: the
# formula of its page, here in closed form, and pictures of 64 x 64.
#
# Needs some 6 GB of room for PyTorch.
#
# Seen, for G(z) = z^2 with z uniform in [-1, 1], where D is the squared difference:
#   torchmetrics 1.242; at t = 0 exactly 56/45 = 1.244, over t exactly 8/15 = 0.533, by simulation 0.532
#   resize=64: the network gets pictures of 128 x 128
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
"${PYTHON:-python3}" -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check \
    torchmetrics==1.9.0 torch==2.14.1 torchvision==0.29.1 numpy==2.4.6
"$place/venv/bin/python" -W ignore - <<'PY'
import numpy as np
import torch
from torchmetrics.functional.image import perceptual_path_length


class Square(torch.nn.Module):
    """Pictures of one grey level, which the function scales from [0, 255] to [-1, 1], where it is z^2."""

    def __init__(self, size):
        super().__init__()
        self.size = size

    def sample(self, count):
        return torch.rand(count, 1, dtype=torch.float64) * 2 - 1

    def forward(self, z):
        return (127.5 * (z**2 + 1))[:, :, None, None].expand(-1, 3, self.size, self.size)


class Squared(torch.nn.Module):
    def forward(self, first, second):
        self.seen = tuple(first.shape[2:])
        return ((first - second) ** 2).mean((1, 2, 3))


torch.manual_seed(0)
everything = dict(lower_discard=0.0, upper_discard=1.0)
length = float(perceptual_path_length(Square(1), 400_000, batch_size=100_000, sim_net=Squared(), resize=None, **everything)[0])

rng = np.random.default_rng(0)
start, end = rng.uniform(-1, 1, (2, 2_000_000))
t, epsilon = rng.uniform(0, 1 - 1e-4, 2_000_000), 1e-4
step = (start + (t + epsilon) * (end - start)) ** 2 - (start + t * (end - start)) ** 2
simulated = np.mean(step**2) / epsilon**2
print(f"torchmetrics {length:.3f}; at t = 0 exactly 56/45 = {56 / 45:.3f}, over t exactly 8/15 = {8 / 15:.3f}, ", end="")
print(f"by simulation {simulated:.3f}")
assert abs(simulated - 8 / 15) < 0.005, "the right side has changed"
assert abs(length - 56 / 45) < 0.02, "this has changed"

network = Squared()
perceptual_path_length(Square(128), 4, sim_net=network, resize=64, **everything)
print(f"resize=64: the network gets pictures of {network.seen[0]} x {network.seen[1]}")
assert network.seen == (128, 128), "this has changed"
PY
