"""Compares two runs for equality, and interrupts a training at a given step."""

import itertools

import torch

from ganlib.runs.run import Run
from ganlib.training.trainer import Trainer

NARROW = {"width": 4, "most": 64}
GROUP = 16  # resnet's channel counts are multiples of it
TIMES = ("seconds", "images_per_second")  # the only values in which equal runs may differ


def content(path):
    """Returns the contents of a run except times: bytes of pictures and weights, values of the state, lines of the history."""
    run = Run.open(path)
    kept = {str(file.relative_to(path)): file.read_bytes() for file in path.glob("[sg]*/*")}
    kept["discriminator"] = (path / "discriminator.safetensors").read_bytes()
    tensors, settings = run.checkpoint_files.read(run.checkpoint_files.last)
    kept["state"] = {name: tensor.numpy().tobytes() for name, tensor in tensors.items()}
    kept["settings"] = {name: value for name, value in settings.items() if name not in TIMES}
    kept["history"] = [{name: value for name, value in line.items() if name not in TIMES} for line in run.history()]
    return kept


def stopped_after(steps, run, images, **how):
    """Stops a training during a step; returns its last event."""
    trainer, taken = Trainer(run, images, torch.device("cpu")), itertools.count(1)
    step = trainer.gan.step

    def counting_step():
        if next(taken) == steps:
            trainer.stop(**how)
        step()

    trainer.gan.step = counting_step
    return list(trainer.events())[-1]


def narrow(network):
    """Returns the settings of a network with the same layers and fewer channels."""
    if network["family"] == "infogan":
        return network | {"widths": [8, 8, 8]}
    width = GROUP if network["family"] == "resnet" else NARROW["width"]
    smaller = {"width": width, "most": NARROW["most"], "widths": [8] * len(network.get("widths", ()))}
    return {name: smaller.get(name, value) for name, value in network.items()}
