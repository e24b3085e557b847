"""Tests that compiled trainings equal uncompiled ones up to rounding, and the fallback where torch can't compile."""

from dataclasses import replace

import pytest
import torch
from comparing import narrow
from conftest import plan, shapes, shapes_in
from parallel_gans import exactly, take_steps

import train
from ganlib import UserError
from ganlib.networks import compiling
from ganlib.recipes import RECIPES
from ganlib.runs.run import Run
from ganlib.training.step import GAN

CPU = torch.device("cpu")
# A lazy R1, dropout, labels, and a short batch at the end of each epoch
EVERYTHING = replace(
    RECIPES["mlp"],
    generator={"family": "mlp", "widths": [16]},
    discriminator={"family": "mlp", "widths": [16], "dropout": [0.5]},
    conditional=True,
    r1=1.0,
    penalty_every=2,
    batch_size=16,
)


@pytest.fixture
def compiler():
    """torch.compile with an empty cache; skips without a C++ compiler."""
    try:
        compiling.check(CPU)
    except UserError as error:
        pytest.skip(str(error))
    torch._dynamo.reset()
    torch._dynamo.utils.counters.clear()
    yield torch._dynamo.utils.counters
    torch._dynamo.reset()


@pytest.mark.slow
def test_a_compiled_run_goes_on_uncompiled_as_if_it_had_always_been(compiler, folder, tmp_path, monkeypatch):
    monkeypatch.setitem(RECIPES, "everything", EVERYTHING)

    def weights(name, images, *options):
        train.main([*map(str, options), "--images", str(images), "--precision", "float32", "--device", "cpu"])
        states = Run.open(tmp_path / name).checkpoint_files
        tensors, _ = states.read(states.last)
        return {name: tensor for name, tensor in tensors.items() if tensor.is_floating_point()}

    begun = ["--dataset", shapes_in(folder), "--image-size", "28", "--recipe", "everything", "--out"]
    plain = weights("plain", 216, *begun, tmp_path / "plain")
    compiled = weights("compiled", 216, *begun, tmp_path / "compiled", "--compile")
    graphs = compiler["stats"]["unique_graphs"]
    torch.testing.assert_close(compiled, plain, rtol=1e-4, atol=1e-6)
    assert graphs == 5  # G with gradients and without; D for its own update, for G's, and none for penalised or short batches
    assert not compiler["graph_break"]
    resumed = weights("compiled", 320, "--resume", tmp_path / "compiled")
    assert compiler["stats"]["unique_graphs"] == graphs
    torch.testing.assert_close(resumed, weights("plain", 320, "--resume", tmp_path / "plain"), rtol=1e-3, atol=1e-5)


@pytest.mark.slow
@pytest.mark.campaign
@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_can_be_compiled(compiler, name):
    """Compares sums of the networks' outputs in float64, not weights: a bias below a batch norm has no effect, and Adam
    turns its rounding errors into full steps."""
    recipe = RECIPES[name]
    networks = {"generator": narrow(recipe.generator), "discriminator": narrow(recipe.discriminator)}
    recipe = replace(recipe, batch_size=8, penalty_every=min(recipe.penalty_every, 2), **networks)
    images = shapes(44, size=recipe.image_size or 28)
    with exactly():
        gans = [GAN(plan(images, recipe), images, CPU) for _ in range(2)]
        gans[1].compile()
        for gan in gans:
            take_steps(gan, steps=6)
    assert compiler["stats"]["unique_graphs"] >= 3 and not compiler["graph_break"]
    plain, compiled = (gan.meters.sums for gan in gans)
    torch.testing.assert_close(compiled, plain, rtol=1e-6, atol=1e-6)


@pytest.mark.slow
def test_where_there_is_no_compiler_no_run_begins(tmp_path, monkeypatch):
    torch.compile(lambda: None)  # imports the settings
    monkeypatch.setattr("torch._inductor.config.cpp.cxx", (None, "no-such-compiler"))
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path / "inductor"))
    options = ["--dataset", "digits", "--compile", "--device", "cpu", "--out", str(tmp_path / "run")]
    with pytest.raises(UserError, match=r"--compile needs a C\+\+ compiler.*no-such-compiler.*leave --compile out"):
        train.main(options)
    assert not (tmp_path / "run").exists()


def test_other_devices_are_not_compiled_for():
    with pytest.raises(UserError, match="--compile is for cpu and cuda, not for mps; leave it out"):
        compiling.check(torch.device("mps"))


def test_batch_norm_of_several_processes_is_called_as_it_is():
    gan = GAN(plan(shapes()), shapes(), CPU)
    shared = torch.nn.SyncBatchNorm.convert_sync_batchnorm(gan.generator)
    assert compiling.compiled(shared, CPU) is shared
