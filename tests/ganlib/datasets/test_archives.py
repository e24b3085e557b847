"""Tests tars, archives inside folders and archives, and the names in archives of Windows."""

import io
import os
import pickle
import tarfile
from pathlib import Path
from zipfile import ZipFile, ZipInfo

import lmdb
import numpy as np
import pyarrow
import pytest
from PIL import Image
from pyarrow import parquet
from sources import BLUE, GREEN, RED, png, tar_of, write_zip, zip_of

from ganlib import UserError
from ganlib.datasets import ReadOptions, cache, load
from ganlib.datasets.options import BEFORE
from ganlib.datasets.sources import open_source
from ganlib.datasets.sources.archives import zips

CLASSES = {"cat/a.png": png(RED), "dog/a.png": png(BLUE)}


def write_tar(path: Path, members: dict[str, bytes], mode: str = "w") -> str:
    with tarfile.open(path, mode) as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return str(path)


def colours(images) -> list[tuple[int, ...]]:
    return [tuple(map(int, picture[:, 0, 0])) for picture in images.images]


@pytest.mark.parametrize(
    ("name", "mode"),
    [("a.tar", "w"), ("a.tar.gz", "w:gz"), ("a.tgz", "w:gz"), ("a.tar.bz2", "w:bz2"), ("a.tar.xz", "w:xz"), ("a.dat", "w:gz")],
)
def test_tar_equals_folder(tmp_path, folder, name, mode, cache_root):
    for member, content in CLASSES.items():
        (folder / member).parent.mkdir()
        (folder / member).write_bytes(content)
    source = write_tar(tmp_path / name, CLASSES | {"./notes.txt": b"hello", ".hidden": b""}, mode)
    images = load(source, 8)
    assert np.array_equal(images.images, load(str(folder), 8).images) and images.name == "a"
    assert images.class_names == ("cat", "dog")
    assert images.summary.left_out == {"hidden": 1, "not a picture": 1}
    before = list(cache_root.rglob("*"))
    assert load(source, 8).fingerprint == images.fingerprint and list(cache_root.rglob("*")) == before


@pytest.mark.parametrize("name", ["../a.png", "/etc/a.png"])
def test_tar_with_a_name_that_leads_out(tmp_path, name):
    with pytest.raises(UserError, match=r"a\.png.* leads out of the archive"):
        load(write_tar(tmp_path / "a.tar.gz", {name: png()}, "w:gz"), 8)


def test_tars_of_imagenet_are_classes_and_numbered_ones_are_shards(tmp_path):
    synsets = {f"n0144{number}.tar": tar_of({f"n0144{number}_1.JPEG": png()}) for number in (3537, 8764)}
    for names, expected in [
        (synsets, ("n01443537", "n01448764")),
        ({f"n_{i:06}.tar": c for i, c in enumerate(synsets.values())}, None),
    ]:
        folder = tmp_path / ("shards" if expected is None else "classes")
        folder.mkdir()
        for name, content in names.items():
            (folder / name).write_bytes(content)
        assert load(str(folder), 8).class_names == expected
    assert load(write_tar(tmp_path / "ILSVRC2012_img_train.tar", synsets), 8).class_names == ("n01443537", "n01448764")


def test_links_in_a_tar_are_not_followed(tmp_path):
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        for name in ("a.png", "b.png"):
            member = tarfile.TarInfo(name)
            member.size = len(png())
            archive.addfile(member, io.BytesIO(png()))
        link = tarfile.TarInfo("c.png")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    assert len(load(str(tmp_path / "a.tar"), 8)) == 2


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["w:gz", "w:bz2", "w:xz"])
def test_tar_that_unpacks_a_thousandfold(tmp_path, cache_root, mode):
    source = write_tar(tmp_path / "a.tar.gz", {"a.bmp": bytes(30 * 2**20)}, mode)
    with pytest.raises(UserError, match="unpacks to more than"):
        load(source, 8)
    assert not list(cache_root.rglob("unpacking-*")) and not [path for path in cache_root.rglob("*") if path.is_file()]


def test_a_truncated_tar(tmp_path):
    content = tar_of({f"{i}.png": np.random.default_rng(i).bytes(5_000) for i in range(3)}, "w:gz")
    (tmp_path / "a.tar.gz").write_bytes(content[:-3_000])
    with pytest.raises(UserError, match="is damaged"):
        load(str(tmp_path / "a.tar.gz"), 8)


def shard(first: int, colours: list) -> dict[str, bytes]:
    return {
        f"{first + i:06}.{kind}": content
        for i, colour in enumerate(colours)
        for kind, content in {"png": png(colour), "cls": str(i).encode()}.items()
    }


@pytest.mark.parametrize("ending", ["tar", "tar.gz"])
def test_shards_are_one_set(folder, ending):
    for number, some in enumerate([[RED, BLUE], [GREEN, RED]]):
        write_tar(folder / f"shard-{number:06}.{ending}", shard(0, some), "w:gz" if ending == "tar.gz" else "w")
    images = load(str(folder), 8)
    assert colours(images) == [RED, BLUE, GREEN, RED]
    assert images.class_names == ("0", "1") and images.labels.tolist() == [0, 1, 0, 1]
    assert (images.summary.files, images.summary.left_out) == (8, {"labels": 4})


