#!/usr/bin/env bash
# Pillow 12.3.0 on TIFF files as scanners and microscopes write them (made by tifffile 2026.3.3, which reads all of them back).
#
# - White-is-zero (tag 262 = 0): 8 bits are turned into black-is-zero on reading, 16 bits are not, so a scan stays a negative.
# - 16-bit RGB in separate planes (tag 284 = 2): the bytes of the planes are mixed up; in one plane the same picture is right
#   (as 8 bits a channel).
# - int8 (tag 339 = 2) is read as uint8: -8 becomes 248. int16 is read right.
# - Big-endian uint32, and float16: "cannot identify image file", while little-endian uint32 and float32 are read.
# - Little-endian uint32 is read as int32: from 2147483648 on values are negative, and what is brightest becomes black.
#
# Seen: white-is-zero [0, 100, 200, 255] read as [255, 155, 55, 0] from 8 bits, and as [0, 25700, 51400, 65535] from 16 of the
# same levels; the rest stands in the table that this prints, each line of it asserted.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
"${PYTHON:-python3}" -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check pillow==12.3.0 tifffile==2026.3.3 numpy==2.4.6
"$place/venv/bin/python" - <<'PY'
import io

import numpy as np
import tifffile
from PIL import Image, UnidentifiedImageError


def through_pillow(array, **settings):
    """What Pillow reads of a TIFF of `array`; tifffile reads back what it wrote."""
    file = io.BytesIO()
    tifffile.imwrite(file, array, **settings)
    assert np.array_equal(tifffile.imread(io.BytesIO(file.getvalue())), array)
    try:
        return np.asarray(Image.open(io.BytesIO(file.getvalue())))
    except UnidentifiedImageError:
        return None


def says(what, seen, expected):
    print(f"{what:34} {seen}")
    assert seen == expected, f"{what}: this has changed"


grey8 = np.array([[0, 100], [200, 255]], np.uint8)
says("white-is-zero, 8 bits", through_pillow(grey8, photometric="miniswhite").tolist(), [[255, 155], [55, 0]])
grey16 = grey8.astype(np.uint16) * 257
says("white-is-zero, 16 bits", through_pillow(grey16, photometric="miniswhite").tolist(), grey16.tolist())

ramp = np.zeros((2, 2, 3), np.uint16)
ramp[..., 0], ramp[..., 1] = 65535, [[0, 0x1234], [0x5678, 0x9ABC]]
right = (ramp >> 8).astype(np.uint8)
says("RGB16 in one plane, right", np.array_equal(through_pillow(ramp, photometric="rgb"), right), True)
for order in "<>":
    read = through_pillow(np.moveaxis(ramp, 2, 0).copy(), photometric="rgb", planarconfig="separate", byteorder=order)
    print("  right", right.tolist(), " read", read.tolist())
    says(f"RGB16 in separate planes, {order}, right", np.array_equal(read, right), False)

says("int8 from -2 on", through_pillow(np.array([[-2, -1], [0, 1]], np.int8)).tolist(), [[254, 255], [0, 1]])
says("int16 from -2 on", through_pillow(np.array([[-2, -1], [0, 1]], np.int16)).tolist(), [[-2, -1], [0, 1]])
counted = np.arange(4).reshape(2, 2)
says("uint32, little-endian, read", through_pillow(counted.astype(np.uint32)) is not None, True)
large = counted.astype(np.uint32) * 1_000_000_000
says("uint32 in steps of 10^9", through_pillow(large).tolist(), [[0, 1_000_000_000], [2_000_000_000, -1_294_967_296]])
says("uint32, big-endian, read", through_pillow(counted.astype(np.uint32), byteorder=">") is not None, False)
says("float32, read", through_pillow(counted.astype(np.float32)) is not None, True)
says("float16, read", through_pillow(counted.astype(np.float16)) is not None, False)
PY
