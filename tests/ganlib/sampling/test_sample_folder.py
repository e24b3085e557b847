"""Tests that a folder of samples is complete, continues where a command was killed, and mixes no settings."""

import json
import re
import shutil
import time

import numpy as np
import prefork
import pytest
from conftest import untrained
from PIL import Image

from ganlib import UserError, datasets, sample
from ganlib.runs.lock import RunLock


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return untrained(tmp_path_factory.mktemp("runs") / "tiny").path


@pytest.fixture
def out(tmp_path):
    return tmp_path / "samples"


def sampled(run, out, *options):
    sample.main([str(run), *map(str, options), "--out", f"{out}/"])


def pixels(path):
    with Image.open(path) as picture:
        return np.asarray(picture)


def rows_of(out):
    return [json.loads(line) for line in (out / "metadata.jsonl").read_text(encoding="utf-8").splitlines()]


def test_a_folder_holds_the_pictures_of_the_array(run, out, tmp_path, capsys):
    options = ("--num", 70, "--seed", 3, "--truncation", 0.5)
    sampled(run, out, *options)
    assert capsys.readouterr().out == f"{out}: 70 pictures and metadata.jsonl, tiny, epoch 3.2, seed 3, ψ 0.5\n"
    sample.main([str(run), *map(str, options), "--out", str(tmp_path / "array.npz")])
    rows = rows_of(out)
    with np.load(tmp_path / "array.npz") as array:
        for row, image, label in zip(rows, array["images"], array["labels"], strict=True):
            assert np.array_equal(pixels(out / row["file_name"]), image[:, :, 0])
            assert row["label"] == "ab"[label]
    shown = {path.name for path in out.iterdir() if not path.name.startswith(".")}
    assert shown == {row["file_name"] for row in rows} | {"metadata.jsonl"}


def test_seeds_and_labels_may_be_several(run, out):
    sampled(run, out, "--num", 3, "--seed", "10-12,20", "--label", "b,0", "--folders")
    rows = rows_of(out)
    assert [(row["seed"], row["index"], row["label"]) for row in rows[:4]] == [
        (10, 0, "b"),
        (10, 1, "a"),
        (10, 2, "b"),
        (11, 0, "b"),
    ]
    assert [row["seed"] for row in rows[::3]] == [10, 11, 12, 20]
    assert sorted(path.name for path in out.iterdir() if path.is_dir()) == ["a", "b"]
    assert len(list((out / "b").glob("*.png"))) == 8 and len(list((out / "a").glob("*.png"))) == 4


def test_several_seeds_and_labels_also_fit_into_one_file(run, tmp_path):
    array, grid = tmp_path / "a.npz", tmp_path / "a.png"
    for file in (array, grid):
        sample.main([str(run), "--num", "4", "--seed", "1-3", "--label", "b,a", "--out", str(file)])
    with np.load(array) as arrays:
        assert arrays["images"].shape == (12, 28, 28, 1)
        assert arrays["seeds"].tolist() == [1] * 4 + [2] * 4 + [3] * 4 and arrays["labels"].tolist() == [1, 0] * 6
    with Image.open(grid) as picture:
        assert json.loads(picture.text["ganlib"]) | {"run": "", "epoch": 0} == {
            "run": "", "epoch": 0, "images": 320, "seed": "1-3", "truncation": 1.0, "label": [1, 0], "num": 4,
        }  # fmt: skip


def test_what_is_there_is_kept_and_what_is_cut_or_missing_is_drawn(run, out, capsys):
    sampled(run, out, "--num", 70)
    files = sorted(out.glob("*.png"))
    before = {file: file.read_bytes() for file in files}
    Image.fromarray(np.zeros((28, 28), np.uint8)).save(files[0])  # kept, as everything that is whole
    files[1].write_bytes(before[files[1]][:-20])
    files[2].write_bytes(b"")
    files[69].unlink()
    (out / "metadata.jsonl").unlink()
    sampled(run, out, "--num", 70)
    assert "70 pictures (67 were there)" in capsys.readouterr().out
    assert not pixels(files[0]).any()
    assert {file: file.read_bytes() for file in files[1:]} == {file: before[file] for file in files[1:]}
    assert len(rows_of(out)) == 70


