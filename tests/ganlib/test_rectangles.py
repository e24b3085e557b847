"""Tests that pictures which are no squares go through all that squares do: training, samples, films, measures, files."""

import io
import json
from dataclasses import replace

import numpy as np
import onnx  # noqa: F401 - ganlib.export needs it
import pytest
import torch
from comparing import content, stopped_after
from conftest import TINY, plan, shapes
from onnxruntime import InferenceSession
from PIL import Image

from ganlib import UserError, animations, export, networks, pictures, sample, sampling
from ganlib.inspection import layers
from ganlib.inspection.directions import principal_directions
from ganlib.inspection.discriminator import heat
from ganlib.metrics.distances import sliced_wasserstein
from ganlib.metrics.measures import MEASURES, Judged
from ganlib.pretrained import PretrainedGenerator
from ganlib.runs import card
from ganlib.runs.config import Config
from ganlib.runs.run import Run
from ganlib.training.trainer import Trainer

WIDE, TALL = (32, 64), (64, 32)
NETWORKS = {
    "dcgan": ({"family": "dcgan", "width": 4}, WIDE),
    "dcgan, tall": ({"family": "dcgan", "width": 4}, TALL),
    "resnet": ({"family": "resnet", "width": 16, "most": 16}, WIDE),
    "resnet, tall": ({"family": "resnet", "width": 16, "most": 16}, TALL),
    "style": ({"family": "style", "width": 16}, WIDE),
    "upsample": ({"family": "upsample"}, WIDE),
    "mlp": ({"family": "mlp", "widths": [16]}, WIDE),
    "infogan": ({"family": "infogan"}, (16, 32)),
}


@pytest.fixture(params=NETWORKS)
def trained(request, train):
    """A run after a few steps, and its images."""
    network, size = NETWORKS[request.param]
    images = shapes(size=size)
    recipe = replace(TINY, generator=network, discriminator=network, r1=0.1, augment=("translation", "cutout"), flip=True)
    return train(images=images, recipe=recipe, length=48)[0], images


def wide_run(path, moments=(0, 320)):
    """A run of untrained networks."""
    images = shapes(size=WIDE, channels=3)
    run = Run.create(path, plan(images))
    for number in moments:
        torch.manual_seed(number)
        run.save_snapshot(networks.build_generator(run.config.generator_settings()), number)
    run.save_discriminator(networks.build_discriminator(run.config.discriminator_settings()), moments[-1])
    return run, images


@pytest.mark.slow
def test_every_family_trains_on_them(trained):
    run, images = trained
    size = images.images.shape[2:]
    assert run.config.image_size == size
    assert Config.from_json(json.loads(json.dumps(run.config.to_json()))) == run.config
    found, _ = sampling.images(run, run.generator(), 5, seed=0)
    assert found.shape == (5, *images.images.shape[1:])
    with Image.open(run.grids()[-1].path) as grid:
        assert [(side - 2) % (pixels + 2) for side, pixels in zip(grid.size, size[::-1], strict=True)] == [0, 0]
    assert all(np.isfinite([line["g_loss"], line["d_loss"]]).all() for line in run.history())


@pytest.mark.slow
def test_a_run_is_resumed_as_if_it_had_not_been_stopped(tmp_path):
    images = shapes(size=WIDE)
    whole, halted = (Run.create(tmp_path / name, plan(images, length=96)) for name in ("whole", "halted"))
    list(Trainer(whole, images, torch.device("cpu")).events())
    stopped_after(3, halted, images)
    list(Trainer(Run.open(halted.path), images, torch.device("cpu"), resume=True).events())
    assert content(whole.path) == content(halted.path)


def test_samples_lie_in_a_grid_of_rectangles(tmp_path):
    run, _ = wide_run(tmp_path / "run")
    sample.main([str(run.path), "--num", "6", "--label", "a", "--out", str(tmp_path / "grid.png")])
    with Image.open(tmp_path / "grid.png") as grid:
        assert grid.size == (2 * (2 + 3 * 66), 2 * (2 + 2 * 34))  # three columns, at twice its size
    sample.main([str(run.path), "--num", "6", "--out", str(tmp_path / "all.npz")])
    assert np.load(tmp_path / "all.npz")["images"].shape == (6, 32, 64, 3)
    assert PretrainedGenerator.from_pretrained(str(run.path)).sample(2).shape == (2, 3, 32, 64)


def test_whether_pixels_are_sharp_and_by_how_much_they_grow_is_said_by_the_longer_side():
    assert pictures.pixelated((16, 32)) and not pictures.pixelated((32, 64)) and not pictures.pixelated((64, 32))
    assert [pictures.scale_for(size) for size in ((16, 32), (32, 64), (64, 128), 256)] == [3, 2, 1, 1]
    images = np.random.default_rng(0).integers(0, 256, (2, 1, 16, 32), np.uint8)
    enlarged = np.asarray(pictures.grid(images, 2, 3))
    assert np.array_equal(enlarged[6 : 6 + 48, 6 : 6 + 96], images[0, 0].repeat(3, 0).repeat(3, 1))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["webp", "gif"])
def test_a_film_keeps_their_aspect(kind):
    frames = np.random.default_rng(0).integers(0, 256, (3, 3, 32, 64), np.uint8)
    with Image.open(io.BytesIO(animations.animate(frames, 1, kind, scale=2))) as film:
        assert film.size == (256, 128) and film.n_frames == 3


