"""A convolution whose gradient can be differentiated again, as penalties on gradients need, in bfloat16 on any CPU.

torch differentiates a convolution's gradient by another convolution, whose kernel is as large as the picture and which takes
the batch for channels. With AMX oneDNN computes some of these wrongly in bfloat16: for the grouped 3x3 convolutions of
`resnet` at 32, 64 and 96 px, with 2, 4, ..., 14 images, the gradients of R1 by the weights were off by more than their size.
The derivative is itself a gradient of a convolution of the layer's own shape, so this class asks for that one instead: by the
kernels that every training step uses. The gradient is torch's own.

Where each channel is convolved alone with a stride, as in EfficientNet, oneDNN computes the gradient in bfloat16 by its kernel
for matrix products, in tens of times as long as in float32; so it is computed in float32 (`benchmarks/convolutions.py`).
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.autograd import Function
from torch.nn import functional as F


class Geometry(NamedTuple):
    """What a convolution is besides its images, weights and bias; each in pixels down and across."""

    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    groups: int


class Conv2d(nn.Conv2d):
    """As torch.nn.Conv2d, with `padding` in pixels only (no "same"), of zeros."""

    padding: tuple[int, ...]

    def forward(self, images: Tensor) -> Tensor:
        if not in_bfloat16(images) or torch.compiler.is_compiling():  # what is compiled is differentiated once
            return super().forward(images)
        geometry = Geometry(self.stride, self.padding, self.dilation, self.groups)
        return _Convolution.apply(*cast(images, self.weight, self.bias), geometry)


def in_bfloat16(images: Tensor) -> bool:
    """Whether a layer computes in bfloat16 on the CPU."""
    on_cpu = images.device.type == "cpu" and torch.is_autocast_enabled("cpu")
    return on_cpu and torch.get_autocast_dtype("cpu") == torch.bfloat16


def cast(*tensors: Tensor | None) -> list[Tensor | None]:
    return [tensor if tensor is None else tensor.to(torch.bfloat16) for tensor in tensors]


# A convolution is linear in its images and in its weights, its gradients are linear in the gradient they are computed from and
# in the images or weights. The derivatives of these two functions are therefore again these two, of any order.


class _Convolution(Function):
    """Convolves images (N, C, H, W) with weights (O, C / groups, K, L), and adds a bias (O) or None: (N, O, H', W')."""

    @staticmethod
    def forward(ctx, images, weight, bias, geometry):
        ctx.save_for_backward(images, weight)
        ctx.geometry = geometry
        return F.conv2d(images, weight, bias, *geometry)

    @staticmethod
    def backward(ctx, gradient):
        images, weight = ctx.saved_tensors
        return *_Gradients.apply(gradient, images, weight, ctx.geometry, _wanted(ctx)), None


def _wanted(ctx) -> tuple[bool, ...]:
    """Returns which of the gradients by images, weights and bias this pass uses: the first pass of a penalty, the images' only.
    `ctx.needs_input_grad` doesn't tell, and the others take as long again. (A leaf can't be asked about.)"""
    nodes = [node for node, _ in ctx.next_functions]  # of the tensors among the inputs
    wanted = [node is not None and (hasattr(node, "variable") or torch._C._will_engine_execute_node(node)) for node in nodes]
    return (*wanted, False)[:3]  # there may be no bias


class _Gradients(Function):
    """Computes the gradients of a convolution by its images, weights and bias from that by its output (N, O, H', W'); None for
    those that the mask leaves out."""

    @staticmethod
    def forward(ctx, gradient, images, weight, geometry, mask):
        ctx.save_for_backward(gradient, images, weight)
        ctx.set_materialize_grads(False)
        ctx.geometry = geometry
        stride, padding, dilation, groups = geometry
        more = ([len(weight)], stride, padding, dilation, False, [0, 0], groups, mask)
        if max(stride) == 1 or not 1 < groups == len(weight):
            return torch.ops.aten.convolution_backward(gradient, images, weight, *more)
        exact = images.float() if mask[1] else torch.empty_like(images, dtype=torch.float32)  # by itself only its shape counts
        found = torch.ops.aten.convolution_backward(gradient.float(), exact, weight.float(), *more)
        return tuple(each if each is None else each.to(gradient.dtype) for each in found)

    @staticmethod
    def backward(ctx, by_images, by_weight, by_bias):
        """The three are cotangents of the gradients, of the same shapes, or None."""
        (gradient, images, weight), needed, geometry = ctx.saved_tensors, ctx.needs_input_grad, ctx.geometry
        parts = []
        if needed[0] and by_images is not None:
            parts.append(_Convolution.apply(by_images, weight, None, geometry))
        if needed[0] and by_weight is not None:
            parts.append(_Convolution.apply(images, by_weight, None, geometry))
        if needed[0] and by_bias is not None:
            parts.append(by_bias[:, None, None].expand_as(gradient))
        to_images = to_weight = None
        if needed[1] and by_weight is not None:
            to_images = _Gradients.apply(gradient, images, by_weight, geometry, (True, False, False))[0]
        if needed[2] and by_images is not None:
            to_weight = _Gradients.apply(gradient, by_images, weight, geometry, (False, True, False))[1]
        return sum(parts) if parts else None, to_images, to_weight, None, None
