"""Tests the layers: imports point down, never up or in a circle, and `import ganlib` stays light."""

import ast
import re
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# From the lowest layer up. A file may import from lower layers, and from its own folder without a cycle.
FLOORS = [
    {"ganlib", "ganlib.sizes", "ganlib.interrupts"},
    {
        "ganlib.imports",
        "ganlib.files",
        "ganlib.latents",
        "ganlib.pictures",
        "ganlib.batch_order",
        "ganlib.devices",
        "ganlib.threads",
    },
    {"ganlib.cli"},
    {"ganlib.objectives", "ganlib.datasets", "ganlib.networks", "ganlib.animations"},
    {"ganlib.recipes", "ganlib.metrics", "ganlib.inversion"},
    {"ganlib.runs"},
    {"ganlib.training"},
    {"ganlib.hub"},
    {"ganlib.sampling", "ganlib.inspection"},
    {"ganlib.sample"},
    {"ganlib.scoring", "ganlib.planning", "ganlib.pretrained", "ganlib.adopting"},
    {"ganlib.remote"},
    {
        "ganlib.evaluate",
        "ganlib.directions",
        "ganlib.export",
        "ganlib.adopt",
        "ganlib.blend",
        "train",
        "ganlib.project",
        "ganlib.sweep",
        "ganlib.units",
        "ganlib.mixing",
    },
    {"studio", "studio.late", "studio.torch_start", "studio.limits", "studio.limiter", "studio.words", "studio.static_files"},
    {"studio.library", "studio.client_address"},
    {"studio.browser", "studio.validation", "studio.menus", "studio.gradio_edge", "studio.space"},
    {"studio.drawing"},
    {"studio.ui", "studio.uploads"},
    {"studio.jobs"},
    {"studio.learning"},
    {"studio.report"},
    {"studio.web"},
    {"studio.sharing"},
    {"studio.page"},
    {"studio.server"},
    {"studio.notebook"},
    {"app"},
    {"course.checking"},
    {"course.probes"},
    {"course.tasks"},
    {"course.checker", "course.source", "course.sandbox"},
    {"course"},
    {"course.build", "course.grade"},
]
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
MOST_FILES = 18  # in one folder
HEAVY = ["gradio", "torchvision", "huggingface_hub", "pyarrow", "torch_fidelity", "onnx", "onnxscript", "av", "optuna"]


def modules():
    for path in [
        ROOT / "train.py",
        ROOT / "app.py",
        *ROOT.glob("ganlib/**/*.py"),
        *ROOT.glob("studio/**/*.py"),
        *ROOT.glob("course/**/*.py"),
    ]:
        yield path, ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module: path for path, module in modules()}


def room_of(module):
    """ganlib.networks.dcgan -> ganlib.networks, studio.page -> studio.page."""
    return ".".join(module.split(".")[:2])


