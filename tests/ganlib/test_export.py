"""Tests that a generator as ONNX draws what torch draws, from its own file and from a snapshot's."""

import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from conftest import TINY, shapes
from onnxruntime import InferenceSession

from ganlib import UserError, export, networks, sizes
from ganlib.networks.units import scaled, stages
from ganlib.objectives.transparency import premultiplied
from ganlib.pictures import to_uint8
from ganlib.recipes import RECIPES
from ganlib.runs.config import Config
from ganlib.runs.run import Run
from ganlib.sampling import Mix, draw

SHIPPED = sorted(path.parents[1] for path in Path(__file__).parents[2].glob("checkpoints/*/onnx/outline.onnx"))


def begun(path, recipe, size):
    """A run with snapshots of two different generators, with batch statistics other than 0 and 1."""
    images = shapes(channels=3 if size > 32 else 1, size=size)
    run = Run.create(path, Config.plan(recipe, images, "shapes", 320, seed=0))
    for number in range(2):
        torch.manual_seed(number)
        generator = run._outline(networks.build_generator, run.config.generator_settings()).to_empty(device="cpu")
        for name, tensor in generator.state_dict().items():
            if tensor.is_floating_point():
                tensor.normal_(0.5 if "var" in name else 0.0, 0.05)
        run.save_snapshot(generator, number * 64)
    return run


def differs(run, snapshot, model):
    """Returns the largest difference between the pictures of `model` and torch's, in grey levels."""
    config = run.config
    z = np.random.default_rng(0).standard_normal((5, config.recipe.latent_dim), np.float32)
    feed = {"z": z} | ({"labels": np.arange(5) % config.num_classes} if config.num_classes else {})
    (images,) = InferenceSession(model).run(None, feed)
    with torch.inference_mode():
        expected = run.generator(snapshot)(*map(torch.from_numpy, feed.values())).numpy()
    assert images.shape == expected.shape and np.ptp(expected) > 0.01
    return np.abs(images - expected).max() * 127.5


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("digits", 28),
        ("dcgan-linear", 64),
        ("dcgan-96", 96),
        ("infogan-dc", 28),
        ("deep-mlp", 28),
        ("resnet", 64),
        ("style", 28),
        ("dcgan-upsample", 32),
    ],
)
def test_every_family_draws_the_same(tmp_path, name, size):
    run = begun(tmp_path / "run", RECIPES[name], size)
    outline = export.outline(run)
    for snapshot in run.snapshots():
        assert differs(run, snapshot, export.whole(outline, snapshot.path)) < 0.1


@pytest.mark.slow
@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_a_shipped_outline_draws_every_snapshot(path):
    run, outline = Run.open(path), onnx.load(path / "onnx" / "outline.onnx", load_external_data=False)
    assert outline.ByteSize() < 25_000
    assert [each.name for each in outline.graph.input if each.name.startswith(export.SCALE)]
    for snapshot in run.snapshots():
        assert differs(run, snapshot, export.whole(outline, snapshot.path)) < 0.1


DISCRIMINATORS = [("digits", 28), ("dcgan-linear", 64), ("dcgan-96", 96), ("infogan-dc", 28), ("deep-mlp", 28), ("resnet", 64)]


def judged(run, outline):
    """Returns the logits of pictures by an outline with the weights of discriminator.safetensors, and torch's."""
    config = run.config
    rng = np.random.default_rng(0)
    images = rng.uniform(-1, 1, (5, config.channels, *sizes.height_width(config.image_size))).astype(np.float32)
    feed = {"images": images} | ({"labels": np.arange(5) % config.num_classes} if config.num_classes else {})
    (logits,) = InferenceSession(export.whole(outline, run.discriminator_path)).run(None, feed)
    with torch.inference_mode():
        shown = premultiplied(torch.from_numpy(images))
        return logits, run.discriminator()(shown, *(torch.from_numpy(feed[name]) for name in feed if name == "labels")).numpy()


@pytest.mark.slow
@pytest.mark.parametrize(("name", "size"), DISCRIMINATORS)
def test_every_discriminator_judges_the_same(tmp_path, name, size):
    run = begun(tmp_path / "run", RECIPES[name], size)
    torch.manual_seed(0)
    run.save_discriminator(networks.build_discriminator(run.config.discriminator_settings()), 64)
    logits, expected = judged(run, export.discriminator_outline(run))
    assert logits == pytest.approx(expected, rel=1e-3, abs=1e-4) and np.ptp(expected) > 1e-4


