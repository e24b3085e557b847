"""Tests blends of two runs: their weights in float64, shares by layer, batch statistics, the run that is written, and mistakes."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from conftest import TINY, plan, shapes, untrained
from torch import nn

import train as train_command
from ganlib import UserError, evaluate, export, networks, sample
from ganlib.blend import Shares, Side, blend, blended, estimate_statistics, tensor_shares
from ganlib.blend.__main__ import main
from ganlib.cli import run_command
from ganlib.networks import FAMILIES
from ganlib.pretrained import PretrainedGenerator
from ganlib.recipes import RECIPES
from ganlib.runs.run import Run
from ganlib.training.finetuning import Parent
from studio.library import Library

GENERATOR = {"family": "dcgan", "image_size": 28, "channels": 1, "num_classes": 2, "latent_dim": 8, "width": 4}
LAYERS = ("stem", "stages.1", "stages.2")


def pair():
    """Two generators in float64 with batch statistics of their own."""
    both = []
    for seed in (0, 1):
        torch.manual_seed(seed)
        generator = networks.build_generator(GENERATOR).double()
        for norm in norms_of(generator):
            norm.running_mean.normal_()
            norm.running_var.uniform_(0.5, 2)
        both.append(generator.eval())
    return both


def norms_of(network):
    return [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]


def mixed(a, b, text):
    """Blends two generators' state dicts by the shares in `text`."""
    return blended(a.state_dict(), b.state_dict(), tensor_shares(a, Shares.parsed(text).of(a.named_layers())))


@pytest.fixture(scope="module")
def kin(tmp_path_factory):
    """A folder with the run `a`, of two snapshots, and its child `b`."""
    folder = tmp_path_factory.mktemp("kin")
    torch.manual_seed(0)
    parent = untrained(folder / "a")
    of = Parent.of(parent, None, "a")
    child = Run.create(folder / "b", of.adopt(plan(shapes(40), TINY)))
    child.save_snapshot(networks.build_generator(child.config.generator_settings()), 320)
    child.save_discriminator(networks.build_discriminator(child.config.discriminator_settings()), 320)
    return folder


@pytest.fixture(scope="module")
def half(kin):
    """The blend of one half of each."""
    return blend(Side.of(str(kin / "a")), Side.of(str(kin / "b")), Shares.parsed("0.5"), kin / "half", "blend a b")


# ------------------------------------------------------------------------------------------------ weights


def test_no_share_is_the_first_and_all_of_it_the_second_bit_for_bit():
    a, b = pair()
    for text, expected in (("0", a), ("1", b), ("stem:1,stages:1", b)):
        found = mixed(a, b, text)
        assert found.keys() == expected.state_dict().keys()
        assert all(torch.equal(found[name], tensor) for name, tensor in expected.state_dict().items())


def test_one_half_is_the_mean_and_a_third_is_a_third():
    a, b = pair()
    for share in (0.5, 1 / 3):
        found, first, second = mixed(a, b, str(share)), a.state_dict(), b.state_dict()
        for name, tensor in found.items():
            if tensor.is_floating_point():
                torch.testing.assert_close(tensor, (1 - share) * first[name] + share * second[name], rtol=1e-15, atol=1e-15)


def test_layers_have_shares_of_their_own():
    a, b = pair()
    found, first, second = mixed(a, b, "stem:0,stages.1:1,stages.2:0.5"), a.state_dict(), b.state_dict()
    for name, tensor in found.items():
        if name.startswith(("project", "norm")):
            assert torch.equal(tensor, first[name])
        elif name.startswith("stages"):
            assert torch.equal(tensor, second[name])
        else:
            torch.testing.assert_close(tensor, (first[name] + second[name]) / 2, rtol=1e-15, atol=1e-15)


def test_a_blend_shares_no_memory_with_its_parents():
    a, b = pair()
    found = mixed(a, b, "0")
    found["project.weight"].zero_()
    assert a.project.weight.abs().sum() > 0


@pytest.mark.parametrize("family", FAMILIES)
def test_every_familys_layers_hold_each_tensor_once_in_order(family):
    settings = {"image_size": 96 if family == "dcgan-96" else 32, "channels": 3, "num_classes": 2, "latent_dim": 8}
    generator = networks.outline(networks.build_generator, settings | {"family": family})
    layers = generator.named_layers()
    assert list(layers) == ["stem", *(f"stages.{number}" for number in range(1, len(layers)))]
    modules = dict(generator.named_modules())
    tensors = [f"{module}.{name}" for each in layers.values() for module in each for name in modules[module].state_dict()]
    assert tensors == list(generator.state_dict())
    for names in layers.values():  # a layer begins with weights, and its norms follow
        assert not isinstance(modules[names[0]], nn.BatchNorm1d | nn.BatchNorm2d)
        assert all(isinstance(modules[name], nn.BatchNorm1d | nn.BatchNorm2d) for name in names[1:])


