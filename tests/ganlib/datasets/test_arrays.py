"""Tests sets of arrays: .npz, .npy, idx files and tables of pixels as text."""

import gzip
import io
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
from sources import idx, write_zip

from ganlib import UserError
from ganlib.datasets import NoSuchSplit, ReadOptions, load

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (6, 8, 8), np.uint8)
COLOUR = RNG.integers(0, 256, (6, 8, 8, 3), np.uint8)
CLASSES = np.array([0, 1, 0, 1, 0, 1])


def smooth(num: int = 6, side: int = 8) -> np.ndarray:
    """Returns pictures in colour, (N, S, S, 3), whose neighbouring pixels are alike and whose channels are not."""
    ramp = np.linspace(0, 60, side)
    grey = ramp[:, None] + ramp
    return (grey[None, ..., None] + np.array([0, 60, 130]) + np.arange(num)[:, None, None, None]).astype(np.uint8)


def npz(path: Path, **arrays: np.ndarray) -> str:
    np.savez_compressed(path, **arrays)
    return str(path)


def npy(path: Path, array: np.ndarray) -> str:
    np.save(path, array)
    return str(path)


def csv(path: Path, pixels: np.ndarray, labels=None, header: str = "", last: bool = False) -> str:
    rows = pixels.reshape(len(pixels), -1).tolist()
    if labels is not None:
        rows = [[*row, label] if last else [label, *row] for row, label in zip(rows, labels, strict=True)]
    text = "\n".join(",".join(map(str, row)) for row in rows)
    path.write_text(f"{header}\n{text}\n" if header else f"{text}\n")
    return str(path)


def names(count: int) -> str:
    return ",".join(f"pixel{number}" for number in range(count))


@pytest.mark.parametrize(
    ("keys", "taken"),
    [
        (("x_train", "y_train", "x_test", "y_test"), "y_train"),
        (("X_train", "Y_train", "X_test", "Y_test"), "Y_train"),
        (("train_images", "train_labels", "test_images", "test_labels"), "train_labels"),
        (("trainX", "trainY", "testX", "testY"), "trainY"),
    ],
)
def test_npz_with_splits(tmp_path, keys, taken):
    images, labels, held_images, held_labels = keys
    arrays = {images: GREY[:4], labels: CLASSES[:4, None], held_images: GREY[4:], held_labels: CLASSES[4:, None]}
    source = npz(tmp_path / "set.npz", **arrays)
    found = load(source, 8)
    assert np.array_equal(found.images[:, 0], GREY[:4])
    assert (found.labels.tolist(), found.class_names) == (CLASSES[:4].tolist(), ("0", "1"))
    facts = found.summary.facts()
    assert (facts["files"], facts["images"], facts["left_out"]) == (6, 4, {"other split": 2})
    assert (facts["split"], facts["labels_from"], facts["classes"]) == ("train", taken, {"0": 2, "1": 2})
    assert np.array_equal(load(source, 8, split="test").images[:, 0], GREY[4:])
    whole = load(source, 8, options=ReadOptions(split="all"))
    assert np.array_equal(whole.images[:, 0], GREY) and whole.labels.tolist() == CLASSES.tolist()


@pytest.mark.parametrize("keys", [("images", "labels"), ("image", "label"), ("x", "y"), ("arr_0", "arr_1"), ("data", "target")])
def test_npz_without_splits(tmp_path, keys):
    found = load(npz(tmp_path / "set.npz", **{keys[0]: COLOUR, keys[1]: CLASSES}), 8)
    assert np.array_equal(found.images, COLOUR.transpose(0, 3, 1, 2))
    assert found.labels.tolist() == CLASSES.tolist()
    with pytest.raises(NoSuchSplit):
        load(npz(tmp_path / "set.npz", images=COLOUR), 8, split="test")