@pytest.mark.slow
@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_a_shipped_discriminator_judges_the_same(path):
    outline = onnx.load(path / "onnx" / "discriminator.onnx", load_external_data=False)
    assert outline.ByteSize() < 10_000
    logits, expected = judged(Run.open(path), outline)
    assert logits == pytest.approx(expected, rel=1e-3, abs=1e-3)


@pytest.mark.slow
def test_the_command_writes_files_of_their_own(tmp_path, capsys):
    run = begun(tmp_path / "run", TINY, 28)
    export.main([str(run.path), "--epoch", "all", "--out", str(tmp_path / "out")])
    names = [snapshot.path.stem for snapshot in run.snapshots()]
    assert sorted(path.stem for path in (tmp_path / "out").iterdir()) == names
    told = capsys.readouterr().out.splitlines()
    assert len(told) == len(names) and all(f"{name}.onnx" in line for name, line in zip(names, told, strict=True))
    last = (tmp_path / "out" / f"{names[-1]}.onnx").read_bytes()
    assert differs(run, run.snapshot(), last) < 0.1
    export.main([str(run.path), "--outline"])
    outline = onnx.load(run.path / "onnx" / "outline.onnx", load_external_data=False)
    assert {
        entry.value for tensor in outline.graph.initializer for entry in tensor.external_data if entry.key == "location"
    } == {"weights"}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "size"), [("digits", 28), ("deep-mlp", 28)])
def test_units_are_scaled_by_inputs_everywhere_or_at_places(tmp_path, name, size):
    run = begun(tmp_path / "run", RECIPES[name], size)
    generator, rng = run.generator(), np.random.default_rng(0)
    session = InferenceSession(export.whole(export.outline(run), run.snapshot().path))
    z = rng.standard_normal((3, run.config.recipe.latent_dim), np.float32)
    feed = {"z": z} | ({"labels": np.arange(3) % run.config.num_classes} if run.config.num_classes else {})
    for sides in (1, 0):  # of the maps: a scale for each unit, or one for each place
        scales = {
            stage: rng.uniform(0, 2, (1, stage.units, *((1,) * len(stage.sides) if sides else stage.sides))).astype(np.float32)
            for stage in stages(generator)
        }
        with torch.inference_mode(), scaled(generator, {stage: torch.from_numpy(each) for stage, each in scales.items()}):
            expected = generator(*map(torch.from_numpy, feed.values())).numpy()
        (images,) = session.run(None, feed | {f"scale.{stage.name}": each for stage, each in scales.items()})
        np.testing.assert_allclose(images, expected, atol=1e-4)
        assert np.abs(images - session.run(None, feed)[0]).max() > 0.01


@pytest.mark.slow
def test_styles_are_mixed_by_inputs(tmp_path):
    run = begun(tmp_path / "run", RECIPES["style"], 28)
    run.save_snapshot(networks.build_generator(run.config.generator_settings()), 128)
    generator, rng = run.generator(), np.random.default_rng(0)
    session = InferenceSession(export.whole(export.outline(run), run.snapshot().path))
    z, other = (rng.standard_normal((num, run.config.recipe.latent_dim), np.float32) for num in (3, 1))
    classes = run.config.num_classes
    feed = {"z": z} | ({"labels": np.arange(3) % classes} if classes else {})
    second = {"mix.z": other} | ({"mix.labels": np.array([1])} if classes else {})
    for amounts in ([0, 0, 0], [1, 0.25, 0], [1, 1, 1]):
        (images,) = session.run(None, feed | second | {"mix.amounts": np.array(amounts, np.float32)})
        mix = Mix(other, second.get("mix.labels"), amounts)
        expected = draw(generator, z, feed.get("labels"), mix)
        assert np.abs(to_uint8(images).astype(int) - expected).max() <= 1
    assert np.abs(images - session.run(None, feed)[0]).max() > 0.01


def test_a_run_without_a_discriminator_is_named(tmp_path):
    run = begun(tmp_path / "run", TINY, 28)
    with pytest.raises(UserError, match="has no discriminator; choose a run that has"):
        export.main([str(run.path), "--discriminator"])


def test_without_the_packages_one_sentence(tmp_path, monkeypatch):
    run = begun(tmp_path / "run", TINY, 28)
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    with pytest.raises(UserError, match="pip install onnx onnxscript"):
        export.main([str(run.path)])


@pytest.mark.slow
def test_a_cut_snapshot_is_named(tmp_path):
    run = begun(tmp_path / "run", TINY, 28)
    outline = export.outline(run)
    last = run.snapshot()
    last.path.write_bytes(last.path.read_bytes()[:-5])
    with pytest.raises(UserError, match=last.path.name):
        export.whole(outline, last.path)
