"""Tests which pictures of a divided set are taken, under all usual names of splits."""

import json

import pytest
from sources import plant

from ganlib.datasets import NoSuchSplit, ReadOptions, load
from ganlib.datasets.options import BEFORE
from ganlib.datasets.sources.splits import level_of, parsed

CLASSES = ("cat", "dog")


def planted(folder, *splits, num=1):
    """Writes `num` pictures of a cat and of a dog into the folder of each split."""
    return plant(folder, *(f"{split}/{name}/{i}.png" for split in splits for name in CLASSES for i in range(num)))


@pytest.mark.parametrize(
    ("train", "held_out"),
    [
        ("train", "test"),
        ("training", "testing"),
        ("trn", "val"),
        ("seg_train", "seg_test"),
        ("training_set", "test_set"),
        ("TrainingSet", "ValidationSet"),
        ("TRAIN", "DEV"),
        ("train", "eval"),
        ("Train", "evaluation"),
        ("train", "holdout"),
        ("train", "held_out"),
        ("train2017", "val2017"),
        ("DIV2K_train_HR", "DIV2K_valid_HR"),
        ("pets-train", "pets-test"),
        ("训练集", "测试集"),
        ("data/train", "data/test"),
        ("seg_train/seg_train", "seg_test/seg_test"),
    ],
)
def test_the_training_split_alone_is_taken(folder, train, held_out):
    images = planted(folder, train, held_out)
    assert images.class_names == CLASSES and images.labels.tolist() == [0, 1]
    assert images.summary.split in train and images.summary.split
    assert images.summary.left_out == {"other split": 2}
    assert len(load(str(folder), 8, split="test")) == 2
    everything = load(str(folder), 8, options=ReadOptions(split="all"))
    assert len(everything) == 4 and everything.class_names == CLASSES


@pytest.mark.parametrize(
    "names", ["train bus plane", "train_station test_tube", "val", "prediction_a prediction_b", "mask no_mask"]
)
def test_folders_that_are_no_splits(folder, names):
    names = names.split()
    images = plant(folder, *(f"{name}/a.png" for name in names))
    assert images.class_names == (tuple(sorted(names)) if len(names) > 1 else None)


def test_splits_below_the_classes(folder):
    images = plant(folder, "cat/train/a.png", "dog/train/a.png", "dog/train/b.png", "cat/test/a.png", "dog/test/a.png")
    assert images.class_names == CLASSES and images.labels.tolist() == [0, 1, 1]
    assert images.summary.left_out == {"other split": 2}


def test_domains_are_the_classes_of_their_split(folder):
    images = plant(folder, "trainA/a.png", "trainB/a.png", "testA/a.png", "testB/a.png")
    assert images.class_names == ("A", "B") and images.summary.split == "train"


def test_a_named_split(folder):
    planted(folder, "train", "valid", "test", num=2)
    assert load(str(folder), 8, options=ReadOptions(split="val")).summary.split == "valid"
    assert load(str(folder), 8, options=ReadOptions(split="Test")).summary.split == "test"
    with pytest.raises(NoSuchSplit, match="no split named holdout; it has test, train, valid"):
        load(str(folder), 8, options=ReadOptions(split="holdout"))


def test_a_split_without_classes_does_not_take_the_labels(folder):
    planted(folder, "train", "test")
    plant(folder, "pred/1.png", "pred/2.png")
    assert load(str(folder), 8).summary.left_out == {"other split": 4}
    everything = load(str(folder), 8, options=ReadOptions(split="all"))
    assert everything.class_names == CLASSES and everything.summary.left_out == {"no label": 2}


def test_a_set_that_is_all_held_out_is_asked_about(folder):
    with pytest.raises(NoSuchSplit, match=r"it has test, val \(--split NAME"):
        planted(folder, "test", "val")
    assert len(load(str(folder), 8, options=ReadOptions(split="val"))) == 2


def test_the_only_split_is_taken(folder):
    assert planted(folder, "validation").summary.split == "validation"
    with pytest.raises(NoSuchSplit, match="no split named holdout; it has validation"):
        load(str(folder), 8, options=ReadOptions(split="holdout"))


