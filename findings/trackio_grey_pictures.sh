#!/usr/bin/env bash
# trackio 0.43.0 leaves out a grey picture of the form that its documentation names, (height, width, channels), here (28, 28, 1),
# and goes on after a warning; the same picture as (28, 28) is kept. Expected: both kept, as (28, 28, 3) and (28, 28, 4) are.
#
# Seen: kept (28, 28), (28, 28, 3), (28, 28, 4); skipped (28, 28, 1)
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
"${PYTHON:-python3}" -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check trackio==0.43.0
cd "$place"
HOME="$place" TRACKIO_DIR="$place/kept" HF_HUB_OFFLINE=1 venv/bin/python - <<'PY'
import os
import warnings
from pathlib import Path

import numpy as np
import trackio

trackio.init(project="pictures", name="run")
shapes = [(28, 28), (28, 28, 1), (28, 28, 3), (28, 28, 4)]
skipped = []
for step, shape in enumerate(shapes):
    picture = np.random.default_rng(step).integers(0, 255, shape, dtype=np.uint8)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        trackio.log({"picture": trackio.Image(picture)})
        if any("skipped" in str(one.message) for one in told):
            skipped.append(shape)
trackio.finish()
files = list(Path(os.environ["TRACKIO_DIR"]).rglob("*.png"))
print("skipped:", skipped, " pictures kept:", len(files))
assert skipped == [(28, 28, 1)] and len(files) == 3, "this has changed"
PY
