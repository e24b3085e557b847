"""The digits of this project beside those of its peers, each trained in its own loop on the same machine, one after another.

    git clone https://github.com/eriklindernoren/PyTorch-GAN && git clone https://github.com/pytorch/examples
    python benchmarks/peers.py --data-root MNIST-FOLDER --pytorch-gan PyTorch-GAN --examples examples

A peer's script runs as it is, with its own defaults, on the 60,000 training digits. Its optimiser is watched from outside:
when so many images were seen or so many minutes of training have passed, 10,000 samples are drawn as its loop draws them
(its generator in training mode); the time that takes is not counted. This project's default recipe is trained by `train.py`
for as many images or minutes. A peer's samples are brought from its size to 28 px, and held against 10,000 training digits
that went to its size and back in the same way, in the features of the digit classifier that ships: the Frechet distance is
no FID. Test digits that went there and back are the floor.
"""

import argparse
import contextlib
import gzip
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

sys.path.insert(0, str(Path(__file__).parents[1]))
from ganlib import datasets, latents, metrics
from ganlib.commands import run_command
from ganlib.pictures import to_uint8
from ganlib.runs import Run
from ganlib.sample import draw, labels_for
from ganlib.scoring import SEED

ROOT = Path(__file__).parents[1]
NUM, BATCH = 10_000, 64


@dataclass(frozen=True)
class Peer:
    """A script in a checkout, and the names that it gives its generator and the generator's input."""

    title: str
    script: str
    arguments: tuple[str, ...]
    generator: str
    latent: tuple[int, ...]
    size: int


PEERS = {
    "pytorch_gan": Peer("PyTorch-GAN dcgan, 32 px", "implementations/dcgan/dcgan.py", (), "generator", (100,), 32),
    "examples": Peer(
        "pytorch/examples dcgan, 64 px", "dcgan/main.py",
        ("--dataset", "mnist", "--dataroot", "../../data/mnist", "--manualSeed", "1"), "netG", (100, 1, 1), 64,
    ),
}  # fmt: skip


class Enough(Exception):
    """All marks are passed."""


