"""Tests labels that are told beside the pictures: StyleGAN's dataset.json, imagefolder's metadata, webdataset's files."""

import json

import pytest
from sources import plant, png, write_zip

from ganlib import UserError
from ganlib.datasets import ReadOptions, load

NUMBERED = [f"{i // 1000:05}/img{i:08}.png" for i in (0, 1, 1000, 1001)]  # as StyleGAN's dataset_tool writes them


def labelled(images):
    return images.class_names, None if images.labels is None else images.labels.tolist()


def stylegan(tmp_path, labels):
    members = {name: png() for name in NUMBERED} | {"dataset.json": json.dumps({"labels": labels}).encode()}
    return write_zip(tmp_path / "set.zip", members)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([3, 5, 3, 5], (("3", "5"), [0, 1, 0, 1])),
        ([[0, 1], [1, 0], [0, 1], [1, 0]], (("0", "1"), [1, 0, 1, 0])),
        (None, (None, None)),
    ],
)
def test_labels_of_stylegan(tmp_path, values, expected):
    labels = values and [[name, value] for name, value in zip(NUMBERED, values, strict=True)]
    images = load(stylegan(tmp_path, labels), 8)
    assert labelled(images) == expected
    assert images.summary.left_out == {"labels": 1} and images.summary.files == 5


