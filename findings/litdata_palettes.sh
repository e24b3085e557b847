#!/usr/bin/env bash
# litdata 0.2.76 (data sets of pictures as chunks to stream): a PIL picture that is not a JPEG is kept as its size, mode and bytes.
# Of a picture with a palette, as many PNGs and most GIFs are, that is the numbers alone: it comes back with the mode P and no
# palette, and everything after it, as `convert("RGB")` before training, reads the numbers as greys or black. Nothing is said
# when it is written or read. Expected: the same picture, as of every other mode of PIL, or an error. (`pil` of mosaicml-streaming
# 0.13.0, of the same layout, did the same; it is not run here.)
#
# Needs some 6 GB of room for PyTorch.
#
# Seen, the first pixel in RGB before and after `optimize` and StreamingDataset:
#   RGB (PNG): (220, 30, 30), (220, 30, 30)
#   P (PNG): (220, 30, 30), (0, 0, 0)
#   P (GIF): (220, 30, 30), (0, 0, 0)
#   L (PNG): (87, 87, 87), (87, 87, 87)
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
"${PYTHON:-python3}" -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check \
    litdata==0.2.76 torch==2.14.1 torchvision==0.29.1 pillow==12.3.0 numpy==2.4.6
cd "$place"
cat > finding.py <<'PY'
from importlib.metadata import version

from litdata import StreamingDataset, optimize
from PIL import Image

CASES = [("RGB", "PNG"), ("P", "PNG"), ("P", "GIF"), ("L", "PNG")]


def opened(number):
    return Image.open(f"{number}.{CASES[number][1].lower()}")


if __name__ == "__main__":
    print("litdata", version("litdata"))
    for number, (mode, kind) in enumerate(CASES):
        colours = Image.new("RGB", (16, 16), (220, 30, 30))
        colours.paste((30, 30, 220), (0, 8, 16, 16))
        (colours.quantize(16) if mode == "P" else colours.convert(mode)).save(f"{number}.{kind.lower()}")
    optimize(fn=opened, inputs=list(range(len(CASES))), output_dir="chunks", chunk_bytes="1MB", num_workers=1)
    kept = StreamingDataset("chunks")
    equal = []
    for number, (mode, kind) in enumerate(CASES):
        before, after = opened(number), kept[number]
        assert before.mode == after.mode == mode
        first, second = before.convert("RGB"), after.convert("RGB")
        equal.append(first.tobytes() == second.tobytes())
        print(f"{mode} ({kind}): {first.getpixel((0, 0))}, {second.getpixel((0, 0))}")
    assert equal == [True, False, False, True], "this has changed"
PY
HOME="$place" venv/bin/python -W ignore finding.py > said.txt 2>&1 || { cat said.txt; exit 1; }
grep -E '^(litdata [0-9]|[A-Z]+ \((PNG|GIF)\): )' said.txt
