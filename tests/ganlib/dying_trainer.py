"""Trains a tiny run into FOLDER/whole, and for each N another that kills itself (as kill -9 does) at its N-th file rename:
FOLDER/killed-N is what it leaves, FOLDER/resumed-N the same taken up by another process and trained to its end.

python dying_trainer.py FOLDER N...
"""

import itertools
import os
import shutil
import signal
import sys
from pathlib import Path

import huggingface_hub.repocard  # noqa: F401 - what a card needs is imported once, not by every child
import torch
from conftest import plan, shapes

from ganlib import game
from ganlib.runs import Run
from ganlib.training import Trainer

game.STATISTICS_PIXELS = 0


def die_at_rename(number):
    """The n-th temporary file is complete, but its name is never given."""
    counter = itertools.count(1)
    rename = os.replace

    def replace(*arguments):
        if next(counter) == number:
            os.kill(os.getpid(), signal.SIGKILL)
        rename(*arguments)

    os.replace = replace


def train(folder, resume=False, die_at=None):
    """In a process of its own. Returns how it ended: 0, or the signal that killed it."""
    pid = os.fork()
    if pid:
        return os.WTERMSIG(os.waitpid(pid, 0)[1])
    if die_at:
        die_at_rename(die_at)
    run = Run.open(folder) if resume else Run.create(folder, plan(shapes(), snapshot_at=(1, 2)))
    list(Trainer(run, shapes(), torch.device("cpu"), resume=resume).events())
    os._exit(0)


def main():
    folder = Path(sys.argv[1])
    assert train(folder / "whole") == 0
    for number in map(int, sys.argv[2:]):
        killed, resumed = folder / f"killed-{number}", folder / f"resumed-{number}"
        assert train(killed, die_at=number) == signal.SIGKILL
        shutil.copytree(killed, resumed)
        assert train(resumed, resume=True) == 0


if __name__ == "__main__":
    main()