@pytest.mark.parametrize(
    ("recipe", "size", "number"),
    [
        ("digits", 28, 3),
        ("pictures", 64, 5),
        ("style", 28, 5),
        ("mlp", 28, 3),
        ("infogan-dc", 28, 4),
        ("dcgan-upsample", 28, 4),
    ],
)
def test_how_many_layers_a_recipe_has(recipe, size, number):
    made = RECIPES[recipe]
    settings = {"image_size": size, "channels": 1, "num_classes": 0, "latent_dim": made.latent_dim} | made.generator
    assert len(networks.outline(networks.build_generator, settings).named_layers()) == number


# ------------------------------------------------------------------------------------------------ statistics


def test_statistics_are_those_of_the_blends_own_samples():
    a, b = pair()
    a.load_state_dict(mixed(a, b, "0.5"))
    config = plan(shapes(), TINY)
    inputs = {norm: [] for norm in norms_of(a)}
    for norm in inputs:
        norm.register_forward_hook(lambda norm, given, _: inputs[norm].append(given[0]))
    estimate_statistics(a, config)
    assert not a.training
    for norm, batches in inputs.items():
        assert sum(map(len, batches)) == 512 and batches[0].dtype == torch.float64
        means = torch.stack([batch.mean((0, 2, 3)) for batch in batches])
        variances = torch.stack([batch.var((0, 2, 3)) for batch in batches])
        torch.testing.assert_close(norm.running_mean, means.mean(0), rtol=1e-12, atol=1e-12)
        torch.testing.assert_close(norm.running_var, variances.mean(0), rtol=1e-12, atol=1e-12)


def test_a_blends_statistics_are_not_its_parents(kin, tmp_path):
    half = blend(Side.of(str(kin / "a")), Side.of(str(kin / "b")), Shares.parsed("0.5"), tmp_path / "half", "blend a b")
    a, b = Run.open(kin / "a").generator(), Run.open(kin / "b").generator()
    again = networks.build_generator(half.config.generator_settings())
    again.load_state_dict(mixed(a, b, "0.5"))
    estimate_statistics(again, half.config)
    made = half.generator()
    torch.testing.assert_close(made.norm.running_var, again.norm.running_var)
    assert not torch.allclose(made.norm.running_var, (a.norm.running_var + b.norm.running_var) / 2, rtol=0.01)


def test_a_blend_with_nothing_of_the_other_draws_what_its_parent_draws(kin, tmp_path):
    for share, name in (("0", "a"), ("1", "b")):
        main([str(kin / "a"), str(kin / "b"), "--layers", share, "--out", str(tmp_path / share)])
        made, parent = Run.open(tmp_path / share).generator().state_dict(), Run.open(kin / name).generator().state_dict()
        assert all(torch.equal(made[key], tensor) for key, tensor in parent.items())


# ------------------------------------------------------------------------------------------------ the run


def test_parents_and_shares_are_in_the_config_and_in_the_card(half, kin):
    made = half.config.blend
    assert (made.parents, made.moments, made.images) == (("a", "b"), ("epoch 3.2", "epoch 8"), (320, 320))
    assert dict(zip(made.layers, made.shares, strict=True)) == dict.fromkeys(LAYERS, 0.5)
    assert half.config.lineage == Run.open(kin / "a").config.lineage
    text = (half.path / "README.md").read_text()
    for words in ("a (epoch 3.2, 320 images) and b (epoch 8, 320 images)", "stem 0.5, stages.1 0.5", "2010.05334",
                  "that of b, not blended", "Blended with\n\n```\nblend a b"):  # fmt: skip
        assert words in text
    assert half.snapshot().label == "blend" and half.has_grid(0)


def test_every_command_opens_it(half, tmp_path):
    folder = str(half.path)
    sample.main([folder, "--num", "4", "--out", str(tmp_path / "samples.npz")])
    images = np.load(tmp_path / "samples.npz")["images"]
    assert images.shape == (4, 28, 28, 1) and images.std() > 0
    assert PretrainedGenerator.from_pretrained(folder).sample(2).shape == (2, 1, 28, 28)
    entry = Library(half.path.parent).find("half")
    assert not entry.damage and [snapshot.label for snapshot in entry.snapshots] == ["blend"]