def test_archives_called_after_splits(folder):
    write_tar(folder / "train-00000-of-00002.tar", {"cat/a.png": png(RED)})
    write_tar(folder / "train-00001-of-00002.tar", {"dog/a.png": png(BLUE)})
    write_zip(folder / "test.zip", {"cat/b.png": png(GREEN)})
    images = load(str(folder), 8)
    assert (colours(images), images.class_names, images.summary.split) == ([RED, BLUE], ("cat", "dog"), "train")
    assert images.summary.left_out == {"other split": 1}
    assert colours(load(str(folder), 8, split="test")) == [GREEN]


def test_archives_called_after_classes(folder):
    write_zip(folder / "dogs.zip", {"a.png": png(RED)})
    write_zip(folder / "cats.zip", {"cats/a.png": png(BLUE), "cats/b.png": png(BLUE)})
    images = load(str(folder), 8)
    assert images.class_names == ("cats", "dogs") and images.labels.tolist() == [0, 0, 1]


def test_a_preview_beside_archives(folder):
    write_zip(folder / "images_1.zip", {"cat/a.png": png(RED)})
    write_zip(folder / "images_2.zip", {"dog/a.png": png(BLUE)})
    (folder / "preview.png").write_bytes(png(GREEN))
    images = load(str(folder), 8)
    assert (colours(images), images.class_names) == ([RED, BLUE], ("cat", "dog"))
    assert images.summary.left_out == {"beside": 1} and images.summary.files == 3


def test_an_archive_beside_its_pictures(folder):
    for i in range(20):
        (folder / f"{i}.png").write_bytes(png())
    write_zip(folder / "all.zip", {"a.png": png(), "b.png": png()})
    images = load(str(folder), 8)
    assert len(images) == 20 and images.summary.left_out == {"not a picture": 1}


def test_metadata_beside_an_archive(folder):
    write_zip(folder / "images.zip", {"images/a.png": png(RED), "images/b.png": png(BLUE)})
    write_zip(folder / "more.zip", {"notes.txt": b"hello"})
    (folder / "metadata.csv").write_text("file_name,label\na.png,cat\nb.png,dog\n")
    assert load(str(folder), 8).class_names == ("cat", "dog")


@pytest.mark.parametrize("inner", ["train.zip", "train.tar", "train.tar.gz"])
def test_archives_in_an_archive(tmp_path, inner):
    made = zip_of(CLASSES) if inner.endswith("zip") else tar_of(CLASSES, "w:gz" if inner.endswith("gz") else "w")
    images = load(write_zip(tmp_path / "dogs-vs-cats.zip", {inner: made, "test1.zip": zip_of({"1.png": png(GREEN)})}), 8)
    assert (colours(images), images.class_names, images.summary.split) == ([RED, BLUE], ("cat", "dog"), "train")


def test_a_damaged_archive_among_others(folder):
    write_zip(folder / "a.zip", CLASSES)
    (folder / "b.zip").write_bytes(Path(folder / "a.zip").read_bytes()[:200])
    with pytest.raises(UserError, match=r"b\.zip in .* is no \.zip"):
        load(str(folder), 8)


class OfWindows(ZipInfo):
    """A member whose name is in a code page that the archive doesn't say; zipfile itself would write UTF-8."""

    raw: bytes

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:
        return self.raw, 0


def zip_of_windows(path: Path, names: list[str], encoding: str) -> str:
    with ZipFile(path, "w") as archive:
        for name in names:
            member = OfWindows(name)
            member.raw = name.encode(encoding)
            archive.writestr(member, png())
    return str(path)


@pytest.mark.parametrize(
    ("encoding", "classes"),
    [
        ("gbk", ["圆形", "方块"]),
        ("gbk", ["猫", "狗狗"]),
        ("gb18030", ["训练用的图片", "花"]),
        ("big5", ["貓咪", "小狗"]),
        ("cp932", ["ねこ", "イヌ"]),
        ("cp437", ["café", "naïve"]),
        ("cp850", ["niño", "señal"]),
        ("cp850", ["coração", "pão"]),
        ("cp850", ["Äpfel", "Größe", "Bär"]),
        ("cp852", ["kość", "łódź", "żółw"]),
        ("cp866", ["кошка", "собака"]),
        ("cp1251", ["кошка", "собака", "еда"]),
        ("cp949", ["고양이", "강아지", "토끼", "말", "코끼리"]),
        ("cp932", ["アイス", "ソファ", "バスbus"]),
        ("gb18030", ["猫cat", "狗dog", "海洋"]),
        ("utf-8", ["数字", "字母"]),
    ],
)
def test_zip_of_windows_in_its_language(tmp_path, encoding, classes):
    images = load(zip_of_windows(tmp_path / "a.zip", [f"{name}/{i}.png" for name in classes for i in range(2)], encoding), 8)
    assert sorted(images.class_names) == sorted(classes)


