"""Draws a grid of mixed styles as PNG: `python -m ganlib.mixing`, for runs of the recipe style.

python -m ganlib.mixing checkpoints/mnist-style --out mixed.png
python -m ganlib.mixing checkpoints/mnist-style --rows 2 --columns 8 --seed 7 --label 3 --out threes.png

The first row and column are pictures of single latents. The others take some stages from the latent of their column and the
others from that of their row: the coarse stages in the first rows, the middle ones in the next, the fine ones in the last.
"""

if __name__ == "__main__":
    from ganlib import imports

    imports.begin()

import argparse
from pathlib import Path

from ganlib import UserError, files, hub, pictures
from ganlib.cli import epoch_or, number, options_of, positive_int, run_command, seed
from ganlib.mixing.grid import mixing_grid
from ganlib.sampling import caption, find_label

MOST = 64  # sources in a row or column


def main(arguments: list[str] | None = None) -> None:
    options = options_of(_parser(), arguments)
    if options.out.suffix.lower() != ".png":
        raise UserError(f"--out {options.out} must end in .png.")
    for name in ("rows", "columns"):
        if getattr(options, name) > MOST:
            raise UserError(f"--{name} {getattr(options, name)} must be {MOST} at most.")
    run = hub.run_at(options.run)
    snapshot = run.best() if options.epoch == "best" else run.snapshot(options.epoch)
    label = find_label(run.config, options.label)
    drawn = mixing_grid(run, snapshot, options.rows, options.columns, options.seed, label, options.truncation)
    settings = {
        "run": run.name, "epoch": snapshot.epoch, "images": snapshot.images, "seed": options.seed,
        "truncation": options.truncation, "label": label, "rows": options.rows, "columns": options.columns,
    }  # fmt: skip
    picture = pictures.grid(drawn, options.columns + 1, pictures.scale_for(run.config.image_size))
    try:
        files.write(options.out, pictures.png(picture, settings))
    except OSError as error:
        raise UserError(f"--out {options.out} can't be written ({error.strerror}).") from error
    print(f"{options.out}: {caption(run, snapshot.label, options.seed, options.truncation, label)}, mixed")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ganlib.mixing", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", help="a run's folder | OWNER/NAME[@REVISION] on the Hub")
    parser.add_argument("--epoch", type=epoch_or("best"), help="the snapshot nearest to this epoch | best (default: the last)")
    parser.add_argument("--rows", type=positive_int, default=3, help="first latents (default: 3)")
    parser.add_argument("--columns", type=positive_int, default=6, help="second latents (default: 6)")
    parser.add_argument("--seed", type=seed, default=0, help="of all latents (default: 0)")
    parser.add_argument("--label", help="a class by name or number, of all (default: in turn)")
    parser.add_argument("--truncation", type=number, default=1.0, help="factor of z, 1 (default): no truncation, 0: z = 0")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.png", help="the picture")
    return parser


if __name__ == "__main__":
    run_command(main)
