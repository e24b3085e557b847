"""Compares this project's digits with those of its peers, each trained in its own loop on the same machine.

    git clone https://github.com/eriklindernoren/PyTorch-GAN && git clone https://github.com/pytorch/examples
    python benchmarks/peers.py --data-root MNIST-FOLDER --pytorch-gan PyTorch-GAN --examples examples

A peer's script runs unmodified, with its own defaults, on the 60,000 training digits. Its optimiser is wrapped: at marks of
images seen, 10,000 samples are drawn as in its own loop (its generator in training mode).

The speed of each side is measured first, alone, for a minute; so the rest doesn't depend on what else the machine does.
"After 5 minutes" is then the last snapshot of the shipped digits that had seen no more images than `train.py` sees in 5
minutes, and a peer at the first mark not before the images that it sees in 5 minutes: both in the peer's favour.

A peer's samples are resized to 28 px and compared with 10,000 training digits that were resized to its size and back, in
the features of the shipped digit classifier: this Frechet distance is no FID. Test digits resized in the same way are the
lower bound.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

sys.path.insert(0, str(Path(__file__).parents[1]))
from peer_scripts import PEERS, Enough, Peer, Speed, watched

from ganlib import datasets, latents, metrics
from ganlib.cli import run_command
from ganlib.pictures import to_uint8
from ganlib.runs.run import Run
from ganlib.sampling import draw, labels_for
from ganlib.scoring import SEED

ROOT = Path(__file__).parents[1]
NUM, BATCH = 10_000, 64
WATCHED = 60  # seconds of measuring a speed


class Checkpointer:
    """Saves samples of a peer's generator at its marks, in images seen."""

    def __init__(self, peer: Peer, marks: Sequence[int], out: Path):
        self.peer, self.out, self.marks = peer, out, sorted(marks)

    def __call__(self, seen: int, generator: torch.nn.Module) -> None:
        while self.marks and seen >= self.marks[0]:
            self._keep(generator, self.marks.pop(0))
        if not self.marks:
            raise Enough

    def _keep(self, generator: torch.nn.Module, mark: int) -> None:
        np.savez(self.out / f"{mark}.npz", images=samples(self.peer, generator))


