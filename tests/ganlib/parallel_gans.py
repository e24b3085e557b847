"""Trains GANs in several processes: `torchrun … parallel_gans.py FOLDER` leaves the state of each there.

The same functions, called in one process, train the GANs that they must equal; in float64, to expose differences beyond
rounding.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import torch
import torch.distributed as dist
from conftest import TINY, plan, shapes

from ganlib import devices, files
from ganlib.datasets import ImageSet
from ganlib.recipes import Features, Recipe
from ganlib.training.distributed_step import gan_of
from ganlib.training.process_group import ProcessGroup
from ganlib.training.step import GAN

CPU = torch.device("cpu")
STEPS = 8
MLP = {"family": "mlp", "widths": [32, 32]}
RESNET = {"family": "resnet", "width": 16, "most": 16}
SMALL = replace(TINY, generator=MLP, discriminator=MLP, g_lr=1e-3, d_lr=1e-3)


@dataclass(frozen=True)
class Case:
    """A recipe without batch norm and dropout, and its pictures."""

    recipe: Recipe
    images: ImageSet

    def gan(self, processes: ProcessGroup | None = None) -> GAN:
        return gan_of(plan(shapes(), self.recipe), self.images, CPU, processes)


CASES = {
    "heads on features, labels, wrong labels": Case(
        replace(SMALL, r1=0.1, mismatch=0.5, features=Features(size=32, stages=(1, 2), width=8, augment=("translation",))), shapes()
    ),
    "R1, R2, pairs, augmentation, flips, labels": Case(
        replace(
            SMALL, generator=RESNET, discriminator=RESNET, loss="relativistic", r1=0.1, r2=0.1, penalty_every=2, flip=True,
            augment=("brightness", "contrast", "translation", "cutout"),
        ),
        shapes(),
    ),
    "gradient penalty, shares of 8 and 9, random labels": Case(
        replace(SMALL, loss="wasserstein", gradient_penalty=10.0, g_every=2, fresh_latents=True, batch_size=17),
        replace(shapes(), labels=None),
    ),
    "short batches of 3, which everyone computes": Case(
        replace(SMALL, loss="hinge", latent="uniform", first="generator", last_batch="kept", batch_size=33), shapes(102)
    ),
}  # fmt: skip


@contextmanager
def exactly() -> Iterator[None]:
    """Sets networks and sums to float64."""
    precision, dtype = devices.precision, torch.get_default_dtype()
    devices.precision = lambda *_: torch.float32  # no autocast
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        devices.precision = precision
        torch.set_default_dtype(dtype)


def take_steps(gan: GAN, steps: int = STEPS) -> GAN:
    for _ in range(steps):
        gan.step()
    return gan


def save(gan: GAN, path: Path) -> None:
    files.write_tensors(path, *gan.state())


def run_rank_0(gan: GAN, processes: ProcessGroup, folder: Path) -> None:
    """Trains half of the steps, one more that is rolled back, then the other half."""
    if (folder / "alone.safetensors").exists():
        gan.load_state(*files.read_tensors(folder / "alone.safetensors"))
    else:
        take_steps(gan, STEPS // 2)
        save(gan, folder / "half.safetensors")
    take_steps(gan, 1)
    gan.load_state(*files.read_tensors(next(folder.glob("[ha]*.safetensors"))))
    save(take_steps(gan, STEPS // 2), folder / "whole.safetensors")
    processes.send("end")


def assert_same_everywhere(gan: GAN, processes: ProcessGroup) -> None:
    """Asserts that every process has rank 0's weights, bit for bit."""
    own = torch.cat(
        [parameter.detach().flatten() for network in gan.named_networks().values() for parameter in network.parameters()]
    )
    first = own.clone()
    dist.broadcast(first, 0)
    assert torch.equal(own, first), f"process {processes.rank} has other weights"


def main() -> None:
    processes = ProcessGroup.of_torchrun()
    processes.connect(CPU)
    if processes.is_main:
        processes.announce("", {})
    else:
        processes.receive_config()
        processes.report_loaded()
    for folder in sorted(Path(sys.argv[1]).iterdir()):
        gan = CASES[folder.name.partition(" by ")[0]].gan(processes)
        if processes.is_main:
            run_rank_0(gan, processes, folder)
        else:
            gan.follow_rank_0()
        assert_same_everywhere(gan, processes)
    dist.barrier()  # a process that leaves while the other still receives, or with its connections open, may end in an abort
    dist.destroy_process_group()


if __name__ == "__main__":
    with exactly():
        main()
