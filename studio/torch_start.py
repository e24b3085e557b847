"""Makes torch's import in the app's process shorter, and begins it while Gradio is imported.

A fifth of the import is shared libraries, which need no Python: Linux loads them in a thread beside. A quarter are formulas in
Python for the shapes of tensors without memory. The compiler needs them, which is not used here, and passes through networks on
the meta device: shapes between layers are found on the CPU (`ganlib.networks.outline`).
"""

import ctypes
import os
import sys
import threading
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.util import find_spec
from pathlib import Path

from ganlib import imports

SHAPES, COMPILER = "torch._meta_registrations", "torch._dynamo"
UNUSED = (  # packages that `import torch` imports for whoever uses them
    "torch.ao", "torch.distributions", "torch.export", "torch.masked", "torch.nn.intrinsic", "torch.nn.qat",
    "torch.nn.quantizable", "torch.nn.quantized", "torch.quantization", "torch.utils.data",
)  # fmt: skip
LIBRARIES = ("libtorch_global_deps.so", "libtorch_cpu.so", "libtorch_cuda.so")  # in the order in which torch loads them


def begin() -> None:
    """Call before torch is imported, in a process that compiles nothing."""
    if "torch" in sys.modules or os.environ.get("SPACES_ZERO_GPU"):  # where the package `spaces` changes torch
        return
    imports.late(SHAPES, *UNUSED)
    sys.meta_path.insert(0, _BeforeTheCompiler())
    if sys.platform == "linux":
        threading.Thread(target=_load, name="torch's libraries", daemon=True).start()


class _BeforeTheCompiler(MetaPathFinder):
    """Runs the formulas where something does import the compiler, which takes them for there."""

    def find_spec(self, name: str, path=None, target=None) -> None:
        if name == COMPILER:
            hasattr(import_module(SHAPES), "")  # a look runs it


def _load() -> None:
    """Loads the libraries by a foreign call of `dlopen`, beside which Python runs; `ctypes.CDLL` would hold it up."""
    spec = find_spec("torch")
    folder = Path(spec.origin).parent / "lib" if spec and spec.origin else None
    load = ctypes.CDLL(None).dlopen
    load.restype, load.argtypes = ctypes.c_void_p, [ctypes.c_char_p, ctypes.c_int]
    for path in [folder / name for name in LIBRARIES if folder]:
        load(os.fsencode(path), os.RTLD_NOW | (os.RTLD_GLOBAL if path.name == LIBRARIES[0] else 0))  # 0 if there is none
