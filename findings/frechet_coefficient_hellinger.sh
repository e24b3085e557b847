#!/usr/bin/env bash
# frechet-coefficient 2.0.13 (distances of sets of pictures), its Hellinger distance ("hd" of the command line): the exponent
# d' S^-1 d is divided by 0.125, where the distance of two Gaussians has a factor of 1 / 8, so it is 64 times too large: means
# that are one deviation apart count as next to the greatest distance, 1. And 1e-7 is added to the root of the mean covariance's
# determinant, which is smaller than that for 24 features of deviation 0.5: a set is then far from itself. Its documentation warns
# of small sets and large determinants; these are exact means and covariances, and not large ones. Expected: Hellinger's
# H^2 = 1 - |S1|^1/4 |S2|^1/4 / |S|^1/2 exp(-d' S^-1 d / 8), S = (S1 + S2) / 2, or its root, here from the densities themselves.
#
# The package's feature networks are left out, since they fetch one as they are imported; the distances are plain NumPy.
#
# Seen, of normal distributions of deviation 1:
#   means apart by 0.25: package 0.3935; H^2 0.0078 integrated, 0.0078 in closed form; H 0.0882
#   means apart by 0.50: package 0.8647; H^2 0.0308 integrated, 0.0308 in closed form; H 0.1754
#   means apart by 1.00: package 0.9997; H^2 0.1175 integrated, 0.1175 in closed form; H 0.3428
# and of independent features of deviation 0.5, to themselves:
#   8 features 0.000, 16 features 0.007, 24 features 0.627, 32 features 0.998
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
"${PYTHON:-python3}" -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check frechet-coefficient==2.0.13 imageio==2.37.0 numpy==2.4.6
cd "$place"
venv/bin/python - <<'PY'
import sys
from importlib.metadata import version
from types import ModuleType

for name in ("tensorflow", "frechet_coefficient.models_tensorflow"):
    sys.modules[name] = ModuleType(name)
sys.modules["frechet_coefficient.models_tensorflow"].PretrainedModelWrapper = object

import numpy as np
from frechet_coefficient import hellinger_distance

print("frechet-coefficient", version("frechet-coefficient"))
points = np.linspace(-12, 12, 24_001)
one = np.eye(1)


def density(mean):
    return np.exp(-((points - mean) ** 2) / 2) / np.sqrt(2 * np.pi)


for apart in (0.25, 0.5, 1.0):
    seen = hellinger_distance(np.zeros(1), one, np.full(1, apart), one)
    integrated = 1 - np.sqrt(density(0) * density(apart)).sum() * (points[1] - points[0])
    closed = 1 - np.exp(-(apart**2) / 8)
    print(
        f"means apart by {apart:.2f}: package {seen:.4f}; H^2 {integrated:.4f} integrated, {closed:.4f} in closed form; "
        f"H {np.sqrt(closed):.4f}"
    )
    assert abs(integrated - closed) < 1e-6, "the right side has changed"
    assert abs(seen - (1 - np.exp(-(apart**2) * 8))) < 1e-4, "this has changed"
itself = []
for features in (8, 16, 24, 32):
    mean, covariance = np.zeros(features), np.eye(features) / 4
    itself.append(hellinger_distance(mean, covariance, mean, covariance))
    print(f"{features} features {itself[-1]:.3f}")
assert itself[0] < 0.01 and itself[2] > 0.5 and itself[3] > 0.99, "this has changed"
PY
