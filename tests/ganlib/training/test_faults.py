"""Tests train.py killed or out of disk at any moment: its files are intact, and a resumed run ends the same."""

import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from comparing import content

from ganlib import files
from ganlib.runs.run import Run

HERE = Path(__file__).parents[1]


def happened(folder, *faults):
    """Runs faulty_trainer.py; returns what it prints about each fault."""
    path = os.pathsep.join(map(str, (HERE, HERE.parent, HERE.parents[1])))
    process = subprocess.run(
        [sys.executable, HERE / "faulty_trainer.py", folder, *faults],
        env=os.environ | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert process.returncode == 0, process.stderr
    return [json.loads(line) for line in process.stdout.splitlines()]


def check_is_whole(path):
    """Asserts that every file of an interrupted run is complete or hidden."""
    if not (path / "config.json").exists():
        assert not [file for file in path.rglob("*") if not file.name.startswith(".")]
        return
    run = Run.open(path)
    for snapshot in run.snapshots():
        assert all(torch.isfinite(tensor).all() for tensor in run.generator(snapshot).state_dict().values())
    for file in path.glob("*.safetensors"):
        files.read_tensors(file)
    seen = [line["images"] for line in run.history()]
    assert seen == sorted(set(seen))
    if run.snapshots():
        assert run.snapshot() == run.snapshots()[-1]


def check_how_it_ended(told):
    """Asserts the signal of a killed process; a full disk is reported in a sentence and leaves no partial file."""
    if told["fault"] == "full":
        assert told["ended"] == 2 and "Traceback" not in told["told"], told
        assert "can't be written" in told["told"] and "ake room" in told["told"]
        assert not [file for file in Path(told["folder"]).rglob(".*") if file.is_file()]
    else:
        assert told["ended"] in (-signal.SIGKILL, -signal.SIGXFSZ), told


def check(folder, *faults):
    for told in happened(folder, *faults):
        check_how_it_ended(told)
        if Path(told["folder"]).exists():
            check_is_whole(Path(told["folder"]))
        resumed = Path(f"{told['folder']}-resumed")
        assert told["resumed"] == 0, told["said"]
        assert content(resumed) == content(folder / "whole"), resumed.name
        assert not [file for file in resumed.rglob(".*") if file.is_file()]  # neither a partial file nor a lock is left


def shares(number):
    return ",".join(f"{random.Random(number).random():.4f}" for number in range(number))


@pytest.mark.slow
def test_killed_or_without_room_at_some_moments(tmp_path):
    check(tmp_path, "kill=2,8,17", f"late={shares(2)}", "full=3,12,21")


@pytest.mark.slow
@pytest.mark.campaign
@pytest.mark.parametrize(
    "fault", ["kill=all", f"late={shares(50)}", "full=all"], ids=["kill at each write", "50 kills", "full"]
)
def test_broken_off_at_any_moment(tmp_path, fault):
    check(tmp_path, fault)
