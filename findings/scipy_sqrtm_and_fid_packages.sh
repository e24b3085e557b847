#!/usr/bin/env bash
# SciPy 1.18.1 with pytorch-fid 0.3.0 and clean-fid 0.1.35, their newest releases when this was run (2026-11): both compute the
# Fréchet distance by scipy.linalg.sqrtm(..., disp=False), an argument that SciPy announced in 1.17 to go and that 1.18 no
# longer takes. Neither package caps SciPy, so `pip install` pairs them, and the distance of any two sets is a TypeError.
# Expected: 1 for two Gaussians of 4 dimensions with the same covariance and means half apart in each, as with SciPy 1.17.1.
#
# Needs Python 3.12 or newer, as SciPy 1.18 does, and some 6 GB of room for PyTorch.
#
# Seen:
#   SciPy 1.17.1: pytorch-fid 1.000000, clean-fid 1.000000
#   SciPy 1.18.1: TypeError: sqrtm() got an unexpected keyword argument 'disp', twice
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
"${PYTHON:-python3}" -c 'import sys; sys.exit(sys.version_info < (3, 12) and "Python 3.12 or newer is needed; name one by PYTHON=")'
"${PYTHON:-python3}" -m venv "$place/venv"
export PIP_DISABLE_PIP_VERSION_CHECK=1
"$place/venv/bin/pip" install --quiet torch==2.14.1 torchvision==0.29.1 scipy==1.18.1 pytorch-fid==0.3.0 clean-fid==0.1.35
measure() {
  "$place/venv/bin/python" -W ignore - <<'PY'
import numpy as np
import scipy
from cleanfid.fid import frechet_distance
from pytorch_fid.fid_score import calculate_frechet_distance

mean, covariance = np.zeros(4), np.eye(4)
for distance in (calculate_frechet_distance, frechet_distance):
    name = f"SciPy {scipy.__version__}, {distance.__module__.partition('.')[0]}:"
    try:
        value = distance(mean, covariance, mean + 0.5, covariance)
        print(name, f"{value:.6f}")
        right = abs(value - 1) < 1e-6
    except TypeError as error:
        print(name, f"TypeError: {error}")
        right = False
    assert right == scipy.__version__.startswith("1.17"), "this has changed"
PY
}
measure
"$place/venv/bin/pip" install --quiet scipy==1.17.1
measure
