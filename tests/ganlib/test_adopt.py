"""Tests the command ganlib.adopt: which weights it recognises, the run that it makes, and its mistakes in one sentence."""

import sys
from argparse import Namespace

import numpy as np
import pytest
import torch
from conftest import shapes
from foreign import (
    CGANGenerator,
    PyTorchGANDiscriminator,
    PyTorchGANGenerator,
    TutorialDiscriminator,
    TutorialGenerator,
    UpsampleGenerator,
    course_discriminator,
    course_generator,
    trained,
)
from onnxruntime import InferenceSession
from PIL import Image
from torch import nn

import train
from ganlib import UserError, adopt, evaluate, export, hub, latents, pictures
from ganlib.adopting.sources import SOURCES
from ganlib.cli import run_command
from ganlib.hub import pulling, pushing
from ganlib.runs.run import Run
from ganlib.training.finetuning import Parent
from studio.library import Library

WIDTHS = (16, 8, 8, 4)


@pytest.fixture
def saved(tmp_path):
    """Saves a network's weights, and returns the path."""

    def save(network, name="netG.pth"):
        torch.save(network.state_dict(), tmp_path / name)
        return tmp_path / name

    return save


@pytest.fixture
def adopted(tmp_path):
    def run_of(*arguments, name="adopted"):
        adopt.main([*map(str, arguments), "--out", str(tmp_path / "runs" / name)])
        return Run.open(tmp_path / "runs" / name)

    return run_of


@pytest.fixture
def both(saved, adopted):
    """A run of PyTorch's tutorial, with its discriminator."""
    netg = saved(trained(TutorialGenerator(8, WIDTHS)))
    netd = saved(trained(TutorialDiscriminator(WIDTHS[::-1])), "netD.pth")
    return adopted(netg, "--discriminator", netd)


# ------------------------------------------------------------------------------------------------ whose it is


def test_networks_that_several_programs_save(saved, adopted, capsys):
    netg, netd = saved(PyTorchGANGenerator(8, (16, 16))), saved(PyTorchGANDiscriminator((16, 8)), "netD.pth")
    assert adopted(netg).config.recipe.name == "pytorch-gan-gan"
    assert "--like pytorch-gan-wgan-gp" in capsys.readouterr().out
    run = adopted(netg, "--discriminator", netd, "--like", "pytorch-gan-wgan-gp", name="wgan")
    assert (run.config.recipe.loss, run.config.recipe.gradient_penalty, run.config.recipe.g_every) == ("wasserstein", 10, 5)
    assert "--like" not in capsys.readouterr().out


def test_a_course_draws_its_latents_uniformly(saved, adopted):
    run = adopted(saved(course_generator(8, 16)), "--discriminator", saved(course_discriminator(16), "netD.pth"))
    assert run.config.recipe.name == "cs231n-gan" and run.config.recipe.latent == "uniform"