class Watch:
    """Samples a peer's generator when it passes its marks: images seen, and minutes of training."""

    def __init__(self, peer: Peer, images: Sequence[int], minutes: Sequence[float], out: Path):
        self.peer, self.out, self.names = peer, out, {}
        self.images, self.minutes = sorted(images), sorted(minutes)
        self.seen, self.began, self.paused = 0, None, 0.0

    def adam(self) -> type[torch.optim.Adam]:
        """Adam, telling when the generator has moved."""
        watch = self

        class Watched(torch.optim.Adam):
            def step(self, closure=None):
                result = super().step(closure)
                generator = watch.names.get(watch.peer.generator)
                if generator is not None and self.param_groups[0]["params"][0] is next(generator.parameters()):
                    watch.moved(generator)
                return result

        return Watched

    def moved(self, generator: torch.nn.Module) -> None:
        now = time.monotonic()
        self.began = self.began or now
        self.seen += BATCH
        spent = (now - self.began - self.paused) / 60
        while self.images and self.seen >= self.images[0]:
            self._keep(generator, f"images {self.images.pop(0)}", spent)
        while self.minutes and spent >= self.minutes[0]:
            self._keep(generator, f"minutes {self.minutes.pop(0):g}", spent)
        self.paused += time.monotonic() - now
        if not self.minutes:
            raise Enough

    def _keep(self, generator: torch.nn.Module, mark: str, spent: float) -> None:
        random = torch.Generator().manual_seed(SEED)
        generator = deepcopy(generator)  # drawing in training mode changes batch norm's running statistics
        with torch.no_grad():
            parts = [generator(torch.randn(BATCH, *self.peer.latent, generator=random)) for _ in range(-(-NUM // BATCH))]
        images = to_uint8(torch.cat(parts)[:NUM].numpy())
        np.savez(self.out / f"{mark}.npz", images=images, seen=self.seen, spent=spent)


def train_peer(peer: Peer, checkout: Path, data_root: Path, images: Sequence[int], minutes: Sequence[float], out: Path) -> None:
    """Runs a peer's script in this process until its last mark. Called in a process of its own."""
    place = Path(tempfile.mkdtemp())
    here = place / "a" / "b"  # the scripts look for their data two folders up
    here.mkdir(parents=True)
    raw = place / "data" / "mnist" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for packed in data_root.rglob("*ubyte.gz"):
        shutil.copy(packed, raw)
        (raw / packed.stem).write_bytes(gzip.decompress(packed.read_bytes()))
    script = (checkout / peer.script).resolve()
    out.mkdir(parents=True, exist_ok=True)
    watch = Watch(peer, images, minutes, out)
    watch.names |= {"__name__": "__main__", "__file__": str(script)}
    torch.manual_seed(1)
    torch.optim.Adam = watch.adam()
    sys.argv = [str(script), *peer.arguments]
    os.chdir(here)
    with open(out / "log", "w") as log, contextlib.redirect_stdout(log), contextlib.suppress(Enough):
        exec(compile(script.read_text(), str(script), "exec"), watch.names)
    shutil.rmtree(place)


def features(images: np.ndarray, size: int = 28) -> np.ndarray:
    """Of uint8 digits of any size: those of 28 px, by way of `size`."""
    return metrics.judge_digits(resized(resized(images, size), 28))[1]


def resized(images: np.ndarray, size: int) -> np.ndarray:
    if images.shape[-1] == size:
        return images
    scaled = F.interpolate(torch.from_numpy(images).float(), size, mode="bilinear", antialias=True)
    return scaled.round().clamp(0, 255).byte().numpy()


def ours(option: str, amount: float, out: Path) -> tuple[np.ndarray, int, float]:
    """Samples of `train.py --dataset mnist` after so many images or minutes, the images it saw, and its minutes."""
    path = out / f"{option}-{amount:g}"
    if not (path / "README.md").exists():
        command = [sys.executable, "train.py", "--dataset", "mnist", f"--{option}", f"{amount:g}", "--out", str(path)]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    run = Run.open(path)
    recipe, last = run.config.recipe, run.history()[-1]
    z = latents.sample(NUM, recipe.latent_dim, SEED, recipe.latent)
    return draw(run.generator(), z, labels_for(run.config, NUM, None)), last["images"], last["seconds"] / 60


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pytorch-gan", type=Path, help="a checkout of eriklindernoren/PyTorch-GAN")
    parser.add_argument("--examples", type=Path, help="a checkout of pytorch/examples")
    parser.add_argument("--data-root", type=Path, required=True, help="a folder with MNIST's four .gz files in it")
    parser.add_argument("--images", type=int, nargs="+", default=[30_000, 60_000, 120_000])
    parser.add_argument("--minutes", type=float, nargs="+", default=[5, 15])
    parser.add_argument("--out", type=Path, default=Path("runs/peers"), help="keeps samples and runs; none is made twice")
    parser.add_argument("--only", choices=PEERS, help=argparse.SUPPRESS)  # the process of one peer
    options = parser.parse_args()
    options.out = options.out.resolve()
    checkouts = {name: path for name in PEERS if (path := getattr(options, name))}
    if options.only:
        peer = PEERS[options.only]
        train_peer(
            peer, checkouts[options.only], options.data_root, options.images, options.minutes, options.out / options.only
        )
        return
    for name in checkouts:
        if not list((options.out / name).glob("minutes*.npz")):
            subprocess.run([sys.executable, __file__, *sys.argv[1:], "--only", name], check=True)
    tell(options, checkouts)


def tell(options: argparse.Namespace, checkouts: dict[str, Path]) -> None:
    """A row for each mark: this project's distance, and the peers' with their ratio to it."""
    train = datasets.load("mnist", 28, data_root=options.data_root).images
    test = datasets.load("mnist", 28, split="test", data_root=options.data_root).images[:NUM]
    train = train[np.sort(np.random.default_rng(SEED).permutation(len(train))[:NUM])]
    reference = {size: features(train, size) for size in (28, 32, 64)}
    floors = [f"{size} px {metrics.frechet_distance(reference[size], features(test, size)):.2f}" for size in reference]
    print(f"test digits by way of {', '.join(floors)}", flush=True)
    for option, amount in [("images", mark) for mark in options.images] + [("minutes", mark) for mark in options.minutes]:
        images, seen, spent = ours(option, amount, options.out / "ours")
        mine = metrics.frechet_distance(reference[28], features(images))
        print(f"{option} {amount:g}: ours {mine:.2f} ({seen:,} images, {spent:.1f} min)", end="", flush=True)
        for name in checkouts:
            path, peer = options.out / name / f"{option} {amount:g}.npz", PEERS[name]
            if path.exists():
                with np.load(path) as kept:
                    theirs = metrics.frechet_distance(reference[peer.size], features(kept["images"], peer.size))
                    moment = f"{int(kept['seen']):,} images, {float(kept['spent']):.1f} min"
                print(f"; {peer.title} {theirs:.1f} = {theirs / mine:.1f} x ({moment})", end="")
        print()


if __name__ == "__main__":
    run_command(main)
