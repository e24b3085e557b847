"""Tests that no tensor of a training is on another device than its networks: on a simulated accelerator."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ganlib.recipes import RECIPES

SCRIPT = Path(__file__).with_name("simulated_accelerator.py")


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What the device told of every recipe, and of a run."""
    paths = os.pathsep.join((str(Path(__file__).parents[3]), os.environ.get("PYTHONPATH", "")))
    environment = os.environ | {"PYTHONPATH": paths, "GANLIB_CACHE": str(tmp_path_factory.mktemp("cache"))}
    command = [sys.executable, SCRIPT, tmp_path_factory.mktemp("runs")]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=600)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.slow
@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipes_steps_are_those_of_the_cpu(told, recipe):
    """Both losses, penalties, augmentation, backward passes, Adam, average, meters."""
    assert told[recipe] == ""


@pytest.mark.slow
def test_a_run_is_saved_resumed_and_drawn(told):
    assert told["run"] == ""


@pytest.mark.slow
def test_a_tensor_that_is_left_on_the_host_is_refused(told):
    """Without this the tests above would pass for nothing."""
    assert "are on the host, others on the device" in told["mistake"]
