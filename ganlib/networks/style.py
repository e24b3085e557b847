"""A small StyleGAN2 (Karras et al. 2020, arXiv:1912.04958), from 16 to 256 pixels, with or without labels.

A mapping network turns the latent into a style w; a learned constant is drawn larger, stage by stage, by convolutions whose
input channels w scales. Each stage may take the style of another latent: style mixing (Karras et al. 2019, arXiv:1812.04948,
section 3.1). With `width` n there are n channels at the picture's size and twice as many at each size below, up to `most`.

Left out are the noise inputs, so that a latent has one picture, and the normalisation of z: of a shorter z, w is nearer to
the centre, so that truncation is of z as in the other families (2019 has it in w, appendix B).
"""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ganlib.networks import dcgan, family, resnet
from ganlib.networks.conditioning import with_label
from ganlib.sizes import Size

SIZES = dcgan.SIZES
SLOPE = 0.2  # of LeakyReLU
GAIN = 2**0.5  # after it: keeps the variance of a signal without batch norm
EPS = 1e-8  # of demodulation

Discriminator = resnet.Discriminator  # StyleGAN2's is residual too


class Generator(family.MixingGenerator):
    """Maps a latent (and a label, if the model is conditional) to an image.

    Args:
        image_size: a side in `SIZES`, or height and width.
        channels: 1 (grey), 3 (RGB) or 4 (RGBA).
        latent_dim: length of the latent z.
        width: channels at the picture's size.
        most: channels of the widest stage.
        style: length of the style w.
        num_classes: 0 for a generator without labels; else the label is concatenated to z as a one-hot vector.
    """

    def __init__(
        self,
        image_size: Size,
        channels: int,
        latent_dim: int = 64,
        width: int = 32,
        most: int = 128,
        style: int = 128,
        num_classes: int = 0,
    ):
        super().__init__()
        start, doublings = dcgan.stem(image_size), dcgan.stages(image_size)
        widths = [min(width * 2**doubling, most) for doubling in range(doublings, -1, -1)]
        self.sides = [(start[0] * 2**doubling, start[1] * 2**doubling) for doubling in range(doublings + 1)]
        self.image_size, self.channels, self.latent_dim, self.num_classes = image_size, channels, latent_dim, num_classes
        self.stem = nn.ModuleDict(
            {
                "first": nn.Linear(latent_dim + num_classes, style),
                "second": nn.Linear(style, style),
                "constant": Constant(widths[0], start),
            }
        )
        stages = [Stage([widths[0], widths[0]], style)]
        stages += [Stage([wide, narrow, narrow], style) for wide, narrow in pairwise(widths)]
        self.stages = nn.ModuleList(stages)
        self.to_image = nn.Conv2d(widths[-1], channels, 1)
        self.apply(init_weights)

    def features(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """Returns the first layer before its non-linearity, (N, F): affine in z, shifted by a label. Inputs as `forward`."""
        return self.stem["first"](with_label(z, labels, self.num_classes))

    def style(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """Returns w, (N, style). Inputs as `forward`."""
        return _leaky_relu(self.stem["second"](_leaky_relu(self.features(z, labels))))

    def of_styles(self, styles: Sequence[Tensor]) -> Tensor:
        """w (N, style) for each stage -> (N, channels, H, W), whose tanh is the image."""
        x = self.stem["constant"](styles[0])
        for stage, w in zip(self.stages, styles, strict=True):
            x = stage(x, w)
        return self.to_image(x)


class Constant(nn.Module):
    """The learned input of the first stage, the same for every w (2019, section 2)."""

    def __init__(self, channels: int, size: tuple[int, int]):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(1, channels, *size))

    def forward(self, w: Tensor) -> Tensor:
        return self.weight.expand(w.shape[0], -1, -1, -1).contiguous(memory_format=torch.channels_last)


class Stage(nn.Module):
    """Bilinear upsampling and two modulated convolutions, which take the same w; in the first stage one convolution alone."""

    def __init__(self, widths: Sequence[int], style: int):
        super().__init__()
        self.enlarges = len(widths) > 2
        self.scales = nn.ModuleList(nn.Linear(style, before) for before in widths[:-1])
        self.convolutions = nn.ModuleList(Modulated(before, after, 3, 1, 1) for before, after in pairwise(widths))

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        if self.enlarges:
            x = F.interpolate(x, scale_factor=2.0, mode="bilinear")
        for scales, convolution in zip(self.scales, self.convolutions, strict=True):
            x = _leaky_relu(convolution(x, 1 + scales(w)))
        return x


class Modulated(nn.Conv2d):
    """A convolution whose input channels are scaled (modulation, 2020, equation 1) and whose output is divided by what that
    makes of a signal's deviation (demodulation, equation 3). The maps are scaled instead of the weights, which is the same
    and lets all pictures of a batch share them."""

    bias: nn.Parameter

    def forward(self, x: Tensor, scales: Tensor) -> Tensor:  # type: ignore[override]
        """x (N, in, H, W), scales (N, in) -> (N, out, H, W)."""
        variances = F.linear(scales.square(), self.weight.square().sum((2, 3)))
        maps = F.conv2d(x * _planes(scales, x), self.weight, None, self.stride, self.padding)
        return maps * _planes(torch.rsqrt(variances + EPS), x) + _planes(self.bias[None], x)


def _planes(numbers: Tensor, x: Tensor) -> Tensor:
    return numbers.unsqueeze(-1).unsqueeze(-1).to(x.dtype)  # slices would each be a dozen nodes in ONNX


def _leaky_relu(x: Tensor) -> Tensor:
    return F.leaky_relu(x, SLOPE) * GAIN


def init_weights(module: nn.Module) -> None:
    """Weights that keep the variance of their input (He et al. 2015, arXiv:1502.01852), biases zero, the constant N(0, 1)."""
    if isinstance(module, Constant):
        nn.init.normal_(module.weight)
    elif isinstance(module, nn.Linear | nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, nonlinearity="linear")
    if isinstance(bias := getattr(module, "bias", None), Tensor):
        nn.init.zeros_(bias)
