"""Fixtures: small sets, recipes and runs that train in a second."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ganlib import networks, pictures
from ganlib.datasets import ImageSet
from ganlib.recipes import RECIPES
from ganlib.runs import card
from ganlib.runs.config import Config
from ganlib.runs.run import Run
from ganlib.sizes import height_width, written
from ganlib.training import previews
from ganlib.training.trainer import Trainer

NETWORK = {"family": "dcgan", "width": 4}
TINY = replace(
    RECIPES["dcgan"],
    name="tiny",
    generator=NETWORK,
    discriminator=NETWORK | {"norm": "none"},
    latent_dim=8,
    batch_size=16,
)


@pytest.fixture(autouse=True)
def cache_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder."""
    monkeypatch.setenv("GANLIB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder for pictures."""
    (tmp_path / "pictures").mkdir()
    return tmp_path / "pictures"


@pytest.fixture(autouse=True)
def few_statistics(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer images for the batch statistics of tiny runs' snapshots."""
    monkeypatch.setattr(previews, "STATISTICS_PIXELS", 0)


def shapes(num=100, channels=1, classes=2, size=28):
    """Bright squares on black; their class is the half in which they lie."""
    rng = np.random.default_rng(0)
    images = np.zeros((num, channels, *height_width(size)), np.uint8)
    labels = np.arange(num) % max(classes, 1)
    for image, label in zip(images, labels, strict=True):
        top, left = rng.integers(2, 16), rng.integers(2, 8) + 10 * label
        image[:, top : top + 8, left : left + 8] = rng.integers(128, 256)
    names = tuple("ab"[:classes]) if classes else None
    return ImageSet(
        images, labels.astype(np.int64) if classes else None, names, "shapes", f"shapes-{num}-{channels}-{written(size)}"
    )


def sprites(num=100, size=28, hidden=0):
    """Coloured discs with soft edges on nothing: RGBA with straight colour. `hidden` seeds the colours of what is invisible."""
    rng, y, x = np.random.default_rng(0), *np.mgrid[:size, :size]
    images = np.random.default_rng(hidden).integers(0, 256, (num, 4, size, size)).astype(np.uint8)
    for image in images:
        centre, colour = rng.uniform(0.3 * size, 0.7 * size, 2), rng.integers(40, 256, 3)
        image[3] = np.clip(64 * (0.25 * size - np.hypot(y - centre[0], x - centre[1])), 0, 255)
        image[:3, image[3] > 0] = colour[:, None]
    return ImageSet(images, None, None, "sprites", f"sprites-{num}-{size}")


def shapes_in(folder):
    """The shapes as files, a folder for each class. Returns `folder`."""
    images = shapes()
    for number, (image, label) in enumerate(zip(images.images, images.labels, strict=True)):
        path = folder / images.class_names[label] / f"{number:03d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image[0]).save(path)
    return folder


def plan(images, recipe=TINY, length=320, **settings):
    return Config.plan(recipe, images, "shapes", length, **{"seed": 3} | settings)


def untrained(path, moments=(0, 320), **settings):
    """Writes a run of untrained networks with all of its files, in milliseconds."""
    config = plan(shapes(), **settings)
    run = Run.create(path, config)
    for images in moments:
        run.save_snapshot(networks.build_generator(config.generator_settings()), images)
        run.save_grid(images, pictures.webp(pictures.grid(shapes(4).images, 2)))
        run.append_history({"images": images, "epoch": images / 100, "g_loss": 1.0, "d_loss": 0.5, "seconds": images / 10})
    run.save_discriminator(networks.build_discriminator(config.discriminator_settings()), moments[-1])
    run.save_text("curves.svg", pictures.curves(run.history()))
    run.save_text("README.md", card.write(run))
    run.checkpoint_files.save({}, {})
    return run


@pytest.fixture
def train(tmp_path):
    """Trains a tiny run; returns it and its events."""

    def train(name="run", images=None, recipe=TINY, length=320, **settings):
        images = images or shapes()
        run = Run.create(tmp_path / name, plan(images, recipe, length, **settings))
        return run, list(Trainer(run, images, torch.device("cpu")).events())

    return train
