"""Samples of a run, as a picture or as an array.

python -m ganlib.sample checkpoints/mnist --num 100 --seed 7 --out digits.png
python -m ganlib.sample checkpoints/mnist --label 3 --truncation 0.7 --epoch 2 --out threes.png
python -m ganlib.sample checkpoints/mnist --num 10000 --out samples.npz       # uint8 NHWC under `images`
"""

if __name__ == "__main__":
    from ganlib import interrupts

    interrupts.end_at_once()  # on Ctrl-C, while the rest is imported

import argparse
import io
import math
from pathlib import Path

import numpy as np
import torch
from torch import nn

from ganlib import UserError, files, hub, latents, pictures
from ganlib.commands import epoch_or, number, options_of, run_command, seed
from ganlib.datasets.image_set import class_number
from ganlib.runs.config import Config
from ganlib.runs.runs import Run

BATCH = 64
MOST = 100_000


def draw(generator: nn.Module, z: np.ndarray, labels: np.ndarray | None = None) -> np.ndarray:
    """The generator's images of `z` (N, dim) and `labels` (N,), as uint8 (N, C, H, W)."""
    device = next(generator.parameters()).device
    parts = []
    with torch.inference_mode():
        for start in range(0, len(z), BATCH):
            part = slice(start, start + BATCH)
            inputs = torch.from_numpy(z[part]).to(device)
            classes = None if labels is None else torch.from_numpy(labels[part]).to(device)
            parts.append(pictures.to_uint8(generator(inputs, classes).cpu().numpy()))
    return np.concatenate(parts)


def images(
    run: Run, generator: nn.Module, num: int, seed: int, label: str | int | None = None, truncation: float = 1.0
) -> tuple[np.ndarray, np.ndarray | None]:
    """`num` images of the run's `generator`, uint8 (num, C, H, W), and their labels (num,), None for a run without any.

    Raises UserError for a class that the run doesn't have.
    """
    recipe, labels = run.config.recipe, labels_for(run.config, num, find_label(run.config, label))
    z = latents.sample(num, recipe.latent_dim, seed, recipe.latent)
    return draw(generator, latents.truncate(z, truncation), labels), labels


def find_label(config: Config, label: str | int | None) -> int | None:
    """The index of a class from its name or number. Raises UserError for a class that the run doesn't have."""
    if label is None:
        return None
    if not config.num_classes:
        raise UserError(f"This run was trained without labels; leave out the label {label}.")
    number = class_number(config.class_names, str(label))
    if number is None:
        raise UserError(f"This run has no label {label!r}; it has {', '.join(config.class_names)}.")
    return number


def labels_for(config: Config, num: int, label: int | None) -> np.ndarray | None:
    """`num` labels: all `label`, or each class in turn for None; None for a run without labels."""
    if not config.num_classes:
        return None
    return np.full(num, label) if label is not None else np.arange(num) % config.num_classes


def caption(run: Run, epoch_label: str, seed: int, truncation: float, label: int | None = None) -> str:
    """The settings of a picture in a line: "mnist, epoch 12, seed 1, ψ 0.8"."""
    parts = [run.name, epoch_label, f"seed {seed}", f"ψ {truncation:g}"]
    return ", ".join(parts if label is None else [*parts, f"label {run.config.class_names[label]}"])


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
    arrays = {"images": images.transpose(0, 2, 3, 1)} | ({} if labels is None else {"labels": labels})
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ganlib.sample", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", help="a run's folder | OWNER/NAME[@REVISION] on the Hub")
    parser.add_argument("--epoch", type=epoch_or("best"), help="the snapshot nearest to this epoch | best (default: the last)")
    parser.add_argument("--num", type=int, default=64, help="how many (default: 64)")
    parser.add_argument("--seed", type=seed, default=0, help="of the latents (default: 0)")
    parser.add_argument("--label", help="a class by name or number (default: each in turn)")
    parser.add_argument("--truncation", type=number, default=1.0, help="multiplies z; 1 as trained (default), 0 the middle")
    parser.add_argument("--out", type=Path, required=True, help="FILE.png or FILE.npz")
    return parser


if __name__ == "__main__":
    run_command(main)
