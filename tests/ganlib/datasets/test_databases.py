"""Tests sets in LMDB databases."""

import sys
from pathlib import Path

import lmdb
import pytest
from sources import BLUE, GREEN, RED, png

from ganlib import UserError
from ganlib.datasets import ReadOptions, load


def write(path: Path, values: dict[str, bytes], subdir: bool = True) -> str:
    with lmdb.open(str(path), map_size=2**24, subdir=subdir) as environment, environment.begin(write=True) as transaction:
        for key, value in values.items():
            transaction.put(key.encode(), value)
    return str(path)


def colours(source: str, **options: str) -> list[tuple[int, ...]]:
    images = load(source, 8, 3, options=ReadOptions(**options)).images
    return [tuple(map(int, image[:, 0, 0])) for image in images]


@pytest.mark.parametrize("subdir", [True, False])
def test_keys_of_lsun(tmp_path, subdir):
    """Each key a hash, each value an encoded picture."""
    source = write(tmp_path / "church_outdoor_train_lmdb", {"0a" * 20: png(RED), "0b" * 20: png(GREEN)}, subdir)
    assert colours(source) == [RED, GREEN]
    assert load(source, 8).labels is None


def test_the_largest_of_several_sizes(tmp_path):
    small, large = png(RED), png(BLUE)
    values = {f"{size}-{number:05}": value for number in range(3) for size, value in ((8, small), (16, small), (128, large))}
    source = write(tmp_path / "set", values | {"length": b"3"})
    assert colours(source) == [BLUE] * 3
    summary = load(source, 8).summary
    assert (summary.files, summary.left_out) == (10, {"other size": 6, "not a picture": 1})


def test_numbered_pictures_and_labels(tmp_path):
    values = {"num-samples": b"4"}
    for number, (colour, label) in enumerate([(RED, "cat"), (GREEN, "dog"), (BLUE, "cat"), (RED, "dog")], start=1):
        values |= {f"image-{number:09}": png(colour), f"label-{number:09}": label.encode()}
    source = write(tmp_path / "set", values)
    found = load(source, 8)
    assert (found.class_names, found.labels.tolist()) == (("cat", "dog"), [0, 1, 0, 1])
    assert load(source, 8, options=ReadOptions(labels="none")).labels is None


def test_other_values_are_never_unpickled(tmp_path):
    with pytest.raises(UserError, match="holds no encoded pictures"):
        load(write(tmp_path / "set", {"0": b"\x80\x04cos\nsystem\n(S'touch sprung'\ntR."}), 8)


@pytest.mark.parametrize("length", [20, 4096, 8192, 12000])
def test_a_cut_database_is_refused(tmp_path, length):
    source = write(tmp_path / "set", {f"{number:04}": png(RED) for number in range(200)})
    file = Path(source, "data.mdb")
    file.write_bytes(file.read_bytes()[:length])
    with pytest.raises(UserError, match=r"set is damaged \(it ends early\)"):
        load(source, 8)


def test_without_the_package(tmp_path, monkeypatch):
    source = write(tmp_path / "set", {"0": png(RED)})
    monkeypatch.setitem(sys.modules, "lmdb", None)  # so that it can't be imported
    with pytest.raises(UserError, match="is an LMDB database: pip install lmdb to read it"):
        load(source, 8)
