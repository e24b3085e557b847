"""Lists a network's layers: settings, output shape, parameters, and the formula that gives its size."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize
from torch.overrides import TorchFunctionMode


@dataclass(frozen=True)
class Layer:
    """One step from a network's input to its output."""

    name: str  # module name, "stages.0.1"; empty for a function
    kind: str  # "Conv2d"; for a function the layer's name: "ReLU", "Upsample", "Add"
    settings: dict[str, Any]  # its arguments; usual defaults are left out
    shape: tuple[int, ...]  # of its output, without the batch; () for one number
    parameters: int  # trainable; a layer that is used again counts once
    formula: str | None = None  # "⌊(28 + 2·1 − 4)/2⌋ + 1 = 14" where the image size may change


STEPS = {  # functions that are shown, and their names as layers
    "interpolate": "Upsample",
    "relu": "ReLU",
    "leaky_relu": "LeakyReLU",
    "tanh": "Tanh",
    "sigmoid": "Sigmoid",
    "flatten": "Flatten",
    "unflatten": "Unflatten",
    "cat": "Concat",  # the label
    "add": "Add",  # a skip connection, or the label's part of the logit
}
RESHAPES = ("Flatten", "Unflatten")
BILINEAR = "UpsamplingBilinear2d"  # torch's layer for interpolate with mode="bilinear"


def layers(network: nn.Module, *inputs: Tensor | None) -> list[Layer]:
    """Returns the steps of `network(*inputs)` in the order of execution.

    Layers are the modules without children, except `nn.Identity`; between them the functions in `STEPS` are listed, others
    (squeeze, multiplication, sums) are not. A flatten that is directly undone by an unflatten is left out. A formula is that of
    the height and of the width, where they differ.

    Args:
        network: any module, such as an outline on the CPU; its mode and weights are left unchanged.
        inputs: its inputs, with a batch dimension.
    """
    watch = _Watch()
    leaves = [(name, module) for name, module in network.named_modules() if _is_leaf(name, module)]
    handles = [handle for name, module in leaves for handle in watch.hooks(name, module)]
    training = [module for module in network.modules() if module.training]
    network.eval()
    try:
        with torch.no_grad(), watch:
            network(*inputs)
    finally:
        for handle in handles:
            handle.remove()
        for module in training:
            module.training = True
    return _without_detours(watch.layers)


