"""Tests the named sets: shipped, in torchvision's layout, downloaded."""

import gzip
import hashlib
import io
import os
import pickle
import re
import sys
from functools import partial
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
from sources import Quiet, idx, md5, serving, write_idx_set

from ganlib import UserError
from ganlib.datasets import BUILT_IN, NoSuchSplit, ReadOptions, load, load_local

ROOT = Path(__file__).parents[3]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("split", "count", "images_md5", "labels_md5"),
    [
        ("train", 60_000, "6bbc9ace898e44ae57da46a324031adb", "a25bea736e30d166cdddb491f175f624"),
        ("test", 10_000, "2646ac647ad5339dbf082846283269ea", "27ae3e4e09519cfbb04c329615203637"),
    ],
)
def test_mnist_is_the_official_one(split, count, images_md5, labels_md5, cache_root):
    mnist = load("mnist", split=split)
    assert mnist.images.shape == (count, 1, 28, 28)
    assert (mnist.images.dtype, mnist.labels.dtype) == (np.uint8, np.int64)
    assert hashlib.md5(idx(mnist.images[:, 0])).hexdigest() == images_md5
    assert hashlib.md5(idx(mnist.labels.astype(np.uint8))).hexdigest() == labels_md5
    assert mnist.class_names == tuple("0123456789")


@pytest.mark.slow
def test_digits_at_any_size_and_depth():
    digits = load("digits")
    assert digits.images.shape == (1500, 1, 28, 28)
    assert digits.images.max() == 255
    assert digits.labels[:10].tolist() == list(range(10))
    assert load("digits", split="test").images.shape == (297, 1, 28, 28)
    colour = load("digits", 16, 3)
    assert colour.images.shape == (1500, 3, 16, 16)
    assert colour.fingerprint != digits.fingerprint == load("digits").fingerprint


@pytest.mark.slow
def test_the_shipped_digits_are_scikit_learns():
    from sklearn.datasets import load_digits

    known = load_digits()
    for split, part in {"train": slice(1500), "test": slice(1500, None)}.items():
        digits = load("digits", 8, split=split)
        assert np.array_equal(digits.images[:, 0], np.rint(known.images[part] / 16 * 255).astype(np.uint8))
        assert np.array_equal(digits.labels, known.target[part])


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_data_root_in_torchvisions_layout(tmp_path, suffix):
    images, labels = np.arange(3 * 28 * 28).astype(np.uint8).reshape(3, 28, 28), np.array([7, 0, 9], np.uint8)
    write_idx_set(tmp_path / "FashionMNIST" / "raw", images, labels, suffix)
    fashion = load("fashion-mnist", split="test", data_root=tmp_path)
    assert np.array_equal(fashion.images, images[:, None])
    assert [fashion.class_names[label] for label in fashion.labels] == ["Sneaker", "T-shirt/top", "Ankle boot"]


@pytest.mark.slow
def test_data_root_comes_before_the_shipped_files_and_stays_untouched(tmp_path):
    write_idx_set(tmp_path / "MNIST" / "raw", np.full((2, 28, 28), 5, np.uint8), np.zeros(2, np.uint8), ".gz")
    before = sorted(tmp_path.rglob("*"))
    assert len(load("mnist", split="test", data_root=tmp_path)) == 2
    assert sorted(tmp_path.rglob("*")) == before
    assert len(load("mnist", split="train", data_root=tmp_path)) == 60_000


@pytest.mark.parametrize("damage", [lambda b: b[:-1], lambda b: b[:2], lambda b: b"\x89PNG" + b, lambda b: b""])
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_damaged_idx_file_is_named(tmp_path, suffix, damage):
    raw = tmp_path / "MNIST" / "raw"
    write_idx_set(raw, np.zeros((2, 28, 28), np.uint8), np.zeros(2, np.uint8), suffix)
    file = raw / f"t10k-images-idx3-ubyte{suffix}"
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(UserError, match=r"t10k-images-idx3-ubyte.* damaged"):
        load("mnist", split="test", data_root=tmp_path)


def test_idx_files_that_do_not_belong_together(tmp_path):
    write_idx_set(tmp_path / "MNIST" / "raw", np.zeros((2, 28, 28), np.uint8), np.zeros(3, np.uint8), "")
    with pytest.raises(UserError, match="do not belong together"):
        load("mnist", split="test", data_root=tmp_path)


