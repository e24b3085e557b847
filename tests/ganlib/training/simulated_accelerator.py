"""A device that computes on the CPU and accepts no tensor of another device, as a GPU would.

    python simulated_accelerator.py FOLDER

trains every recipe for two steps on it and on the CPU, and a run with all of its files in FOLDER, and prints what differs or
breaks, as JSON. The device is registered for a whole process, therefore tests start this file in one of their own. torch's experimental Python backend
(torch.utils.backend_registration) gives what fake tensors of "cuda" lack where there is no driver: backward passes and
optimisers.
"""

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch.utils import _pytree as pytree
from torch.utils.backend_registration import _DummyBackendModule, _setup_privateuseone_for_python_backend

sys.path.insert(0, str(Path(__file__).parents[1]))
from conftest import TINY, plan, shapes

from ganlib.recipes import RECIPES
from ganlib.runs.run import Run
from ganlib.sampling.images import draw
from ganlib.training.events import SnapshotSaved
from ganlib.training.step import GAN
from ganlib.training.trainer import Trainer

NAME = "simulated"
CPU = torch.device("cpu")
ROUNDING = 1e-3  # of the largest value of a tensor
# The logit's bias cancels out of the relativistic loss: its gradient is rounding alone, which Adam makes as large as any
CANCELLED = ("discriminator.to_logit.bias", "d_optimiser.5.exp_avg", "d_optimiser.5.exp_avg_sq")
COPIES = ("aten::_to_copy", "aten::copy_", "aten::_copy_from")  # from one device to another


class _Module(_DummyBackendModule):
    """What autocast asks of a device."""

    def get_amp_supported_dtype(self) -> list[torch.dtype]:
        return [torch.bfloat16]


# Registered under a name: torch 2.14 asks CUDA for its devices in the backward pass of a nameless one.
_setup_privateuseone_for_python_backend(NAME, _Module())
DEVICE = torch.device(NAME, 0)


class Remote(torch.Tensor):
    """A tensor on the device; its values are in `values`, on the CPU."""

    __torch_function__ = torch._C._disabled_torch_function_impl

    @staticmethod
    def __new__(cls, values: torch.Tensor) -> "Remote":
        layout = {"strides": values.stride(), "storage_offset": values.storage_offset(), "dtype": values.dtype}
        made = torch.Tensor._make_wrapper_subclass(cls, values.size(), device=DEVICE, **layout)
        made.values = values
        return made

    @classmethod
    def __torch_dispatch__(cls, operator, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        parts = operator.decompose(*args, **kwargs)  # in inference mode torch leaves that to us
        return compute(operator, *args, **kwargs) if parts is NotImplemented else parts


class Generator(torch.Generator):
    """A random generator of the device, with the numbers of the CPU's."""

    def __new__(cls, device: torch.device | str = "cpu") -> torch.Generator:
        made = super().__new__(cls, "cpu") if torch.device(device).type == NAME else torch._C.Generator(device)
        return made

    @property
    def device(self) -> torch.device:
        return DEVICE


def compute(operator, *args, **kwargs):
    """Computes on the CPU. Raises RuntimeError for tensors of both devices; a number, as torch allows, may be on either."""
    name = operator._schema.name
    tensors = [leaf for leaf in pytree.tree_leaves((args, kwargs)) if isinstance(leaf, torch.Tensor)]
    remote = [tensor for tensor in tensors if isinstance(tensor, Remote)]
    strange = [tuple(one.shape) for one in tensors if not isinstance(one, Remote) and one.dim() > 0]
    if remote and strange and name not in COPIES:
        raise RuntimeError(f"{name}: tensors {strange} are on the host, others on the device")
    to_host = name == "aten::_to_copy" and kwargs.get("device") is not None and torch.device(kwargs["device"]).type == "cpu"
    if kwargs.get("device") is not None:
        kwargs = kwargs | {"device": "cpu"}
    args, kwargs = pytree.tree_map_only(Remote, lambda one: one.values, (args, kwargs))
    result = operator(*args, **kwargs)
    if to_host:
        return result
    known = {id(one.values): one for one in remote}
    return pytree.tree_map_only(torch.Tensor, lambda one: known[id(one)] if id(one) in known else Remote(one), result)


library = torch.library.Library("_", "IMPL")
library.fallback(compute, "PrivateUse1")
torch.Generator = Generator  # torch's has no device but those of C++


def weights_after(recipe: str, device: torch.device, steps: int = 2) -> dict[str, torch.Tensor]:
    """Returns all of the state after some steps, on the CPU: penalties are due in the first, Adam has moments in the second."""
    chosen = replace(RECIPES[recipe], batch_size=4)
    images = shapes(16, size=chosen.image_size or 28)
    gan = GAN(plan(images, chosen, precision="float32"), images, device)
    for _ in range(steps):
        gan.step()
    return {name: tensor.to("cpu") for name, tensor in gan.state()[0].items()}


def differing(recipe: str) -> str:
    """Returns what breaks there, or the largest difference between the devices beyond rounding: second derivatives of
    convolutions are other sums there; empty if nothing."""
    try:
        there = weights_after(recipe, DEVICE)
    except RuntimeError as error:
        return str(error)
    here = weights_after(recipe, CPU)
    assert here.keys() == there.keys()
    left_out = CANCELLED if RECIPES[recipe].loss == "relativistic" else ()
    far = {name: _relative(there[name], tensor) for name, tensor in here.items() if name not in left_out}
    worst = max(far, key=far.__getitem__)
    return f"{worst} differs by {far[worst]:.1e}" if far[worst] > ROUNDING else ""


def _relative(one: torch.Tensor, other: torch.Tensor) -> float:
    """Returns the largest difference, by the largest value."""
    one, other = one.double(), other.double()
    return ((one - other).abs().max() / other.abs().max().clamp(min=1e-12)).item()


def stopped_and_resumed(folder: Path) -> str:
    """Trains a run with snapshots, grids and a saved state on the device, resumes it, draws from it; returns what breaks."""
    images = shapes(40)
    recipe = replace(TINY, batch_size=8, r1=0.1, flip=True, augment=("brightness", "translation", "cutout"), conditional=True)
    run = Run.create(folder / "there", plan(images, recipe, 80, precision="float32"))
    trainer = Trainer(run, images, DEVICE)
    for event in trainer.events():
        if isinstance(event, SnapshotSaved) and event.snapshot.images > 0:
            trainer.stop()
    for _ in Trainer(Run.open(run.path), images, DEVICE, resume=True).events():
        pass
    twin = Run.create(folder / "here", plan(images, recipe, 80, precision="float32"))
    for _ in Trainer(twin, images, CPU).events():
        pass
    there, here = (one.generator(one.snapshot()) for one in (run, twin))
    z = torch.randn(3, recipe.latent_dim).numpy()
    drawn = draw(there.to(DEVICE), z, np.zeros(3, np.int64))
    return "" if np.array_equal(drawn, draw(here, z, np.zeros(3, np.int64))) else "the pictures differ"


def mistaken() -> str:
    """Returns what the device says of a tensor that was left on the host."""
    try:
        torch.ones(3, device=DEVICE) + torch.ones(3)
    except RuntimeError as error:
        return str(error)
    return ""


if __name__ == "__main__":
    told = {recipe: differing(recipe) for recipe in RECIPES}
    print(json.dumps(told | {"run": stopped_and_resumed(Path(sys.argv[1])), "mistake": mistaken()}))