def test_a_zip_of_windows_in_a_run_of_an_earlier_version(tmp_path):
    source = zip_of_windows(tmp_path / "a.zip", ["圆形/0.png", "方块/0.png"], "gbk")
    assert load(source, 8, options=BEFORE).class_names == ("╖╜┐Θ", "╘▓╨╬")


def test_zip_with_names_in_the_extra_field(tmp_path):
    import struct
    import zlib

    with ZipFile(tmp_path / "a.zip", "w") as archive:
        for name in ("猫/1.png", "狗/1.png"):
            member = ZipInfo(f"{len(archive.namelist())}.png")
            raw = member.filename.encode()
            content = b"\1" + struct.pack("<I", zlib.crc32(raw)) + name.encode()
            member.extra = struct.pack("<HH", 0x7075, len(content)) + content
            archive.writestr(member, png())
    assert sorted(load(str(tmp_path / "a.zip"), 8).class_names) == ["狗", "猫"]


def test_accents_in_either_form_are_one_class(folder):
    for name in ("cafe\u0301/a.png", "caf\u00e9/b.png", "na\u0131ve/a.png"):
        (folder / name).parent.mkdir()
        (folder / name).write_bytes(png())
    images = load(str(folder), 8)
    assert images.class_names == ("caf\u00e9", "na\u0131ve") and images.labels.tolist() == [0, 0, 1]


def test_classes_are_left_out_with_labels_none(tmp_path):
    assert load(write_zip(tmp_path / "a.zip", CLASSES), 8, options=ReadOptions(labels="none")).labels is None


def test_what_is_seen_of_a_set_is_the_same_in_one_batch_and_in_many(folder, monkeypatch):
    """Sizes, frames, transparency and copies add up over batches."""
    for number in range(12):
        size = (16 + number, 40 - number)
        picture = Image.new("RGBA", size, (20 * number, 9, 200, 255 if number % 2 else 90))
        picture.save(folder / f"{number}.png")
    frames = [Image.new("L", (20, 20), level) for level in (0, 90)]
    frames[0].save(folder / "film.gif", save_all=True, append_images=frames[1:])
    whole = load(str(folder), 8).summary
    monkeypatch.setattr(cache, "BATCH_BYTES", 1)
    monkeypatch.setenv("GANLIB_CACHE", str(folder.parent / "again"))
    apart = load(str(folder), 8).summary
    assert whole == apart
    assert whole.smallest == (20, 20) and whole.images == 13


def test_an_archive_that_is_replaced_while_it_is_read_is_no_other_picture(tmp_path):
    """A worker that opens it later finds members by number."""
    path = Path(write_zip(tmp_path / "set.zip", CLASSES))
    sent = pickle.dumps(next(open_source(str(path), ReadOptions()).items()))
    assert np.asarray(pickle.loads(sent).open())[0, 0].tolist() == list(RED)
    write_zip(path, {"another.png": png(GREEN), **CLASSES})
    os.utime(path, (1, 1))
    with pytest.raises(OSError, match="changed while it was read"):
        zips._here.cache_clear()
        pickle.loads(sent)


def test_tables_and_databases_in_an_archive(tmp_path):
    """They are unpacked once, wherever in the archive they lie."""
    with lmdb.open(str(tmp_path / "db"), map_size=2**20) as environment, environment.begin(write=True) as transaction:
        for number, colour in enumerate((RED, GREEN, BLUE)):
            transaction.put(b"%d" % number, png(colour))
    database = (tmp_path / "db" / "data.mdb").read_bytes()
    rows = pyarrow.table({"image": [{"bytes": png(colour), "path": None} for colour in (RED, BLUE)], "label": ["a", "b"]})
    parquet.write_table(rows, tmp_path / "rows")
    table = (tmp_path / "rows").read_bytes()
    assert colours(load(write_zip(tmp_path / "a.zip", {"set/data.mdb": database, "set/lock.mdb": b""}), 8)) == [
        RED,
        GREEN,
        BLUE,
    ]
    assert colours(load(write_tar(tmp_path / "b.tar.gz", {"data.mdb": database}, "w:gz"), 8)) == [RED, GREEN, BLUE]
    tables = {"set/data/train-00000-of-00001.parquet": table, "set/data/test-00000-of-00001.parquet": table}
    for _ in range(2):
        images = load(write_zip(tmp_path / "c.zip", tables), 8)
        assert colours(images) == [RED, BLUE] and images.class_names == ("a", "b") and images.summary.split == "train"


def test_names_that_cannot_be_unpacked(tmp_path):
    source = write_zip(tmp_path / "a.zip", {"a": b"x", "a/data.mdb": b"x"})
    with pytest.raises(UserError, match=r"a/data\.mdb in .*a\.zip can't be unpacked by this name"):
        load(source)