def test_splits_in_metadata(folder):
    names = ["a.png", "b.png", "c.png"]
    lines = [{"file_name": name, "split": split} for name, split in zip(names, ["training", "training", "test"], strict=True)]
    (folder / "metadata.jsonl").write_text("\n".join(map(json.dumps, lines)))
    images = plant(folder, *names)
    assert (len(images), images.summary.split) == (2, "training")
    assert len(load(str(folder), 8, split="test")) == 1


def test_names_of_splits():
    said = {
        name: (found.split, found.rest) if (found := parsed(name)) else None for name in ("trainA", "train_val", "VAL", "bus")
    }
    assert said == {"trainA": ("train", "A"), "train_val": ("train", ""), "VAL": ("val", ""), "bus": None}
    assert parsed("train_and_test") is None


def test_the_level_of_splits():
    assert level_of([("train", "cat"), ("test", "dog")]) == (0, True)
    assert level_of([("train", "cat"), ("test", "cat")]) == (0, True)
    assert level_of([("cat", "train"), ("dog", "train"), ("cat", "test")]) == (1, True)
    assert level_of([("cat", "train"), ("dog", "test"), ("cow", "grass")]) is None
    assert level_of([("train.X1", "cat"), ("train.X2", "dog"), ("val.X1", "cat"), ("val.X1", "dog")]) == (0, False)


def test_a_split_that_is_asked_for_is_no_other(folder):
    planted(folder, "train", "val")
    with pytest.raises(NoSuchSplit, match="no split named test; it has train, val"):
        load(str(folder), 8, options=ReadOptions(split="test"))
    assert load(str(folder), 8, split="test").summary.split == "val"  # what there is to compare with


def test_runs_of_earlier_versions_read_what_they_read(folder):
    """Folders of file numbers, masks and unknown splits were classes, and only usual extensions were pictures."""
    names = ["00000/img00000000.png", "00001/img00001000.png", "masks/img00000000.png", "testing/a.png", "training/a.png"]
    (folder / "dataset.json").write_text('{"labels": null}')
    plant(folder, *names, "training/b.jfif")
    before = load(str(folder), 8, options=BEFORE)
    assert before.class_names == ("00000", "00001", "masks", "testing", "training")
    assert len(before) == 5 and before.summary.left_out == {"not a picture": 2}


@pytest.mark.parametrize("held_out", ["test", "Valid"])
def test_splits_of_earlier_versions(folder, held_out):
    planted(folder, "Train", held_out, "extra")
    before = load(str(folder), 8, options=BEFORE)
    assert (len(before), before.class_names, before.summary.split) == (2, CLASSES, "Train")
    assert len(load(str(folder), 8, split="test", options=BEFORE)) == 2


@pytest.mark.parametrize("splits", [("train.X1", "train.X2", "val.X"), ("train_large", "train_small", "test")])
def test_several_folders_of_a_split_hold_the_same_classes(folder, splits):
    images = planted(folder, *splits)
    assert images.class_names == CLASSES and len(images) == 4 and images.summary.left_out == {"other split": 2}


def test_classes_called_like_splits_inside_of_splits(folder):
    names = ("bus", "test", "train")
    images = plant(folder, *(f"{split}/{name}/{split}.png" for split in ("train", "test") for name in names))
    assert images.class_names == names and images.labels.tolist() == [0, 1, 2]


def test_a_split_inside_of_a_folder_called_alike(folder):
    images = plant(folder, *(f"{split}/{split}/{name}/1.png" for split in ("train", "test") for name in CLASSES))
    assert images.class_names == CLASSES and len(images) == 2


@pytest.mark.parametrize("below", [("imgs",), ("2019", "2020")])
def test_domains_stay_classes_whatever_lies_below(folder, below):
    names = [f"{split}{domain}/{name}/1.png" for split in ("train", "test") for domain in "AB" for name in below]
    images = plant(folder, *names)
    assert images.class_names == ("A", "B") and images.summary.left_out == {"other split": len(names) // 2}


def test_stations_and_tubes_with_a_folder_of_images_each(folder):
    assert plant(folder, "train_station/images/1.png", "test_tube/images/1.png").class_names == ("test_tube", "train_station")
