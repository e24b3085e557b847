"""Convolutions that are computed as matrix products where a processor's bfloat16 is faster so.

oneDNN's kernels walk along the rows of an image and starve where these are a few pixels long: the gradient of the weights
between 512 channels of 4 x 4 pixels and 256 of 8 x 8 takes it five times as long as the product that it is. Up to the sides
below, the patches of an image are laid out as the rows of a matrix and multiplied with the weights as another
(`benchmarks/convolutions.py` times both ways). Everywhere else, and in every other precision, these classes are torch's.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.autograd import Function
from torch.nn import functional as F


class Limits(NamedTuple):
    """Where a product is the faster way."""

    side: int  # of the smaller of the two images, in pixels, at most
    channels: int  # of either image, at least


IMAGES = Limits(4, 192)  # to an image, or its gradient
WEIGHTS = Limits(8, 64)  # to the weights' gradient; none of the others reaches further


class Shape(NamedTuple):
    """Of a convolution from a larger image to a smaller one, or the other way: square, alike in both directions."""

    kernel: int
    stride: int
    padding: int
    large: int  # the larger image's side
    small: int
    channels: int  # the fewer of the two images'

    def within(self, limits: Limits) -> bool:
        return self.small <= limits.side and self.channels >= limits.channels


class Conv2d(nn.Conv2d):
    """torch.nn.Conv2d, its padding in pixels: not in words such as "same"."""

    padding: tuple[int, ...]

    def forward(self, images: Tensor) -> Tensor:
        large = images.shape[-1]
        small = (large + 2 * self.padding[0] - self.kernel_size[0]) // self.stride[0] + 1
        shape = _shape(self, images, large, small)
        return _Convolution.apply(*_cast(images, self.weight, self.bias), shape) if shape else super().forward(images)


class ConvTranspose2d(nn.ConvTranspose2d):
    """torch.nn.ConvTranspose2d."""

    padding: tuple[int, ...]

    def forward(self, images: Tensor, output_size: list[int] | None = None) -> Tensor:
        small = images.shape[-1]
        large = (small - 1) * self.stride[0] - 2 * self.padding[0] + self.kernel_size[0]
        shape = None if output_size else _shape(self, images, large, small)
        if shape is None:
            return super().forward(images, output_size)
        return _Transposed.apply(*_cast(images, self.weight, self.bias), shape)


def _shape(layer: Conv2d | ConvTranspose2d, images: Tensor, large: int, small: int) -> Shape | None:
    """The layer's, where any product is the faster way."""
    if images.device.type != "cpu" or not torch.is_autocast_enabled("cpu"):
        return None
    channels = min(layer.weight.shape[:2])
    shape = Shape(layer.kernel_size[0], layer.stride[0], layer.padding[0], large, small, channels)
    return shape if torch.get_autocast_dtype("cpu") == torch.bfloat16 and shape.within(WEIGHTS) else None


def _cast(*tensors: Tensor | None) -> list[Tensor | None]:
    return [tensor if tensor is None else tensor.to(torch.bfloat16) for tensor in tensors]


# A convolution is linear in its image and in its weights. So is each of these three, and the derivatives of each are the
# other two: whatever order of derivative is asked for, as a penalty on gradients does, stays among them.


class _Convolution(Function):
    """The smaller image (N, O, S, S), of the larger (N, C, L, L), the weights (O, C, K, K) and a bias (O) or None."""

    @staticmethod
    def forward(ctx, large, weight, bias, shape):
        ctx.save_for_backward(large, weight)
        ctx.shape = shape
        if not shape.within(IMAGES):
            return F.conv2d(large, weight, bias, shape.stride, shape.padding)
        product = F.linear(_patches(large, shape), _matrix(weight), bias)
        return product.view(len(large), shape.small, shape.small, -1).permute(0, 3, 1, 2)

    @staticmethod
    def backward(ctx, small):
        (large, weight), needed = ctx.saved_tensors, ctx.needs_input_grad
        return (
            _Transposed.apply(small, weight, None, ctx.shape) if needed[0] else None,
            _Weights.apply(large, small, ctx.shape) if needed[1] else None,
            small.sum((0, 2, 3)) if needed[2] else None,
            None,
        )


