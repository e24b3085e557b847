"""Fixtures: tiny untrained runs that the studio lists, draws and serves in milliseconds."""

import queue
from dataclasses import replace
from functools import partial

import pytest
import torch

from ganlib import networks
from ganlib.recipes import RECIPES
from ganlib.runs.config import Config
from ganlib.runs.run import Run

RECIPE = replace(
    RECIPES["dcgan"], generator={"family": "dcgan", "width": 4}, discriminator={"family": "dcgan", "width": 4}, latent_dim=8
)


@pytest.fixture
def checkpoints(tmp_path):
    """The folder of runs."""
    return tmp_path / "checkpoints"


@pytest.fixture
def make_run(checkpoints):
    """A function that writes a run with a snapshot of a different generator after each of `moments` images."""
    return partial(write_run, checkpoints)


@pytest.fixture(scope="module")
def lasting_run(tmp_path_factory):
    """`make_run` into a folder that the tests of a file share and don't change: `lasting_run.args[0]`."""
    return partial(write_run, tmp_path_factory.mktemp("checkpoints"))


def write_run(checkpoints, name="tiny", class_names=("cat", "dog", "owl"), moments=(0, 64, 128), channels=1):
    config = Config(
        recipe=RECIPE, dataset=name, source=name, fingerprint="0", dataset_size=64, image_size=28, channels=channels,
        class_names=class_names, seed=0, images=128, schedule_images=128,
    )  # fmt: skip
    run = Run.create(checkpoints / name, config)
    for images in moments:
        torch.manual_seed(images)
        run.save_snapshot(networks.build_generator(config.generator_settings()), images)
        run.append_history({"images": images, "epoch": images / 64, "g_loss": 1.0, "d_loss": 0.5})
    return run


def flip_a_byte(path):
    """Changes a byte, which only a checksum detects."""
    content = bytearray(path.read_bytes())
    content[-3] ^= 0xFF
    path.write_bytes(content)


@pytest.fixture(name="flip_a_byte")
def _flip_a_byte():
    return flip_a_byte


class Stage:
    """Simulated training processes, whose events and exit codes a test sets."""

    def __init__(self):
        self.arguments, self.lines = [], queue.Queue()

    def __call__(self, arguments, folder, environment):
        self.arguments.append(arguments)
        yield {"event": "launched", "pid": 2**22 + 1}  # an unused process id, so signals have no effect
        while (event := self.lines.get(timeout=120))["event"] != "ended":
            yield event
        yield event

    def tell(self, *events, code=0, said=""):
        """Sets the events of a process; the last is its exit."""
        for event in (*events, {"event": "ended", "code": code, "said": said}):
            self.lines.put(event if isinstance(event, dict) else {"event": event})


@pytest.fixture
def stage():
    return Stage()


@pytest.fixture(scope="module")
def lasting_stage():
    """`stage`, shared by the tests of a file."""
    return Stage()
