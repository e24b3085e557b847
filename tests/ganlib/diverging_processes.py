"""train.py in one of several processes: `torchrun … diverging_processes.py FOLDER OPTIONS…`, with train.py's own options.

In the last process a weight of the discriminator is no number any more once 400 images were seen, which reaches the others with
the next mean of the gradients. What each process holds in the end is left in FOLDER, by its rank.
"""

import os
import sys
from pathlib import Path

from parallel_gans import SMALL

import train
from ganlib.cli import run_command
from ganlib.files import write_tensors
from ganlib.recipes import RECIPES
from ganlib.training import previews, trainer
from ganlib.training.distributed_step import DistributedGAN

AT = 400  # images
trainer.LOG_STEPS = 5
previews.STATISTICS_PIXELS = 0
RECIPES["tiny"] = SMALL
GANS: list[DistributedGAN] = []


def remembering(build):
    def remembered(self):
        build(self)
        GANS.append(self)

    return remembered


def breaking(step):
    left = [True] if os.environ["RANK"] == "1" else []

    def broken_once(self):
        step(self)
        if self.images >= AT and left:
            left.clear()
            next(self.discriminator.parameters()).data.fill_(float("nan"))

    return broken_once


def main() -> int:
    folder, *sys.argv[1:] = sys.argv[1:]
    DistributedGAN._build, DistributedGAN.step = remembering(DistributedGAN._build), breaking(DistributedGAN.step)
    code = train.main()
    (gan,) = GANS
    tensors, settings = gan.state()
    write_tensors(Path(folder) / f"{os.environ['RANK']}.safetensors", tensors, settings | {"config": gan.config.to_json()})
    return code


if __name__ == "__main__":
    run_command(main)
