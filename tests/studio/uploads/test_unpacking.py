"""Tests what lies packed in uploads: it is read as train.py reads it, and never unpacks to more than is left of an upload."""

import gzip
import io
import json
import lzma

import lmdb
import numpy as np
import pyarrow
import pytest
from PIL import Image
from sources import tar_of, zip_of
from uploading import Sender, file_of, photo

from studio.uploads import archive_files

PICTURES = {f"{number}.png": file_of(photo(number)) for number in range(4)}
CLASSES = {f"{name}/{number}.png": file_of(photo(number)) for number, name in enumerate(["cat", "dog", "cat", "dog"])}
COUNTED = [("cat", 2), ("dog", 2)]


@pytest.fixture
def sender(tmp_path):
    return Sender(tmp_path, pictures=40, upload_bytes=3_000_000)


@pytest.fixture
def nothing_left(sender, tmp_path):
    """Whether an upload's folder holds its pictures alone, and nothing was written to the cache."""

    def check(num):
        files = [path.name for path in (tmp_path / "uploads").rglob("*") if path.is_file()]
        return sorted(files) == [f"{number:05}" for number in range(1, num + 1)] and not (tmp_path / "cache").exists()

    return check


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("GANLIB_CACHE", str(tmp_path / "cache"))


def database(tmp_path, values):
    with lmdb.open(str(tmp_path / "lmdb"), map_size=2**22) as environment, environment.begin(write=True) as transaction:
        for key, value in values.items():
            transaction.put(key.encode(), value)
    return (tmp_path / "lmdb" / "data.mdb").read_bytes()


def labelled(tmp_path):
    values = {}
    for number, (name, content) in enumerate(CLASSES.items(), 1):
        values |= {f"image-{number}": content, f"label-{number}": name.partition("/")[0].encode()}
    return database(tmp_path, values)


def arrow():
    """What `datasets` saves: a stream of encoded pictures and named labels."""
    features = {"image": {"_type": "Image"}, "label": {"names": ["cat", "dog"], "_type": "ClassLabel"}}
    rows = {"image": [{"bytes": content, "path": None} for content in CLASSES.values()], "label": [0, 1, 0, 1]}
    table = pyarrow.table(rows).replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    file = io.BytesIO()
    with pyarrow.ipc.new_stream(file, table.schema) as stream:
        stream.write_table(table)
    return file.getvalue()


def idx(array):
    return bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes() + array.tobytes()


INNER = {"train.zip": zip_of(CLASSES), "test.tar.gz": tar_of({"cat/9.png": file_of(photo(9))}, "w:gz")}
PACKED = {
    "pets.tar.gz": (lambda _: tar_of(CLASSES, "w:gz"), COUNTED),
    "pets.tgz": (lambda _: tar_of(CLASSES, "w:gz"), COUNTED),
    "pets.tar.bz2": (lambda _: tar_of(CLASSES, "w:bz2"), COUNTED),
    "pets.tar.xz": (lambda _: tar_of(CLASSES, "w:xz"), COUNTED),
    "pets": (lambda _: tar_of(CLASSES, "w:xz"), COUNTED),
    "splits.zip": (lambda _: zip_of(INNER), COUNTED),
    "splits.tar.xz": (lambda _: tar_of({f"set/{name}": content for name, content in INNER.items()}, "w:xz"), COUNTED),
    "classes.zip": (
        lambda _: zip_of({"cat.zip": zip_of(PICTURES), "dog.tar.gz": tar_of(PICTURES, "w:gz")}),
        [("cat", 4), ("dog", 4)],
    ),
    "shards.zip": (lambda _: zip_of({"a-000000.tar": tar_of(PICTURES), "a-000001.tar": tar_of({"x.png": PICTURES["0.png"]})}), []),
    "lmdb.zip": (lambda path: zip_of({"set/data.mdb": labelled(path), "set/lock.mdb": bytes(8192)}), COUNTED),
    "data.mdb": (labelled, COUNTED),
    "lmdb.tar.gz": (lambda path: tar_of({"data.mdb": labelled(path)}, "w:gz"), COUNTED),
    "saved.zip": (lambda _: zip_of({"saved/data-00000-of-00001.arrow": arrow(), "saved/state.json": b"{}"}), COUNTED),
    "data-00000-of-00001.arrow": (lambda _: arrow(), COUNTED),
    "idx.zip": (
        lambda _: zip_of(
            {
                "train-images-idx3-ubyte.gz": gzip.compress(idx(np.arange(4 * 784, dtype=np.uint8).reshape(4, 28, 28))),
                "train-labels-idx1-ubyte.gz": gzip.compress(idx(np.array([0, 1, 0, 1], np.uint8))),
            }
        ),
        [("0", 2), ("1", 2)],
    ),
    "table.csv.gz": (
        lambda _: gzip.compress(b"label," + b",".join(b"pixel%d" % i for i in range(784)) + b"\n" + b"\n".join(
            b"%d,%s" % (number % 2, b",".join([b"%d" % (50 * number)] * 784)) for number in range(4)
        )),
        [("0", 2), ("1", 2)],
    ),
}  # fmt: skip