def test_the_labels_of_stylegan_are_part_of_the_fingerprint(tmp_path):
    (tmp_path / "other").mkdir()
    one = load(stylegan(tmp_path, [[name, index % 2] for index, name in enumerate(NUMBERED)]), 8)
    other = load(stylegan(tmp_path / "other", [[name, index // 2] for index, name in enumerate(NUMBERED)]), 8)
    assert one.fingerprint != other.fingerprint


@pytest.mark.parametrize("names", [NUMBERED, ["00000/00000.png", "01000/01999.png", "02000/02000.png"]])
def test_folders_of_numbered_files_are_no_classes(folder, names):
    assert labelled(plant(folder, *names)) == (None, None)
    assert len(load(str(folder), 8, options=ReadOptions(labels="folders")).class_names) > 1


def test_numbered_people_are_classes(folder):
    assert plant(folder, "0001/0001_c1s1_0001.png", "0002/0002_c1s1_0001.png").class_names == ("0001", "0002")


def metadata(folder, kind, rows):
    if kind == "csv":
        lines = [",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)]
        (folder / "metadata.csv").write_text("\n".join(lines))
    elif kind == "jsonl":
        (folder / "metadata.jsonl").write_text("\n".join(map(json.dumps, rows)))
    else:
        pyarrow = pytest.importorskip("pyarrow")
        from pyarrow import parquet

        parquet.write_table(pyarrow.Table.from_pylist(rows), folder / "metadata.parquet")


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("column", ["label", "class", "Category"])
def test_metadata_of_an_imagefolder(folder, kind, column):
    names = ["a.png", "b.png", "sub/c.png"]
    rows = [{"file_name": name, column: label} for name, label in zip(names, ["dog", "cat", "dog"], strict=True)]
    (folder / "train").mkdir()
    metadata(folder / "train", kind, rows)
    images = plant(folder, *(f"train/{name}" for name in names))
    assert labelled(images) == (("cat", "dog"), [1, 0, 1])
    assert images.summary.labels_from == f"column {column} of metadata.{kind}"
    assert (images.summary.files, images.summary.left_out) == (4, {"labels": 1})


def test_metadata_of_each_split(folder):
    for split, labels in {"train": ["x", "y"], "test": ["y", "y"]}.items():
        (folder / split).mkdir()
        metadata(folder / split, "csv", [{"file_name": f"{i}.png", "label": label} for i, label in enumerate(labels)])
    images = plant(folder, *(f"{split}/{i}.png" for split in ("train", "test") for i in range(2)))
    assert labelled(images) == (("x", "y"), [0, 1])


def test_a_table_of_another_name_that_lists_the_pictures(folder):
    names = {"a": "beagle", "b": "collie", "c": "beagle"}
    (folder / "labels.csv").write_text("id,breed\n" + "\n".join(map(",".join, names.items())))
    plant(folder, *(f"train/{name}.png" for name in names))
    assert load(str(folder), 8).labels is None  # breed is no name of labels
    images = load(str(folder), 8, options=ReadOptions(label_column="breed"))
    assert labelled(images) == (("beagle", "collie"), [0, 1, 0])


def test_the_choice_of_a_column(folder):
    rows = [{"file_name": f"{i}.png", "class": "ab"[i % 2], "category": "xy"[i // 2]} for i in range(4)]
    metadata(folder, "jsonl", rows)
    with pytest.raises(UserError, match=r"class and category: say which holds the labels with --label-column"):
        plant(folder, *(f"{i}.png" for i in range(4)))
    chosen = load(str(folder), 8, options=ReadOptions(label_column="category"))
    assert labelled(chosen) == (("x", "y"), [0, 0, 1, 1])
    with pytest.raises(UserError, match=r"no column 'color'; it has class, category"):
        load(str(folder), 8, options=ReadOptions(label_column="color"))


@pytest.mark.parametrize(
    ("kind", "values", "why"),
    [
        ("jsonl", [["a", "b"], ["a"], ["b"]], "several labels"),
        ("jsonl", [1.5, 2, 3], "numbers such as 1.5"),
        ("csv", ["1.5", "2", "3"], "numbers such as 1.5"),
    ],
)
def test_values_that_are_no_classes(folder, kind, values, why):
    metadata(folder, kind, [{"file_name": f"{i}.png", "label": value} for i, value in enumerate(values)])
    with pytest.raises(UserError, match=f"{why}.*--labels none"):
        plant(folder, *(f"{i}.png" for i in range(3)))
    assert load(str(folder), 8, options=ReadOptions(labels="none")).labels is None


def test_a_picture_without_a_label_is_left_out(folder):
    labels = ["x", "y", "x", None]
    metadata(folder, "jsonl", [{"file_name": f"{i}.png", "label": label} for i, label in enumerate(labels)])
    images = plant(folder, *(f"{i}.png" for i in range(5)))
    assert labelled(images) == (("x", "y"), [0, 1, 0])
    assert images.summary.left_out == {"labels": 1, "no label": 2} and images.summary.files == 6


def test_the_sources_of_labels(folder):
    names = ["big/a.png", "big/b.png", "small/c.png"]
    metadata(folder, "csv", [{"file_name": name, "label": label} for name, label in zip(names, "xyx", strict=True)])
    assert plant(folder, *names).class_names == ("x", "y")
    for labels, expected in {"metadata": ("x", "y"), "folders": ("big", "small"), "none": None}.items():
        assert load(str(folder), 8, options=ReadOptions(labels=labels)).class_names == expected
    (folder / "metadata.csv").unlink()
    with pytest.raises(UserError, match="no metadata with labels"):
        load(str(folder), 8, options=ReadOptions(labels="metadata"))


@pytest.mark.parametrize("name", ["metadata.jsonl", "dataset.json"])
def test_damaged_metadata(folder, name):
    (folder / name).write_text('{"file_name": "a.png", "label": ')
    with pytest.raises(UserError, match=rf"{name} of .* can't be read"):
        plant(folder, "a.png")


def test_a_table_of_the_training_split_alone(folder):
    """As Kaggle gives it: many test pictures without labels, and a form to fill in for them."""
    (folder / "train.csv").write_text("image_id,label\na.png,cat\nb.png,dog\n")
    (folder / "sample_submission.csv").write_text("image_id,label\n" + "".join(f"{i}.png,0.5\n" for i in range(9)))
    images = plant(folder, "train/a.png", "train/b.png", *(f"test/{i}.png" for i in range(9)))
    assert labelled(images) == (("cat", "dog"), [0, 1])
    assert images.summary.left_out == {"other split": 9, "labels": 1, "not a picture": 1}
    assert load(str(folder), 8, split="test").labels is None


def test_attributes_that_are_no_and_yes(folder):
    (folder / "attributes.csv").write_text("image_id,Male,Smiling\na.png,1,-1\nb.png,1,1\nc.png,-1,-1\n")
    plant(folder, "a.png", "b.png", "c.png")
    assert labelled(load(str(folder), 8, options=ReadOptions(label_column="Smiling"))) == (("1", "-1"), [1, 0, 1])


def test_another_programs_dataset_json(folder):
    (folder / "dataset.json").write_text('["cat"]')
    assert plant(folder, "cat/a.png", "dog/a.png").class_names == ("cat", "dog")


@pytest.mark.parametrize(
    ("suffix", "contents"), [(".cls", [b"7", b"3\n"]), (".json", [b'{"label": 7}', b'{"label": 3, "caption": "a dog"}'])]
)
def test_files_beside_each_picture(tmp_path, suffix, contents):
    members = {f"{i:06}.{kind}": content for i in range(2) for kind, content in {"png": png(), suffix[1:]: contents[i]}.items()}
    images = load(write_zip(tmp_path / "set.zip", members), 8)
    assert labelled(images) == (("3", "7"), [1, 0])
    assert images.summary.left_out == {"labels": 2}


@pytest.mark.parametrize(
    ("each", "expected"), [([1] * 12, 0), ([1, 2] * 8, 0), ([3] * 12, 12), ([1] * 5 + [9] * 8, 13), ([1] * 10, 10)]
)
def test_classes_of_a_picture_or_two_make_no_labels(folder, each, expected):
    images = plant(folder, *(f"person {number}/{i}.png" for number, num in enumerate(each) for i in range(num)))
    assert len(images.class_names or ()) == expected and len(images) == sum(each)
    assert ("have a picture or two each" in images.summary.paragraph) == (not expected)
    asked = load(str(folder), 8, options=ReadOptions(labels="folders"))
    assert len(asked.class_names) == len(each)
    if not expected:
        with pytest.raises(UserError, match="--labels folders"):
            load(str(folder), 8, classes=["person 1"])


@pytest.mark.parametrize(
    "names",
    [
        ["images/1.png", "images/2.png", "masks/1.png", "masks/2.png"],
        ["frames/1.png", "frames/2.png", "masks/1.png", "masks/2.png"],
        ["CXR_png/1.png", "CXR_png/2.png", "ManualMask/1.png", "ManualMask/2.png"],
        ["scans/1.png", "scans/2.png", "ground_truth/1.png", "ground_truth/2.png"],
        ["CT/1.png", "CT/2.png", "mask/1.png", "mask/2.png"],
        ["train/1.png", "train/2.png", "train_masks/1_mask.gif", "train_masks/2_mask.gif"],
        ["JPEGImages/1.png", "JPEGImages/2.png", "SegmentationClass/1.png", "SegmentationObject/1.png"],
        ["training/images/1.png", "training/images/2.png", "training/1st_manual/1.png", "training/labels/1.png"],
        ["1.png", "1_mask.png", "2.png", "2_mask_1.png"],
    ],
)
def test_masks_are_no_class(folder, names):
    images = plant(folder, *names)
    assert (len(images), images.labels, images.summary.left_out) == (2, None, {"mask": 2})


def test_files_are_counted(folder):
    for name in ("notes.txt", ".DS_Store", "deep/.hidden/a.png", "Thumbs.db"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(png() if name.endswith("png") else b"hello")
    (folder / "broken.png").write_bytes(png()[:45])
    (folder / "text.jpg").write_bytes(b"hello")
    for name in ("photo.jfif", "0001", "picture.data"):
        (folder / name).write_bytes(png())
    images = plant(folder, "a.png")
    told = images.summary
    assert told.left_out == {"not a picture": 1, "hidden": 3, "damaged": 1, "unreadable": 1}
    assert (told.images, told.files) == (4, 10) and told.files == told.images + sum(told.left_out.values())


@pytest.mark.parametrize(
    ("classes", "expected"),
    [
        (("cafe\u0301",), ["caf\u00e9"]),
        (("na\u00efve", "bold", "cafe\u0301"), ["caf\u00e9", "na\u00efve, bold"]),
        (("na\u00efve, bold",), ["na\u00efve, bold"]),
        (("na\u00efve,bold", "2"), ["na\u00efve, bold", "\u6570\u5b57"]),
    ],
)
def test_classes_by_names_with_accents_and_commas(folder, classes, expected):
    plant(folder, "cafe\u0301/a.png", "nai\u0308ve, bold/a.png", "\u6570\u5b57/a.png")
    assert list(load(str(folder), 8, classes=classes).class_names) == expected


PAIRS = [("0.png", "cat"), ("1.png", "dog"), ("2.png", "cat")]


def beside(folder, name, content):
    """Loads three pictures beside a file of their labels."""
    for picture, _ in PAIRS:
        (folder / picture).write_bytes(png())
    (folder / name).write_bytes(content)
    return load(str(folder), 8)


@pytest.mark.parametrize("separator", [", ", "|", "\t", "; ", " , "])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_tables_however_they_are_separated_and_encoded(folder, separator, encoding):
    text = "\n".join(separator.join(pair) for pair in [("file_name", "label"), *PAIRS])
    assert labelled(beside(folder, "metadata.csv", text.encode(encoding))) == (("cat", "dog"), [0, 1, 0])


def test_pictures_that_were_saved_anew_are_found_by_their_names(folder):
    text = "file_name,label\n" + "".join(f"{name.replace('.png', '.JPG')},{label}\n" for name, label in PAIRS)
    assert labelled(beside(folder, "metadata.csv", text.encode())) == (("cat", "dog"), [0, 1, 0])


def test_metadata_that_name_no_picture_are_refused(folder):
    with pytest.raises(UserError, match=r"metadata.csv of .* names none of its pictures, but files such as 'x7.png'; mend it"):
        beside(folder, "metadata.csv", b"file_name,label\nx7.png,cat\nx8.png,dog\n")
    assert labelled(load(str(folder), 8, options=ReadOptions(labels="none"))) == (None, None)
    (folder / "metadata.csv").write_text("photographer,year\nUtamaro,1795\n")  # of the set itself
    assert labelled(load(str(folder), 8)) == (None, None)


def test_class_names_in_the_schema_of_metadata(folder):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    table = pyarrow.table({"file_name": [name for name, _ in PAIRS], "label": [1, 0, 1]})
    features = {"file_name": {"_type": "Value"}, "label": {"_type": "ClassLabel", "names": ["dog", "cat"]}}
    table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    parquet.write_table(table, folder / "metadata.parquet")
    images = beside(folder, "notes.txt", b"")
    assert [images.class_names[label] for label in images.labels] == ["cat", "dog", "cat"]


def test_labels_of_stylegan_by_name(tmp_path):
    images = load(stylegan(tmp_path, {name: index % 2 for index, name in enumerate(NUMBERED)}), 8)
    assert labelled(images) == (("0", "1"), [0, 1, 0, 1])


@pytest.mark.parametrize("names", [["xray/1.png", "label/a.png"], ["mask/1.png", "nomask/1.png"]])
def test_folders_that_may_be_classes_are(folder, names):
    assert len(plant(folder, *names).class_names) == 2


def test_the_row_of_a_picture_that_is_not_there_is_not_that_of_another(folder):
    (folder / "b").mkdir()
    for name in ("0.png", "1.png"):
        (folder / "b" / name).write_bytes(png())
    rows = ["b/0.png,cat", "b/1.png,dog", "a/0.png,dog", "a/1.png,cat"]
    (folder / "metadata.csv").write_text("\n".join(["file_name,label", *rows]))
    assert labelled(load(str(folder), 8)) == (("cat", "dog"), [0, 1])
    (folder / "metadata.csv").write_text("file_name,label\na/0.png,cat\nc/0.png,dog\nb/1.png,dog\nb/2.png,cat\n")
    (folder / "b" / "2.png").write_bytes(png())
    assert load(str(folder), 8).summary.left_out == {"labels": 1, "no label": 1}