def test_npz_of_medmnist_has_three_splits(tmp_path):
    arrays = {
        f"{split}_images": GREY[place] for split, place in [("train", slice(3)), ("val", slice(3, 4)), ("test", slice(4, 6))]
    }
    source = npz(tmp_path / "medmnist.npz", **arrays)
    assert [len(load(source, 8, split=split)) for split in ("train", "val", "test")] == [3, 1, 2]


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (np.eye(2)[CLASSES], CLASSES.tolist()),
        (CLASSES.astype(np.float32), CLASSES.tolist()),
        (np.array(["cat", "dog"])[CLASSES], CLASSES.tolist()),
        (np.array([b"cat", b"dog"])[CLASSES], CLASSES.tolist()),
        (CLASSES.astype(bool), CLASSES.tolist()),
        (np.array([10, 9, 10, 9, 10, 9]), [1, 0, 1, 0, 1, 0]),
        (np.full(6, -1), None),
    ],
)
def test_labels_of_every_type(tmp_path, labels, expected):
    found = load(npz(tmp_path / "set.npz", images=GREY, labels=labels), 8)
    assert (None if found.labels is None else found.labels.tolist()) == expected


def test_names_of_classes_in_an_npz(tmp_path):
    found = load(npz(tmp_path / "set.npz", images=GREY, labels=CLASSES, label_names=np.array(["zebra", "ant"])), 8)
    assert (found.class_names, found.labels.tolist()) == (("zebra", "ant"), CLASSES.tolist())


def test_one_row_without_a_label_is_left_out(tmp_path):
    found = load(npz(tmp_path / "set.npz", images=GREY, labels=np.array([0, 1, np.nan, 1, 0, 1])), 8)
    assert np.array_equal(found.images[:, 0], np.delete(GREY, 2, 0))
    assert found.labels.tolist() == [0, 1, 1, 0, 1]
    assert (found.summary.left_out, found.summary.files) == ({"no label": 1}, 6)
    assert "no label (1)" in found.summary.paragraph


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        (np.ones((6, 14), int), "holds several labels for each picture"),
        (np.linspace(0, 1, 6), "holds numbers such as 0.2, which are no classes"),
        (np.arange(5), "do not belong together: 6 pictures and 5 labels"),
    ],
)
def test_labels_that_are_none(tmp_path, labels, sentence):
    source = npz(tmp_path / "set.npz", images=GREY, labels=labels)
    with pytest.raises(UserError, match=sentence) as raised:
        load(source, 8)
    assert "--labels none" in str(raised.value)
    assert load(source, 8, options=ReadOptions(labels="none")).labels is None


def test_numbers_of_things_are_no_classes(tmp_path):
    source = npz(tmp_path / "set.npz", images=RNG.integers(0, 256, (40, 8, 8), np.uint8), labels=np.arange(40))
    with pytest.raises(UserError, match="40 different numbers for 40 pictures, too many to be classes"):
        load(source, 8)


def test_several_arrays_are_asked_for(tmp_path):
    source = npz(tmp_path / "set.npz", images=GREY, image=255 - GREY, y_coarse=CLASSES, y_fine=1 - CLASSES)
    with pytest.raises(UserError, match="choose one with --image-column from images, image"):
        load(source, 8)
    with pytest.raises(UserError, match="choose one with --label-column from y_coarse, y_fine"):
        load(source, 8, options=ReadOptions(image_column="image"))
    found = load(source, 8, options=ReadOptions(image_column="image", label_column="y_fine"))
    assert np.array_equal(found.images[:, 0], 255 - GREY) and found.labels.tolist() == (1 - CLASSES).tolist()
    with pytest.raises(UserError, match=r"no array pictures, which --image-column names; it has images \(6x8x8\)"):
        load(source, 8, options=ReadOptions(image_column="pictures"))


def test_objects_are_never_unpickled(tmp_path):
    class Trap:
        def __reduce__(self):
            return Path.touch, (tmp_path / "sprung",)

    trap = np.array([Trap()], object)
    with pytest.raises(UserError, match="holds Python objects"):
        load(npy(tmp_path / "set.npy", trap), 8)
    with pytest.raises(UserError, match=r"images in .*set.npz holds Python objects"):
        load(npz(tmp_path / "set.npz", images=trap), 8)
    assert len(load(npz(tmp_path / "set.npz", imgs=GREY, metadata=trap), 8)) == 6
    assert not (tmp_path / "sprung").exists()


def test_labels_that_are_objects_are_not_passed_over(tmp_path):
    names = np.array(["cat", "dog"], object)[CLASSES]
    source = npz(tmp_path / "set.npz", images=GREY, labels=names)
    with pytest.raises(UserError, match=r"labels in .*set.npz holds Python objects, .* or of text where it holds labels"):
        load(source, 8)
    assert load(source, 8, options=ReadOptions(labels="none")).class_names is None
    assert load(npz(tmp_path / "set.npz", images=GREY, labels=names.astype(str)), 8).class_names == ("cat", "dog")