def test_layers_with_names_of_ones_own(saved, adopted):
    class Mine(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = trained(TutorialGenerator(8, WIDTHS)).main

    network = Mine()
    with pytest.raises(UserError, match="--like"):
        adopted(saved(network))
    run = adopted(saved(network), "--like", "pytorch-dcgan")
    z = torch.randn(3, 8)
    with torch.inference_mode():
        torch.testing.assert_close(run.generator()(z), network.net[:](z[:, :, None, None]), rtol=1e-3, atol=1e-4)


def test_another_non_linearity_is_not_taken_for_a_courses(saved):
    """A generator of the same shapes whose modules have other names may have other non-linearities."""
    network = nn.Module()
    network.model = course_generator(8, 16).network
    with pytest.raises(UserError, match=r"holds no generator of any layout .* its keys are model\.0\.weight \(16, 8\)"):
        adopt.main([str(saved(network)), "--out", "nowhere"])


def test_settings_that_weights_do_not_show(saved, adopted):
    network = trained(PyTorchGANGenerator(8, (16, 16)))
    for module in network.modules():
        if isinstance(module, nn.BatchNorm1d):
            module.eps = 1e-5
        elif isinstance(module, nn.LeakyReLU):
            module.negative_slope = 0.1
    run = adopted(saved(network), "--set", "generator.eps=1e-5", "--set", "generator.slope=0.1", "--set", "latent=uniform")
    z = torch.randn(3, 8)
    with torch.inference_mode():
        torch.testing.assert_close(run.generator()(z), network(z), rtol=1e-3, atol=1e-4)
    assert run.config.recipe.latent == "uniform" and "generator.slope=0.1" in run.config.recipe.summary


@pytest.mark.parametrize("setting", ["conditional=false", "latent_dim=3", "image_size=28", "generator.family=resnet"])
def test_settings_that_contradict_the_weights(setting, saved, tmp_path):
    netg = saved(CGANGenerator(8, 4, (16, 16)))
    with pytest.raises(UserError, match=r"netG\.pth has the layers of PyTorch-GAN cgan, but .*expected"):
        adopt.main([str(netg), "--set", setting, "--out", str(tmp_path / "run")])


def test_every_source_names_its_recipe():
    for name, source in SOURCES.items():
        assert source.recipe.name == source.name == name


# ------------------------------------------------------------------------------------------------------ the run


def test_the_card_says_where_the_weights_came_from(both):
    text = (both.path / "README.md").read_text()
    assert "| Weights from | `netG.pth` (SHA-256 " in text and "pytorch/examples" in text
    assert "images seen" not in text.lower() and "epoch" not in text.lower()
    assert "license: unknown" in text and "ganlib.adopt" in text


def test_one_snapshot_that_opens_everywhere(both, tmp_path):
    (snapshot,) = both.snapshots()
    assert snapshot.images == 0 and snapshot.label == "as netG.pth left it"
    assert both.has_grid(0)
    library = Library(tmp_path / "runs")
    entry = library.find("adopted")
    assert entry.damage is None and library.directions(entry, entry.snapshot(None)).shape == (8, 8)
    assert library.discriminator(entry).channels == 3
    both.check_weights()


@pytest.mark.slow
def test_exported_as_onnx(both, tmp_path):
    export.main([str(both.path)])
    z = latents.sample(4, 8, 0)
    (images,) = InferenceSession(both.path / "onnx/000000000.onnx").run(None, {"z": z})
    with torch.inference_mode():
        expected = both.generator()(torch.from_numpy(z)).numpy()
    assert np.abs(pictures.to_uint8(images).astype(int) - pictures.to_uint8(expected)).max() <= 1


@pytest.mark.slow
def test_on_the_hub(both, hub_server, tmp_path):
    pushing.push(both.path, "someone/adopted")
    pulled = Run.open(pulling.pull("someone/adopted"))
    assert pulled.config.adopted == both.config.adopted and pulled.config.parent == "netG.pth"
    readme = (pulled.path / "README.md").read_text()
    assert "Weights from" in readme and str(tmp_path) not in readme
    assert hub.run_at("someone/adopted").generator().latent_dim == 8


def test_it_can_be_trained_further(both):
    parent = Parent.of(both, None, "adopted")
    assert parent.recipe(None).loss == "non-saturating"
    assert "as netG.pth left it" in parent.notes(shapes(size=64))[0]


def test_it_is_not_resumed(both):
    with pytest.raises(UserError, match="--init-from"):
        train.main(["--resume", str(both.path), "--device", "cpu"])


@pytest.mark.slow
def test_trained_further_and_measured(saved, adopted, tmp_path, monkeypatch):
    netg, netd = saved(trained(course_generator(8, 16))), saved(trained(course_discriminator(16)), "netD.pth")
    run = adopted(netg, "--discriminator", netd)
    evaluate.main([str(run.path), "--dataset", "digits", "--num", "100"])
    assert run.scores()["snapshots"]["000000000"]
    train.main(
        [
            "--dataset",
            "digits",
            "--init-from",
            str(run.path),
            "--images",
            "256",
            "--device",
            "cpu",
            "--out",
            str(tmp_path / "more"),
        ]
    )
    more = Run.open(tmp_path / "more")
    assert [snapshot.images for snapshot in more.snapshots()] == [0, 256] and not more.config.adopted
    assert "| Began as | adopted after 0 images |" in (more.path / "README.md").read_text()


def test_without_a_discriminator(saved, adopted, capsys):
    run = adopted(saved(TutorialGenerator(8, WIDTHS)))
    assert "no discriminator" in capsys.readouterr().out
    with pytest.raises(UserError, match="no discriminator"):
        Parent.of(run, None, "adopted")


def test_measures_need_to_be_told_the_set(both):
    with pytest.raises(UserError, match="--dataset"):
        evaluate.main([str(both.path)])


def test_the_labels_of_a_conditional_generator(saved, adopted):
    run = adopted(saved(trained(CGANGenerator(8, 4, (16, 16)))))
    assert run.config.labels == ("0", "1", "2", "3")
    assert "4 classes" in (run.path / "README.md").read_text()
    assert Image.open(run.path / "grids/000000000.webp").size[0] < Image.open(run.path / "grids/000000000.webp").size[1] * 3


@pytest.mark.slow
def test_two_files_have_two_lineages(saved, adopted):
    first = adopted(saved(trained(TutorialGenerator(8, WIDTHS))), name="a")
    second = adopted(saved(trained(TutorialGenerator(8, WIDTHS), seed=4), "other.pth"), name="b")
    assert first.config.lineage != second.config.lineage


# ----------------------------------------------------------------------------------------------------- mistakes


def wrong_kernel():
    network = TutorialGenerator(8, WIDTHS)
    network.main[3] = nn.ConvTranspose2d(16, 8, 5, 2, 2, 1, bias=False)
    return network


def diverged():
    network = TutorialGenerator(8, WIDTHS)
    network.main[0].weight.data[0, 0, 0, 0] = float("nan")
    return network


def wide_at(index):
    network = TutorialGenerator(8, WIDTHS)
    network.main[index] = nn.BatchNorm2d(99)
    return network


def course_of(pixels):
    return course_generator(8, 16, pixels)


WRONG = {
    "kernel": (wrong_kernel, r"main\.3 has a kernel of 5 pixels, where 4 were expected"),
    "diverged": (diverged, r"main\.0\.weight holds what is no finite number"),
    "shapes": (lambda: wide_at(4), r"main\.4\.\w+ is \(99,\), where \(8,\) was expected"),
    "size": (lambda: TutorialGenerator(8, (16, 8), start=5), r"draws pictures of 20 pixels, where (16, )?28, 32"),
    "channels": (lambda: TutorialGenerator(8, WIDTHS, nc=2), "draws pictures of 2 channels, where 1, 3, 4"),
    "no square": (lambda: course_of(123), "123 outputs, which make no square picture"),
    "discriminator": (lambda: TutorialDiscriminator(), "holds a discriminator .* name the generator's file first"),
    "other": (lambda: nn.Sequential(nn.Linear(3, 4), nn.LSTM(4, 4)), "its keys are 0.weight"),
    "no statistics": (lambda: without_statistics(), "main.1"),
}


def without_statistics():
    network = TutorialGenerator(8, WIDTHS)
    network.main[1] = nn.BatchNorm2d(16, track_running_stats=False)
    return network


@pytest.mark.parametrize("what", WRONG)
def test_what_can_not_be_adopted(what, saved, tmp_path):
    build, sentence = WRONG[what]
    with pytest.raises(UserError, match=sentence) as refused:
        adopt.main([str(saved(build())), "--out", str(tmp_path / "run")])
    assert "netG.pth" in str(refused.value) and str(refused.value).endswith(".")
    assert not (tmp_path / "run").exists()


def test_a_discriminator_that_does_not_fit(saved, tmp_path):
    netg = saved(TutorialGenerator(8, WIDTHS))
    for network, sentence in (
        (TutorialDiscriminator((4, 8, 8, 16), nc=1), r"main\.0\.weight is \(4, 1, 4, 4\), where \(4, 3, 4, 4\)"),
        (PyTorchGANDiscriminator(), "no discriminator of pytorch/examples"),
        (UpsampleGenerator(), "holds a generator"),
    ):
        with pytest.raises(UserError, match=sentence):
            adopt.main([str(netg), "--discriminator", str(saved(network, "netD.pth")), "--out", str(tmp_path / "run")])
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("content", [[torch.ones(3)], torch.ones(3), {}, {"epoch": 3}, {1: torch.ones(2)}, "text", None])
def test_files_without_a_state_dict(content, tmp_path):
    torch.save(content, tmp_path / "netG.pth")
    with pytest.raises(UserError, match="holds no generator of any layout"):
        adopt.main([str(tmp_path / "netG.pth"), "--out", str(tmp_path / "run")])


def test_exit_codes_and_single_lines(saved, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    netg = saved(TutorialGenerator(8, WIDTHS))
    torch.save({"netG": TutorialGenerator(8, WIDTHS), "opt": Namespace()}, tmp_path / "pickled.pth")
    (tmp_path / "used").mkdir()
    (tmp_path / "used/file").touch()
    for arguments in (
        [netg, "--out", "used"],
        [netg, "--out", "used/file"],
        ["pickled.pth", "--out", "new"],
        ["missing.pth", "--out", "new"],
        [netg, "--like", "something", "--out", "new"],
        [netg, "--set", "generator.widths=3", "--out", "new"],
        [netg, "--set", "nothing=3", "--out", "new"],
    ):
        monkeypatch.setattr(sys, "argv", ["adopt", *map(str, arguments)])
        with pytest.raises(SystemExit) as ending:
            run_command(adopt.main)
        assert ending.value.code == 2
        said = capsys.readouterr().err.splitlines()
        assert said and "Traceback" not in said[0]
        assert not (tmp_path / "new").exists()
