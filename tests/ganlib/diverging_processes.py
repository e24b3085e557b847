"""Runs train.py in several processes, the last of which diverges: `torchrun … diverging_processes.py FOLDER OPTIONS…`.

OPTIONS are those of train.py.

In the last process a weight of the discriminator becomes NaN after 400 images, which reaches the others with the next mean
of the gradients. Each process writes its final state to FOLDER, by rank.
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