def test_the_card_says_width_by_height(tmp_path):
    run, _ = wide_run(tmp_path / "run")
    text = card.write(run)
    assert "100 images at 64x32 px" in text and "# uint8 (64, 3, 32, 64)" in text


@pytest.mark.slow
@pytest.mark.parametrize("name", ["swd", "diversity", "nearest_ratio", "clipped", "spectrum"])
def test_measures_of_rectangles(name):
    rng = np.random.default_rng(0)
    real = replace(shapes(60, 3), images=rng.integers(0, 256, (60, 3, 32, 64), np.uint8))
    judged = Judged(rng.integers(0, 256, (40, 3, 32, 64), np.uint8), None, real, None, flip=True)
    measure = next(measure for measure in MEASURES.values() if name in {figure.name for figure in measure.figures})
    found = measure.function(judged)
    assert found and all(np.isfinite(value) for value, _ in found.values())
    if name == "swd":
        assert set(found) == {"swd", "swd_64x32", "swd_32x16"}


@pytest.mark.slow
def test_the_pyramid_of_a_turned_picture_is_as_far_from_that_of_another():
    """Sliced Wasserstein distances of 7x7 patches have no preferred direction, within what chance makes of the choice of them."""
    rng = np.random.default_rng(0)
    a = np.kron(rng.integers(0, 256, (300, 1, 8, 16)), np.ones((1, 1, 4, 4))).astype(np.uint8)
    b = rng.integers(0, 256, a.shape, np.uint8)
    wide, tall = sliced_wasserstein(a, b), sliced_wasserstein(a.swapaxes(2, 3), b.swapaxes(2, 3))
    assert list(wide) == [(32, 64), (16, 32)] and list(tall) == [(64, 32), (32, 16)]
    np.testing.assert_allclose(list(tall.values()), list(wide.values()), rtol=0.05)


def test_what_is_seen_in_the_networks(tmp_path):
    run, images = wide_run(tmp_path / "run")
    config = run.config
    assert principal_directions(run.generator(), config.recipe.latent_dim).shape[1] == config.recipe.latent_dim
    maps, _ = heat(run.discriminator(), images.images[:3], images.labels[:3])
    assert maps.shape == (3, 32, 64)
    generator, _ = networks.outlines(config.generator_settings(), config.discriminator_settings())
    z, labels = torch.empty(1, config.recipe.latent_dim, device="meta"), torch.zeros(1, dtype=torch.long, device="meta")
    last = [layer for layer in layers.layers(generator, z, labels) if layer.formula][-1]
    assert last.shape == (3, 32, 64)
    assert last.formula == "(16 − 1)·2 − 2·1 + 4 = 32, (32 − 1)·2 − 2·1 + 4 = 64"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["dcgan", "resnet, tall", "upsample", "mlp", "infogan"])
def test_an_exported_generator_draws_what_torch_draws(tmp_path, name):
    network, size = NETWORKS[name]
    recipe = replace(TINY, generator=network, discriminator=network)
    run = Run.create(tmp_path / "run", plan(shapes(size=size), recipe))
    torch.manual_seed(0)
    generator = networks.build_generator(run.config.generator_settings())
    for parameter in generator.parameters():
        if parameter.ndim > 1:
            torch.nn.init.normal_(parameter, 0.0, 0.1)  # large enough for pictures that are no plain grey
    run.save_snapshot(generator, 0)
    z, labels = np.random.default_rng(0).standard_normal((5, 8), np.float32), np.arange(5) % 2
    model = export.whole(export.outline(run), run.snapshot().path)
    (drawn,) = InferenceSession(model).run(None, {"z": z, "labels": labels})
    with torch.inference_mode():
        expected = run.generator()(torch.from_numpy(z), torch.from_numpy(labels)).numpy()
    assert drawn.shape == (5, 1, *size) and np.ptp(expected) > 0.01
    assert np.abs(drawn - expected).max() * 127.5 < 0.1


class TestConfig:
    def test_a_square_is_one_number_however_it_is_written(self):
        value = plan(shapes()).to_json()
        assert value["image_size"] == 28
        assert Config.from_json(json.loads(json.dumps(value | {"image_size": [28, 28]}))).image_size == 28
        assert Config.from_json(json.loads(json.dumps(value | {"image_size": [32, 64]}))).image_size == WIDE

    @pytest.mark.parametrize("size", [[0, 64], [-32, 64], [64], [64, 32, 3], [64, "32"], [64.5, 32], "64x32", None, {}])
    def test_what_is_no_size_is_refused(self, size):
        value = json.loads(json.dumps(plan(shapes()).to_json())) | {"image_size": size}
        with pytest.raises(ValueError, match="image_size"):
            Config.from_json(value)

    def test_a_run_whose_family_cannot_draw_its_size_is_damaged(self, tmp_path):
        run, _ = wide_run(tmp_path / "run")
        file = run.path / "config.json"
        value = json.loads(file.read_text())
        value.pop("crc32", None)
        file.write_text(json.dumps({**value, "image_size": [30, 64]}))
        with pytest.raises(UserError, match=r"config\.json"):
            Run.open(run.path)
