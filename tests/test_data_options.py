"""Tests how train.py reads a data set: its messages, refusals and records, and resuming with a set in another place."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganlib.recipes import RECIPES
from ganlib.runs.run import Run

SHORT = ("--recipe", "mlp", "--image-size", 28, "--batch-size", 8, "--device", "cpu")


def save(folder: Path, *values: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for value in values:
        pixels = np.random.default_rng(value).integers(0, 256, (30, 30), np.uint8)
        Image.fromarray(pixels).save(folder / f"{value:03}.png")


@pytest.mark.slow
def test_it_says_what_it_understood_before_the_first_step(call, tmp_path):
    save(tmp_path / "pets" / "train" / "cat", *range(8))
    save(tmp_path / "pets" / "train" / "dog", *range(8, 16))
    save(tmp_path / "pets" / "val" / "cat", 16)
    told = "pets: 16 pictures, 30x30 as they came, 28x28 as they are drawn, in grey. Classes, from folders: cat (8), dog (8)."
    assert told in call("--dataset", "pets", *SHORT, "--images", 16, "--dry-run").out
    output = call("--dataset", "pets", *SHORT, "--images", 16, "--out", "run").out
    assert told in output and output.index(told) < output.index("untrained")
    assert told in Path("run/README.md").read_text()
    assert "Left out of 17 files: another split (1)." in output


def test_small_pictures_are_drawn_small_and_a_run_of_another_size_goes_on(call, tmp_path):
    save(tmp_path / "icons", *range(16))
    small = ("--dataset", "icons", "--recipe", "mlp", "--set", "generator.widths=8", "--batch-size", 8, "--device", "cpu")
    assert "30x30 as they came, 32x32 as they are drawn" in call(*small, "--images", 16, "--out", "new").out
    call(*small, "--image-size", 64, "--images", 16, "--out", "old")
    call("--resume", "old", "--images", 32)
    assert [Run.open(Path(name)).config.image_size for name in ("new", "old")] == [32, 64]


def test_what_a_network_cannot_draw_is_refused_before_anything_is_read(call, tmp_path):
    (tmp_path / "photos").mkdir()
    Image.new("RGB", (300, 300)).save("photos/a.png")
    said = call("--dataset", "photos", "--recipe", "infogan-dc", "--device", "cpu", "--out", "run", code=2).err
    assert "infogan draws images of 16, 28, 32 pixels, not 64" in said
    assert not (tmp_path / "run").exists() and not (tmp_path / "cache" / "images").exists()


def test_the_frames_of_a_film_are_a_set(call):
    frames = [Image.fromarray(np.random.default_rng(number).integers(0, 256, (16, 16), np.uint8)) for number in range(20)]
    frames[0].save("film.tif", save_all=True, append_images=frames[1:])
    small = ("--dataset", "film.tif", "--recipe", "mlp", "--batch-size", 8, "--device", "cpu", "--out", "run")
    assert "One file of 20 pictures: 10 of them are taken" in call(*small, "--frames", 10, "--images", 16).out
    call("--resume", "run", "--images", 32)
    assert Run.open(Path("run")).config.dataset_size == 10
    frames[0].save("still.png")
    assert "still.png is no .zip or other data set but a single picture" in call("--dataset", "still.png", code=2).err


@pytest.mark.slow
def test_a_set_moves_and_its_run_goes_on(call, tmp_path):
    save(tmp_path / "pets", *range(16))
    call("--dataset", "pets", *SHORT, "--images", 32, "--out", "run")
    shutil.copytree("pets", "elsewhere/animals")
    shutil.rmtree("pets")
    assert "There is no dataset" in call("--resume", "run", "--images", 48, code=2).err
    call("--resume", "run", "--dataset", "elsewhere/animals/", "--images", 48)
    run = Run.open(Path("run"))
    assert run.config.source == "elsewhere/animals/" and run.history()[-1]["images"] == 48
    shutil.move("elsewhere/animals", "back")
    call("--resume", "run", "--dataset", str(tmp_path / "back"), "--images", 64)


@pytest.mark.slow
def test_other_pictures_are_refused_with_how_many_differ(call, tmp_path):
    save(tmp_path / "pets", *range(16))
    call("--dataset", "pets", *SHORT, "--images", 32, "--out", "run")
    save(tmp_path / "others", *range(3, 18))
    before = {path: path.read_bytes() for path in Path("run").rglob("*") if path.is_file()}
    sentence = call("--resume", "run", "--dataset", "others", "--images", 48, code=2).err
    assert "of its pictures, 3 are gone and 2 are new" in sentence
    assert {path: path.read_bytes() for path in Path("run").rglob("*") if path.is_file()} == before
    (tmp_path / "pets" / "000.png").rename(tmp_path / "pets" / "999.png")
    assert "the same pictures with other labels, in another order" in call("--resume", "run", "--images", 48, code=2).err


@pytest.mark.slow
def test_a_run_of_an_earlier_version_goes_on(call, tmp_path):
    """Its config has the fingerprint of names and times, and no options of reading; its folder no digests."""
    save(tmp_path / "pets", *range(16))
    call("--dataset", "pets", *SHORT, "--images", 32, "--out", "run")
    from ganlib.datasets import load

    config = json.loads(Path("run/config.json").read_text())
    for name in ("reading", "data_summary", "crc32"):
        del config[name]
    config["fingerprint"] = load("pets", 28, 1).older
    Path("run/config.json").write_text(json.dumps(config))
    Path("run/digests.bin").unlink()
    call("--resume", "run", "--images", 48)
    save(tmp_path / "pets", 99)
    assert "pets has changed since run was begun, or is another set; put" in call("--resume", "run", "--images", 64, code=2).err


@pytest.mark.slow
def test_what_was_decided_is_recorded_and_kept(call, tmp_path):
    (tmp_path / "scans").mkdir()
    for number in range(16):
        values = np.random.default_rng(number).integers(100, 4000, (30, 30), np.uint16)
        Image.fromarray(values).save(tmp_path / "scans" / f"{number:02}.png")
    call("--dataset", "scans", *SHORT, "--images", 16, "--out", "run")
    low, high = Run.open(Path("run")).config.reading.levels
    assert 100 <= low < 120 and 3980 < high < 4000
    assert "can't change it to (0.0, 4095.0)" in call("--resume", "run", "--levels", "0:4095", "--images", 32, code=2).err
    call("--resume", "run", "--images", 32)


def test_a_set_without_content_is_refused_before_a_run_is_begun(call, tmp_path):
    (tmp_path / "flat").mkdir()
    for number in range(16):
        Image.new("RGBA", (30, 30), (255, 255, 255, number)).save(tmp_path / "flat" / f"{number}.png")
    sentence = call("--dataset", "flat", *SHORT, "--background", "white", "--images", 16, "--out", "run", code=2).err
    assert "nearly one flat colour (0 levels" in sentence and "--background" in sentence
    assert not Path("run").exists()


@pytest.mark.slow
def test_mirroring_is_off_unless_it_is_asked_for(call, tmp_path):
    """docs/data.md says so: letters, road signs and chest scans have a side."""
    assert not any(recipe.flip for recipe in RECIPES.values())
    save(tmp_path / "letters", *range(16))
    for name, options in {"plain": (), "mirrored": ("--flip",), "set": ("--set", "flip=true")}.items():
        call("--dataset", "letters", *SHORT, *options, "--images", 16, "--out", name)
        assert Run.open(Path(name)).config.recipe.flip == (name != "plain")
    call("--dataset", "letters", "--init-from", "mirrored", "--images", 16, "--out", "child")
    assert not Run.open(Path("child")).config.recipe.flip, "what is right for the parent's pictures may be wrong for these"
    assert "begun with flip False" in call("--resume", "plain", "--flip", "--images", 32, code=2).err
