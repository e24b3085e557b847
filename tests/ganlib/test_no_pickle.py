"""Tests that no pickle is ever loaded, whatever a file's name, its source or torch's settings."""

import io
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow
import pytest
import torch
from conftest import plan
from pyarrow import parquet
from sources import md5, picture, png, write_zip

from ganlib import datasets
from ganlib.runs.run import Run
from ganlib.training import previews
from ganlib.training.trainer import Trainer

ROOT = Path(__file__).parents[2]


class Trap:
    def __init__(self, sprung):
        self.sprung = sprung

    def __reduce__(self):
        return Path.touch, (self.sprung,)


@pytest.fixture
def trap(tmp_path):
    """A pickle that touches a file when it is loaded."""
    content = pickle.dumps(Trap(tmp_path / "sprung"))
    pickle.loads(content)
    assert (tmp_path / "sprung").exists()
    (tmp_path / "sprung").unlink()
    return content


@pytest.fixture
def run(tmp_path):
    """A half-trained run on pictures beside it."""
    rng = np.random.default_rng(0)
    for number in range(120):
        path = tmp_path / "pictures" / f"{number:03}.png"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(_noise(rng))
    images = datasets.load(str(tmp_path / "pictures"), 28, 1)
    run = Run.create(tmp_path / "run", plan(images, length=32))
    list(Trainer(run, images, torch.device("cpu")).events())
    run.save_config(plan(images, length=64))
    return run


def _noise(rng):
    file = io.BytesIO()
    picture(tuple(rng.integers(0, 255, 3)), (28, 28)).convert("L").save(file, "PNG")
    return file.getvalue()


def table(pictures, trap=None):
    """Writes a parquet file of images; with a trap, its schema names a Python type, which old readers unpickled."""
    file = io.BytesIO()
    found = pyarrow.table({"image": [{"bytes": content, "path": None} for content in pictures]})
    if trap:
        told = {b"ARROW:extension:name": b"arrow.py_extension_type", b"ARROW:extension:metadata": trap}
        field = pyarrow.field("label", pyarrow.int64(), metadata=told)
        found = found.append_column(field, pyarrow.array([0] * len(pictures)))
    parquet.write_table(found, file)
    return file.getvalue()


@pytest.mark.slow
def test_nothing_that_is_read_is_unpickled(tmp_path, run, trap, hub_server, monkeypatch):
    monkeypatch.setattr(previews, "STATISTICS_PIXELS", 0)
    files = {path.relative_to(run.path).as_posix(): path.read_bytes() for path in run.path.rglob("*") if path.is_file()}
    weights = {name: trap for name in files if name.endswith(".safetensors")}
    put(tmp_path / "trapped", files | weights | {"scores.json": trap})
    put(tmp_path / "unreadable", files | {"config.json": trap})
    hub_server.add("evil/run", {**files, **weights, "pytorch_model.bin": trap})
    hub_server.add("someone/table", {"train.parquet": table([png()] * 4)}, kind="datasets")
    hub_server.add("evil/table", {"train.parquet": table([trap] * 4, trap), "a.pkl": trap}, kind="datasets")
    write_zip(tmp_path / "pictures.zip", {"a.png": trap, "b.pkl": trap})
    (tmp_path / "trap.zip").write_bytes(trap)
    put(tmp_path / "traps", {"a/1.png": trap, "b/2.jpg": trap, "c.npy": trap})
    put(tmp_path / "root", {"MNIST/processed/training.pt": trap, "MNIST/processed/test.pt": trap})
    batch = pickle.dumps({"data": np.zeros((2, 3072), np.uint8), "labels": [3, 8], "trap": Trap(tmp_path / "sprung")})
    put(tmp_path / "root/cifar-10-batches-py", {"test_batch": batch, "batches.meta": trap})
    (tmp_path / "md5").write_text(md5(batch))
    torch.save(Trap(tmp_path / "sprung"), tmp_path / "trap.pth")

    done = subprocess.run(
        [sys.executable, ROOT / "tests/ganlib/without_pickle.py", tmp_path], cwd=ROOT, capture_output=True, text=True, timeout=300,
        env=os.environ | {"PYTHONPATH": str(ROOT), "NO_PROXY": "127.0.0.1", "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD": "1",
                          "HF_HUB_CACHE": str(tmp_path / "hub"), "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "nothing was unpickled"
    assert not (tmp_path / "sprung").exists()


def put(folder, files):
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
