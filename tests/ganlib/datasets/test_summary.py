"""Tests what is told of a set: the paragraph, the facts as JSON, the sheet, and what is odd about it."""

import json
import os

import numpy as np
import pytest
from PIL import Image
from sources import RED, picture, plant

from ganlib import pictures
from ganlib.cli import run_command
from ganlib.datasets import ReadOptions, __main__, load
from ganlib.datasets.duplicates import copies, thumbnails


def noise(seed: int, size: tuple[int, int] = (32, 32)) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (*size, 3), np.uint8))


@pytest.fixture
def tell(capsys, cache_root):
    """Runs `python -m ganlib.datasets`; returns what it printed, or stderr for another exit code than 0."""

    def tell(*arguments, code=0):
        with pytest.raises(SystemExit) as ending:
            run_command(lambda: __main__.main(list(map(str, arguments))))
        assert (ending.value.code or 0) == code
        out, err = capsys.readouterr()
        return out if code == 0 else err

    return tell


def test_facts_as_json_add_up_to_the_files_there(folder, tell):
    for number in range(3):
        for name in ("train/cat", "train/dog", "test/cat"):
            (folder / name).mkdir(parents=True, exist_ok=True)
            noise(number).save(folder / name / f"{number}.png")
    noise(9, (64, 64)).save(folder / "train/dog/cut.jpg")
    os.truncate(folder / "train/dog/cut.jpg", 2000)
    (folder / "train/dog/dot.png").write_bytes(b"")
    (folder / "notes.txt").write_text("hello")
    facts = json.loads(tell(folder, "--json", "--image-size", 16))
    assert (facts["images"], facts["size"], facts["channels"]) == (6, [16, 16], 3)
    assert facts["classes"] == {"cat": 3, "dog": 3} and facts["labels_from"] == "folders"
    assert facts["split"] == "train" and facts["levels"] is None
    assert facts["left_out"] == {"other split": 3, "not a picture": 1, "damaged": 1, "unreadable": 1}
    assert facts["files"] == facts["images"] + sum(facts["left_out"].values())


def test_the_paragraph_and_the_sheet(folder, tell, tmp_path):
    noise(0, (40, 40)).save(folder / "a.png")
    noise(1, (200, 40)).save(folder / "b.png")
    told = tell(folder, "--sheet", tmp_path / "sheet.png")
    assert "2 pictures, 40x40 to 40x200 as they came, 64x64 as they are drawn, in colour." in told
    assert "of the longest picture, 20% is kept" in told and "Smaller than 64, and enlarged: 2." in told
    sheet = Image.open(tmp_path / "sheet.png").convert("RGB")
    assert sheet == pictures.grid(load(str(folder)).images, columns=8).convert("RGB")


def test_a_sheet_shows_every_class():
    labels = np.repeat(np.arange(10), 30)
    assert set(labels[__main__.chosen(labels, 300)]) == set(range(10))
    assert len(__main__.chosen(None, 1000)) == 64 and len(__main__.chosen(None, 3)) == 3


def test_mistakes_have_one_sentence(tell, folder, tmp_path):
    plant(folder, "a.png")
    assert "no range: the first must be smaller" in tell(folder, "--levels", "5:1", code=2)
    assert "background 'sky' is none" in tell(folder, "--background", "sky", code=2)
    assert "let it end in .png" in tell(folder, "--sheet", tmp_path / "sheet.bmp", code=2)
    assert "There is no dataset" in tell(tmp_path / "nowhere", code=2)


def test_what_is_odd_is_told(folder):
    for number in range(40):
        (folder / "common").mkdir(exist_ok=True)
        noise(number).save(folder / "common" / f"{number}.png")
    (folder / "rare").mkdir()
    noise(40).save(folder / "rare" / "0.png")
    noise(3).save(folder / "common" / "copy.png", compress_level=0)
    noise(4).resize((64, 64), Image.Resampling.BICUBIC).save(folder / "common" / "larger.png")
    told = load(str(folder), 16).summary.paragraph
    assert "Copies of another picture, or nearly: 2." in told
    assert "Classes of a single picture: 1, such as rare." in told
    assert "common has 42 times as many pictures as rare" in told


def test_forty_copies_of_one_picture(folder):
    for number in range(40):
        noise(0).save(folder / f"{number}.png")
    assert "All pictures are the same one." in load(str(folder), 16).summary.paragraph


def test_copies_are_found_by_pixels_and_by_thumbnails():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (1200, 1, 28, 28), np.uint8)
    images[700] = images[3]  # the same
    images[1100] = images[4].astype(int) * 9 // 10 + 5  # less contrast
    digests = np.array([hash(one.tobytes()) for one in images]).astype(np.uint64)
    assert copies(thumbnails(images), digests) == 2
    assert copies(thumbnails(images[:600]), digests[:600]) == 0


def test_grey_that_was_asked_for_leaves_colour_out(folder):
    plant(folder, "a.png", "b.png")
    Image.new("L", (16, 16), 7).save(folder / "grey.png")
    assert (
        "Colour is left out, since grey was asked for. Pictures that have some: 2." in load(str(folder), 8, 1).summary.paragraph
    )
    assert "1 of 3 pictures are grey" in load(str(folder), 8).summary.paragraph


@pytest.mark.slow
def test_built_in_sets_are_told_too(tell):
    facts = json.loads(tell("digits", "--json"))
    assert facts["images"] == sum(facts["classes"].values()) and list(facts["classes"]) == list("0123456789")
    facts = json.loads(tell("digits", "--json", "--classes", "3,7", "--image-size", 32))
    assert list(facts["classes"]) == ["3", "7"] and facts["images"] == sum(facts["classes"].values())
    assert facts["size"] == [32, 32]


def test_frames_are_told_and_taken(folder):
    frames = [noise(number) for number in range(6)]
    frames[0].save(folder / "a.gif", save_all=True, append_images=frames[1:])
    frames[0].save(folder / "b.tif", save_all=True, append_images=frames[1:3])
    picture(RED).save(folder / "c.png")
    first = load(str(folder), 16)
    assert len(first) == 3 and "Files of several pictures: 2; the first of each is taken (--frames all takes all 9)" in (
        first.summary.paragraph
    )
    assert len(load(str(folder), 16, options=ReadOptions(frames="all"))) == 10
    assert len(load(str(folder), 16, options=ReadOptions(frames="2"))) == 5


def test_padding_that_all_share_makes_no_copies(folder):
    rng = np.random.default_rng(0)
    for number in range(8):
        Image.fromarray(rng.integers(0, 255, (12, 360, 3), np.uint8)).save(folder / f"{number}.png")
    Image.open(folder / "0.png").save(folder / "copy.bmp")
    said = load(str(folder), 32, options=ReadOptions(fit="pad")).summary.paragraph
    assert "Copies of another picture, or nearly: 1." in said and "All pictures are the same" not in said


def test_pictures_of_other_classes_are_left_out_by_reason(folder):
    plant(folder, "cat/1.png", "dog/1.png", "dog/2.png")
    summary = load(str(folder), 8, classes=("dog",)).summary
    assert (summary.files, summary.images, summary.left_out) == (3, 2, {"other class": 1})