def imported(module):
    """Returns the modules of this project that a module imports, anywhere in its file."""
    for node in ast.walk(ast.parse(MODULES[module].read_text())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: a relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            while name and name not in MODULES:
                name = name.rpartition(".")[0]
            if name and name != module:
                yield name


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_down(module):
    room = room_of(module)
    assert room in FLOOR, f"{room} has no floor yet"
    for name in imported(module):
        other = room_of(name)
        assert other == room or FLOOR[other] < FLOOR[room], f"{module} imports {name}"


def test_no_file_imports_itself_through_others():
    try:
        list(TopologicalSorter({module: set(imported(module)) for module in MODULES}).static_order())
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


def test_every_room_exists():
    assert FLOOR.keys() <= {room_of(module) for module in MODULES}


@pytest.mark.parametrize("house", ["ganlib", "studio", "course"])
def test_a_folder_is_seen_at_a_glance(house):
    for folder in {path.parent for path in ROOT.glob(f"{house}/**/*.py")}:
        assert len(list(folder.glob("*.py"))) <= MOST_FILES, folder


LIGHT = ["ganlib", "ganlib.runs", "ganlib.training.trainer", "ganlib.sample", "train", "studio.report"]
IMPORTED = f"""
import importlib, sys

for module in {LIGHT}:
    importlib.import_module(module)
    print(module, *(name for name in {HEAVY} if name in sys.modules), sep=",")
"""


@pytest.fixture(scope="module")
def heavy():
    """The heavy packages loaded after importing each of LIGHT in turn."""
    done = subprocess.run([sys.executable, "-c", IMPORTED], cwd=ROOT, capture_output=True, text=True, check=True)
    return {module: packages for module, *packages in (line.split(",") for line in done.stdout.splitlines())}


@pytest.mark.slow
@pytest.mark.parametrize("module", LIGHT)
def test_import_stays_light(heavy, module):
    assert heavy[module] == []


OPENED = """
import sys, train
from ganlib import networks, recipes, runs
from ganlib.runs import weights
from pathlib import Path

train.main(sys.argv[1:])
runs.Run.open(Path(sys.argv[-1]))
for recipe in recipes.RECIPES.values():
    settings = {"image_size": recipe.image_size or 32, "channels": 1, "num_classes": 0}
    weights.outline(networks.build_generator, settings | {"latent_dim": recipe.latent_dim} | recipe.generator)
    if recipe.discriminator.get("norm") != "spectral":
        weights.outline(networks.build_discriminator, settings | recipe.discriminator)
print("torch._dynamo" in sys.modules)
"""

FINETUNED = """
import sys, train

train.main(sys.argv[1:])
print("torch._dynamo" in sys.modules)
"""

# What Learn and Generate show of a run without its weights
DESCRIBED = """
import sys
from ganlib import networks, runs
from ganlib.inspection import layers
from ganlib.recipes import RECIPES
from studio.learning import lessons
from pathlib import Path

for recipe in RECIPES.values():
    if recipe.discriminator.get("norm") != "spectral":
        lessons._networks(recipe, {"image_size": recipe.image_size or 32, "channels": 1, "num_classes": 0})
run = runs.Run.open(Path("checkpoints/mnist"))
assert run.units(run.snapshots()[-1])
print([name for name in ("torch._dynamo", "sympy") if name in sys.modules])
"""


@pytest.mark.slow
def test_what_is_shown_of_networks_leaves_torchs_compiler_alone():
    """It holds 80 MB, for as long as the server runs."""
    done = subprocess.run([sys.executable, "-c", DESCRIBED], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.slow
def test_a_training_and_its_run_leave_torchs_compiler_alone(tmp_path):
    """Importing it takes a third of the time to the first step, and nearly all of the time to open a run."""
    options = ["--dataset", "digits", "--batch-size", "8", "--images", "16", "--device", "cpu", "--out", str(tmp_path / "run")]
    done = subprocess.run([sys.executable, "-c", OPENED, *options], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False"
    options = [*options[:-1], str(tmp_path / "child"), "--init-from", options[-1], "--freeze", "1"]
    done = subprocess.run([sys.executable, "-c", FINETUNED, *options], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False"


def test_every_file_that_the_architecture_names_exists():
    named = re.findall(r"`((?:ganlib|studio|tests|docs)/[\w./-]*)`", (ROOT / "docs/architecture.md").read_text())
    assert len(named) > 40
    for name in named:
        assert (ROOT / name).exists(), name


@pytest.mark.parametrize("script", sorted((ROOT / "benchmarks").glob("*.py")), ids=lambda path: path.name)
def test_a_benchmark_finds_the_project_from_anywhere(script):
    """`python benchmarks/NAME.py` has the folder of the script on its path, and no more."""
    text = script.read_text()
    imports = re.search(r"^(from|import) (ganlib|studio)\b", text, re.MULTILINE)
    assert not imports or "sys.path.insert" in text[: imports.start()]
