#!/usr/bin/env bash
# piq 0.8.0: its FID of features to themselves is not 0, and that of two samples of one distribution is several per cent too
# high: the Newton-Schulz iteration of its matrix square root ends as soon as the relative error is below 1e-5, which is as
# large as what is left after the traces are subtracted. In float64, on well-conditioned features; the exact values are from
# the eigenvalues of the symmetric product.
#
# Needs some 6 GB of room for PyTorch.
#
# Seen (n features of d dimensions, standard deviations from .05 to 1):
#   n=2000 d=64: to themselves 0.0099, two samples 0.2985, exactly 0.2889
#   n=5000 d=64: to themselves 0.0095, two samples 0.1226, exactly 0.1133
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
"${PYTHON:-python3}" -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.14.1 torchvision==0.29.1 piq==0.8.0 numpy==2.4.6
"$place/venv/bin/python" -W ignore - <<'PY'
import numpy as np
import torch
from piq import FID


def exactly(x, y):
    """|m1 - m2|^2 + tr(C1 + C2 - 2 sqrt(C1^1/2 C2 C1^1/2))."""
    first, second = np.cov(x, rowvar=False), np.cov(y, rowvar=False)
    values, vectors = np.linalg.eigh(first)
    root = (vectors * np.sqrt(values.clip(0))) @ vectors.T
    shared = np.sqrt(np.linalg.eigvalsh(root @ second @ root).clip(0)).sum()
    return ((x.mean(0) - y.mean(0)) ** 2).sum() + np.trace(first) + np.trace(second) - 2 * shared


for num in (2000, 5000):
    rng = np.random.default_rng(num)
    x, y = (rng.standard_normal((num, 64)) * np.linspace(0.05, 1, 64) for _ in range(2))
    first, second = map(torch.from_numpy, (x, y))
    itself, apart = (float(FID().compute_metric(first, other)) for other in (first, second))
    right = exactly(x, y)
    print(f"n={num} d=64: to themselves {itself:.4f}, two samples {apart:.4f}, exactly {right:.4f}")
    assert exactly(x, x) < 1e-9 and itself > 0.005 and apart - right > 0.005, "this has changed"
PY
