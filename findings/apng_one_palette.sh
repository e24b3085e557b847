#!/usr/bin/env bash
# apng 0.3.4 (joins PNGs to an animated one). An animated PNG has one header and one palette, those of its first frame. The package
# takes them from the first picture and the data from all, whatever their kind: each is valid, and nothing is said. With palettes
# of their own the second picture has the first one's colours, which any viewer shows; a colour picture after a grey one is read
# as a grey one; and a grey picture, or one with alpha, beside colour ones makes a file that readers refuse. A film of training is
# such a case where each sheet was saved as small as it goes: the first sheets are grey, or have other colours than the last ones.
# Expected: every picture as it is, as for those of one kind, or an error as they are joined.
#
# Seen, the first pixel of two pictures joined, as Pillow reads it:
#   colour, colour: (220, 30, 30), (30, 30, 220)
#   palette, palette: (220, 30, 30), (220, 30, 30)
#   grey, colour: (128, 128, 128), (30, 30, 30)
#   colour, grey: joined without an error; refused by Pillow
#   colour with alpha, colour: joined without an error; refused by Pillow
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
"${PYTHON:-python3}" -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check apng==0.3.4 pillow==12.3.0 numpy==2.4.6
"$place/venv/bin/python" - <<'PY'
import io

import numpy as np
from apng import APNG, PNG
from PIL import Image, ImageSequence


def even(*colour):
    return Image.fromarray(np.full((8, 8, len(colour)), colour, np.uint8).squeeze())


def joined(pictures):
    film = APNG()
    for picture in pictures:
        file = io.BytesIO()
        picture.save(file, "PNG")
        film.append(PNG.from_bytes(file.getvalue()), delay=100)
    return film.to_bytes()


def first_pixels(film):
    with Image.open(io.BytesIO(film)) as read:
        return [frame.convert("RGB").getpixel((0, 0)) for frame in ImageSequence.Iterator(read)]


red, blue, grey = even(220, 30, 30), even(30, 30, 220), even(128)
assert first_pixels(joined([red, blue])) == [(220, 30, 30), (30, 30, 220)], "the right side has changed"
print("colour, colour: (220, 30, 30), (30, 30, 220)")
for name, pictures, seen in (
    ("palette, palette", [red.quantize(), blue.quantize()], [(220, 30, 30), (220, 30, 30)]),
    ("grey, colour", [grey, blue], [(128, 128, 128), (30, 30, 30)]),
):
    pixels = first_pixels(joined(pictures))
    print(f"{name}: {pixels[0]}, {pixels[1]}")
    assert pixels == seen, "this has changed"
for name, pictures in (("colour, grey", [red, grey]), ("colour with alpha, colour", [red.convert("RGBA"), blue])):
    film = joined(pictures)
    try:
        first_pixels(film)
    except OSError:
        print(f"{name}: joined without an error; refused by Pillow")
    else:
        raise AssertionError("this has changed")
PY
