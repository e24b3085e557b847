"""Tests which files of weights are read, and that nothing else is ever unpickled."""

import os
import pickle
import re
from argparse import Namespace
from collections import OrderedDict

import numpy as np
import pytest
import torch
from foreign import PyTorchGANGenerator, TutorialDiscriminator, TutorialGenerator, trained
from safetensors.torch import save_file
from torch import nn

from ganlib import UserError, adopt
from ganlib.adopting.reading import FORCED, read
from ganlib.runs.run import Run

NARROW = (16, 8, 8, 4)


def generator():
    return trained(TutorialGenerator(8, NARROW))


def discriminator():
    return trained(TutorialDiscriminator(NARROW[::-1]))


def adopted(tmp_path, *arguments):
    adopt.main([*map(str, arguments), "--out", str(tmp_path / "run")])
    return Run.open(tmp_path / "run")


def same(run, network, channels=3):
    """Whether the run draws as `network` does."""
    z = torch.randn(4, run.config.recipe.latent_dim, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        return torch.allclose(run.generator()(z), network(z), atol=1e-3)


def old_format(content, path):
    torch.save(content, path, _use_new_zipfile_serialization=False)


def as_safetensors(content, path):
    save_file({name: tensor.contiguous() for name, tensor in content.items()}, path)


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("new.pth", torch.save),
        ("old.pth", old_format),
        ("weights.safetensors", as_safetensors),
        ("wrongly-named.pth", as_safetensors),
        ("without-ending", torch.save),
    ],
)
def test_formats(name, write, tmp_path):
    network = generator()
    write(network.state_dict(), tmp_path / name)
    assert same(adopted(tmp_path, tmp_path / name), network)


def prefixed(prefix):
    return lambda state: OrderedDict((f"{prefix}{key}", value) for key, value in state.items())


def without_counts(state):
    return OrderedDict((key, value) for key, value in state.items() if not key.endswith("num_batches_tracked"))


CHANGED = {
    "DataParallel": prefixed("module."),
    "torch.compile": prefixed("_orig_mod."),
    "both": prefixed("module._orig_mod."),
    "old batch norm": without_counts,
    "half": lambda state: {key: value.half() for key, value in state.items()},
    "bfloat16": lambda state: {key: value.bfloat16() for key, value in state.items()},
    "double": lambda state: {key: value.double() for key, value in state.items()},
    "parameters": lambda state: {key: nn.Parameter(value, False) for key, value in state.items()},
    "a checkpoint": lambda state: {"epoch": 3, "netG": state, "loss": 0.5, "betas": (0.5, 0.999)},
    "in a checkpoint's state_dict": lambda state: {"state_dict": prefixed("generator.")(state), "step": 7},
    "a checkpoint and its prefix": lambda state: {"model": {"G": prefixed("module.")(state)}},
    "a last layer before the first": lambda state: OrderedDict(reversed(state.items())),
}


@pytest.mark.parametrize("how", CHANGED)
def test_what_surrounds_a_state_dict(how, tmp_path):
    network = generator()
    torch.save(CHANGED[how](network.state_dict()), tmp_path / "netG.pth")
    run = adopted(tmp_path, tmp_path / "netG.pth")
    if how in ("half", "bfloat16"):
        network.load_state_dict(CHANGED[how](network.state_dict()))
    assert same(run, network)


BOTH = {
    "nested": lambda g, d: {"generator": g, "discriminator": d, "optimizer": {"state": {0: {"exp_avg": torch.ones(3, 3)}}}},
    "flat": lambda g, d: {**prefixed("netG.")(g), **prefixed("netD.")(d)},
    "flat, beside a number": lambda g, d: {"step": torch.tensor(3), **prefixed("netD.")(d), **prefixed("netG.")(g)},
    "flat, deeper": lambda g, d: {**prefixed("gan.generator.")(g), **prefixed("gan.discriminator.module.")(d)},
    "a list": lambda g, d: [d, g, 3],
    "discriminator first": lambda g, d: {"D": prefixed("module.")(d), "G": prefixed("module.")(g)},
}


@pytest.mark.slow
@pytest.mark.parametrize("how", BOTH)
def test_a_checkpoint_that_holds_both(how, tmp_path):
    networks = generator(), discriminator()
    torch.save(BOTH[how](*(network.state_dict() for network in networks)), tmp_path / "both.pth")
    run = adopted(tmp_path, tmp_path / "both.pth")
    assert same(run, networks[0])
    images = torch.rand(3, 3, 64, 64)
    with torch.inference_mode():
        torch.testing.assert_close(run.discriminator()(images).sigmoid(), networks[1](images))


