"""Tests `python -m ganlib.project` on a tiny run: its files, several kinds of sources, and its errors."""

import csv
import zipfile
from pathlib import Path

import numpy as np
import pytest
from conftest import shapes_in, untrained
from PIL import Image

from ganlib import UserError, files, pictures, project
from ganlib.inversion.search import VERSION
from ganlib.runs import inversion_errors
from ganlib.runs.inversion_errors import InversionErrors
from ganlib.sampling import images


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return untrained(tmp_path_factory.mktemp("runs") / "tiny")


@pytest.fixture
def found(run, tmp_path, capsys):
    def found(*arguments):
        project.main([str(run.path), *map(str, arguments), "--out", str(tmp_path / "found")])
        with np.load(tmp_path / "found" / "latents.npz", allow_pickle=False) as arrays:
            return dict(arrays), capsys.readouterr().out

    return found


def own(run, folder, num=3):
    """Writes samples of the run as pictures."""
    drawn, labels = images(run, run.generator(), num, 5)
    for number, image in enumerate(drawn):
        pictures.as_picture(image).save(folder / f"{number}.png")
    return drawn, labels


@pytest.mark.slow
def test_own_samples_are_found_with_all_files(run, folder, tmp_path, found):
    drawn, _ = own(run, folder)
    arrays, told = found(folder)
    assert arrays["names"].tolist() == ["0", "1", "2"] and arrays["z"].shape == (3, 8)
    assert arrays["labels"].shape == arrays["rmse"].shape == (3,) and (arrays["rmse"] < 1).all()
    assert arrays["images"].dtype == np.uint8
    assert np.abs(arrays["images"].transpose(0, 3, 1, 2).astype(int) - drawn).max() <= 4
    made = np.asarray(Image.open(tmp_path / "found" / "1.png"))
    assert (made == arrays["images"][1, :, :, 0]).all()
    strip = np.asarray(Image.open(tmp_path / "found" / "1-strip.png"))
    assert strip.shape == (28, 3 * 28 + 4) and (strip[:, :28] == drawn[1, 0]).all() and (strip[:, 30:58] == made).all()
    assert "3 pictures, median error 0." in told


@pytest.mark.slow
def test_pictures_archives_and_folders_together(run, folder, tmp_path, found):
    own(run, folder, 2)
    Image.new("RGB", (50, 40), "red").save(tmp_path / "one.png")
    with zipfile.ZipFile(tmp_path / "more.zip", "w") as archive:
        archive.write(folder / "0.png", "inside/0.png")
        archive.write(folder / "1.png", "inside/1.png")
    arrays, told = found(tmp_path / "one.png", folder, tmp_path / "more.zip", "--label", "b")
    assert arrays["names"].tolist() == ["0", "1", "inside-0", "inside-1", "one"]
    assert (arrays["labels"] == 1).all() and np.allclose(arrays["rmse"][0], arrays["rmse"][2])
    assert "one: " in told and "no start came near it: what was found is another picture" in told


@pytest.mark.slow
@pytest.mark.parametrize("unseen, compared", [(True, "held-out pictures"), (False, "training pictures")])
def test_scores_say_how_odd_a_picture_is(run, folder, tmp_path, found, unseen, compared):
    own(run, folder, 2)
    inversion_errors.write(run.path, InversionErrors(320, "shapes", 1.0, [0.2, 0.1], [50.0, 0.0, 60.0, 70.0], unseen))
    _, told = found(folder, "--scores")
    rows = list(csv.DictReader((tmp_path / "found" / "scores.csv").open()))
    assert [row["name"] for row in rows] == ["0", "1"] and {row["odder_than"] for row in rows} == {"25"}
    assert f"odder than 25 of 100 {compared}" in told


@pytest.mark.slow
def test_the_errors_of_the_run_are_measured_once(run, tmp_path, folder, found):
    (run.path / inversion_errors.FILE).unlink(missing_ok=True)
    data = shapes_in(tmp_path / "set")
    own(run, folder, 1)
    found(folder, "--scores", "--dataset", data)
    known = inversion_errors.read(run.path, 320)
    assert len(known.own) == project.OWN and 0 < len(known.real) <= project.REAL
    assert not known.held_out  # a folder of pictures has no test part
    assert known.own == sorted(known.own) and np.median(known.own) < np.median(known.real)
    assert inversion_errors.read(run.path, 0) is None


def test_errors_of_another_search_or_snapshot_are_measured_anew(tmp_path):
    inversion_errors.write(tmp_path, InversionErrors(320, "shapes", 1.0, [0.1], [50.0]))
    assert inversion_errors.read(tmp_path, 320).own == [0.1] and inversion_errors.read(tmp_path, 640) is None
    file = tmp_path / inversion_errors.FILE
    value = files.read_json(file)
    files.write_json(file, {name: value[name] for name in value if name != "search"})  # as the first search wrote it
    assert inversion_errors.read(tmp_path, 320) is None


def test_the_errors_that_ship_are_of_this_search():
    kept = list((Path(__file__).parents[2] / "checkpoints").glob(f"*/{inversion_errors.FILE}"))
    assert len(kept) >= 2 and {files.read_json(file)["search"] for file in kept} == {VERSION}


@pytest.mark.parametrize(
    "arguments, says",
    [
        (["nothing.png"], "nothing.png is not there; give the file of a picture, or a folder or archive of pictures."),
        (
            ["--epoch", "0"],
            "tiny is untrained at this snapshot: it draws nothing to find; train it first, or name a later --epoch.",
        ),
        (["--label", "dog"], "This run has no label 'dog'; it has a, b."),
    ],
)
def test_mistakes_get_a_sentence(run, folder, tmp_path, arguments, says):
    own(run, folder, 1)
    with pytest.raises(UserError, match="^" + says.replace(".", r"\.")):
        project.main(
            [str(run.path), *(str(folder),) * (arguments[0] != "nothing.png"), *arguments, "--out", str(tmp_path / "new")]
        )
    assert not (tmp_path / "new").exists()


def test_a_damaged_picture_and_a_full_folder_are_refused(run, tmp_path):
    (tmp_path / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    with pytest.raises(UserError, match=r"bad\.png"):
        project.main([str(run.path), str(tmp_path / "bad.png"), "--out", str(tmp_path / "new")])
    with pytest.raises(UserError, match="is there already; name a new folder"):
        project.main([str(run.path), str(tmp_path / "bad.png"), "--out", str(tmp_path)])
