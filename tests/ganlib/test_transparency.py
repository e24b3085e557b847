"""Tests RGBA pictures from training to files: sheets, samples, measures, the card and ONNX."""

import io
from dataclasses import replace

import numpy as np
import pytest
import torch
from conftest import TINY, sprites
from onnxruntime import InferenceSession
from PIL import Image

from ganlib import export, pictures, sample, scoring
from ganlib.datasets import ImageSet
from ganlib.inspection.discriminator import heat, logits
from ganlib.metrics.memorisation import nearest, neighbours
from ganlib.metrics.vitals import Vitals
from ganlib.objectives.augment import suited
from ganlib.recipes import RECIPES
from ganlib.runs import card
from ganlib.sampling import draw


@pytest.fixture
def run(train):
    return train(images=sprites())[0]


# ------------------------------------------------------------------------------------------------- arrays


def test_over_a_ground():
    """Porter and Duff's "over", by Pillow."""
    images, ground = np.random.default_rng(0).integers(0, 256, (3, 4, 9, 7)).astype(np.uint8), pictures.checkerboard(9, 7)
    found = pictures.composed(images, ground)
    for image, mine in zip(images, found, strict=True):
        below = Image.fromarray(ground).convert("RGBA")
        theirs = Image.alpha_composite(below, Image.fromarray(image.transpose(1, 2, 0)))
        assert np.abs(np.asarray(theirs)[..., :3].transpose(2, 0, 1).astype(int) - mine).max() <= 1
    images[:, 3] = 0
    assert (pictures.composed(images) == pictures.GROUND).all()
    images[:, 3] = 255
    assert np.array_equal(pictures.composed(images, ground), images[:, :3])


def test_the_checkerboard():
    board = pictures.checkerboard(20, 30)
    assert set(np.unique(board)) == set(pictures.CHECKS)
    assert board[0, 0] == board[8, 8] != board[0, 8] == board[8, 0] and (board[:8, :8] == board[0, 0]).all()


def test_premultiplied_forgets_what_is_invisible():
    one, other = sprites().images, sprites(hidden=1).images
    assert not np.array_equal(one, other)
    assert np.array_equal(pictures.premultiplied(one), pictures.premultiplied(other))
    image = np.array([200, 100, 0, 51], np.uint8)[:, None, None]
    assert pictures.premultiplied(image).flatten().tolist() == [40, 20, 0, 51]
    grey = np.zeros((2, 1, 4, 4), np.uint8)
    assert pictures.premultiplied(grey) is grey and pictures.composed(grey) is grey


@pytest.mark.parametrize("scale", [1, 3])
def test_a_grid_keeps_alpha_and_has_clear_gutters(scale):
    images = sprites(5).images
    picture = pictures.grid(images, 3, scale)
    assert picture.mode == "RGBA"
    pixels = np.asarray(picture)[::scale, ::scale].transpose(2, 0, 1)
    assert np.array_equal(pixels[:, 2:30, 2:30], images[0]) and np.array_equal(pixels[:, 32:60, 32:60], images[4])
    assert not pixels[3, :2].any() and not pixels[3, 30:32].any()


def test_webp_keeps_every_pixel_and_knows_damage():
    picture = pictures.grid(sprites(4).images, 2)
    content = pictures.webp(picture)
    with Image.open(io.BytesIO(content)) as found:
        assert found.mode == "RGBA" and np.array_equal(np.asarray(found), np.asarray(picture))
    assert pictures.is_whole_webp(content)
    pixels = np.asarray(picture).copy()
    pixels[10, 10, 3] ^= 255
    foreign = io.BytesIO()
    Image.fromarray(pixels).save(foreign, "WEBP", lossless=True, exact=True, xmp=found.info["xmp"])
    assert not pictures.is_whole_webp(foreign.getvalue())


def test_webp_of_opaque_rgba_is_whole():
    image = np.full((8, 8, 4), 255, np.uint8)
    assert pictures.is_whole_webp(pictures.webp(Image.fromarray(image)))


def test_what_cannot_show_transparency_shows_the_checkerboard():
    found = np.asarray(pictures.opaque(Image.fromarray(np.zeros((20, 30, 4), np.uint8))))
    assert np.array_equal(found, np.repeat(pictures.checkerboard(20, 30)[..., None], 3, 2))


# ------------------------------------------------------------------------------------------------- measures


def test_distances_are_of_what_is_seen():
    one, other = sprites(50).images, sprites(50, hidden=1).images
    distances, indices = nearest(one, other)
    assert distances.max() < 0.01 and np.array_equal(indices[:, 0], np.arange(50))
    assert neighbours(one[3], other, 2)[0].distance == 0
    opaque = one.copy()
    opaque[:, 3] = 255
    assert nearest(opaque, one)[0].min() > 50


