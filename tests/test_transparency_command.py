"""Tests `train.py --alpha` on files, and the commands that use its run."""

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import train
from ganlib import evaluate, sample
from ganlib.cli import run_command
from ganlib.runs.run import Run
from ganlib.training import previews

SMALL = [
    "--recipe",
    "mlp",
    "--set",
    "generator.widths=32",
    "--set",
    "discriminator.widths=32",
    "--batch-size",
    "8",
    "--device",
    "cpu",
]


@pytest.fixture
def call(tmp_path, monkeypatch, capsys):
    """Runs a command's `main` in a folder with 16 white discs on nothing, `icons`; returns what it printed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GANLIB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(previews, "STATISTICS_PIXELS", 0)
    y, x = np.mgrid[:32, :32]
    Path("icons").mkdir()
    for number in range(16):
        alpha = np.where(np.hypot(y - 16, x - 8 - number) < 7, 255, 0)
        Image.fromarray(np.stack([255 + 0 * x] * 3 + [alpha], 2).astype(np.uint8)).save(f"icons/{number:02}.png")

    def call(main, *arguments, code=0):
        monkeypatch.setattr(sys, "argv", ["command", *map(str, arguments)])
        with pytest.raises(SystemExit) as ending:
            run_command(main)
        printed = capsys.readouterr()
        assert (ending.value.code or 0) == code, printed.err
        return printed.out + printed.err

    return call


def alpha_of(path):
    with Image.open(path) as picture:
        assert picture.mode == "RGBA"
        return np.asarray(picture)[..., 3]


@pytest.mark.slow
def test_from_files_to_pictures_and_back(call):
    call(train.main, "--dataset", "icons", "--alpha", "--image-size", 32, "--images", 24, "--out", "run", *SMALL)
    config = Run.open(Path("run")).config
    assert config.channels == 4

    call(train.main, "--resume", "run", "--images", 40)
    assert Run.open(Path("run")).snapshot().images == 40
    call(sample.main, "run", "--num", 4, "--out", "some.png")
    alpha = alpha_of("some.png")
    assert len(np.unique(alpha)) > 8 and not alpha[:2].any()
    call(sample.main, "run", "--num", 4, "--out", "separate")
    assert all(alpha_of(path).shape == (32, 32) for path in Path("separate").glob("*.png")) and any(
        Path("separate").glob("*.png")
    )
    call(evaluate.main, "run", "--num", 100)
    scores = Run.open(Path("run")).scores()
    assert scores["real"]["swd"]["value"] < next(iter(scores["snapshots"].values()))["swd"]["value"]
    assert "colour premultiplied by alpha" in Path("run", "README.md").read_text()

    call(
        train.main,
        "--dataset",
        "icons",
        "--init-from",
        "run",
        "--images",
        16,
        "--out",
        "child",
        "--device",
        "cpu",
        "--batch-size",
        8,
    )
    assert Run.open(Path("child")).config.channels == 4  # the parent's, without being asked
