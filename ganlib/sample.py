"""Samples a run into a picture or an array: `python -m ganlib.sample`.

python -m ganlib.sample checkpoints/mnist --num 100 --seed 7 --out digits.png
python -m ganlib.sample checkpoints/mnist --label 3 --truncation 0.7 --epoch 2 --out threes.png
python -m ganlib.sample checkpoints/mnist --num 10000 --out samples.npz       # uint8 NHWC under `images`
"""

if __name__ == "__main__":
    from ganlib import interrupts

    interrupts.end_at_once()  # on Ctrl-C during the imports below

import argparse
import io
import math
from pathlib import Path
from typing import Any

import numpy as np

from ganlib import UserError, files, hub, pictures
from ganlib.cli import epoch_or, number, options_of, run_command, seed
from ganlib.sampling import caption, draw, find_label, images, labels_for

__all__ = ["caption", "draw", "find_label", "images", "labels_for", "main"]  # imported by published model cards

MOST = 100_000


def main(arguments: list[str] | None = None) -> None:
    options = options_of(_parser(), arguments)
    if not 1 <= options.num <= MOST:
        raise UserError(f"--num {options.num} must lie between 1 and {MOST:,}.")
    if options.out.suffix.lower() not in (".png", ".npz"):
        raise UserError(f"--out {options.out} must end in .png (a grid) or .npz (an array).")
    run = hub.run_at(options.run)
    snapshot = run.best() if options.epoch == "best" else run.snapshot(options.epoch)
    label = find_label(run.config, options.label)
    drawn, labels = images(run, run.generator(snapshot), options.num, options.seed, label, options.truncation)
    if options.out.suffix.lower() == ".npz":
        content = _npz(drawn, labels)
    else:
        every_class = labels is not None and label is None and run.config.num_classes <= 16
        columns = run.config.num_classes if every_class else math.ceil(math.sqrt(options.num))
        picture = pictures.grid(drawn, min(columns, options.num), pictures.scale_for(run.config.image_size))
        settings = {
            "run": run.name, "epoch": snapshot.epoch, "images": snapshot.images, "seed": options.seed,
            "truncation": options.truncation, "label": label, "num": options.num,
        }  # fmt: skip
        content = pictures.png(picture, settings)
    try:
        files.write(options.out, content)
    except OSError as error:
        raise UserError(f"--out {options.out} can't be written ({error.strerror}).") from error
    print(f"{options.out}: {caption(run, snapshot.label, options.seed, options.truncation, label)}")


def _npz(images: np.ndarray, labels: np.ndarray | None) -> bytes:
    arrays: dict[str, Any] = {"images": images.transpose(0, 2, 3, 1)} | ({} if labels is None else {"labels": labels})
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ganlib.sample", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", help="a run's folder | OWNER/NAME[@REVISION] on the Hub")
    parser.add_argument("--epoch", type=epoch_or("best"), help="the snapshot nearest to this epoch | best (default: the last)")
    parser.add_argument("--num", type=int, default=64, help="number of samples (default: 64)")
    parser.add_argument("--seed", type=seed, default=0, help="seed of the latents (default: 0)")
    parser.add_argument("--label", help="a class by name or number (default: each in turn)")
    parser.add_argument("--truncation", type=number, default=1.0, help="factor of z, 1 (default): no truncation, 0: z = 0")
    parser.add_argument("--out", type=Path, required=True, help="FILE.png or FILE.npz")
    return parser


if __name__ == "__main__":
    run_command(main)