def test_missing_data_root():
    with pytest.raises(UserError, match=r"no folder .*nowhere"):
        load("mnist", data_root=Path("nowhere"))


@pytest.mark.slow
def test_foreign_pickles_are_never_opened(tmp_path):
    class Trap:
        def __reduce__(self):
            return Path.touch, (tmp_path / "sprung",)

    batches = tmp_path / "cifar-10-batches-py"
    batches.mkdir()
    for name in ["batches.meta", "test_batch", *(f"data_batch_{number}" for number in range(1, 6))]:
        (batches / name).write_bytes(pickle.dumps(Trap()))
    with pytest.raises(UserError, match="not the official CIFAR-10"):
        load("cifar10", data_root=tmp_path)
    assert not (tmp_path / "sprung").exists()


@pytest.mark.slow
def test_foreign_cifar_archive(tmp_path):
    (tmp_path / "cifar-10-python.tar.gz").write_bytes(gzip.compress(b"no tar"))
    with pytest.raises(UserError, match="not the official CIFAR-10"):
        load("cifar10", data_root=tmp_path)


@pytest.mark.parametrize("name", ["kmnist", "emnist", "emnist-letters", "emnist-digits"])
def test_a_set_that_is_not_here_is_told_without_torchvision(monkeypatch, name):
    monkeypatch.setitem(sys.modules, "torchvision.datasets", None)  # so that it can't be imported
    with pytest.raises(UserError, match=f"{name} is not on this machine"):
        load_local(name, 28, 1)


def test_cifar_that_is_not_here_is_told_without_torchvision(monkeypatch):
    """Its import takes longer than all else that a server does when it starts."""
    monkeypatch.setitem(sys.modules, "torchvision.datasets", None)  # so that it can't be imported
    with pytest.raises(UserError, match="cifar10 is not on this machine"):
        load_local("cifar10", 32, 3)


def test_cifar_from_its_archive(tmp_path, monkeypatch, cache_root):
    import tarfile

    from torchvision.datasets import CIFAR10

    pixels = np.arange(2 * 3 * 32 * 32).astype(np.uint8).reshape(2, 3072)
    batch, meta = pickle.dumps({"data": pixels, "labels": [3, 8]}), pickle.dumps({"label_names": []})
    archive = tmp_path / "cifar-10-python.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        for name, content in {"data_batch_1": batch, "test_batch": batch, "batches.meta": meta}.items():
            member = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    monkeypatch.setattr(CIFAR10, "tgz_md5", md5(archive.read_bytes()))
    monkeypatch.setattr(CIFAR10, "train_list", [["data_batch_1", md5(batch)]])
    monkeypatch.setattr(CIFAR10, "test_list", [["test_batch", md5(batch)]])
    monkeypatch.setattr(CIFAR10, "meta", CIFAR10.meta | {"md5": md5(meta)})

    for _ in range(2):
        cifar = load("cifar10", data_root=tmp_path)
        assert np.array_equal(cifar.images, pixels.reshape(2, 3, 32, 32))
        assert [cifar.class_names[label] for label in cifar.labels] == ["cat", "ship"]
    assert os.listdir(cache_root / "downloads") == ["cifar-10-batches-py"]


def test_cifar_as_python_2_pickled_it(tmp_path, monkeypatch):
    """The official files: opcodes of protocol 2, the pixels a string of bytes, notes beside them."""
    from torchvision.datasets import CIFAR10

    pixels = np.random.default_rng(0).integers(0, 256, (300, 3072), np.uint8)
    labels = np.arange(300, dtype=np.uint8) % 10
    numbers = b"".join(b"K" + bytes([label]) for label in labels)
    batch = (
        b"\x80\x02}q\x01(U\x0bbatch_labelq\x02U\x15training batch 1 of 5q\x03U\x06labelsq\x04]q\x05(" + numbers + b"e"
        b"U\x04dataq\x06cnumpy.core.multiarray\n_reconstruct\nq\x07cnumpy\nndarray\nq\x08K\x00\x85q\tU\x01b\x87Rq\n(K\x01"
        b"M,\x01M\x00\x0c\x86cnumpy\ndtype\nq\x0bU\x02u1K\x00K\x01\x87Rq\x0c(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xff"
        b"K\x00tb\x89T" + (pixels.size).to_bytes(4, "little") + pixels.tobytes() + b"tbU\tfilenamesq\r]q\x0eU\x05a.pngau."
    )
    assert pickle.loads(batch, encoding="latin1")["labels"] == labels.tolist()  # it is one
    folder = tmp_path / CIFAR10.base_folder
    folder.mkdir()
    (folder / "test_batch").write_bytes(batch)
    monkeypatch.setattr(CIFAR10, "test_list", [["test_batch", md5(batch)]])
    cifar = load("cifar10", split="test", data_root=tmp_path)
    assert np.array_equal(cifar.images, pixels.reshape(-1, 3, 32, 32)) and np.array_equal(cifar.labels, labels)


