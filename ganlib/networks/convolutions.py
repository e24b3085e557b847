"""Convolutions that are computed as matrix products where that is faster on a CPU in bfloat16.

oneDNN's kernels vectorise along the rows of an image and are slow where these are a few pixels long: the weight gradient
between 512 channels of 4 x 4 pixels and 256 of 8 x 8 takes five times as long as the equivalent matrix product. Up to the
sizes below, the patches of an image form the rows of a matrix that is multiplied with the weights (im2col;
`benchmarks/convolutions.py` times both ways). So is a grey picture of any size computed from its features: its one channel
leaves most of a vector empty. For other sizes and precisions these classes call torch's, with one exception: the gradient of
a transposed convolution's bias, for which torch takes about as long as for both others, is a plain sum.
"""

from math import prod
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.autograd import Function
from torch.nn import functional as F

from ganlib.networks import twice
from ganlib.networks.twice import cast, in_bfloat16


class Limits(NamedTuple):
    """The sizes for which the matrix product is faster."""

    side: int  # pixels of the smaller image along either side, at most
    channels: int  # of either image, at least


IMAGES = Limits(4, 192)  # for the output, or the gradient of the input
WEIGHTS = Limits(8, 64)  # for the gradient of the weights; the widest limits
BATCH = 16  # pictures, at least, for which summing weights costs less than it saves


class Shape(NamedTuple):
    """The geometry of a convolution with a square kernel between a larger and a smaller image."""

    kernel: int
    stride: int
    padding: int
    large: tuple[int, int]  # height and width of the larger image, in pixels
    small: tuple[int, int]
    channels: int  # the smaller number of the two images

    def within(self, limits: Limits) -> bool:
        return max(self.small) <= limits.side and self.channels >= limits.channels

    @property
    def grey(self) -> bool:
        return self.channels == 1


