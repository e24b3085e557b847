"""Tests sets in tables: parquet as the Hub stores it, and what `datasets` saves to disk."""

import io
import json
import sys
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from PIL import Image
from pyarrow import parquet
from sources import BLUE, GREEN, RED, WHITE, png

from ganlib import UserError
from ganlib.datasets import NoSuchSplit, ReadOptions, load

COLOURS = (RED, GREEN, BLUE, WHITE)
CLASSES = {"_type": "ClassLabel", "names": ["zebra", "ant"]}


def pictures(count: int, first: int = 0) -> list[dict[str, Any]]:
    """Returns `count` different pictures as the Hub's type for images, all grey but for number `first` 0 to 3."""
    return [{"bytes": _picture(number), "path": f"{number}.png"} for number in range(first, first + count)]


def _picture(number: int) -> bytes:
    if number < len(COLOURS):
        return png(COLOURS[number])
    file = io.BytesIO()
    Image.new("RGB", (16, 16), (number, number, number)).save(file, "PNG")
    return file.getvalue()


def table(features: dict[str, Any] | None = None, **columns: Any) -> pyarrow.Table:
    made = pyarrow.table(columns)
    return made.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})}) if features else made


def write(path: Path, rows: pyarrow.Table) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(rows, path)
    return path


def numbers(images) -> list[int]:
    """Returns the numbers of `pictures`."""
    known = {colour: number for number, colour in enumerate(COLOURS)}
    first = [tuple(map(int, image[:, 0, 0])) for image in images.images]
    return [known.get(colour, colour[0]) for colour in first]


def read(source: Path, **options: Any):
    return load(str(source), 8, 3, options=ReadOptions(**options))


def test_one_file_and_a_folder_of_files(tmp_path):
    rows = table({"label": CLASSES}, image=pictures(4), label=[1, 0, 1, 0])
    for source in (write(tmp_path / "one" / "x.parquet", rows), tmp_path / "one"):
        found = read(source)
        assert (numbers(found), found.labels.tolist(), found.class_names) == ([0, 1, 2, 3], [1, 0, 1, 0], ("zebra", "ant"))
    assert found.summary.facts()["labels_from"] == "column label"
    assert (found.summary.files, found.summary.classes) == (4, {"zebra": 2, "ant": 2})


def test_columns_called_image_and_label_come_first(tmp_path):
    features = {"superclass": CLASSES, "label": {"_type": "ClassLabel", "names": ["a", "b"]}}
    rows = table(features, mask=pictures(4, 4), superclass=[0, 0, 1, 1], image=pictures(4), label=[0, 1, 0, 1])
    found = read(write(tmp_path / "x.parquet", rows))
    assert (numbers(found), found.labels.tolist(), found.class_names) == ([0, 1, 2, 3], [0, 1, 0, 1], ("a", "b"))


def test_the_only_column_that_can_be_meant(tmp_path):
    rows = table({"fine": CLASSES}, img=pictures(4), fine=[1, 0, 1, 0], id=[5, 6, 7, 8], text=["a", "b", "c", "d"])
    found = read(write(tmp_path / "x.parquet", rows))
    assert (numbers(found), found.labels.tolist()) == ([0, 1, 2, 3], [1, 0, 1, 0])
    found = read(write(tmp_path / "bytes.parquet", table(picture=[one["bytes"] for one in pictures(4)], id=[5, 6, 7, 8])))
    assert (numbers(found), found.labels) == ([0, 1, 2, 3], None)
    found = read(write(tmp_path / "usual.parquet", table(picture=pictures(4), category=["b", "a", "b", "a"])))
    assert (found.labels.tolist(), found.class_names) == ([1, 0, 1, 0], ("a", "b"))


def test_several_columns_are_asked_for(tmp_path):
    features = {"coarse": CLASSES, "fine": CLASSES}
    rows = table(features, front=pictures(4), back=pictures(4, 4), coarse=[0, 0, 1, 1], fine=[0, 1, 0, 1])
    source = write(tmp_path / "x.parquet", rows)
    with pytest.raises(UserError, match="choose one with --image-column from front, back"):
        read(source)
    with pytest.raises(UserError, match="choose one with --label-column from coarse, fine, or go on without: --labels none"):
        read(source, image_column="back")
    found = read(source, image_column="back", label_column="fine")
    assert (numbers(found), found.labels.tolist()) == ([4, 5, 6, 7], [0, 1, 0, 1])
    assert read(source, image_column="back", labels="none").labels is None
    with pytest.raises(UserError, match="no column side; it has front, back, coarse, fine"):
        read(source, image_column="side")
    with pytest.raises(UserError, match="no column other; it has front, back, coarse, fine"):
        read(source, image_column="back", label_column="other")