@pytest.mark.slow
def test_cifar_is_downloaded_as_its_archive(tmp_path, monkeypatch):
    from torchvision.datasets import CIFAR10

    served = tmp_path / "served"
    served.mkdir()
    (served / CIFAR10.filename).write_bytes(gzip.compress(b"other pictures"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with serving(partial(Quiet, directory=str(served))) as url:
        monkeypatch.setattr(CIFAR10, "url", f"{url}/{CIFAR10.filename}")
        with pytest.raises(UserError, match=r"Cannot download cifar10"):
            load("cifar10")


def test_download_that_fails_tells_the_ways_out(monkeypatch, cache_root):
    from torchvision.datasets import FashionMNIST

    monkeypatch.setattr(FashionMNIST, "mirrors", ["http://127.0.0.1:1/"])
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with pytest.raises(UserError, match=r"fashion-mnist .*--data-root.*--dataset digits") as raised:
        load("fashion-mnist")
    assert "\n" not in str(raised.value)
    assert os.listdir(cache_root / "downloads") == []


@pytest.mark.slow
def test_download_happens_once(tmp_path, monkeypatch):
    from torchvision.datasets import FashionMNIST

    served = tmp_path / "served"
    for split in ("train", "t10k"):
        write_idx_set(served, np.full((4, 28, 28), 9, np.uint8), np.zeros(4, np.uint8), ".gz", split)
    files = [(file.name, md5(file.read_bytes())) for file in served.iterdir()]
    monkeypatch.setattr(FashionMNIST, "resources", files)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with serving(partial(Quiet, directory=str(served))) as url:
        monkeypatch.setattr(FashionMNIST, "mirrors", [f"{url}/"])
        first = load("fashion-mnist")
    assert first.images.shape == (4, 1, 28, 28)
    assert load("fashion-mnist").fingerprint == first.fingerprint


@pytest.mark.slow
def test_a_download_without_the_split_is_told(tmp_path, monkeypatch, cache_root):
    from torchvision.datasets import FashionMNIST

    served = tmp_path / "served"
    write_idx_set(served, np.full((4, 28, 28), 9, np.uint8), np.zeros(4, np.uint8), ".gz", "train")
    monkeypatch.setattr(FashionMNIST, "resources", [(file.name, md5(file.read_bytes())) for file in served.iterdir()])
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with serving(partial(Quiet, directory=str(served))) as url:
        monkeypatch.setattr(FashionMNIST, "mirrors", [f"{url}/"])
        with pytest.raises(UserError, match=r"downloaded of fashion-mnist has no test images; delete .*downloads"):
            load("fashion-mnist", split="test")


def write_emnist(root: Path, part: str, split: str, images: np.ndarray, labels: list[int]) -> None:
    """Writes a part as torchvision unpacks it, transposed."""
    raw = root / "EMNIST" / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    (raw / f"emnist-{part}-{split}-images-idx3-ubyte").write_bytes(idx(images.swapaxes(1, 2)))
    (raw / f"emnist-{part}-{split}-labels-idx1-ubyte").write_bytes(idx(np.array(labels, np.uint8)))


@pytest.mark.parametrize(
    ("name", "part", "labels", "classes"),
    [
        ("emnist", "balanced", [0, 10, 36, 46], ["0", "A", "a", "t"]),
        ("emnist-letters", "letters", [1, 2, 26, 1], ["a", "b", "z", "a"]),
        ("emnist-digits", "digits", [0, 9, 5, 0], ["0", "9", "5", "0"]),
    ],
)
def test_emnist_is_upright_and_named(tmp_path, name, part, labels, classes):
    images = np.arange(4 * 28 * 28).astype(np.uint8).reshape(4, 28, 28)
    write_emnist(tmp_path, part, "train", images, labels)
    write_emnist(tmp_path, part, "test", images[:1], labels[:1])
    found = load(name, data_root=tmp_path)
    assert np.array_equal(found.images, images[:, None])
    assert [found.class_names[label] for label in found.labels] == classes
    assert len(load(name, split="test", data_root=tmp_path)) == 1
    assert load(name, data_root=tmp_path, options=ReadOptions(split="all")).images.shape == (5, 1, 28, 28)


def test_the_classes_of_emnist_are_torchvisions():
    from torchvision.datasets import EMNIST

    known = EMNIST.classes_split_dict
    for name, part in (("emnist", "balanced"), ("emnist-digits", "digits")):
        assert BUILT_IN[name].class_names == tuple(known[part])
    assert ("N/A", *BUILT_IN["emnist-letters"].class_names) == tuple(known["letters"])


def test_labels_of_another_part_do_not_belong_to_emnist(tmp_path):
    write_emnist(tmp_path, "letters", "train", np.zeros((2, 28, 28), np.uint8), [0, 5])
    with pytest.raises(UserError, match="do not belong together"):
        load("emnist-letters", data_root=tmp_path)


def test_kmnist_in_torchvisions_layout(tmp_path):
    from torchvision.datasets import KMNIST

    images = np.arange(10 * 28 * 28).astype(np.uint8).reshape(10, 28, 28)
    write_idx_set(tmp_path / "KMNIST" / "raw", images, np.arange(10, dtype=np.uint8), ".gz", "train")
    found = load("kmnist", data_root=tmp_path)
    assert np.array_equal(found.images, images[:, None])
    romaji = dict(zip("おきすつなはまやれを", KMNIST.classes, strict=True))
    assert [romaji[name] for name in found.class_names] == ["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"]


@pytest.mark.slow
def test_downloads_of_emnist_are_checked_and_hold_what_is_read(tmp_path, monkeypatch, cache_root):
    from torchvision.datasets import EMNIST

    images, packed = np.arange(28 * 28).astype(np.uint8).reshape(1, 28, 28), io.BytesIO()
    with ZipFile(packed, "w") as archive:
        for part in EMNIST.splits:
            for split in ("train", "test"):
                for kind, content in (("images-idx3", idx(images)), ("labels-idx1", idx(np.ones(1, np.uint8)))):
                    archive.writestr(f"gzip/emnist-{part}-{split}-{kind}-ubyte.gz", gzip.compress(content))
    served = tmp_path / "served"
    served.mkdir()
    (served / "gzip.zip").write_bytes(packed.getvalue())
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with serving(partial(Quiet, directory=str(served))) as url:
        monkeypatch.setattr(EMNIST, "url", f"{url}/gzip.zip")
        with pytest.raises(UserError, match="Cannot download emnist"):
            load("emnist")
        monkeypatch.setattr(EMNIST, "md5", md5(packed.getvalue()))
        assert np.array_equal(load("emnist").images[0, 0], images[0].T)
    assert load("emnist-letters").labels.tolist() == [0]
    names = {file.name.split("-")[1] for file in (cache_root / "downloads" / "EMNIST" / "raw").iterdir()}
    assert names == {"balanced", "letters", "digits"}


@pytest.mark.slow
@pytest.mark.parametrize(("split", "count"), [("all", 1797), ("training", 1500), ("testing", 297), ("Test", 297)])
def test_splits_of_a_named_set(split, count):
    found = load("digits", options=ReadOptions(split=split))
    assert len(found) == count


def test_a_named_set_has_two_splits():
    with pytest.raises(NoSuchSplit, match=r"digits has no split val: it has train and test"):
        load("digits", options=ReadOptions(split="val"))


def test_the_stated_hashes_are_those_that_are_compared():
    from torchvision.datasets import CIFAR10, EMNIST, KMNIST, FashionMNIST

    stated = set(re.findall(r"\b[0-9a-f]{32}\b", (ROOT / "docs" / "data.md").read_text(encoding="utf-8")))
    assert stated == {CIFAR10.tgz_md5, EMNIST.md5, *(md5 for kind in (KMNIST, FashionMNIST) for _, md5 in kind.resources)}


def test_every_named_set_is_described():
    described = re.findall(r"^\| `([\w-]+)`", (ROOT / "docs" / "data.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(BUILT_IN) <= set(described)