class Conv2d(twice.Conv2d):
    """As torch.nn.Conv2d, with `padding` in pixels only (no "same")."""

    def forward(self, images: Tensor) -> Tensor:
        large = _sides(images)
        height, width = ((side + 2 * self.padding[0] - self.kernel_size[0]) // self.stride[0] + 1 for side in large)
        shape = _shape(self, images, large, (height, width))
        return _Convolution.apply(*cast(images, self.weight, self.bias), shape) if shape else super().forward(images)


class ConvTranspose2d(nn.ConvTranspose2d):
    """As torch.nn.ConvTranspose2d."""

    padding: tuple[int, ...]

    def forward(self, images: Tensor, output_size: list[int] | None = None) -> Tensor:
        small = _sides(images)
        height, width = ((side - 1) * self.stride[0] - 2 * self.padding[0] + self.kernel_size[0] for side in small)
        shape = None if output_size else _shape(self, images, (height, width), small)
        if shape:
            return _Transposed.apply(*cast(images, self.weight, self.bias), shape)
        if output_size or not _learned(self.bias):
            return super().forward(images, output_size)
        return _with_bias(F.conv_transpose2d(images, self.weight, None, self.stride, self.padding), self.bias)


def can_double(maps: Tensor, size: tuple[int, ...]) -> bool:
    """Whether maps (N, C, H, W) are brought to `size` faster by `convolve_doubled`. A compiled or exported network keeps the
    two steps, and small batches don't make up for the sums of weights."""
    height, width = _sides(maps)
    return not torch.compiler.is_compiling() and size == (2 * height, 2 * width) and len(maps) >= BATCH


def convolve_doubled(layer: nn.Conv2d, maps: Tensor) -> Tensor:
    """Returns layer(F.interpolate(maps, scale_factor=2)): maps (N, C, H, W), doubled by nearest neighbours, and convolved by
    3 x 3 pixels with a border of zeros, (N, O, 2 H, 2 W).

    Doubled maps repeat each pixel four times, so that the nine weights meet four different pixels only: it is a transposed
    convolution of 4 x 4 pixels with a stride of 2, whose weights are sums of these, with 2.25 times fewer multiplications. As
    in the sub-pixel convolutions of Shi et al. 2016 (arXiv:1609.05158), no large map is convolved.
    """
    weight, small = _doubled(layer.weight), _sides(maps)
    if not in_bfloat16(maps):
        return _with_bias(F.conv_transpose2d(maps, weight, None, 2, 1), layer.bias)
    shape = Shape(4, 2, 1, (2 * small[0], 2 * small[1]), small, min(weight.shape[:2]))
    return _Transposed.apply(*cast(maps, weight, layer.bias), shape)


# What each of the 3 x 3 weights adds to each of the 4 x 4: along a side a, b, c make c, b + c, a + b, a.
_SUMS = torch.tensor([[0.0, 0.0, 1.0, 1.0], [0.0, 1.0, 1.0, 0.0], [1.0, 1.0, 0.0, 0.0]])
_SUMS = torch.kron(_SUMS, _SUMS)


def _doubled(weight: Tensor) -> Tensor:
    """Returns the weights (I, O, 4, 4) of the transposed convolution that equals one of doubled maps with (O, I, 3, 3)."""
    with torch.autocast(weight.device.type, enabled=False):
        summed = weight.transpose(0, 1).reshape(-1, 9) @ _SUMS.to(weight)
    return summed.view(weight.shape[1], weight.shape[0], 4, 4).contiguous(memory_format=torch.channels_last)


def _learned(bias: Tensor | None) -> bool:
    return bias is not None and bias.requires_grad and torch.is_grad_enabled()


def _with_bias(images: Tensor, bias: Tensor | None) -> Tensor:
    return images if bias is None else images + bias[:, None, None]


def _sides(images: Tensor) -> tuple[int, int]:
    return images.shape[-2], images.shape[-1]


def _shape(
    layer: Conv2d | ConvTranspose2d, images: Tensor, large: tuple[int, int], small: tuple[int, int]
) -> Shape | None:  # fmt: skip
    """Returns the layer's shape where any part of it is faster here, else None."""
    if not in_bfloat16(images):
        return None
    channels = min(layer.weight.shape[:2])
    shape = Shape(layer.kernel_size[0], layer.stride[0], layer.padding[0], large, small, channels)
    biased = isinstance(layer, ConvTranspose2d) and layer.bias is not None
    return shape if biased or shape.grey or shape.within(WEIGHTS) else None


# A convolution is linear in its image and in its weights. So is each of these three functions, and the derivatives of each are
# the other two. Derivatives of any order, which gradient penalties need, are therefore computed by these three.


class _Convolution(Function):
    """Computes the smaller image (N, O, h, w) from the larger (N, C, H, W), the weights (O, C, K, K) and a bias (O) or None."""

    @staticmethod
    def forward(ctx, large, weight, bias, shape):
        ctx.save_for_backward(large, weight)
        ctx.shape = shape
        if not shape.within(IMAGES):
            return F.conv2d(large, weight, bias, shape.stride, shape.padding)
        product = F.linear(_patches(large, shape), _matrix(weight), bias)
        return product.view(len(large), *shape.small, -1).permute(0, 3, 1, 2)

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
    """Computes the larger image (N, C, H, W) from the smaller (N, O, h, w), the weights (O, C, K, K) and a bias (C) or None."""

    @staticmethod
    def forward(ctx, small, weight, bias, shape):
        ctx.save_for_backward(small, weight)
        ctx.shape = shape
        if not (shape.grey or shape.within(IMAGES)):
            over = [
                large - (small - 1) * shape.stride + 2 * shape.padding - shape.kernel
                for large, small in zip(shape.large, shape.small, strict=True)
            ]
            return F.conv_transpose2d(small, weight, bias, shape.stride, shape.padding, over)
        if shape.grey:
            large = _folded_by_torch(_pixels(small) @ weight.flatten(1), shape)
        else:
            large = _folded(_pixels(small) @ _matrix(weight), shape)
        return _with_bias(large, bias)

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
    """Computes the gradient of the weights (O, C, K, K) from the larger image (N, C, H, W) and the smaller (N, O, h, w)."""

    @staticmethod
    def forward(ctx, large, small, shape):
        ctx.save_for_backward(large, small)
        ctx.shape = shape
        if not (shape.grey or shape.within(WEIGHTS)):
            weight = large.new_empty(small.shape[1], large.shape[1], shape.kernel, shape.kernel)
            both = (2 * [shape.stride], 2 * [shape.padding], [1, 1], False, [0, 0], 1, [False, True, False])
            return torch.ops.aten.convolution_backward(small, large, weight, None, *both)[1]
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
    """Returns images (N, C, H, W) as one row per pixel, (N * H * W, C): a view where they are channels-last."""
    return images.permute(0, 2, 3, 1).reshape(-1, images.shape[1])


def _matrix(weight: Tensor) -> Tensor:
    """Returns weights (O, C, K, K) as (O, K * K * C): a view where they are channels-last."""
    return weight.permute(0, 2, 3, 1).reshape(len(weight), -1)


def _patches(large: Tensor, shape: Shape) -> Tensor:
    """Returns the patch under the kernel at each position of images (N, C, H, W): (N * h * w, K * K * C) (im2col)."""
    padded = F.pad(large.permute(0, 2, 3, 1), (0, 0) + 4 * (shape.padding,)).contiguous()
    image, row, column, channel = padded.stride()
    size = (len(large), *shape.small, shape.kernel, shape.kernel, large.shape[1])
    steps = (image, shape.stride * row, shape.stride * column, row, column, channel)
    return padded.as_strided(size, steps).reshape(len(large) * prod(shape.small), -1)


def _folded(patches: Tensor, shape: Shape) -> Tensor:
    """Sums patches to images (N, C, H, W): the transpose of `_patches` (col2im)."""
    (height, width), (rows, columns) = shape.large, (shape.stride * side for side in shape.small)
    patches = patches.view(-1, *shape.small, shape.kernel, shape.kernel, patches.shape[1] // shape.kernel**2)
    padded = patches.new_zeros(len(patches), height + 2 * shape.padding, width + 2 * shape.padding, patches.shape[-1])
    for down in range(shape.kernel):
        for across in range(shape.kernel):
            below, right = slice(down, down + rows, shape.stride), slice(across, across + columns, shape.stride)
            padded[:, below, right] += patches[:, :, :, down, across]
    inner, within = slice(shape.padding, shape.padding + height), slice(shape.padding, shape.padding + width)
    return padded[:, inner, within].permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)


def _folded_by_torch(patches: Tensor, shape: Shape) -> Tensor:
    """As `_folded`, of patches (N * h * w, C * K * K), channel by channel: faster for few channels."""
    columns = patches.view(-1, prod(shape.small), patches.shape[1]).transpose(1, 2)
    large = F.fold(columns, shape.large, shape.kernel, padding=shape.padding, stride=shape.stride)
    return large.contiguous(memory_format=torch.channels_last)
