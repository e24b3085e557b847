"""Fuzzes what lies beside pictures: `python -m ganlib.datasets` tells what a set holds, or refuses it in one line."""

import io
import json
import tarfile
from pathlib import PurePosixPath
from zipfile import ZipFile, ZipInfo

import numpy as np
import pytest
from fuzzing import anything, command, fuzzed, mutations
from hypothesis import strategies as st
from PIL import Image

from ganlib.datasets.__main__ import main

FOLDERS = [
    "train",
    "test",
    "Val",
    "trainA",
    "cat",
    "images",
    "masks",
    "00000",
    "a.zip",
    "shard-000000.tar",
    "训练集",
    "cafe\u0301",
]
PICTURES = st.lists(st.tuples(st.lists(st.sampled_from(FOLDERS), max_size=3), st.sampled_from("abc")), min_size=1, max_size=5)
STYLEGAN = {"labels": [["a.png", 0], ["b.png", 1], ["cat/a.png", [0, 1]]]}
ROWS = [{"file_name": "a.png", "label": "x", "split": "train"}, {"file_name": "b.png", "label": 1, "class": [2, 3]}]
OPTIONS = st.lists(
    st.sampled_from([
        ["--split", "test"], ["--split", "all"], ["--split", "\u0661"], ["--labels", "folders"], ["--labels", "metadata"],
        ["--labels", "none"], ["--label-column", "class"], ["--classes", 'x,"a, b"'], ["--classes", "0"],
    ]),
    max_size=2,
)  # fmt: skip


class Place:
    """The folder of the sets."""

    thorough = False

    def __init__(self, folder):
        self.folder, self.number = folder, 0

    def new(self):
        self.number += 1
        return self.folder / f"set {self.number}"

    def tell(self, path, options=()):
        words = [word for option in options for word in option]
        code, said, told = command(main, [str(path), "--image-size", "8", "--json", *words])
        assert code in (0, 2) and "Traceback" not in told
        if code:
            assert len(told.strip().splitlines()) == 1, told
        else:
            facts = json.loads(said)
            left_out = sum(facts["left_out"].values())
            assert "--classes" in words or facts["files"] == facts["images"] + left_out


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sets")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GANLIB_CACHE", str(folder / "cache"))
        yield Place(folder)


def png(number=0):
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(number).integers(0, 256, (8, 8, 3), np.uint8)).save(file, "PNG")
    return file.getvalue()


def plant(root, pictures):
    for number, (folders, name) in enumerate(pictures):
        path = root.joinpath(*folders, f"{name}.png")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(number))


@pytest.mark.slow
@fuzzed(30, 3000, pictures=PICTURES, document=mutations(STYLEGAN) | anything, options=OPTIONS)
def test_dataset_json(place, pictures, document, options):
    plant(root := place.new(), pictures)
    (root / "dataset.json").write_text(json.dumps(document), errors="surrogatepass")
    place.tell(root, options)


@pytest.mark.slow
@fuzzed(
    30, 3000, pictures=PICTURES, rows=st.lists(mutations(ROWS[0]) | mutations(ROWS[1]) | anything, max_size=4), options=OPTIONS
)
def test_metadata(place, pictures, rows, options):
    plant(root := place.new(), pictures)
    (root / "metadata.jsonl").write_text("\n".join(map(json.dumps, rows)), errors="surrogatepass")
    place.tell(root, options)


@fuzzed(30, 3000, content=st.binary(max_size=60) | st.text("file_name,label;\t\"\n'0123a.png", max_size=60), options=OPTIONS)
def test_bytes_beside_pictures(place, content, options):
    plant(root := place.new(), [((), "a"), ((), "b")])
    for name in ("metadata.csv", "a.cls", "b.json", "labels.tsv", "more.tar.gz"):
        (root / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    place.tell(root, options)


@pytest.mark.slow
@fuzzed(30, 3000, names=st.lists(st.binary(min_size=1, max_size=10), min_size=1, max_size=4), extra=st.binary(max_size=12))
def test_names_in_archives(place, names, extra):
    root = place.new()
    root.mkdir()
    with ZipFile(root / "a.zip", "w") as archive:
        for name in names:
            member = ZipInfo(name.decode("cp437").split("\0")[0] or "a")
            member.flag_bits, member.extra = 0, extra
            archive.writestr(member, png())
    with tarfile.open(root / "b.tar", "w") as archive:
        for name in names:
            member = tarfile.TarInfo(str(PurePosixPath(name.decode("latin-1").replace("\0", "") or "a")))
            member.size = len(png())
            archive.addfile(member, io.BytesIO(png()))
    place.tell(root)
    place.tell(root / "a.zip")