class _Transposed(Function):
    """The larger image (N, C, L, L), of the smaller (N, O, S, S), the weights (O, C, K, K) and a bias (C) or None."""

    @staticmethod
    def forward(ctx, small, weight, bias, shape):
        ctx.save_for_backward(small, weight)
        ctx.shape = shape
        if not shape.within(IMAGES):
            over = shape.large - (shape.small - 1) * shape.stride + 2 * shape.padding - shape.kernel
            return F.conv_transpose2d(small, weight, bias, shape.stride, shape.padding, over)
        large = _folded(_pixels(small) @ _matrix(weight), shape)
        return large if bias is None else large + bias[:, None, None]

    @staticmethod
    def backward(ctx, large):
        (small, weight), needed = ctx.saved_tensors, ctx.needs_input_grad
        return (
            _Convolution.apply(large, weight, None, ctx.shape) if needed[0] else None,
            _Weights.apply(large, small, ctx.shape) if needed[1] else None,
            large.sum((0, 2, 3)) if needed[2] else None,
            None,
        )


class _Weights(Function):
    """The weights' gradient (O, C, K, K), of the larger image (N, C, L, L) and the smaller (N, O, S, S)."""

    @staticmethod
    def forward(ctx, large, small, shape):
        ctx.save_for_backward(large, small)
        ctx.shape = shape
        product = _pixels(small).t() @ _patches(large, shape)
        return product.view(len(product), shape.kernel, shape.kernel, -1).permute(0, 3, 1, 2)

    @staticmethod
    def backward(ctx, weight):
        (large, small), needed = ctx.saved_tensors, ctx.needs_input_grad
        return (
            _Transposed.apply(small, weight, None, ctx.shape) if needed[0] else None,
            _Convolution.apply(large, weight, None, ctx.shape) if needed[1] else None,
            None,
        )


# ------------------------------------------------------------------------------- images and weights as matrices


def _pixels(images: Tensor) -> Tensor:
    """A row for each pixel of images (N, C, S, S): (N * S * S, C), the same memory where they are channels-last."""
    return images.permute(0, 2, 3, 1).reshape(-1, images.shape[1])


def _matrix(weight: Tensor) -> Tensor:
    """Weights (O, C, K, K) as (O, K * K * C), the same memory where they are channels-last."""
    return weight.permute(0, 2, 3, 1).reshape(len(weight), -1)


def _patches(large: Tensor, shape: Shape) -> Tensor:
    """What the kernel sees at each place of images (N, C, L, L): (N * S * S, K * K * C)."""
    padded = F.pad(large.permute(0, 2, 3, 1), (0, 0) + 4 * (shape.padding,)).contiguous()
    image, row, column, channel = padded.stride()
    size = (len(large), shape.small, shape.small, shape.kernel, shape.kernel, large.shape[1])
    steps = (image, shape.stride * row, shape.stride * column, row, column, channel)
    return padded.as_strided(size, steps).reshape(len(large) * shape.small**2, -1)


def _folded(patches: Tensor, shape: Shape) -> Tensor:
    """The images (N, C, L, L) that are the sum of such patches."""
    side, reach = shape.large + 2 * shape.padding, shape.stride * shape.small
    patches = patches.view(-1, shape.small, shape.small, shape.kernel, shape.kernel, patches.shape[1] // shape.kernel**2)
    padded = patches.new_zeros(len(patches), side, side, patches.shape[-1])
    for down in range(shape.kernel):
        for across in range(shape.kernel):
            below, right = slice(down, down + reach, shape.stride), slice(across, across + reach, shape.stride)
            padded[:, below, right] += patches[:, :, :, down, across]
    inner = slice(shape.padding, shape.padding + shape.large)
    return padded[:, inner, inner].permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)
