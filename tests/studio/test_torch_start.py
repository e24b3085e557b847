"""Tests that the app's process loads torch's libraries beside its other imports and leaves out what only the compiler needs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

LOADED = """
import threading
from pathlib import Path
from studio import torch_start

torch_start.begin()
for thread in threading.enumerate():
    if thread is not threading.main_thread():
        thread.join()
print("libtorch_cpu.so" in Path("/proc/self/maps").read_text())
"""
OUTLINES = """
import sys
from pathlib import Path
from studio import torch_start

torch_start.begin()
from ganlib import networks
from ganlib.networks import features, units
from ganlib.runs.run import Run

for path in sorted(Path("checkpoints").glob("*/config.json")):
    config = Run.open(path.parent).config
    networks.outlines(config.generator_settings(), config.discriminator_settings())
    if heads := config.heads_settings():
        networks.outline(features.build, heads)
    assert units.stages(networks.outline(networks.build_generator, config.generator_settings(), "cpu").eval())
shapes = vars(sys.modules[torch_start.SHAPES])
print("meta_conv" in shapes, "sympy" in sys.modules)
import torch

torch._meta_registrations.meta_conv
print("meta_conv" in shapes)
print(*torch.nn.functional.conv2d(*torch.empty(2, 1, 1, 4, 4, device="meta"), padding=1).shape)
"""

COMPILER = """
from studio import torch_start

torch_start.begin()
import torch
from torch.utils.data import DataLoader

print(*torch.distributions.Normal(0.0, 1.0).sample().shape, torch.ao.quantization.QConfig.__name__, DataLoader.__name__)
shapes = vars(torch._meta_registrations)
print("meta_conv" in shapes)
print(torch.compile(torch.nn.Linear(2, 3), backend="eager")(torch.ones(1, 2)).shape[1], "meta_conv" in shapes)
"""


def said(code, **environment):
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=os.environ | environment)
    assert done.returncode == 0, done.stderr
    return done.stdout.split("\n")[:-1]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
def test_the_libraries_are_loaded_before_torch_is_imported():
    assert said(LOADED) == ["True"]
    assert said(LOADED, SPACES_ZERO_GPU="true") == ["False"]


@pytest.mark.slow
def test_networks_are_outlined_without_what_the_compiler_needs():
    assert said(OUTLINES) == ["False False", "True", "1 1 3 3"]


@pytest.mark.slow
def test_what_is_left_out_is_there_when_it_is_used():
    assert said(COMPILER) == ["QConfig DataLoader", "False", "3 True"]
