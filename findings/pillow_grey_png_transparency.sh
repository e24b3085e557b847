#!/usr/bin/env bash
# Pillow 12.3.0, a grey PNG of 2 or 4 bits with a transparent level (tRNS): the greys are scaled to 8 bits, the transparent level is
# not, so that converting to RGBA makes another grey transparent, or none. At 1, 8 and 16 bits per pixel the level is right or
# unscaled alike. Expected: alpha 0 where the file's level is the transparent one, at every depth, as pypng reads it.
#
# Seen, of the 16 pixels of a ramp, those transparent by the file, by Pillow, and by pypng:
#   2 bits: [5, 6, 7, 8, 9] [] [5, 6, 7, 8, 9]
#   4 bits: [6] [] [6]
#   8 bits: [6] [6] [6]
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
"${PYTHON:-python3}" -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check pillow==12.3.0 pypng==0.20220715.0
cd "$place"
venv/bin/python - <<'PY'
import io

import png
from PIL import Image

seen = {}
for bits in (2, 4, 8):
    ramp = [x * (2**bits - 1) // 15 for x in range(16)]
    clear = ramp[6]
    file = io.BytesIO()
    png.Writer(16, 4, greyscale=True, bitdepth=bits, transparent=clear).write(file, [ramp] * 4)
    content = file.getvalue()
    true = [x for x, level in enumerate(ramp) if level == clear]
    alpha = list(Image.open(io.BytesIO(content)).convert("RGBA").getchannel("A").crop((0, 0, 16, 1)).tobytes())
    pillow = [x for x, value in enumerate(alpha) if value == 0]
    _, _, rows, _ = png.Reader(bytes=content).asRGBA8()
    pypng = [x for x, value in enumerate(list(next(iter(rows)))[3::4]) if value == 0]
    print(f"{bits} bits:", true, pillow, pypng)
    seen[bits] = (true == pypng, true == pillow)
assert seen == {2: (True, False), 4: (True, False), 8: (True, True)}, "this has changed"
PY