@pytest.mark.parametrize(
    ("columns", "options", "sentence"),
    [
        ({"file": ["a.png"] * 4}, {}, "have no column of images, but file"),
        ({"file": ["a.png"] * 4}, {"image_column": "file"}, "file .* holds string and no encoded pictures"),
        ({"image": [{"bytes": None, "path": "a.png"}] * 4}, {}, "holds names of files such as 'a.png', which are not followed"),
        ({"image": [[[1, 2], [3, 4]]] * 4}, {}, "have no column of images"),
    ],
)
def test_columns_that_are_no_pictures(tmp_path, columns, options, sentence):
    with pytest.raises(UserError, match=sentence):
        read(write(tmp_path / "x.parquet", table(**columns)), **options)


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        ([[0], [0, 1], [1], []], "holds several labels for each picture"),
        ([0.5, 1.5, 0.25, 1.0], "holds numbers such as 0.5, which are no classes"),
    ],
)
def test_labels_that_are_no_classes(tmp_path, labels, sentence):
    source = write(tmp_path / "x.parquet", table(image=pictures(4), label=labels))
    with pytest.raises(UserError, match=sentence) as raised:
        read(source)
    assert "--labels none" in str(raised.value)
    found = read(source, labels="none")
    assert (numbers(found), found.labels) == ([0, 1, 2, 3], None)


def test_numbers_of_things_are_no_classes(tmp_path):
    source = write(tmp_path / "x.parquet", table(image=pictures(40), label=list(range(1000, 1040))))
    with pytest.raises(UserError, match="40 different numbers for 40 pictures, too many to be classes"):
        read(source)


@pytest.mark.parametrize("missing", [None, -1])
def test_one_missing_label_leaves_its_row_out(tmp_path, missing):
    rows = table({"label": CLASSES}, image=pictures(6), label=[0, 1, missing, 0, 1, 1])
    found = read(write(tmp_path / "x.parquet", rows))
    assert (numbers(found), found.labels.tolist()) == ([0, 1, 3, 4, 5], [0, 1, 0, 1, 1])
    assert (found.summary.files, found.summary.left_out) == (6, {"no label": 1})


def test_labels_that_are_mostly_missing_are_none(tmp_path):
    rows = table({"label": CLASSES}, image=pictures(6), label=[0, 1, -1, -1, -1, -1])
    found = read(write(tmp_path / "x.parquet", rows))
    assert (len(found), found.labels) == (6, None)
    assert "4 of 6 pictures have no label" in found.summary.paragraph
    hidden = table({"label": CLASSES}, image=pictures(4), label=[-1] * 4)
    assert read(write(tmp_path / "hidden.parquet", hidden)).labels is None


def test_each_file_has_its_own_class_names(tmp_path):
    other = {"_type": "ClassLabel", "names": ["ant", "cow", "zebra"]}
    write(tmp_path / "train-00000-of-00002.parquet", table({"label": CLASSES}, image=pictures(2), label=[0, 1]))
    write(tmp_path / "train-00001-of-00002.parquet", table({"label": other}, image=pictures(3, 2), label=[0, 1, 2]))
    found = read(tmp_path)
    assert [found.class_names[label] for label in found.labels] == ["zebra", "ant", "ant", "cow", "zebra"]
    assert found.class_names == ("zebra", "ant", "cow")


@pytest.mark.parametrize(
    "pattern", ["{}-00000-of-00001.parquet", "data/{}-00000-of-00001.parquet", "{}/0000.parquet", "set_{}.parquet"]
)
def test_splits_by_names(tmp_path, pattern):
    for number, split in enumerate(("train", "test", "validation")):
        write(tmp_path / pattern.format(split), table(image=pictures(2, 2 * number)))
    found = read(tmp_path)
    assert (numbers(found), found.summary.split, found.summary.left_out) == ([0, 1], "train", {"other split": 4})
    assert numbers(read(tmp_path, split="test")) == [2, 3]
    assert numbers(read(tmp_path, split="val")) == numbers(read(tmp_path, split="validation")) == [4, 5]
    assert sorted(numbers(read(tmp_path, split="all"))) == [0, 1, 2, 3, 4, 5]