def test_a_moving_average_is_preferred(tmp_path, capsys):
    raw, average = generator(), trained(TutorialGenerator(8, NARROW), seed=9)
    torch.save({"g": raw.state_dict(), "g_ema": average.state_dict()}, tmp_path / "both.pth")
    assert same(adopted(tmp_path, tmp_path / "both.pth"), average)
    assert "g_ema" in capsys.readouterr().out


# ---------------------------------------------------------------------------------------------- what is refused


class Sprung:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.fixture
def trap(tmp_path):
    """A state dict with an object that makes a folder when it is unpickled."""
    torch.save({**generator().state_dict(), "more": Sprung(tmp_path / "sprung")}, tmp_path / "trap.pth")
    torch.load(tmp_path / "trap.pth", weights_only=False)
    (tmp_path / "sprung").rmdir()
    return tmp_path / "trap.pth"


@pytest.mark.parametrize("forced", [(), FORCED[:1], FORCED[1:], FORCED])
def test_nothing_is_unpickled_whatever_the_environment_says(forced, trap, tmp_path, monkeypatch):
    torch.save(generator().state_dict(), tmp_path / "netG.pth")
    for name in FORCED:
        monkeypatch.delenv(name, raising=False)
    for name in forced:
        monkeypatch.setenv(name, "1")
    before = dict(os.environ)
    with pytest.raises(UserError, match="can run any code"):
        read(trap)
    assert not (tmp_path / "sprung").exists()
    assert read(tmp_path / "netG.pth").keys() == generator().state_dict().keys()
    assert dict(os.environ) == before


PICKLED = {
    "network": (lambda: generator(), "a whole pickled network"),
    "DataParallel": (lambda: nn.DataParallel(generator()), "a whole pickled network"),
    "sequential": (lambda: generator().main, "a whole pickled network"),
    "checkpoint of networks": (lambda: {"G": generator(), "D": discriminator(), "epoch": 3}, "more than tensors"),
    "state dict beside options": (lambda: {"netG": generator().state_dict(), "opt": Namespace(nz=8)}, "more than tensors"),
}


@pytest.mark.slow
@pytest.mark.parametrize("write", [torch.save, old_format])
@pytest.mark.parametrize("what", PICKLED)
def test_pickled_objects_are_refused_with_two_lines_that_work(what, write, tmp_path, monkeypatch):
    saved, words = PICKLED[what]
    write(saved(), tmp_path / "netG.pth")
    with pytest.raises(UserError, match=words) as refused:
        adopt.main([str(tmp_path / "netG.pth"), "--out", str(tmp_path / "run")])
    assert not (tmp_path / "run").exists()
    lines = re.findall("`(.*?)`", str(refused.value))
    assert len(lines) == 2 and "\n" not in str(refused.value)
    monkeypatch.chdir(tmp_path)
    exec("\n".join(lines), {"torch": torch})
    (new,) = re.findall(r"adopt (\S+)\.$", str(refused.value))
    assert same(adopted(tmp_path, new), generator())


def test_a_torchscript_program(tmp_path, monkeypatch):
    network = trained(PyTorchGANGenerator(8, (16, 16)))
    torch.jit.save(torch.jit.trace(network, torch.zeros(2, 8)), tmp_path / "g.pt")
    with pytest.raises(UserError, match="TorchScript") as refused:
        read(tmp_path / "g.pt")
    monkeypatch.chdir(tmp_path)
    exec("\n".join(re.findall("`(.*?)`", str(refused.value))), {"torch": torch})
    assert same(adopted(tmp_path, "g-weights.pth"), network)


def test_damaged_and_other_files(tmp_path):
    torch.save(generator().state_dict(), tmp_path / "whole.pth")
    content = (tmp_path / "whole.pth").read_bytes()
    np.savez(tmp_path / "array.npz", weight=np.ones(3))
    contents = {
        "cut.pth": content[:-3000],
        "start.pth": content[:100],
        "empty.pth": b"",
        "text.pth": b"weights",
        "picture.pth": b"\x89PNG\r\n\x1a\n" + b"0" * 99,
        "pickle.pth": pickle.dumps([1, 2]),
        "garbled.pth": b"\x80\x02" + b"garbled" * 9,
        "array.npz": (tmp_path / "array.npz").read_bytes(),
    }
    for name, each in contents.items():
        (tmp_path / name).write_bytes(each)
        with pytest.raises(UserError, match=name):
            adopt.main([str(tmp_path / name), "--out", str(tmp_path / "run")])
    for path in (tmp_path / "missing.pth", tmp_path):
        with pytest.raises(UserError, match=path.name):
            adopt.main([str(path), "--out", str(tmp_path / "run")])
    assert not (tmp_path / "run").exists()