def samples(peer: Peer, generator: torch.nn.Module) -> np.ndarray:
    """Draws uint8 digits as in the peer's own loop, in training mode."""
    random = torch.Generator().manual_seed(SEED)
    generator = deepcopy(generator)  # drawing in training mode changes batch norm's running statistics
    with torch.no_grad():
        parts = [generator(torch.randn(BATCH, *peer.latent, generator=random)) for _ in range(-(-NUM // BATCH))]
    return to_uint8(torch.cat(parts)[:NUM].numpy())


def in_this_process(options: argparse.Namespace) -> None:
    """Runs one peer until its last mark; without marks, prints its images a second on stderr."""
    peer, out = PEERS[options.only], options.out / options.only
    out.mkdir(parents=True, exist_ok=True)
    watcher = Checkpointer(peer, options.images, out) if options.images else Speed(peer.batch_size, WATCHED)
    watched(peer, getattr(options, options.only), watcher, options.data_root, out / "log")
    if not options.images:
        print(watcher.images_per_second, file=sys.stderr)


def features(images: np.ndarray, size: int = 28) -> np.ndarray:
    """Returns the features of uint8 digits of any size, resized to 28 px by way of `size`."""
    return metrics.judge_digits(resized(resized(images, size), 28))[1]


def training_digits(data_root: Path | None) -> np.ndarray:
    """Returns the 10,000 training digits that all are compared with."""
    data = datasets.load("mnist", 28, data_root=data_root).images
    return data[np.sort(np.random.default_rng(SEED).permutation(len(data))[:NUM])]


def resized(images: np.ndarray, size: int) -> np.ndarray:
    if images.shape[-1] == size:
        return images
    scaled = F.interpolate(torch.from_numpy(images).float(), size, mode="bilinear", antialias=True)
    return scaled.round().clamp(0, 255).byte().numpy()


def our_digits(run: Run, images: int) -> tuple[np.ndarray, int]:
    """Returns samples of the run's last snapshot up to so many images (within a batch), and its images seen."""
    snapshot = [each for each in run.snapshots() if each.images < images + BATCH][-1]
    recipe = run.config.recipe
    z = latents.sample(NUM, recipe.latent_dim, SEED, recipe.latent)
    return draw(run.generator(snapshot), z, labels_for(run.config, NUM, None)), snapshot.images


def our_speed() -> float:
    """Measures the images a second of `train.py --dataset mnist`."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run"
        command = [sys.executable, "train.py", "--dataset", "mnist", "--minutes", str(WATCHED / 60), "--out", str(out)]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        return float(np.median([line["images_per_second"] for line in Run.open(out).history()]))


def in_own_process(name: str, marks: Sequence[int]) -> str:
    """Runs one peer until its last mark, or for its speed. Returns its stderr."""
    command = [sys.executable, __file__, *sys.argv[1:], "--only", name, "--images", *map(str, marks)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stderr


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pytorch-gan", type=Path, help="a checkout of eriklindernoren/PyTorch-GAN")
    parser.add_argument("--examples", type=Path, help="a checkout of pytorch/examples")
    parser.add_argument("--data-root", type=Path, required=True, help="a folder with MNIST's four .gz files in it")
    parser.add_argument("--images", type=int, nargs="*", default=[30_000, 60_000], help="equal images seen")
    parser.add_argument("--minutes", type=float, nargs="*", default=[5, 15], help="equal time")
    parser.add_argument("--run", type=Path, default=ROOT / "checkpoints" / "mnist", help="this project's digits")
    parser.add_argument("--out", type=Path, default=Path("runs/peers"), help="keeps samples and runs; none is made twice")
    parser.add_argument("--only", choices=PEERS, help=argparse.SUPPRESS)  # the process of one peer
    options = parser.parse_args()
    options.out = options.out.resolve()
    checkouts = {name: path for name in PEERS if (path := getattr(options, name))}
    if options.only:
        return in_this_process(options)
    options.out.mkdir(parents=True, exist_ok=True)
    speeds = measured_speeds(options.out / "speeds.json", checkouts)
    for name in checkouts:
        marks = [*options.images, *(round(60 * minutes * speeds[name]) for minutes in options.minutes)]
        if not all(found(options.out / name, mark) for mark in marks):
            in_own_process(name, marks)
    tell(options, checkouts, speeds)


def measured_speeds(file: Path, checkouts: dict[str, Path]) -> dict[str, float]:
    """Returns the images a second of each side, from `file` or newly measured."""
    if not file.exists():
        speeds = {"ours": our_speed()} | {name: float(in_own_process(name, []).split()[-1]) for name in checkouts}
        file.write_text(json.dumps(speeds))
    return json.loads(file.read_text())


def found(folder: Path, mark: int) -> Path | None:
    """Returns the samples at the first saved mark that is not before `mark`."""
    later = sorted((path for path in folder.glob("*.npz") if int(path.stem) >= mark), key=lambda path: int(path.stem))
    return later[0] if later else None


def tell(options: argparse.Namespace, checkouts: dict[str, Path], speeds: dict[str, float]) -> None:
    """Prints a row per mark: this project's distance, and the peers' with their ratio to it."""
    data = training_digits(options.data_root)
    test = datasets.load("mnist", 28, split="test", data_root=options.data_root).images[:NUM]
    reference = {size: features(data, size) for size in (28, 32, 64)}
    floors = [f"{size} px {metrics.frechet_distance(reference[size], features(test, size)):.2f}" for size in reference]
    print(f"test digits by way of {', '.join(floors)}")
    print("images a second:", ", ".join(f"{name} {speed:.0f}" for name, speed in speeds.items()), flush=True)
    run = Run.open(options.run)
    rows = [(f"{images:,} images", dict.fromkeys(speeds, images)) for images in options.images]
    rows += [
        (f"{minutes:g} minutes", {name: round(60 * minutes * speed) for name, speed in speeds.items()})
        for minutes in options.minutes
    ]
    for label, seen in rows:
        samples, images = our_digits(run, seen["ours"])
        mine = metrics.frechet_distance(reference[28], features(samples))
        print(f"after {label}: ours {mine:.2f} ({images:,} of {seen['ours']:,} images)", end="", flush=True)
        for name in checkouts:
            peer, path = PEERS[name], found(options.out / name, seen[name])
            with np.load(path) as kept:
                theirs = metrics.frechet_distance(reference[peer.size], features(kept["images"], peer.size))
            print(f"; {peer.title} {theirs:.1f} = {theirs / mine:.1f} x ({int(path.stem):,} images)", end="")
        print()


if __name__ == "__main__":
    run_command(main)
