"""Samples a run into a picture, an array, or a folder of separate pictures: `python -m ganlib.sample`.

python -m ganlib.sample checkpoints/mnist --num 100 --seed 7 --out digits.png
python -m ganlib.sample checkpoints/mnist --label 3 --truncation 0.7 --epoch 2 --out threes.png
python -m ganlib.sample checkpoints/mnist --num 10000 --out samples.npz       # uint8 NHWC under `images`
python -m ganlib.sample checkpoints/mnist --num 5000 --out digits/            # PNGs and metadata.jsonl
python -m ganlib.sample checkpoints/mnist --num 100 --seed 10-20 --label 1,2 --folders --out pairs/

A folder is an imagefolder of Hugging Face's datasets: metadata.jsonl gives each picture's file_name, label, seed and index.
If the command is stopped or killed, the same command continues; a larger --num adds pictures. With --folders,
`train.py --dataset` and torchvision's ImageFolder find the classes by their folders.
"""

import os

if __name__ == "__main__":
    from ganlib import imports

    imports.begin()
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # torch's waiting threads leave their cores to those that write files

import argparse
import io
import math
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from ganlib import UserError, files, hub, pictures
from ganlib.cli import epoch_or, number, options_of, run_command, seeds_list
from ganlib.sampling import caption, draw, find_label, find_labels, images, labels_for
from ganlib.sampling.sample_files import METADATA, SampleFiles
from ganlib.sampling.sample_folder import write
from ganlib.sampling.samples import Samples, seeds_text

__all__ = ["caption", "draw", "find_label", "images", "labels_for", "main"]  # imported by published model cards

MOST = 100_000  # pictures in memory, and of one seed
MOST_FILES = 1_000_000
FOLDER = "/"  # the kind of output that is none of the files below
KINDS = {".png": "a grid", ".npz": "an array", FOLDER: "a folder of pictures"}


def main(arguments: list[str] | None = None) -> None:
    options = options_of(_parser(), arguments)
    kind, out = _kind(options.out), Path(options.out)
    _check_number(options.num, options.seed, MOST_FILES if kind == FOLDER else MOST)
    run = hub.run_at(options.run)
    snapshot = run.best() if options.epoch == "best" else run.snapshot(options.epoch)
    labels = find_labels(run.config, options.label)
    if options.folders and (kind != FOLDER or not labels):
        raise UserError("--folders is for --out DIR/ and a run with labels; leave it out.")
    samples = Samples(run.name, run.config, snapshot, options.seed, options.num, labels, options.truncation)
    generator, done = run.generator(snapshot), ""
    try:
        if kind == FOLDER:
            kept = write(out, SampleFiles(samples, options.folders), generator)
            done = f"{len(samples):,} pictures{f' ({kept:,} were there)' if kept else ''} and {METADATA}, "
        else:
            content = _npz(samples, generator) if kind == ".npz" else _grid(samples, generator, options.label is None)
            files.write(out, content)
    except OSError as error:
        raise UserError(f"--out {out} can't be written ({error.strerror}).") from error
    one = labels[0] if options.label is not None and len(labels) == 1 else None
    several = f", labels {options.label}" if options.label is not None and one is None else ""
    settings = caption(run, snapshot.label, seeds_text(options.seed), options.truncation, one)
    print(f"{out}: {done}{settings}{several}")


def _kind(out: str) -> str:
    """Returns which of KINDS `--out` names: a folder ends with a slash, is there already, or has no ending."""
    name, suffix = Path(out).name, Path(out).suffix.lower()
    if out.endswith(("/", os.sep)):
        return FOLDER
    if suffix in KINDS:
        return suffix
    if os.path.isdir(out) or (name and not suffix and not name.startswith(".")):
        return FOLDER
    *others, last = (f"{ending} ({what})" for ending, what in KINDS.items())
    raise UserError(f"--out {out} must end in {', '.join(others)} or {last}.")


def _check_number(num: int, seeds: tuple[int, ...], most: int) -> None:
    """Raises UserError for a number of pictures, of each seed or of all, out of range."""
    if not 1 <= num <= MOST:
        raise UserError(f"--num {num} must lie between 1 and {MOST:,}.")
    if num * len(seeds) > most:
        raise UserError(f"--num {num} of each of {len(seeds):,} seeds is more than {most:,} pictures; take fewer.")


def _drawn(samples: Samples, generator: nn.Module) -> np.ndarray:
    return np.concatenate([samples.draw(generator, batch) for batch in samples.batches()])


def _grid(samples: Samples, generator: nn.Module, every_class: bool) -> bytes:
    """Returns a PNG: a column per label if a seed's labels come in turn, else about as many columns as rows."""
    in_turn = len(samples.seeds) == 1 and 1 < len(samples.labels) <= 16
    columns = len(samples.labels) if in_turn else math.ceil(math.sqrt(len(samples)))
    drawn = _drawn(samples, generator)
    picture = pictures.grid(drawn, min(columns, len(samples)), pictures.scale_for(samples.config.image_size))
    settings = {
        "run": samples.run, "epoch": samples.snapshot.epoch, "images": samples.snapshot.images,
        "seed": samples.seeds[0] if len(samples.seeds) == 1 else seeds_text(samples.seeds),
        "truncation": samples.truncation,
        "label": None if every_class else samples.labels[0] if len(samples.labels) == 1 else samples.labels,
        "num": samples.num,
    }  # fmt: skip
    return pictures.png(picture, settings)


def _npz(samples: Samples, generator: nn.Module) -> bytes:
    arrays: dict[str, Any] = {"images": _drawn(samples, generator).transpose(0, 2, 3, 1)}
    if samples.labels:
        arrays["labels"] = np.array([place.label for place in samples.places()])
    if len(samples.seeds) > 1:
        arrays["seeds"] = np.array([place.seed for place in samples.places()])
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ganlib.sample", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", help="a run's folder | OWNER/NAME[@REVISION] on the Hub")
    parser.add_argument("--epoch", type=epoch_or("best"), help="the snapshot nearest to this epoch | best (default: the last)")
    parser.add_argument("--num", type=int, default=64, help="number of samples, of each seed (default: 64)")
    parser.add_argument(
        "--seed", type=seeds_list, default=(0,), metavar="SEEDS", help="seeds of the latents: 7 | 10-20 | 1,5 (default: 0)"
    )
    parser.add_argument("--label", metavar="LABELS", help="classes by name or number, in turn: 3 | 1,2 (default: all in turn)")
    parser.add_argument("--truncation", type=number, default=1.0, help="factor of z, 1 (default): no truncation, 0: z = 0")
    parser.add_argument("--folders", action="store_true", help="with --out DIR/: a folder per class")
    parser.add_argument("--out", required=True, metavar="PATH", help="FILE.png (a grid) | FILE.npz (an array) | DIR/ (PNGs)")
    return parser


if __name__ == "__main__":
    run_command(main)
