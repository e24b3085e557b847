"""The floors of the design: an import points down, never up or in a circle, and `import ganlib` stays light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# From the ground up. A room may import rooms of lower floors; rooms of one floor don't know each other.
FLOORS = [
    {"ganlib"},
    {"ganlib.shares", "ganlib.interrupts"},
    {
        "ganlib.networks",
        "ganlib.losses",
        "ganlib.augment",
        "ganlib.datasets",
        "ganlib.latents",
        "ganlib.pictures",
        "ganlib.files",
        "ganlib.claims",
        "ganlib.devices",
        "ganlib.parallel",
        "ganlib.commands",
        "ganlib.anatomy",
        "ganlib.optimisers",
        "ganlib.measures",
        "ganlib.finite",
        "ganlib.compiling",
    },
    {
        "ganlib.history",
        "ganlib.recipes",
        "ganlib.stock",
        "ganlib.directions",
        "ganlib.animations",
        "ganlib.metrics",
        "ganlib.verdicts",
    },
    {"ganlib.config", "ganlib.batches", "ganlib.states"},
    {"ganlib.weights", "ganlib.scores", "ganlib.previews", "ganlib.schedule"},
    {"ganlib.runs"},
    {"ganlib.card", "ganlib.health", "ganlib.finetuning", "ganlib.game"},
    {"ganlib.events", "ganlib.shared_game", "ganlib.keeper", "ganlib.logbook"},
    {"ganlib.training", "ganlib.logs", "ganlib.estimate", "ganlib.hub"},
    {"ganlib.sample", "ganlib.theory"},
    {"ganlib.scoring", "ganlib.planning", "ganlib.pretrained"},
    {"ganlib.evaluate", "ganlib.export", "train"},
    {"studio"},
    {"app"},
]
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
HEAVY = ["gradio", "torchvision", "huggingface_hub", "pyarrow", "torch_fidelity", "onnx", "onnxscript", "av"]


def room_of(module):
    """ganlib.networks.dcgan -> ganlib.networks, studio.words -> studio."""
    parts = module.split(".")
    return ".".join(parts[:2]) if parts[0] == "ganlib" else parts[0]


def modules():
    for path in [ROOT / "train.py", ROOT / "app.py", *ROOT.glob("ganlib/**/*.py"), *ROOT.glob("studio/**/*.py")]:
        yield path, ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports(path, module):
    """The modules of this project that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: a relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        yield from (name for name in names if name.split(".")[0] in ("ganlib", "studio", "train", "app"))


@pytest.mark.parametrize(("path", "module"), list(modules()), ids=lambda value: value if isinstance(value, str) else "")
def test_imports_point_down(path, module):
    room = room_of(module)
    assert room in FLOOR, f"{room} has no floor yet"
    for name in imports(path, module):
        other = room_of(name) if room_of(name) in FLOOR else "ganlib"
        assert other == room or FLOOR[other] < FLOOR[room], f"{module} imports {name}"


def test_every_room_exists():
    assert FLOOR.keys() <= {room_of(module) for _, module in modules()}


@pytest.mark.slow
@pytest.mark.parametrize("module", ["ganlib", "ganlib.runs", "ganlib.training", "ganlib.sample", "train"])
def test_import_stays_light(module):
    code = f"import sys, {module}; print(*(name for name in {HEAVY} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


OPENED = """
import sys, train
from ganlib import networks, recipes, runs, weights
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


@pytest.mark.slow
def test_a_training_and_its_run_leave_torchs_compiler_alone(tmp_path):
    """Its import would be a third of the time to the first step, and nearly all of the time to open a run."""
    options = ["--dataset", "digits", "--batch-size", "8", "--images", "16", "--device", "cpu", "--out", str(tmp_path / "run")]
    done = subprocess.run([sys.executable, "-c", OPENED, *options], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False"