def test_more_may_be_drawn_later(run, out):
    sampled(run, out, "--num", 10)
    first = {path: path.stat().st_mtime_ns for path in out.glob("*.png")}
    sampled(run, out, "--num", 20)
    assert len(list(out.glob("*.png"))) == len(rows_of(out)) == 20
    assert all(path.stat().st_mtime_ns == at for path, at in first.items())


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--seed", 1), "was begun with seed 0, now 1"),
        (("--label", "a"), "was begun with label a, b, now a"),
        (("--truncation", 0.5), "was begun with truncation 1.0, now 0.5"),
        (("--epoch", 0), "was begun with epoch 3.2, now 0.0"),
        (("--folders",), "was begun with folders False, now True"),
        (("--num", 3), "was begun with num 4, now 3"),
    ],
)
def test_other_settings_are_refused(run, out, options, says):
    sampled(run, out, "--num", 4)
    before = {path: path.read_bytes() for path in out.iterdir()}
    with pytest.raises(UserError, match=re.escape(f"{out} {says}; repeat that, or name another folder.")):
        sampled(run, out, *([] if "--num" in options else ["--num", 4]), *options)
    assert {path: path.read_bytes() for path in out.iterdir()} == before


def test_another_run_of_the_same_name_is_refused(run, out, tmp_path):
    sampled(run, out, "--num", 4)
    other = untrained(tmp_path / "tiny").path  # drawn by other weights
    with pytest.raises(UserError, match="was begun with weights "):
        sampled(other, out, "--num", 4)


def test_a_folder_of_other_files_is_refused_as_it_is(run, out):
    out.mkdir()
    (out / "mine.png").write_bytes(b"mine")
    with pytest.raises(UserError, match="holds files that are no samples of this command; name a new or empty folder"):
        sampled(run, out, "--num", 4)
    assert [path.name for path in out.iterdir()] == ["mine.png"]


def test_two_commands_do_not_write_one_folder(run, out):
    out.mkdir()
    with RunLock(out, "is being written"), pytest.raises(UserError, match="is being written already; wait for its end"):
        sampled(run, out, "--num", 4)


def test_a_run_that_moved_goes_on(run, out, tmp_path):
    sampled(run, out, "--num", 4)
    sampled(shutil.copytree(run, tmp_path / "elsewhere" / "tiny"), out, "--num", 5)
    assert len(rows_of(out)) == 5


def test_the_folders_are_a_set_to_train_on(run, out):
    sampled(run, out, "--num", 20, "--folders")
    images = datasets.load(str(out), 28, progress=False)
    assert len(images) == 20 and images.class_names == ("a", "b")
    assert images.labels.tolist() == [0] * 10 + [1] * 10


@pytest.mark.slow
def test_a_killed_command_goes_on(run, out, tmp_path):
    options = ("--num", 6000, "--seed", 2)
    said = {"stdout": tmp_path / "said", "stderr": tmp_path / "said"}
    process = prefork.start("ganlib/sample.py", run, *options, "--out", f"{out}/", environment={"OMP_NUM_THREADS": "1"}, **said)
    while len(list(out.glob("*.png"))) < 100:
        assert process.poll() is None, said["stdout"].read_text()
        time.sleep(0.01)
    process.kill()
    assert process.wait() == -9
    left = {path: path.read_bytes() for path in out.glob("*.png")}
    assert not (out / "metadata.jsonl").exists()
    for path in left:
        assert pixels(path).shape == (28, 28)  # none is cut
    sampled(run, out, *options)
    assert len(list(out.glob("*.png"))) == len(rows_of(out)) == 6000
    assert all(path.read_bytes() == content for path, content in left.items())
    assert not list(out.glob(".*.partial"))