def test_pictures_in_the_order_of_matlab_are_refused(tmp_path):
    pictures = RNG.integers(0, 256, (16, 16, 9), np.uint8)
    with pytest.raises(UserError, match=r"16x16x9: 9 pictures of 16x16 in MATLAB's order, or 16 of 16x9\?"):
        load(npy(tmp_path / "set.npy", pictures), 8)
    assert len(load(npy(tmp_path / "set.npy", pictures[..., None]), 8)) == 16
    assert len(load(npy(tmp_path / "set.npy", pictures.transpose(2, 0, 1)), 8)) == 9


@pytest.mark.parametrize("last", [False, True])
def test_the_label_of_a_table_has_values_that_no_pixel_has(tmp_path, last):
    labels = np.arange(6)
    found = load(csv(tmp_path / "set.csv", GREY // 128, labels, last=last), 8)
    assert found.class_names == tuple("012345") and np.array_equal(found.images[:, 0], GREY // 128 * 255)


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (GREY, GREY[:, None]),
        (GREY[..., None], GREY[:, None]),
        (GREY[:, None], GREY[:, None]),
        (GREY.reshape(6, 64), GREY[:, None]),
        (np.asfortranarray(GREY), GREY[:, None]),
        (GREY.astype(">u2"), GREY[:, None]),
        (GREY.astype(np.int64), GREY[:, None]),
        (GREY / 255, GREY[:, None]),
        ((GREY / 127.5 - 1).astype(np.float32), GREY[:, None]),
        (GREY > 127, np.where(GREY > 127, 255, 0)[:, None]),
        ((GREY > 127).astype(np.uint8), np.where(GREY > 127, 255, 0)[:, None]),
        (COLOUR, COLOUR.transpose(0, 3, 1, 2)),
        (COLOUR.transpose(0, 3, 1, 2), COLOUR.transpose(0, 3, 1, 2)),
        (COLOUR / 255, COLOUR.transpose(0, 3, 1, 2)),
        (COLOUR.astype(np.uint16), COLOUR.transpose(0, 3, 1, 2)),
        (smooth().reshape(6, -1), smooth().transpose(0, 3, 1, 2)),
        (smooth().transpose(0, 3, 1, 2).reshape(6, -1), smooth().transpose(0, 3, 1, 2)),
    ],
)
def test_npy_of_every_shape_and_type(tmp_path, array, expected):
    found = load(npy(tmp_path / "set.npy", array), 8)
    assert np.array_equal(found.images, expected)
    assert (found.labels, found.name) == (None, "set")


def test_one_range_of_levels_for_a_whole_array(tmp_path):
    """12 bits in uint16: no picture is stretched by its own values."""
    values = np.full((20, 8, 8), 1000, np.uint16)
    values[::2] = np.linspace(0, 4000, 64).reshape(8, 8)
    found = load(npy(tmp_path / "scans.npy", values), 8)
    assert found.summary.levels == pytest.approx((0, 4000), abs=10)
    assert found.images[1].min() == found.images[1].max() == pytest.approx(64, abs=1)
    assert "Values from 0 to 4000 are drawn from black to white" in found.summary.paragraph
    asked = load(npy(tmp_path / "scans.npy", values), 8, options=ReadOptions(levels=(0, 2000)))
    assert asked.images[1].max() == 128 and asked.images[0].max() == 255
    assert asked.reading.levels == (0, 2000)


def test_transparency_in_an_array(tmp_path):
    pictures = np.dstack([np.zeros((8, 8, 3)), np.tile([0, 255], (8, 4))]).astype(np.uint8)[None].repeat(6, 0)
    assert load(npy(tmp_path / "set.npy", pictures), 8).images[0, 0, 0, :2].tolist() == [255, 0]
    assert load(npy(tmp_path / "set.npy", pictures), 8, options=ReadOptions(alpha=True)).images.shape == (6, 4, 8, 8)


@pytest.mark.parametrize(
    "shape", [(8, 8), (28, 28), (6, 5, 5), (64, 64, 3), (6, 8, 8, 2), (6, 8, 8, 8), (6, 3, 8, 8, 8), (6, 65), (5,), ()]
)
def test_shapes_that_are_no_pictures(tmp_path, shape):
    with pytest.raises(UserError, match=r"set\.npy"):
        load(npy(tmp_path / "set.npy", RNG.integers(0, 256, shape, np.uint8)), 8)


@pytest.mark.parametrize("damage", [lambda b: b[:-1], lambda b: b[:20], lambda b: b[:8] + b"\xff" * 20 + b[8:]])
def test_damaged_arrays_are_named(tmp_path, damage):
    for source in (npy(tmp_path / "set.npy", GREY), npz(tmp_path / "set.npz", images=GREY)):
        Path(source).write_bytes(damage(Path(source).read_bytes()))
        with pytest.raises(UserError, match=r"set\.np[yz]") as raised:
            load(source, 8)
        assert "\n" not in str(raised.value)


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("header", [True, False])
def test_kaggles_table(tmp_path, header, last):
    pixels = GREY.copy()
    pixels[:, 0, 0] = pixels[:, -1, -1] = 0  # as in most sets of digits
    header = (f"{names(64)},label" if last else f"label,{names(64)}") if header else ""
    source = csv(tmp_path / "train.csv", pixels, CLASSES, header, last)
    found = load(source, 8)
    assert np.array_equal(found.images[:, 0], pixels)
    assert (found.labels.tolist(), found.class_names) == (CLASSES.tolist(), ("0", "1"))
    assert (found.summary.files, found.summary.images, found.name) == (6, 6, "train")


def test_table_without_labels(tmp_path):
    for header in ("", names(64)):
        found = load(csv(tmp_path / "pictures.csv", GREY, header=header), 8)
        assert np.array_equal(found.images[:, 0], GREY) and found.labels is None


def test_table_in_colour(tmp_path):
    pictures = smooth(6, 32)
    for order in (pictures, pictures.transpose(0, 3, 1, 2)):
        found = load(csv(tmp_path / "cifar.csv", order, ["cat", "dog"] * 3, f"label,{names(3072)}"), 32)
        assert np.array_equal(found.images, pictures.transpose(0, 3, 1, 2))
        assert found.class_names == ("cat", "dog")


def test_table_with_numbered_rows_and_quotes(tmp_path):
    text = '"","label",' + ",".join(f'"p{number}"' for number in range(64)) + "\r\n"
    for number, (picture, label) in enumerate(zip(GREY, CLASSES, strict=True)):
        text += f'"{number}","{"ab"[label]}",' + ",".join(map(str, picture.ravel())) + "\r\n"
    (tmp_path / "r.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    found = load(str(tmp_path / "r.csv"), 8)
    assert np.array_equal(found.images[:, 0], GREY) and found.class_names == ("a", "b")


def test_pixels_in_one_column_and_splits_in_another(tmp_path):
    uses = ["Training"] * 3 + ["PublicTest", "PrivateTest", "Training"]
    rows = [f"{c},{' '.join(map(str, p.ravel()))},{use}" for c, p, use in zip(CLASSES, GREY, uses, strict=True)]
    (tmp_path / "fer.csv").write_text("\n".join(["emotion,pixels,Usage", *rows]))
    found = load(str(tmp_path / "fer.csv"), 8)
    assert np.array_equal(found.images[:, 0], GREY[[0, 1, 2, 5]]) and found.labels.tolist() == [0, 1, 0, 1]
    assert found.summary.left_out == {"other split": 2}
    assert np.array_equal(load(str(tmp_path / "fer.csv"), 8, split="test").images[:, 0], GREY[[3, 4]])


def test_tables_with_spaces_and_signs(tmp_path):
    """As the scanned digits of the US postal service come."""
    lines = [
        f"{c}.0000 " + " ".join(f"{v / 127.5 - 1:.6f}" for v in p.ravel()) + " " for c, p in zip(CLASSES, GREY, strict=True)
    ]
    (tmp_path / "zip.train.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    found = load(str(tmp_path / "zip.train.gz"), 8)
    assert np.array_equal(found.images[:, 0], GREY) and found.class_names == ("0", "1")


def test_text_that_is_no_table_of_pixels(tmp_path):
    (tmp_path / "notes.csv").write_text("name,height\nTom,3\n")
    with pytest.raises(UserError, match=r"notes\.csv is text with 2 columns"):
        load(str(tmp_path / "notes.csv"), 8)
    for last in (False, True):
        for header in ("", f"{names(64)},label" if last else f"label,{names(64)}"):
            csv(tmp_path / "ragged.csv", GREY, CLASSES, header, last)
            with (tmp_path / "ragged.csv").open("a") as file:
                file.write("1,2,3\n")
            with pytest.raises(UserError, match=r"ragged\.csv is damaged"):
                load(str(tmp_path / "ragged.csv"), 8)


def write_idx_files(folder: Path, images: np.ndarray, labels: np.ndarray, name: str = "train", suffix: str = "") -> None:
    folder.mkdir(exist_ok=True)
    pack = gzip.compress if suffix else bytes
    (folder / f"{name}-images-idx3-ubyte{suffix}").write_bytes(pack(idx(images)))
    (folder / f"{name}-labels-idx1-ubyte{suffix}").write_bytes(pack(idx(labels.astype(np.uint8))))


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_folder_of_idx_files(tmp_path, suffix):
    labels = np.array([12, 26, 12, 26, 12, 26])
    write_idx_files(tmp_path / "raw", GREY, labels, "train", suffix)
    write_idx_files(tmp_path / "raw", GREY[:2], labels[:2], "t10k", suffix)
    found = load(str(tmp_path / "raw"), 8)
    assert np.array_equal(found.images[:, 0], GREY)
    assert (found.class_names, found.labels.tolist()) == (("12", "26"), CLASSES.tolist())
    assert found.summary.left_out == {"other split": 2}
    assert np.array_equal(load(str(tmp_path / "raw"), 8, split="test").images[:, 0], GREY[:2])


def test_one_idx_file(tmp_path):
    (tmp_path / "mine.idx3").write_bytes(idx(GREY))
    (tmp_path / "floats").write_bytes(
        bytes([0, 0, 13, 3]) + np.array(GREY.shape, ">u4").tobytes() + (GREY / 255).astype(">f4").tobytes()
    )
    for name in ("mine.idx3", "floats"):
        assert np.array_equal(load(str(tmp_path / name), 8).images[:, 0], GREY)


def test_idx_files_of_emnist_are_upright(tmp_path):
    write_idx_files(tmp_path / "gzip", GREY.swapaxes(1, 2), CLASSES, "emnist-letters-train")
    assert np.array_equal(load(str(tmp_path / "gzip"), 8).images[:, 0], GREY)
    write_idx_files(tmp_path / "gzip", GREY.swapaxes(1, 2), CLASSES, "emnist-digits-train")
    with pytest.raises(
        UserError, match="choose one with --image-column from emnist-digits-train-images-idx3-ubyte, emnist-letters"
    ):
        load(str(tmp_path / "gzip"), 8)


def test_folders_and_archives_of_arrays(tmp_path):
    folder = tmp_path / "kaggle"
    folder.mkdir()
    csv(folder / "train.csv", GREY, CLASSES, f"label,{names(64)}")
    csv(folder / "test.csv", GREY[:2], header=names(64))
    (folder / "sample_submission.csv").write_text("ImageId,Label\n1,0\n")
    packed = write_zip(tmp_path / "digit-recognizer.zip", {file.name: file.read_bytes() for file in folder.iterdir()})
    for source in (str(folder), packed):
        found = load(source, 8)
        assert np.array_equal(found.images[:, 0], GREY) and found.labels.tolist() == CLASSES.tolist()
        assert load(source, 8, split="test").labels is None
    arrays = tmp_path / "arrays"
    arrays.mkdir()
    for name, array in {"x_train": GREY, "y_train": CLASSES, "x_test": GREY[:2], "y_test": CLASSES[:2]}.items():
        np.save(arrays / f"{name}.npy", array)
    assert load(str(arrays), 8).labels.tolist() == CLASSES.tolist()


def test_one_archive_of_arrays_in_a_folder(tmp_path):
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "README.md").write_text("# Mine")
    npz(tmp_path / "set" / "mine.npz", images=GREY, labels=CLASSES)
    assert load(str(tmp_path / "set"), 8).labels.tolist() == CLASSES.tolist()


def test_our_own_samples(tmp_path):
    """As python -m ganlib.sample writes them."""
    found = load(npz(tmp_path / "samples.npz", images=GREY[..., None], labels=CLASSES, seeds=np.arange(6)), 8)
    assert np.array_equal(found.images[:, 0], GREY) and found.labels.tolist() == CLASSES.tolist()


@pytest.mark.slow
def test_arrays_larger_than_a_piece(tmp_path, monkeypatch):
    """Read in several pieces, a stored and a compressed member alike."""
    pictures = RNG.integers(0, 256, (600, 128, 128), np.uint8)  # of 10 MB
    for save in (np.savez, np.savez_compressed):
        save(tmp_path / "large.npz", images=pictures)
        assert np.array_equal(load(str(tmp_path / "large.npz"), 128).images[:, 0], pictures)
    with ZipFile(tmp_path / "large.npz") as archive:
        assert np.array_equal(np.load(io.BytesIO(archive.read("images.npy"))), pictures)


def test_one_hot_labels_are_no_pictures(tmp_path):
    """A hundred classes would make a square of 10x10."""
    found = load(npz(tmp_path / "set.npz", x_train=GREY, y_train=np.eye(100)[CLASSES + 40]), 8)
    assert (found.class_names, found.labels.tolist()) == (("40", "41"), CLASSES.tolist())


def test_pictures_come_before_their_flat_copies(tmp_path):
    """As scikit-learn's load_digits holds both."""
    found = load(npz(tmp_path / "digits.npz", data=GREY.reshape(6, 64) / 16, images=GREY / 16, target=CLASSES), 8)
    assert found.labels.tolist() == CLASSES.tolist() and len(found) == 6


def test_a_file_for_each_class(tmp_path):
    """As Quick, Draw! comes."""
    for name, part in {"cat": GREY[:4], "dog": GREY[4:]}.items():
        npy(tmp_path / name, part.reshape(-1, 64))
    found = load(str(tmp_path), 8)
    assert np.array_equal(found.images[:, 0], GREY)
    assert (found.class_names, found.labels.tolist()) == (("cat", "dog"), [0, 0, 0, 0, 1, 1])
    npy(tmp_path / "mask", GREY.reshape(-1, 64))
    with pytest.raises(UserError, match="choose one with --image-column from cat, dog, mask"):
        load(str(tmp_path), 8)


def test_names_that_are_numbers(tmp_path):
    """Of pandas: without names, and with a first row that was taken for names."""
    rows = [f"{label}," + ",".join(map(str, picture.ravel())) for label, picture in zip(CLASSES, GREY, strict=True)]
    mangled = "0," + ",".join(f"0.{number}" for number in range(1, 65))
    for header in (",".join(map(str, range(65))), mangled):
        (tmp_path / "set.csv").write_text("\n".join([header, *rows]))
        found = load(str(tmp_path / "set.csv"), 8)
        assert np.array_equal(found.images[:, 0], GREY) and found.labels.tolist() == CLASSES.tolist()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("sizes.idx", b"\0\0\x08\x03" + b"\xff" * 12 + bytes(64)),
        ("none.idx", b"\0\0\x08\x01" + bytes(4)),
        ("header.npy", b"\x93NUMPY\x01\x00\x10\x00{'descr': '|u1', " + bytes(64)),
        (
            "shape.npy",
            b"\x93NUMPY\x01\x00\x46\x00"
            + b"{'descr': '|u1', 'fortran_order': False, 'shape': (9999999999, 8, 8), }"
            + bytes(64),
        ),
        ("lone.csv", b"label\n3\n"),
    ],
)
def test_headers_that_are_wrong(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=name) as raised:
        load(str(tmp_path / name), 8)
    assert "\n" not in str(raised.value)


def test_names_of_an_npz_that_are_wrong(tmp_path):
    np.savez(tmp_path / "set.npz", images=GREY, labels=CLASSES)
    content = (tmp_path / "set.npz").read_bytes()
    before, _, after = content.rpartition(b"images.npy")  # that of the directory
    for name in (b"imagesenpy", b"\xffmages.npy"):
        (tmp_path / "set.npz").write_bytes(before + name + after)
        with pytest.raises(UserError, match=r"set\.npz"):
            load(str(tmp_path / "set.npz"), 8)
