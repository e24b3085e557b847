"""The peer projects for comparison: runs their unmodified scripts from their own checkouts.

Only a peer's optimiser is wrapped: after each update of its generator the benchmark gets the number of images seen, and
ends the script when it has measured enough.
"""

import contextlib
import gzip
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

SEED = "SEED"


@dataclass(frozen=True)
class Peer:
    """A script in a checkout, its arguments (`SEED` stands for the seed, else that of `seed`), and its names for the generator
    and the generator's input."""

    title: str
    script: str
    arguments: tuple[str, ...]
    generator: str
    latent: tuple[int, ...]
    size: int
    batch_size: int = 64
    seed: int = 1


PEERS = {
    "pytorch_gan": Peer("PyTorch-GAN dcgan, 32 px", "implementations/dcgan/dcgan.py", (), "generator", (100,), 32),
    "examples": Peer(
        "pytorch/examples dcgan, 64 px", "dcgan/main.py",
        ("--dataset", "mnist", "--dataroot", "../../data/mnist", "--manualSeed", SEED), "netG", (100, 1, 1), 64,
        seed=2,
    ),
}  # fmt: skip


class Enough(Exception):
    """Stops a peer's script: the benchmark has its measurement."""


Watcher = Callable[[int, nn.Module], None]  # images seen, the generator; ends the script by raising Enough


class Speed:
    """Measures images a second over `seconds`, from the `warm`-th generator update on."""

    def __init__(self, batch_size: int, seconds: float, warm: int = 3):
        self.batch_size, self.seconds, self.warm = batch_size, seconds, warm
        self.images_per_second = 0.0

    def __call__(self, seen: int, generator: nn.Module) -> None:
        if seen <= self.warm * self.batch_size:
            self._began, self._before = time.monotonic(), seen
        elif (spent := time.monotonic() - self._began) >= self.seconds:
            self.images_per_second = (seen - self._before) / spent
            raise Enough


def watched(
    peer: Peer,
    checkout: Path,
    watcher: Watcher,
    digits: Path | None = None,
    log: Path | None = None,
    seed: int | None = None,
) -> None:
    """Runs a peer's script in this process, which should be used for it only, in a temporary folder.

    `digits` is a folder that contains MNIST's four .gz files, for a peer that reads them; `log` gets the script's output;
    `seed` is the peer's own by default.
    """
    seed = peer.seed if seed is None else seed
    script = (checkout / peer.script).resolve()
    log = (log or Path(os.devnull)).resolve()
    names = {"__name__": "__main__", "__file__": str(script)}
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder) / "a" / "b"  # the scripts look for their data two folders up
        here.mkdir(parents=True)
        if digits:
            _unpack(digits, Path(folder) / "data" / "mnist" / "MNIST" / "raw")
        torch.manual_seed(seed)
        np.random.seed(seed)  # PyTorch-GAN's latents
        torch.optim.Adam = _reporting(peer, names, watcher)
        sys.argv = [str(script), *(str(seed) if one == SEED else one for one in peer.arguments)]
        os.chdir(here)
        with open(log, "w") as printed, contextlib.redirect_stdout(printed), contextlib.suppress(Enough):
            exec(compile(script.read_text(), str(script), "exec"), names)
        os.chdir(script.parent)


def _reporting(peer: Peer, names: dict, watcher: Watcher) -> type[torch.optim.Adam]:
    """Returns Adam with a report of each update of the generator."""
    seen = 0

    class Watched(torch.optim.Adam):
        def step(self, closure=None):
            nonlocal seen
            result = super().step(closure)
            generator = names.get(peer.generator)
            if generator is not None and self.param_groups[0]["params"][0] is next(generator.parameters()):
                seen += peer.batch_size
                watcher(seen, generator)
            return result

    return Watched


def _unpack(digits: Path, raw: Path) -> None:
    raw.mkdir(parents=True)
    for packed in digits.rglob("*ubyte.gz"):
        shutil.copy(packed, raw)
        (raw / packed.stem).write_bytes(gzip.decompress(packed.read_bytes()))