def test_vitals_do_not_see_hidden_colours():
    images = sprites()
    expected = Vitals(images.images).of(images.images)
    assert Vitals(images.images).of(sprites(hidden=1).images) == expected
    assert expected["diversity"] == pytest.approx(1, abs=0.05)


@pytest.mark.slow
def test_measures_do_not_see_hidden_colours(run):
    images = sprites()
    data = scoring.Data(images, None)
    scores = scoring.score(run, run.snapshot(), data, scoring.usual(run), 200)
    hidden = ImageSet(sprites(hidden=1).images, None, None, images.name, images.fingerprint)
    assert scores["swd"][0] > 0
    assert scoring.score(run, run.snapshot(), scoring.Data(hidden, None), scoring.usual(run), 200) == scores


@pytest.mark.slow
def test_a_discriminator_does_not_see_hidden_colours(run):
    discriminator = run.discriminator().eval()
    one, other = sprites(8).images, sprites(8, hidden=1).images
    assert np.array_equal(logits(discriminator, one), logits(discriminator, other))
    maps, _ = heat(discriminator, one)
    assert maps.shape == (8, 28, 28) and maps.min() >= 0 and maps.max() == 1


# ------------------------------------------------------------------------------------------------- a run


@pytest.mark.slow
def test_hidden_colours_do_not_change_the_training(train):
    one, _ = train("one", sprites())
    other, _ = train("other", sprites(hidden=1))
    snapshots = [run.snapshot().path.read_bytes() for run in (one, other)]
    assert snapshots[0] == snapshots[1]


RESNET = {"family": "resnet", "width": 16, "most": 16}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("recipe", "size"),
    [
        (replace(TINY, augment=suited(4), flip=True), 28),
        (replace(TINY, loss="wasserstein", gradient_penalty=10.0), 28),
        (replace(RECIPES["resnet"], generator=RESNET, discriminator=RESNET, batch_size=8), 32),
    ],
    ids=["augmented", "gradient penalty", "R1 and R2"],
)
def test_recipes_train_four_channels(train, recipe, size):
    run, _ = train(images=sprites(32, size), recipe=recipe, length=64)
    assert run.config.channels == 4
    drawn = draw(run.generator(), np.ones((3, recipe.latent_dim), np.float32))
    assert drawn.shape == (3, 4, size, size)
    assert all(np.isfinite(value) for line in run.history() for value in line.values())


@pytest.mark.slow
def test_a_sample_keeps_real_alpha(run, tmp_path):
    sample.main([str(run.path), "--num", "9", "--out", str(tmp_path / "some.png")])
    with Image.open(tmp_path / "some.png") as picture:
        alpha = np.asarray(picture)[..., 3]
        assert picture.mode == "RGBA" and pictures.SETTINGS_KEY in picture.info
    tile = alpha[6:90, 6:90]  # at three times its size
    assert len(np.unique(tile)) > 8 and not alpha[:6].any()
    sample.main([str(run.path), "--num", "9", "--out", str(tmp_path / "some.npz")])
    with np.load(tmp_path / "some.npz") as arrays:
        assert arrays["images"].shape == (9, 28, 28, 4)
        assert np.array_equal(arrays["images"][0, :, :, 3], tile[::3, ::3])


@pytest.mark.slow
def test_a_grid_of_a_run_keeps_alpha(run):
    for path in (run.path / "grids").iterdir():
        with Image.open(path) as picture:
            assert picture.mode == "RGBA" and len(np.unique(np.asarray(picture)[..., 3])) > 8


@pytest.mark.slow
def test_the_card_says_transparency(run):
    written = card.write(run)
    assert "100 images at 28 px with transparency" in written
    assert "uint8 (64, 4, 28, 28): red, green, blue, alpha" in written
    assert card.TRANSPARENT not in written  # nothing was measured


@pytest.mark.slow
def test_the_export_draws_the_same(run):
    outline = export.outline(run)
    z = np.random.default_rng(0).standard_normal((5, run.config.recipe.latent_dim), np.float32)
    (images,) = InferenceSession(export.whole(outline, run.snapshot().path)).run(None, {"z": z})
    with torch.inference_mode():
        expected = run.generator()(torch.from_numpy(z)).numpy()
    assert images.shape == (5, 4, 28, 28)
    found, wanted = (pictures.to_uint8(one).astype(int) for one in (images, expected))
    assert np.abs(found - wanted).max() <= 1 and np.ptp(wanted[:, 3]) > 8
