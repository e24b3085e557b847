#!/usr/bin/env bash
# safetensors 0.8.0 with numpy 2.4.6: a transposed array is saved as another one.
#
# safetensors.numpy.save takes the array's shape and the bytes of its memory; where the two disagree, as after `.T` or for
# Fortran order, what is loaded has the right shape and other values. Expected: the values that were saved, or the refusal
# that safetensors.torch gives ("You are trying to save a non contiguous tensor").
#
# Seen:
#   saved  [[0, 3], [1, 4], [2, 5]]  loaded [[0, 1], [2, 3], [4, 5]]  (transposed)
#   saved  [[0, 1, 2], [3, 4, 5]]  loaded [[0, 3, 1], [4, 2, 5]]  (Fortran order)
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
"${PYTHON:-python3}" -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check safetensors==0.8.0 numpy==2.4.6
"$place/venv/bin/python" - <<'PY'
import numpy as np
from safetensors.numpy import load, save

counted = np.arange(6, dtype=np.int32).reshape(2, 3)
seen = {}
for name, array in {"transposed": counted.T, "Fortran order": np.asfortranarray(counted)}.items():
    seen[name] = load(save({"x": array}))["x"].tolist()
    print("saved ", array.tolist(), " loaded", seen[name], f" ({name})")
assert seen == {"transposed": [[0, 1], [2, 3], [4, 5]], "Fortran order": [[0, 3, 1], [4, 2, 5]]}, "this has changed"
whole = load(save({"x": np.ascontiguousarray(counted.T)}))["x"]
assert np.array_equal(whole, counted.T), "a contiguous copy should be saved as it is"
PY
