"""Tests image repositories with the Hub's own client against a server on the loopback."""

import hashlib
import io
import json
import tarfile
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from sources import BLUE, RED, in_new_process, md5, png, serving, write_zip


class Hub(BaseHTTPRequestHandler):
    """Just enough of the Hub for snapshot_download: a repository's commit, its tree, and its files."""

    commit: str
    files: dict[str, bytes]

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        tree = [{"type": "file", "path": f, "size": len(c), "oid": md5(c)} for f, c in self.files.items()]
        answers = {
            "/api/datasets/someone/pets/revision/main": json.dumps({"id": "someone/pets", "sha": self.commit}).encode(),
            f"/api/datasets/someone/pets/tree/{self.commit}": json.dumps(tree).encode(),
        } | {f"/datasets/someone/pets/resolve/{self.commit}/{file}": content for file, content in self.files.items()}
        content = answers.get(path)
        self.send_response(404 if content is None else 200)
        if content is None:
            self.send_header("X-Error-Code", "RepoNotFound")
        self.send_header("X-Repo-Commit", self.commit)
        self.send_header("ETag", f'"{md5(content or b"")}"')
        self.send_header("Content-Type", "application/json" if path.startswith("/api") else "application/octet-stream")
        self.send_header("Content-Length", str(len(content or b"")))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content or b"")

    do_HEAD = do_GET

    def log_message(self, *_: object) -> None:
        pass


def from_hub(tmp_path: Path, files: dict[str, bytes], source: str = "hub:someone/pets", **environment: str) -> dict:
    """What `load` gives for a repository with these files; the client reads its endpoint at import, hence a process."""
    code = f"""
import json
from ganlib import UserError
from ganlib.datasets import load
try:
    images = load({source!r}, 8)
except UserError as error:
    print(json.dumps(str(error)))
else:
    labels = images.labels if images.labels is None else images.labels.tolist()
    print(json.dumps([images.images[:, :, 0, 0].tolist(), labels, images.class_names, images.name, images.fingerprint]))
"""
    commit = hashlib.sha1(repr(files).encode()).hexdigest()
    with serving(type("Repository", (Hub,), {"files": files, "commit": commit})) as url:
        settings = {"HF_ENDPOINT": url, "HF_HOME": str(tmp_path / "hf"), "HF_HUB_DISABLE_XET": "1", "HF_TOKEN": ""}
        output, errors = in_new_process(code, **settings | environment).communicate(timeout=60)
    assert output, errors
    return json.loads(output)


@pytest.mark.slow
def test_hub_with_image_files(tmp_path):
    unread = {"train.py": b"", "model.safetensors": b"", "weights.bin": b"", "talk.mp3": b""}
    files = {"cat/a.png": png(RED), "dog/B.PNG": png(BLUE), "README.md": b"# Pets", **unread}
    pixels, labels, class_names, name, fingerprint = from_hub(tmp_path, files)
    assert pixels == [list(RED), list(BLUE)]
    assert (labels, class_names, name) == ([0, 1], ["cat", "dog"], "someone/pets")
    assert not [name for name in unread if list(tmp_path.rglob(name))]
    assert from_hub(tmp_path / "elsewhere", files)[-1] == fingerprint
    offline = from_hub(tmp_path, {}, HF_HUB_OFFLINE="1")
    assert offline == [pixels, labels, class_names, name, fingerprint]


@pytest.mark.slow
def test_hub_with_a_zip(tmp_path):
    archive = write_zip(tmp_path / "pets.zip", {"cat/a.png": png(RED), "dog/a.png": png(BLUE)})
    pixels, labels, *_ = from_hub(tmp_path, {"pets.zip": Path(archive).read_bytes()})
    assert (pixels, labels) == ([list(RED), list(BLUE)], [0, 1])


