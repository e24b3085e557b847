"""Tests classes and splits of folders and of zips, valid and hostile."""

from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np
import pytest
from sources import BLUE, RED, column, plant, png, write_zip

from ganlib import UserError
from ganlib.datasets import load


def test_subfolders_are_classes_in_natural_order(folder):
    images = plant(folder, "10/a.png", "9/a.png", "9/deep/b.png", "0/a.png")
    assert images.class_names == ("0", "9", "10")
    assert images.labels.tolist() == [0, 2, 1, 1]
    assert images.labels.dtype == np.int64


def test_classes_below_folders_that_all_share(folder):
    assert plant(folder, "set/images/cat/a.png", "set/images/dog/a.png").class_names == ("cat", "dog")


@pytest.mark.parametrize("names", [["a.png", "cat/a.png", "dog/a.png"], ["cat/a.png", "cat/b.png"], ["a.png"]])
def test_no_classes(folder, names):
    images = plant(folder, *names)
    assert images.labels is None
    assert images.class_names is None


def test_a_class_of_broken_files_is_none(folder):
    (folder / "broken").mkdir()
    (folder / "broken" / "a.png").touch()
    assert plant(folder, "cat/a.png", "dog/a.png").class_names == ("cat", "dog")


def test_folders_named_train_and_test_are_splits(folder):
    train = plant(folder, "train/cat/a.png", "train/dog/a.png", "test/cat/a.png", "test/cat/b.png", "test/dog/a.png")
    test = load(str(folder), 8, split="test")
    assert (len(train), len(test)) == (2, 3)
    assert train.class_names == test.class_names == ("cat", "dog")
    assert train.fingerprint != test.fingerprint


@pytest.mark.parametrize(("train", "held_out"), [("Train", "val"), ("train", "Valid"), ("train", "validation")])
def test_other_names_of_splits(folder, train, held_out):
    images = plant(folder, f"{train}/cat/a.png", f"{train}/dog/a.png", f"{held_out}/cat/a.png")
    assert len(images) == 2 and images.class_names == ("cat", "dog")
    assert len(load(str(folder), 8, split="test")) == 1


def test_a_stray_picture_takes_the_labels_and_it_is_said(folder):
    images = plant(folder, "cat/a.png", "dog/a.png", "cover.png")
    assert len(images) == 3 and images.labels is None
    assert "1 of 3 images lie outside the class folders" in images.summary.paragraph


def test_no_test_split(folder):
    plant(folder, "a.png")
    with pytest.raises(UserError, match="train and test"):
        load(str(folder), split="test")


def test_zip_equals_folder(folder, tmp_path):
    members = {"cat/a.png": png(RED), "dog/b.png": png(BLUE), "__MACOSX/._a.png": b"", "readme.txt": b"hello"}
    for name, content in members.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    zipped, plain = load(write_zip(tmp_path / "pets.zip", members), 8), load(str(folder), 8)
    assert np.array_equal(zipped.images, plain.images)
    assert zipped.labels.tolist() == plain.labels.tolist() == [0, 1]
    assert (zipped.class_names, zipped.name) == (("cat", "dog"), "pets")
    assert load(write_zip(tmp_path / "copy.zip", members), 8).fingerprint == zipped.fingerprint


@pytest.mark.parametrize("name", ["../a.png", "cat/../../a.png", "/etc/a.png", "C:/a.png", "..\\a.png", "\\a.png"])
def test_zip_with_a_name_that_leads_out(tmp_path, name):
    member = ZipInfo("a.png")
    member.filename = name
    with ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(member, png())
    with pytest.raises(UserError, match=r"a\.png.* leads out of the archive"):
        load(str(tmp_path / "a.zip"))


def test_zip_with_a_link(tmp_path):
    link = ZipInfo("a.png")
    link.external_attr = 0o120777 << 16
    with ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(UserError, match=r"'a\.png' is a link"):
        load(str(tmp_path / "a.zip"))


@pytest.mark.parametrize(
    ("attribute", "value", "complaint"),
    [("file_size", 2**31, "unpack to 2,147,483,648"), ("flag_bits", 1, "encrypted")],
)
def test_zip_whose_directory_warns(tmp_path, attribute, value, complaint):
    with ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.png", png())
        setattr(archive.infolist()[0], attribute, value)
    with pytest.raises(UserError, match=f"'a.png' .*{complaint}"):
        load(str(tmp_path / "a.zip"))


def test_zip_that_unpacks_a_thousandfold(tmp_path):
    with pytest.raises(UserError, match="would unpack to 20,971,520 bytes"):
        load(write_zip(tmp_path / "a.zip", {"a.png": bytes(20 * 2**20)}))


def test_zip_member_larger_than_declared_is_skipped(tmp_path, caplog):
    with ZipFile(tmp_path / "a.zip", "w", ZIP_DEFLATED) as archive:
        archive.writestr("a.png", png(BLUE))
        archive.writestr("b.png", png(RED))
        archive.infolist()[0].file_size = 20
    assert (load(str(tmp_path / "a.zip"), 8).images == column(RED)).all()
    assert "skipped 1 of 2 files: 'a.png' (Bad CRC" in caplog.text


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x05\x06 nearly one", png()])
def test_not_a_zip(tmp_path, content):
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(UserError, match=r"a\.zip is no \.zip"):
        load(str(tmp_path / "a.zip"))


def test_links_to_folders_elsewhere_are_followed_once(tmp_path, folder):
    for name in ("a.png", "b.png"):
        (tmp_path / "elsewhere").mkdir(exist_ok=True)
        (tmp_path / "elsewhere" / name).write_bytes(png(BLUE))
    (folder / "cat").symlink_to(tmp_path / "elsewhere")
    images = plant(folder, "dog/c.png")
    assert images.class_names == ("cat", "dog") and images.labels.tolist() == [0, 0, 1]
    (tmp_path / "elsewhere" / "round").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "out").symlink_to(tmp_path)
    (folder / "dog" / "back").symlink_to(folder)
    (folder / "dogs").symlink_to(folder / "dog")
    assert load(str(folder), 8).labels.tolist() == [0, 0, 1]


def test_what_systems_put_beside_pictures_is_hidden(folder):
    names = ("@eaDir/a.png/SYNOPHOTO_THUMB_M.jpg", "#recycle/b.png", "$RECYCLE.BIN/$R1.png", "__MACOSX/._a.png", "Thumbs.db")
    images = plant(folder, "a.png", *names)
    assert len(images) == 1 and images.summary.left_out == {"hidden": len(names)}


def test_a_folder_that_is_reached_twice_is_read_once(tmp_path, folder):
    for name in ("cats/1.png", "cats/2.png", "dogs/3.png"):
        (tmp_path / "data" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "data" / name).write_bytes(png())
    (folder / "a").symlink_to(tmp_path / "data" / "cats")
    (folder / "z").symlink_to(tmp_path / "data")
    images = load(str(folder), 8)
    assert images.class_names == ("a", "z") and images.labels.tolist() == [0, 0, 1]
