"""Trains a tiny run in a process of its own that may be told to kill itself (as kill -9 does) at its n-th file rename.

python dying_trainer.py FOLDER [--resume] [--die-at N]
"""

import itertools
import os
import signal
import sys
from pathlib import Path

import torch
from conftest import plan, shapes

from ganlib.runs import Run
from ganlib.training import Trainer


def die_at_rename(number):
    """The n-th temporary file is complete, but its name is never given."""
    counter = itertools.count(1)
    rename = os.replace

    def replace(*arguments):
        if next(counter) == number:
            os.kill(os.getpid(), signal.SIGKILL)
        rename(*arguments)

    os.replace = replace


def main():
    folder = Path(sys.argv[1])
    if "--die-at" in sys.argv:
        die_at_rename(int(sys.argv[sys.argv.index("--die-at") + 1]))
    resume = "--resume" in sys.argv
    run = Run.open(folder) if resume else Run.create(folder, plan(shapes(), snapshot_at=(1, 2)))
    list(Trainer(run, shapes(), torch.device("cpu"), resume=resume).events())


if __name__ == "__main__":
    main()