def packed(members: dict[str, bytes]) -> bytes:
    """Returns a compressed tar."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return file.getvalue()


METADATA = b'{"file_name": "a.png", "label": "dog"}\n{"file_name": "b.png", "label": "cat"}'
SPLIT = {"train.tar.gz": {"dog/a.png": png(RED), "cat/b.png": png(BLUE)}, "test.tar.gz": {"dog/c.png": png(BLUE)}}
SHARD = {"0.png": png(RED), "0.cls": b"1", "1.png": png(BLUE), "1.cls": b"0"}
STYLEGAN = b'{"labels": [["00000/0.png", 1], ["00000/1.png", 0]]}'


@pytest.mark.slow
@pytest.mark.parametrize(
    ("files", "class_names"),
    [
        ({"train/a.png": png(RED), "train/b.png": png(BLUE), "train/metadata.jsonl": METADATA}, ["cat", "dog"]),
        ({name: packed(members) for name, members in SPLIT.items()}, ["cat", "dog"]),
        ({"data/shard-000000.tar.gz": packed(SHARD)}, ["0", "1"]),
        ({"00000/0.png": png(RED), "00000/1.png": png(BLUE), "dataset.json": STYLEGAN, "README.md": b"# Set"}, ["0", "1"]),
        ({"x/0": png(RED), "a/1": png(BLUE), "README.md": b"# Files without an extension"}, None),
    ],
    ids=["metadata", "archives by split", "shards", "stylegan", "no extension"],
)
def test_hub_in_other_forms(tmp_path, files, class_names):
    pixels, labels, names, *_ = from_hub(tmp_path, files)
    if class_names is None:
        assert (pixels, labels, names) == ([list(BLUE), list(RED)], [0, 1], ["a", "x"])
    else:
        assert sorted(pixels) == sorted([list(RED), list(BLUE)]) and names == class_names
        assert labels[pixels.index(list(RED))] == 1


@pytest.mark.slow
def test_hub_with_parquet(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    features = {"image": {"_type": "Image"}, "label": {"names": ["zebra", "ant"], "_type": "ClassLabel"}}
    rows = {"image": [{"bytes": png(c), "path": "a.png"} for c in (RED, BLUE)] + [None], "label": [1, 0, 0]}
    table = pyarrow.table(rows).replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    file, unlabelled = io.BytesIO(), io.BytesIO()
    parquet.write_table(table, file)
    parquet.write_table(table.set_column(1, "label", [[-1, 0, 0]]), unlabelled)
    name = "data/{}-00000-of-00001.parquet"
    files = {name.format("train"): file.getvalue(), name.format("test"): b"never read"}
    pixels, labels, class_names, *_ = from_hub(tmp_path, files)
    assert pixels == [list(RED), list(BLUE)]
    assert (labels, class_names) == ([1, 0], ["zebra", "ant"])
    pixels, labels, *_ = from_hub(tmp_path / "unlabelled", {"train.parquet": unlabelled.getvalue()})
    assert (pixels, labels) == ([list(RED), list(BLUE)], None)
    damaged = from_hub(tmp_path / "again", {name.format("train"): file.getvalue()[:-1]})
    assert "train-00000-of-00001.parquet of the dataset someone/pets on the Hub is damaged" in damaged


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "files", "environment", "sentence"),
    [
        ("hub:someone/else", {}, {}, "no dataset someone/else that you may read"),
        ("hub:no name", {}, {}, "give hub:OWNER/NAME"),
        ("hub:someone/pets", {"README.md": b"# Pets"}, {}, "holds no images"),
        ("hub:someone/pets", {}, {"HF_ENDPOINT": "http://127.0.0.1:1"}, "Cannot fetch the dataset someone/pets"),
    ],
)
def test_hub_without_images(tmp_path, source, files, environment, sentence):
    message = from_hub(tmp_path, files, source, **environment)
    assert sentence in message
    assert "\n" not in message


@pytest.mark.slow
def test_hub_with_arrays_and_configurations(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    import numpy as np
    from pyarrow import parquet

    arrays, file = io.BytesIO(), io.BytesIO()
    np.savez(arrays, x_train=np.array([[RED] * 64, [BLUE] * 64], np.uint8).reshape(2, 8, 8, 3), y_train=[1, 0])
    pixels, labels, class_names, *_ = from_hub(tmp_path, {"pets.npz": arrays.getvalue(), "README.md": b"# Pets"})
    assert (pixels, labels, class_names) == ([list(RED), list(BLUE)], [1, 0], ["0", "1"])
    parquet.write_table(pyarrow.table({"image": [{"bytes": png(RED), "path": "a.png"}] * 2}), file)
    card = b"---\nconfigs:\n- config_name: small\n  data_files: a-*\n- config_name: large\n  data_files: b-*\n---\n"
    files = {"a-0.parquet": file.getvalue(), "b-0.parquet": file.getvalue(), "README.md": card}
    message = from_hub(tmp_path / "configurations", files)
    assert (
        "the dataset someone/pets on the Hub has several configurations: choose one with --subset from large, small" in message
    )
