"""Makes a run whose weights are a blend of two runs of one lineage: `python -m ganlib.blend`.

python -m ganlib.blend checkpoints/mnist checkpoints/mnist-sevens --layers 0.5 --out checkpoints/half
python -m ganlib.blend checkpoints/mnist checkpoints/mnist-sevens --layers stem:0,stages:1 --out checkpoints/swapped
python -m ganlib.blend checkpoints/mnist@1 checkpoints/mnist@20 --layers 0,stages.2:0.7 --out checkpoints/mixed

Two runs can be blended if one was fine-tuned from the other, both from a third, or if they are two snapshots of one.
"""

if __name__ == "__main__":
    from ganlib import imports

    imports.begin()

import argparse
import shlex
import sys
from pathlib import Path

from ganlib.blend.shares import Shares
from ganlib.blend.writing import Side, blend
from ganlib.cli import options_of, run_command
from ganlib.hub import pulling


def main(arguments: list[str] | None = None) -> None:
    options = options_of(_parser(), arguments)
    pulling.check_new(options.out)
    shares = Shares.parsed(options.layers)
    given = sys.argv[1:] if arguments is None else arguments
    command = shlex.join(["python", "-m", "ganlib.blend", *given])
    run = blend(Side.of(options.first), Side.of(options.second), shares, options.out, command)
    made = run.config.blend
    assert made is not None  # of a blend
    listed = ", ".join(f"{layer} {share:g}" for layer, share in zip(made.layers, made.shares, strict=True))
    print(f"Share of {made.parents[1]} ({made.moments[1]}) in {made.parents[0]} ({made.moments[0]}): {listed}.")
    where = shlex.quote(str(options.out))
    print(
        f"{options.out} is a run now: `python -m ganlib.sample {where} --out {shlex.quote(f'{run.name}.png')}` draws from it."
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ganlib.blend", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    help = "a run's folder or OWNER/NAME on the Hub, at the snapshot nearest to an epoch (default: the last)"
    parser.add_argument("first", metavar="A[@EPOCH]", help=help)
    parser.add_argument("second", metavar="B[@EPOCH]", help="the same; its share is 0 for A's weights, 1 for B's")
    parser.add_argument(
        "--layers", default="0.5", metavar="SHARES",
        help="the share of B: a number for all layers, LAYER:SHARE, or both; layers are stem, stages.1, stages.2, ... from the "
        "latent to the picture, and stages for all but the first (default: 0.5)",
    )  # fmt: skip
    parser.add_argument("--out", type=Path, required=True, metavar="RUN", help="the folder of the new run")
    return parser


if __name__ == "__main__":
    run_command(main)
