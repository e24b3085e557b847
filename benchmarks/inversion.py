"""Compares ways to find pictures in a run's latent space: how near they come, and the processor time of one core.

    python benchmarks/inversion.py --data-root data                                  # 1,000 test digits
    python benchmarks/inversion.py --run checkpoints/anime-faces --set faces/ --num 200

`--set` holds pictures that the run wasn't trained on. One thread; the time includes nothing but the searches.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from ganlib import datasets, latents
from ganlib.inversion import PRIOR, given_pictures
from ganlib.inversion.gradient import adam
from ganlib.inversion.levenberg_marquardt import Goal, begin, grey_levels, step
from ganlib.inversion.projector import Projector
from ganlib.inversion.search import Found, drawing, find
from ganlib.networks import Generator
from ganlib.runs import Run
from ganlib.sampling import draw, labels_for

ROOT = Path(__file__).parents[1]
TOGETHER = 32
SEED = 5

Rates = tuple[float, float]  # the first and the last
Way = Callable[[Projector, Goal], Found]


def nearest(projector: Projector, goal: Goal) -> Found:
    """The nearest of the samples where searches start."""
    bank, numbers = projector.bank, projector.bank.nearest(goal, 1)[:, 0]
    labels = None if bank.labels is None else bank.labels[numbers]
    return Found(bank.z[numbers], labels, bank.drawn[numbers], np.sqrt(((bank.drawn[numbers] - goal.pixels) ** 2).mean(1)))


def anogan(projector: Projector, goal: Goal) -> Found:
    """AnoGAN's way (Schlegl et al. 2017): one random z, 500 steps of Adam; the label drawn too."""
    generator, n = projector.generator, len(goal.pixels)
    z = latents.sample(n, generator.latent_dim, SEED, projector.distribution)
    labels = np.arange(n) % generator.num_classes if generator.num_classes else None
    return descended(projector, goal, z, labels, 500, (0.05, 0.05))


def several_adam(projector: Projector, goal: Goal) -> Found:
    """Adam from each of the four nearest samples, 150 steps."""
    bank, n = projector.bank, len(goal.pixels)
    numbers = bank.nearest(goal, 4).ravel()
    labels = None if bank.labels is None else bank.labels[numbers]
    found = descended(projector, goal.of(np.repeat(np.arange(n), 4)), bank.z[numbers], labels, 150, (0.2, 0.02))
    best = 4 * np.arange(n) + found.errors.reshape(n, 4).argmin(1)
    return Found(found.z[best], None if labels is None else labels[best], found.drawn[best], found.errors[best])


def descended(projector: Projector, goal: Goal, z: np.ndarray, labels: np.ndarray | None, steps: int, rates: Rates) -> Found:
    """Adam along the gradients of the costs."""
    z = adam(projector.generator, z, labels, goal, steps, rates)
    values = drawing(projector.generator)(z, labels)
    return Found(z, labels, grey_levels(values), goal.errors(values))


def one_start(projector: Projector, goal: Goal) -> Found:
    """Levenberg-Marquardt from the nearest sample without softening: 40 steps, 760 forward passes."""
    bank, numbers = projector.bank, projector.bank.nearest(goal, 1)[:, 0]
    labels = None if bank.labels is None else bank.labels[numbers]
    draw_levels = drawing(projector.generator)
    search = begin(draw_levels, bank.z[numbers], labels)
    for _ in range(40):
        search = step(draw_levels, search, goal)
    return Found.of(search, goal)


def ours(projector: Projector, goal: Goal) -> Found:
    """ganlib.project: Levenberg-Marquardt, softened at first, from between the nearest samples; if poor, Adam goes on."""
    return find(projector.generator, goal, projector.bank)


WAYS: dict[str, Way] = {
    "nearest of the samples": nearest,
    "Adam, one random start (AnoGAN)": anogan,
    "Adam, four starts": several_adam,
    "Levenberg-Marquardt, one start": one_start,
    "python -m ganlib.project": ours,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, default=ROOT / "checkpoints" / "mnist")
    parser.add_argument("--set", help="pictures to find (default: the test pictures of the run's set)")
    parser.add_argument("--num", type=int, default=1000)
    parser.add_argument("--own", type=int, default=100, help="samples of the run to be found again (default: 100)")
    parser.add_argument("--only", choices=WAYS, help="one way (default: all, minutes for each)")
    parser.add_argument("--data-root", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    run = Run.open(options.run)
    generator = run.generator()
    projector = Projector.of(generator, run.config.recipe.latent)
    images, labels = pictures(run, options.set, options.num, options.data_root)
    ways = {options.only: WAYS[options.only]} if options.only else WAYS
    for name, way in ways.items():
        report(name, projector, way, images, labels)
    own = samples(run, generator, options.own)
    for name in ways.keys() & {"Levenberg-Marquardt, one start", "python -m ganlib.project"}:
        found, _ = searched(projector, ways[name], own)
        again, median = (found.errors < 0.5).sum(), np.median(found.errors)
        print(f"{name}: {again} of {len(own)} own samples within 0.5 levels, median {median:.2f}")


def pictures(run: Run, source: str | None, num: int, data_root: Path | None) -> tuple[np.ndarray, np.ndarray | None]:
    """Returns `num` pictures in a fixed order at random, and their labels if they have any."""
    config = run.config
    if source is None:
        held_out = datasets.load(config.source, config.image_size, config.channels, split="test", data_root=data_root)
        images, labels = held_out.images, held_out.labels
    else:
        images = given_pictures.read([source], config.image_size, config.channels, config.reading).images
        labels = None
    chosen = np.random.default_rng(SEED).permutation(len(images))[:num]
    return images[chosen], None if labels is None else labels[chosen]


def samples(run: Run, generator: Generator, num: int) -> np.ndarray:
    recipe = run.config.recipe
    return draw(generator, latents.sample(num, recipe.latent_dim, SEED, recipe.latent), labels_for(run.config, num, None))


def searched(projector: Projector, way: Way, images: np.ndarray) -> tuple[Found, float]:
    """Returns what was found, and the seconds of processor time a picture."""
    before, parts = time.process_time(), []
    for start in range(0, len(images), TOGETHER):
        parts.append(way(projector, projector.goal(images[start : start + TOGETHER], PRIOR)))
    return Found.joined(parts), (time.process_time() - before) / len(images)


def report(name: str, projector: Projector, way: Way, images: np.ndarray, labels: np.ndarray | None) -> None:
    found, seconds = searched(projector, way, images)
    low, high = np.quantile(found.errors, [0.9, 0.99])
    known = "" if labels is None or found.labels is None else f", label right {100 * (found.labels == labels).mean():.1f} %"
    length = np.sqrt((found.z**2).mean())
    print(
        f"{name:34} median {np.median(found.errors):5.2f}, 90 % under {low:5.2f}, 99 % under {high:5.2f} levels{known}, "
        f"rms of z {length:.2f}, {seconds:.3f} s",
        flush=True,
    )


if __name__ == "__main__":
    main()