class _Watch(TorchFunctionMode):
    """Records the hooked modules, and the functions that are called outside of them."""

    def __init__(self) -> None:
        super().__init__()
        self.layers: list[Layer] = []
        self._inside = False
        self._counted: set[int] = set()

    def hooks(self, name: str, module: nn.Module) -> list:
        def begin(*_: Any) -> None:
            self._inside = True

        def end(_: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
            self._inside = False
            if not isinstance(module, nn.Identity):
                self.layers.append(self._layer(name, module, inputs[0], output))

        return [module.register_forward_pre_hook(begin), module.register_forward_hook(end)]

    def __torch_function__(self, function: Callable, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        kwargs = kwargs or {}
        output = function(*args, **kwargs)
        kind = BILINEAR if kwargs.get("mode") == "bilinear" else STEPS.get(getattr(function, "__name__", ""))
        if kind and not self._inside and isinstance(output, Tensor):
            settings = {"slope": kwargs["negative_slope"]} if "negative_slope" in kwargs else {}
            formula = _formula(nn.Upsample(), args[0], output) if kind in ("Upsample", BILINEAR) else None
            self.layers.append(Layer("", kind, settings, tuple(output.shape[1:]), 0, formula))
        return output

    def _layer(self, name: str, module: nn.Module, taken: Tensor, given: Tensor) -> Layer:
        fresh = [parameter for parameter in module.parameters() if id(parameter) not in self._counted]
        self._counted |= {id(parameter) for parameter in fresh}
        count = sum(parameter.numel() for parameter in fresh)
        settings, formula = _settings(module), _formula(module, taken, given)
        return Layer(name, _kind(module).__name__, settings, tuple(given.shape[1:]), count, formula)


def _is_leaf(name: str, module: nn.Module) -> bool:
    """Whether a module has no children but parametrizations, such as spectral norm."""
    parts = [part for part, _ in module.named_children() if part != "parametrizations"]
    return not parts and "parametrizations" not in name.split(".") and not isinstance(module, nn.ModuleList)


def _kind(module: nn.Module) -> type:
    """Returns a module's class; that of a parametrised module is its second base."""
    return type(module).__mro__[1] if parametrize.is_parametrized(module) else type(module)


def _settings(module: nn.Module) -> dict[str, Any]:
    settings: dict[str, Any]
    match module:
        case nn.Conv2d() | nn.ConvTranspose2d():
            settings = {"kernel": module.kernel_size[0], "stride": module.stride[0], "padding": module.padding[0]}
            settings |= {"groups": module.groups} if module.groups > 1 else {}
            settings |= {} if module.bias is not None else {"bias": False}
        case nn.Linear():
            settings = {} if module.bias is not None else {"bias": False}
        case nn.MaxPool2d():
            settings = {"kernel": module.kernel_size, "stride": module.stride, "padding": module.padding}
        case nn.LeakyReLU():
            settings = {"slope": module.negative_slope}
        case nn.Dropout() | nn.Dropout2d():
            settings = {"share": module.p}
        case nn.BatchNorm1d() | nn.BatchNorm2d():
            settings = {"eps": module.eps} if module.eps != 1e-5 else {}
        case _:
            settings = {}
    return settings | ({"spectral": True} if parametrize.is_parametrized(module) else {})


def _formula(module: nn.Module, taken: Tensor, given: Tensor) -> str | None:
    """Returns the formula of the height and of the width, once if they are equal; None for a layer without one."""
    both = zip(_sides(taken), _sides(given), strict=True)
    formulas = [formula for before, after in both if (formula := _formula_of_side(module, before, after))]
    return ", ".join(dict.fromkeys(formulas)) or None


def _formula_of_side(module: nn.Module, before: int, after: int) -> str | None:
    """Dumoulin & Visin 2016 (arXiv:1603.07285), relationships 6 and 14, with the numbers filled in."""
    match module:
        case nn.Conv2d() | nn.MaxPool2d():
            kernel, stride, dilation = map(_across, (module.kernel_size, module.stride, module.dilation))
            padding = module.padding[0] if isinstance(module.padding, tuple) else module.padding
        case nn.ConvTranspose2d():
            span = _kernel(module.kernel_size[0], module.dilation[0])
            more = f" + {module.output_padding[0]}" if module.output_padding[0] else ""
            return f"({before} − 1)·{module.stride[0]} − 2·{module.padding[0]} + {span}{more} = {after}"
        case nn.Upsample():
            return f"{before} · {after / before:g} = {after}"
        case _:
            return None
    return f"⌊({before} + 2·{padding} − {_kernel(kernel, dilation)})/{stride}⌋ + 1 = {after}"


def _across(size: int | tuple[int, ...]) -> int:
    """Returns a size that may be given as a tuple for both directions."""
    return size if isinstance(size, int) else size[0]


def _kernel(kernel: int, dilation: int) -> str:
    """Returns the effective size of a dilated kernel."""
    return str(kernel) if dilation == 1 else f"({dilation}·({kernel} − 1) + 1)"


def _sides(images: Tensor) -> tuple[int, int]:
    """Returns height and width in pixels; 1 for vectors."""
    return (images.shape[-2], images.shape[-1]) if images.ndim > 3 else (1, 1)


def _without_detours(found: list[Layer]) -> list[Layer]:
    """Removes pairs of flatten and unflatten that restore the shape."""
    kept: list[Layer] = []
    for layer in found:
        back = len(kept) > 1 and layer.kind in RESHAPES and kept[-1].kind in RESHAPES and kept[-2].shape == layer.shape
        if back:
            kept.pop()
        else:
            kept.append(layer)
    return kept
