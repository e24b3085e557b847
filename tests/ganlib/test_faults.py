"""train.py is killed, or its disk is full, at any moment: what it leaves is whole, and resumed it ends as if nothing had been."""

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
from ganlib.runs import Run

HERE = Path(__file__).parent


def happened(folder, fault, moments):
    """What happened at these moments of a training, by faulty_trainer.py: pairs of what it told and of the broken run."""
    process = subprocess.run(
        [sys.executable, HERE / "faulty_trainer.py", folder, fault, moments],
        env=os.environ
        | {"PYTHONPATH": os.pathsep.join(map(str, (HERE, HERE.parent, HERE.parents[1]))), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert process.returncode == 0, process.stderr
    found = [json.loads(line) for line in process.stdout.splitlines()]
    return [(told, folder / f"broken-{number}") for number, told in enumerate(found)]


def check_is_whole(path):
    """Every file of a run that was broken off holds all that its name promises, or is hidden."""
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


def check_went_on(told, broken, whole):
    resumed = broken.with_name(broken.name.replace("broken", "resumed"))
    assert told["resumed"] == 0, told["said"]
    assert content(resumed) == content(whole), told["moment"]
    assert not [file for file in resumed.rglob(".*") if file.is_file()]  # nothing half written is left, and no lock


def check_kills(folder, fault, moments):
    for told, broken in happened(folder, fault, moments):
        assert told["ended"] in (-signal.SIGKILL, -signal.SIGXFSZ) or (fault == "late" and told["ended"] == 0), told
        if broken.exists():
            check_is_whole(broken)
        check_went_on(told, broken, folder / "whole")


def check_full_disks(folder, moments):
    for told, broken in happened(folder, "full", moments):
        assert told["ended"] == 2 and "Traceback" not in told["told"], told
        assert "can't be written" in told["told"] and "oom" in told["told"].splitlines()[-2]
        assert not [file for file in broken.rglob(".*") if file.is_file()]
        check_is_whole(broken)
        check_went_on(told, broken, folder / "whole")


def shares(number):
    return ",".join(f"{random.Random(number).random():.4f}" for number in range(number))


@pytest.mark.slow
def test_killed_while_a_file_is_written_or_renamed(tmp_path):
    check_kills(tmp_path, "kill", "2,8,16,17,25")


@pytest.mark.slow
def test_killed_at_some_moments(tmp_path):
    check_kills(tmp_path, "late", shares(3))


@pytest.mark.slow
def test_a_full_disk(tmp_path):
    check_full_disks(tmp_path, "3,12,21")


@pytest.mark.slow
@pytest.mark.campaign
@pytest.mark.parametrize(("fault", "moments"), [("kill", "all"), ("late", shares(50))], ids=["writing", "50 random moments"])
def test_killed_at_any_moment(tmp_path, fault, moments):
    check_kills(tmp_path, fault, moments)


@pytest.mark.slow
@pytest.mark.campaign
def test_a_full_disk_at_each_write(tmp_path):
    check_full_disks(tmp_path, "all")
