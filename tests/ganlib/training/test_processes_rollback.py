"""Tests that two diverging processes roll back together and end alike, also if only the second one met NaN or Inf."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from conftest import shapes_in
from parallel_gans import SMALL

from ganlib import files
from ganlib.runs.config import Config
from ganlib.runs.run import Run

HERE = Path(__file__).parents[1]
TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2"]


@pytest.mark.slow
def test_all_processes_go_back_together_and_end_with_equal_weights(tmp_path):
    options = ["--dataset", shapes_in(tmp_path / "pictures"), "--image-size", "28", "--recipe", "tiny", "--device", "cpu"]
    options += ["--images", "640", "--snapshot-at", "1,2", "--on-divergence", "rollback", "--log-to", "json"]
    path = os.pathsep.join(map(str, (HERE, HERE.parent, HERE.parents[1])))
    done = subprocess.run(
        [*TORCHRUN, HERE / "diverging_processes.py", tmp_path, *options, "--out", tmp_path / "run"],
        env=os.environ | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1", "GANLIB_CACHE": str(tmp_path / "cache")},
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    (back,) = [event for event in events if event["event"] == "rolled_back"]
    assert (back["images"], back["g_lr"]) == (0, SMALL.g_lr / 2) and events[-1] == {"event": "finished", "images": 640}

    config = Run.open(tmp_path / "run").config
    assert config.rollbacks == (0,) and config.recipe.d_lr == SMALL.d_lr / 2
    (first, told), (second, others) = (files.read_tensors(tmp_path / f"{rank}.safetensors") for rank in (0, 1))
    assert told["images"] == others["images"] == 640 and told["config"] == others["config"]
    assert Config.from_json(told["config"]).recipe == config.recipe
    assert first.keys() == second.keys()
    for name in first.keys() - {"sums"}:  # only rank 0 keeps sums for the history
        assert torch.isfinite(first[name]).all() and torch.equal(first[name], second[name]), name
