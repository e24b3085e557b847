#!/usr/bin/env bash
# PyTorch 2.14.1, the build for CUDA that the package index gives on Linux, on a machine without an NVIDIA driver: a device that
# is written in Python (torch.utils.backend_registration._setup_privateuseone_for_python_backend, whose argument `rename` is
# documented as optional) computes forward passes and gradients if it was given a name, and without one every backward pass
# ends in a CUDA error, although nothing is on CUDA. One would expect the name to be a matter of taste.
#
# Needs some 6 GB of room for PyTorch, and no NVIDIA driver.
#
# Seen:
#   named: the gradient of a sum is [1.0, 1.0, 1.0]
#   nameless: AcceleratorError: CUDA error: CUDA driver version is insufficient for CUDA runtime version
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
"${PYTHON:-python3}" -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.14.1 numpy==2.4.6
cat > "$place/device.py" <<'PY'
import sys

import torch
from torch.utils import _pytree as pytree
from torch.utils.backend_registration import _setup_privateuseone_for_python_backend

name = sys.argv[1]
_setup_privateuseone_for_python_backend(None if name == "nameless" else name)
device = torch.device("privateuseone" if name == "nameless" else name, 0)


class OnDevice(torch.Tensor):
    __torch_function__ = torch._C._disabled_torch_function_impl

    @staticmethod
    def __new__(cls, values):
        made = torch.Tensor._make_wrapper_subclass(cls, values.size(), dtype=values.dtype, device=device)
        made.values = values
        return made

    @classmethod
    def __torch_dispatch__(cls, operator, types, args=(), kwargs=None):
        return compute(operator, *args, **(kwargs or {}))


def compute(operator, *args, **kwargs):
    to_host = str(kwargs.get("device")) == "cpu"
    kwargs = kwargs | ({"device": "cpu"} if kwargs.get("device") is not None else {})
    args, kwargs = pytree.tree_map_only(OnDevice, lambda one: one.values, (args, kwargs))
    result = operator(*args, **kwargs)
    return result if to_host else pytree.tree_map_only(torch.Tensor, OnDevice, result)


library = torch.library.Library("_", "IMPL")
library.fallback(compute, "PrivateUse1")
weight = torch.ones(3).to(device).requires_grad_()
try:
    (weight * torch.ones(3).to(device)).sum().backward()
    print(f"{name}: the gradient of a sum is {weight.grad.values.tolist()}")
except RuntimeError as error:
    print(f"{name}: {type(error).__name__}: {str(error).splitlines()[0]}")
PY
named=$("$place/venv/bin/python" -W ignore "$place/device.py" named)
nameless=$("$place/venv/bin/python" -W ignore "$place/device.py" nameless)
printf '%s\n%s\n' "$named" "$nameless"
[ "$named" = "named: the gradient of a sum is [1.0, 1.0, 1.0]" ] && [[ "$nameless" == *"CUDA error"* ]] || { echo "this has changed"; exit 1; }
