"""Tests that the page's poster shows what the first sheet will."""

import io
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganlib import pictures
from ganlib.latents import sample
from ganlib.runs import Run
from ganlib.sampling import draw
from studio.web.poster import COLUMNS, NUM, poster

ROOT = Path(__file__).parents[3]
SHIPPED = ROOT / "checkpoints"


def with_runs(folder, *names):
    """A folder of links to shipped runs."""
    for name in names:
        (folder / name).symlink_to(SHIPPED / name)
    return folder


def shown(folder):
    return np.asarray(Image.open(io.BytesIO(poster(folder, "anime-faces")))).astype(int)


def first_sheet(name, labels=None):
    run = Run.open(SHIPPED / name)
    recipe = run.config.recipe
    images = draw(run.generator(), sample(NUM, recipe.latent_dim, 0, recipe.latent), labels)
    return np.asarray(pictures.grid(images, COLUMNS).convert("RGB")).astype(int)


@pytest.mark.parametrize("name", ["mnist-mlp", "anime-faces"])
def test_it_is_the_first_sheet_of_a_run_without_classes(name, tmp_path):
    assert np.abs(shown(with_runs(tmp_path, name)) - first_sheet(name)).max() <= 2  # the training drew in bfloat16


def test_of_a_run_with_classes_it_has_the_same_classes_and_the_first_eight_latents(tmp_path):
    half = shown(with_runs(tmp_path, "mnist"))[: 2 * 30]
    assert np.abs(half - first_sheet("mnist", np.arange(NUM) % 10)[: 2 * 30]).mean() < 1


def test_it_is_of_the_run_that_is_asked_for_or_else_of_the_first_by_name(tmp_path):
    both = with_runs(tmp_path, "mnist", "mnist-mlp")
    assert poster(both, "anime-faces") == poster(both, "mnist") != poster(both, "mnist-mlp")


def test_there_is_none_without_weights_grids_or_a_whole_file(tmp_path):
    assert poster(tmp_path, "mnist") is None
    copied = shutil.copytree(SHIPPED / "mnist-mlp", tmp_path / "one" / "mnist-mlp").parent
    for grid in copied.glob("*/grids/*"):
        grid.write_bytes(grid.read_bytes()[:1000])
    assert poster(copied, "mnist") is None
    assert poster(with_runs(tmp_path, "mnist-deep-mlp"), "mnist") is None