DATABASES = {"lmdb.zip", "data.mdb", "lmdb.tar.gz"}  # each is read by a process of its own


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.slow if name in DATABASES else ()) for name in PACKED])
def test_packed_pictures_and_their_classes_are_read(sender, tmp_path, name, nothing_left):
    made, classes = PACKED[name]
    assert sender.send(name, made(tmp_path)) == {}
    report = sender.look()["report"]
    assert report["broken"] == [] and report["classes"] == classes and report["unlabelled"] == 0
    num = sum(count for _, count in classes) or 5
    assert report["usable"] == num and nothing_left(num)


ZEROS = bytes(40_000_000)
LEFT = "would unpack to more than the"
HOSTILE = {
    "bomb.tar.gz": (tar_of({"a.png": ZEROS}, "w:gz"), LEFT),
    "bomb.tar.xz": (tar_of({"a.png": ZEROS}, "w:xz"), LEFT),
    "bomb.csv.gz": (gzip.compress(ZEROS), LEFT),
    "inner.zip": (zip_of({"a.tar.gz": tar_of({"a.png": ZEROS}, "w:gz")}), LEFT),
    "zips.zip": (zip_of({"a.zip": zip_of({"a.png": ZEROS})}), "it would unpack to 40 MB, and 2 MB are left"),
    "idx.zip": (zip_of({"labels-idx1-ubyte.gz": gzip.compress(ZEROS)}), LEFT),
    "twice.tar.gz.gz": (gzip.compress(tar_of({"a.png": ZEROS}, "w:gz")), "twice.tar.gz.gz in it is packed several times over"),
    "thrice.zip": (zip_of({"a.zip": zip_of({"b.zip": zip_of(PICTURES)})}), "a.zip in it is packed several times over"),
    "up.tar.gz": (tar_of({"../../up.png": b"x"}, "w:gz"), "leads out of the archive"),
    "up.zip": (zip_of({"a.zip": zip_of({"../../up.png": b"x"})}), "leads out of the archive"),
    "clash.zip": (zip_of({"a": b"x", "a/b.zip": zip_of(PICTURES)}), "can't be unpacked by this name"),
    "cut.tar.gz": (tar_of(CLASSES, "w:gz")[:200], "damaged"),
    "cut.tar.xz": (tar_of(CLASSES, "w:xz")[:200], "damaged"),
    "notes.gz": (gzip.compress(b"notes"), "no pictures can be read from it"),
    "zeros.xz": (lzma.compress(bytes(99)), "no pictures can be read from it"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_told_in_one_sentence_and_leave_nothing(sender, name, nothing_left):
    content, said = HOSTILE[name]
    assert said in sender.reason(name, content)
    assert nothing_left(0) and sender.send("good.png", file_of(photo())) == {} and sender.look()["report"]["usable"] == 1


def test_a_tar_of_too_many_files(sender, monkeypatch):
    monkeypatch.setattr(archive_files, "MOST_MEMBERS", 50)
    assert sender.send("few.tar", tar_of(PICTURES)) == {} and sender.look()["report"]["usable"] == 4
    sender.ask("clear")
    many = tar_of({f"{number}.txt": b"" for number in range(51)}, "w:gz")
    assert "it has more than 50 files" in sender.reason("many.tar.gz", many)


@pytest.mark.slow
def test_a_damaged_database_does_not_end_the_server(sender, tmp_path, nothing_left):
    """Its pointers lead anywhere."""
    content = bytearray(labelled(tmp_path))
    content[8192 + 16 :] = np.random.default_rng(0).bytes(len(content) - 8192 - 16)
    assert sender.reason("data.mdb", bytes(content)) and nothing_left(0)


@pytest.mark.slow
def test_a_database_counts_with_what_is_taken_of_it(tmp_path):
    """The database, its pictures in a tar, and these once more: three times 15 KB."""
    noise = {
        f"{number}": file_of(Image.fromarray(np.random.default_rng(number).integers(0, 256, (40, 40, 3), np.uint8)))
        for number in range(3)
    }
    content = database(tmp_path, noise)
    sender = Sender(tmp_path, upload_bytes=len(content) + 9_000)
    assert LEFT in sender.reason("data.mdb", content)


def test_all_that_is_unpacked_counts(tmp_path):
    pictures = {f"{number}.png": np.random.default_rng(number).bytes(20_000) for number in range(5)}
    packed = tar_of(pictures, "w:gz")
    sender = Sender(tmp_path, upload_bytes=len(packed) + 60_000)
    assert LEFT in sender.reason("a.tar.gz", packed)