@pytest.mark.slow
def test_it_is_exported(half, tmp_path):
    export.main([str(half.path), "--out", str(tmp_path)])
    assert (tmp_path / "000000000.onnx").is_file()


def test_it_can_be_fine_tuned_and_blended_again_but_not_resumed(half, kin, tmp_path):
    theirs, kept = Run.open(kin / "b").discriminator().state_dict(), half.discriminator().state_dict()
    assert all(torch.equal(kept[name], tensor) for name, tensor in theirs.items())
    child = Parent.of(half, None, "half").adopt(plan(shapes(40), TINY))
    assert child.blend is None and child.parent == "half" and child.lineage == half.config.lineage
    main([str(half.path), str(kin / "a"), "--layers", "0.2", "--out", str(tmp_path / "again")])
    assert Run.open(tmp_path / "again").config.blend.moments == ("blend", "epoch 3.2")
    with pytest.raises(UserError, match="is a blend of two runs and can't be resumed; train on from it with --init-from"):
        train_command.main(["--resume", str(half.path)])


def test_two_snapshots_of_one_run(kin, tmp_path):
    main([f"{kin / 'a'}@0", str(kin / "a"), "--out", str(tmp_path / "out")])
    assert Run.open(tmp_path / "out").config.blend.moments == ("untrained", "epoch 3.2")


def test_a_run_without_a_discriminator(kin, tmp_path):
    alone = shutil.copytree(kin / "b", tmp_path / "alone")
    (alone / "discriminator.safetensors").unlink()
    main([str(kin / "a"), str(alone), "--out", str(tmp_path / "out")])
    made = Run.open(tmp_path / "out")
    assert not made.has_discriminator() and "| Discriminator | none |" in (made.path / "README.md").read_text()
    with pytest.raises(UserError, match="holds no discriminator"):
        Parent.of(made, None, "out")


# ------------------------------------------------------------------------------------------------ mistakes


@pytest.mark.parametrize(
    ("layers", "sentence"),
    [
        ("stem:0,image:1", "there is no layer 'image'; this generator has stem, stages.1, stages.2; stages stands for"),
        ("stem:0", "--layers names no share for stages.1, stages.2; name them, or give a number for all others"),
        ("stages.3:1,0", "there is no layer 'stages.3'"),
        ("stem:2,stages:0", "give a share from 0 to 1, or shares of layers such as stem:0,stages:1"),
        ("nan", "give a share from 0 to 1"),
        ("stem:0,stem:1,stages:1", "each layer once"),
        ("0,1", "each layer once"),
        ("", "give a share from 0 to 1"),
        (":0.5", "give a share from 0 to 1"),
        ("stem", "give a share from 0 to 1"),
    ],
)
def test_layers_that_cannot_be_read(kin, tmp_path, layers, sentence):
    with pytest.raises(UserError) as error:
        main([str(kin / "a"), str(kin / "b"), "--layers", layers, "--out", str(tmp_path / "out")])
    assert sentence in str(error.value) and not (tmp_path / "out").exists()


def test_a_layers_own_share_comes_before_that_of_its_group():
    assert Shares.parsed("0.1,stages:0.2,stages.2:0.3").of(LAYERS) == {"stem": 0.1, "stages.1": 0.2, "stages.2": 0.3}
    assert Shares.parsed("stem:0,stages:1").of(LAYERS) == {"stem": 0, "stages.1": 1, "stages.2": 1}


def test_runs_that_share_no_graph(kin, tmp_path):
    untrained(tmp_path / "wider", recipe=replace(TINY, generator={"family": "dcgan", "width": 8}))
    untrained(tmp_path / "stranger", seed=4)
    for other, sentence in (
        ("wider", "their weights can't be blended"),
        ("stranger", "a and stranger are of different lineages"),
    ):
        with pytest.raises(UserError, match=sentence):
            main([str(kin / "a"), str(tmp_path / other), "--out", str(tmp_path / "out")])
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_taken_stays_as_it_was(kin, half):
    before = (half.path / "config.json").read_bytes()
    with pytest.raises(UserError, match="already exists; choose another --out"):
        main([str(kin / "a"), str(kin / "b"), "--out", str(half.path)])
    assert (half.path / "config.json").read_bytes() == before


def test_mistakes_are_one_sentence_and_exit_code_2(kin, capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["blend", str(kin / "none"), str(kin / "b"), "--out", str(kin / "out")])
    with pytest.raises(SystemExit) as exit:
        run_command(main)
    assert exit.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_the_reference_of_a_measure_is_the_second_runs_set(half):
    with pytest.raises(UserError, match="shapes"):  # a set of this test, which no folder holds
        evaluate.main([str(half.path), "--num", "100"])