def test_splits_of_other_names(tmp_path):
    for number, split in enumerate(("train", "extra")):
        write(tmp_path / f"{split}-00000-of-00001.parquet", table(image=pictures(2, 2 * number)))
    assert numbers(read(tmp_path)) == [0, 1]
    assert numbers(read(tmp_path, split="extra")) == [2, 3]
    with pytest.raises(NoSuchSplit, match=r"extra.*train"):
        read(tmp_path, split="test")


def test_all_beside_test_holds_nothing_out(tmp_path):
    write(tmp_path / "all-00000-of-00001.parquet", table(image=pictures(6)))
    write(tmp_path / "test-00000-of-00001.parquet", table(image=pictures(2, 4)))
    found = read(tmp_path)
    assert numbers(found) == [0, 1, 2, 3]
    assert (found.summary.files, found.summary.left_out) == (8, {"other split": 4})
    assert numbers(read(tmp_path, split="test")) == [4, 5]


def test_configurations_are_asked_for(tmp_path):
    for number, config in enumerate(("cropped_digits", "full_numbers")):
        write(tmp_path / config / "train-00000-of-00001.parquet", table(image=pictures(2, 2 * number)))
        write(tmp_path / config / "test-00000-of-00001.parquet", table(image=pictures(2, 4 + 2 * number)))
    with pytest.raises(UserError, match="choose one with --subset from cropped_digits, full_numbers"):
        read(tmp_path)
    assert numbers(read(tmp_path, subset="full_numbers")) == [2, 3]
    assert numbers(read(tmp_path, subset="full_numbers", split="test")) == [6, 7]
    with pytest.raises(UserError, match="no configuration half, which --subset names; it has cropped_digits, full_numbers"):
        read(tmp_path, subset="half")


def test_configurations_of_a_card(tmp_path):
    for number, name in enumerate(("small-0", "small-held", "large-0")):
        write(tmp_path / "files" / f"{name}.parquet", table(image=pictures(2, 2 * number)))
    (tmp_path / "README.md").write_text(
        "---\nconfigs:\n- config_name: small\n  data_files:\n  - split: train\n    path: files/small-0*\n  - split: test\n"
        "    path: files/small-held*\n- config_name: large\n  data_files: files/large-*\n---\n# A set\n"
    )
    with pytest.raises(UserError, match="choose one with --subset from large, small"):
        read(tmp_path)
    assert numbers(read(tmp_path, subset="small")) == [0, 1]
    assert numbers(read(tmp_path, subset="small", split="test")) == [2, 3]
    assert numbers(read(tmp_path, subset="large")) == [4, 5]


def test_a_damaged_card_is_passed_over(tmp_path):
    write(tmp_path / "train.parquet", table(image=pictures(2)))
    (tmp_path / "README.md").write_text("---\nconfigs: [\n---\n")
    assert numbers(read(tmp_path)) == [0, 1]


