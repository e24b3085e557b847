"""Tests invalid and hostile repositories: each gets one sentence before anything large is fetched."""

import json
import struct

import pytest
from conftest import untrained

from ganlib import UserError, hub
from ganlib.files import without_checksum
from ganlib.hub import pulling
from ganlib.runs import checkpoint_files

SNAPSHOT = "snapshots/000000320.safetensors"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Returns a run's files by path, including its state."""
    run = untrained(tmp_path_factory.mktemp("runs") / "run")
    return {path.relative_to(run.path).as_posix(): path.read_bytes() for path in run.path.rglob("*") if path.is_file()}


def with_header(content, change):
    """Returns a safetensors file with its header changed by `change`."""
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    change(header)
    raw = json.dumps(header).encode()
    return struct.pack("<Q", len(raw)) + raw + content[8 + length :]


def changed(config, **settings):
    """An attacker omits the checksum or writes a valid one."""
    return json.dumps(without_checksum(json.loads(config)) | settings).encode()


def with_generator(files, **settings):
    recipe = json.loads(files["config.json"])["recipe"]
    return files | {"config.json": changed(files["config.json"], recipe=recipe | {"generator": settings})}


def huge_tensor(header):
    name = next(name for name in header if name != "__metadata__")
    header[name]["shape"] = [10**9, 10]


def other_shape(header):
    name = next(name for name, entry in header.items() if len(entry.get("shape", ())) == 4)
    header[name]["shape"][:2] = header[name]["shape"][1::-1]


HOSTILE = {
    "a pickle only": (lambda files: {"pytorch_model.bin": b"\x80\x04", "README.md": b"# Model"}, "is no run of ours"),
    "another model": (lambda files: {"config.json": b'{"model_type": "bert"}', "model.safetensors": b"1"}, "is no run of ours"),
    "nothing": (lambda files: {}, "is no run of ours"),
    "a config of another": (
        lambda files: files | {"config.json": b'{"model_type": "bert"}'},
        "can't be opened: config.json is damaged or foreign: its format_version is None",
    ),
    "no JSON": (lambda files: files | {"config.json": b"\xff" * 9}, "can't be opened: config.json is damaged or foreign"),
    "a long config": (lambda files: files | {"config.json": b" " * 300_000}, "its config.json has 300,000 bytes"),
    "vast networks": (lambda files: with_generator(files, family="dcgan", width=40_000), "larger than a billion parameters"),
    "networks that are never built": (
        lambda files: with_generator(files, family="mlp", widths=[1] * 50_000),
        "A generator of the family mlp has at most 256 layers",
    ),
    "blocks without end": (
        lambda files: with_generator(files, family="resnet", blocks=10**9),
        "A generator of the family resnet has at most 256 layers",
    ),
    "a long word": (lambda files: with_generator(files, family="x" * 99_999), "Unknown network family 'xxx"),
    "a huge declared tensor": (
        lambda files: files | {SNAPSHOT: with_header(files[SNAPSHOT], huge_tensor)},
        f"can't be opened: {SNAPSHOT} is damaged or foreign: not a complete safetensors file",
    ),
    "wrong shapes": (
        lambda files: files | {SNAPSHOT: with_header(files[SNAPSHOT], other_shape)},
        f"can't be opened: {SNAPSHOT} is damaged or foreign: tensor ",
    ),
    "a pickle called safetensors": (
        lambda files: files | {"discriminator.safetensors": b"\x80\x04\x95" * 99},
        "can't be opened: discriminator.safetensors is damaged or foreign",
    ),
    "names that point out": (lambda files: files | {"snapshots/../../../evil.json": b"{}"}, "points out of its folder"),
    "an absolute name": (lambda files: files | {"/etc/evil.json": b"{}"}, "points out of its folder"),
    "a large snapshot": (
        lambda files: files | {SNAPSHOT: bytes(9_000_000)},
        f"was not fetched: {SNAPSHOT} has 9,000,000 bytes, its config allows",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", HOSTILE)
def test_one_sentence(case, files, hub_server, tmp_path):
    make, sentence = HOSTILE[case]
    hub_server.add("evil/model", make(files))
    with pytest.raises(UserError, match=sentence) as refused:
        hub.run_at("evil/model")
    assert str(refused.value).startswith("evil/model on the Hub")
    assert "\n" not in str(refused.value) and len(str(refused.value)) < 500 and str(tmp_path) not in str(refused.value)
    assert not list(tmp_path.rglob("evil.json"))
    if "fetched" in sentence or "no run of ours" in sentence:
        assert not any(request.startswith("GET") and ".safetensors" in request for request in hub_server.requests)


@pytest.mark.slow
def test_only_a_run_s_files_are_fetched(files, hub_server):
    others = {
        "pytorch_model.bin": b"1",
        "snapshots/evil.pkl": b"1",
        "snapshots/a/b.safetensors": b"1",
        "train.py": b"1",
        "x.json": b"1",
    }
    hub_server.add("someone/shapes", files | others)
    folder = hub.pull("someone/shapes")
    fetched = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert fetched == set(files) - set(checkpoint_files.NAMES)


def test_a_run_may_be_too_large_for_whoever_asks(files, hub_server):
    hub_server.add("someone/shapes", files)
    with pytest.raises(UserError, match="and 1,000 are allowed here; it was not fetched"):
        hub.pull("someone/shapes", most_bytes=1_000)
    assert not any("/resolve/" in request for request in hub_server.requests)


def test_too_many_files(files, hub_server, monkeypatch):
    monkeypatch.setattr(pulling, "MOST_FILES", 10)
    hub_server.add("someone/shapes", files | {f"{number}.txt": b"" for number in range(10)})
    with pytest.raises(UserError, match="more than 10 files"):
        hub.pull("someone/shapes")