def save(folder: Path, rows: pyarrow.Table, files: int = 1) -> None:
    """Writes what save_to_disk of `datasets` 4.4 does."""
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"data-{number:05}-of-{files:05}.arrow" for number in range(files)]
    each = -(-rows.num_rows // files)
    for number, name in enumerate(names):
        part = rows.slice(number * each, each)
        with pyarrow.OSFile(str(folder / name), "wb") as file, pyarrow.ipc.new_stream(file, rows.schema) as stream:
            stream.write_table(part, max_chunksize=2)
    state = {"_data_files": [{"filename": name} for name in names], "_fingerprint": "0" * 16, "_split": None}
    (folder / "state.json").write_text(json.dumps(state))
    (folder / "dataset_info.json").write_text(json.dumps({"features": {}}))


def test_a_set_saved_to_disk(tmp_path):
    rows = table({"label": CLASSES}, image=pictures(5), label=[1, 0, 1, 0, 1])
    save(tmp_path / "saved", rows, files=2)
    (tmp_path / "saved" / "cache-0123456789abcdef.arrow").write_bytes(b"of a map")
    found = read(tmp_path / "saved")
    assert (numbers(found), found.labels.tolist(), found.class_names) == ([0, 1, 2, 3, 4], [1, 0, 1, 0, 1], ("zebra", "ant"))
    assert numbers(read(tmp_path / "saved" / "data-00000-of-00002.arrow")) == [0, 1, 2]


def test_several_splits_saved_to_disk(tmp_path):
    for number, split in enumerate(("train", "test", "more")):
        save(tmp_path / "saved" / split, table(image=pictures(2, 2 * number)))
    (tmp_path / "saved" / "dataset_dict.json").write_text(json.dumps({"splits": ["train", "test", "more"]}))
    found = read(tmp_path / "saved")
    assert (numbers(found), found.summary.split, found.summary.left_out) == ([0, 1], "train", {"other split": 4})
    assert [numbers(read(tmp_path / "saved", split=split)) for split in ("test", "more")] == [[2, 3], [4, 5]]


@pytest.mark.parametrize("name", ["x.parquet", "data-00000-of-00001.arrow"])
@pytest.mark.parametrize("damage", [lambda b: b[:-20], lambda b: b[:100], lambda b: b[:200] + bytes(100) + b[300:]])
def test_damaged_tables_are_named(tmp_path, name, damage):
    rows = table(image=pictures(2))
    write(tmp_path / name, rows) if name.endswith("parquet") else save(tmp_path, rows)
    (tmp_path / name).write_bytes(damage((tmp_path / name).read_bytes()))
    with pytest.raises(UserError, match=name.partition("-")[0]) as raised:
        read(tmp_path / name)
    assert "\n" not in str(raised.value)


def test_without_pyarrow(tmp_path, monkeypatch):
    source = write(tmp_path / "x.parquet", table(image=pictures(2)))
    monkeypatch.setitem(sys.modules, "pyarrow", None)  # so that it can't be imported
    with pytest.raises(UserError, match="pip install pyarrow"):
        read(source)


def test_classes_of_a_picture_or_two_are_told(tmp_path):
    source = write(tmp_path / "x.parquet", table(image=pictures(24), label=[f"person {number // 2}" for number in range(24)]))
    found = read(source)
    assert found.labels is None and "Most of 12 classes by column label have a picture or two each" in found.summary.paragraph
    assert len(read(source, label_column="label").class_names) == 12


def test_numbered_files_of_a_split(tmp_path):
    for number, name in enumerate(("train1", "train2", "test")):
        write(tmp_path / f"{name}.parquet", table(image=pictures(2, 2 * number)))
    assert numbers(read(tmp_path)) == [0, 1, 2, 3]
    assert numbers(read(tmp_path, split="test")) == [4, 5]


def test_tables_without_pictures_lie_beside_pictures(tmp_path):
    write(tmp_path / "statistics.parquet", table(mean=[1.0, 2.0]))
    (tmp_path / "a.png").write_bytes(png(RED))
    assert numbers(read(tmp_path)) == [0]
    write(tmp_path / "rows.parquet", table(image=pictures(2, 1)))
    assert numbers(read(tmp_path)) == [1, 2]


def test_wrong_offsets_are_refused(tmp_path):
    """Reading them would end the process."""
    save(tmp_path, table(image=[one["bytes"] for one in pictures(4)]))
    file = tmp_path / "data-00000-of-00001.arrow"
    length = len(pictures(1)[0]["bytes"]).to_bytes(4, "little")  # the end of the first value
    content = file.read_bytes()
    assert length in content
    file.write_bytes(content.replace(length, b"\xff\xff\xff\x7f"))
    with pytest.raises(UserError, match=r"data-00000-of-00001\.arrow .*is damaged"):
        read(tmp_path)


def test_a_column_of_labels_in_capitals(tmp_path):
    rows = pyarrow.table({"image": pictures(4), "mask": pictures(4), "Label": [0, 1, 0, 1]})
    assert load(str(write(tmp_path / "a.parquet", rows)), 8).labels.tolist() == [0, 1, 0, 1]


def test_pictures_as_lists_of_numbers_get_the_true_reason(tmp_path):
    rows = pyarrow.table({"image": [[[0] * 8] * 8] * 4, "label": [0, 1, 0, 1]})
    with pytest.raises(UserError, match="no column of images, but image, label; lists of numbers are not read"):
        load(str(write(tmp_path / "a.parquet", rows)), 8)


@pytest.mark.parametrize("name", ["rows.feather", "rows.arrow"])
def test_an_arrow_file(tmp_path, name):
    rows = table(image=pictures(4), label=["a", "b", "a", "b"])
    with pyarrow.ipc.new_file(str(tmp_path / name), rows.schema) as file:
        file.write_table(rows)
    images = load(str(tmp_path / name), 8)
    assert images.class_names == ("a", "b") and images.labels.tolist() == [0, 1, 0, 1] and numbers(images) == [0, 1, 2, 3]
