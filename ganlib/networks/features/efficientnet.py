"""EfficientNet-Lite0 up to its last stage, in evaluation: Tan & Le 2019 (arXiv:1905.11946), without squeeze-and-excitation.

The blocks are MobileNetV2's inverted residuals (Sandler et al. 2018, arXiv:1801.04381), "MBConv" in the paper. Batch norm is
part of the convolutions: with fixed statistics it is a scale and a shift. `benchmarks/feature_network.py` has made the weights.
"""

from torch import Tensor, nn
from torch.nn import functional as F

from ganlib.networks import twice

# Blocks: kernel, stride of the first, expansion, channels, number. A stage begins where a map is halved and ends before the
# next one is, as in Projected GAN: its maps have a 4th, an 8th, a 16th and a 32nd of the picture's side.
STAGES = (
    ((3, 1, 1, 16, 1), (3, 2, 6, 24, 2)),
    ((5, 2, 6, 40, 2),),
    ((3, 2, 6, 80, 3), (5, 1, 6, 112, 3)),
    ((5, 2, 6, 192, 4), (3, 1, 6, 320, 1)),
)
CHANNELS = tuple(blocks[-1][3] for blocks in STAGES)
STEM = 32  # channels of the first convolution


class Convolution(twice.Conv2d):
    """Pads like TensorFlow's "SAME", with which the network was trained: of an odd number of zeros more at the end."""

    def __init__(self, before: int, after: int, kernel: int, stride: int = 1, groups: int = 1):
        super().__init__(before, after, kernel, stride, kernel // 2 if stride == 1 else 0, groups=groups)

    def forward(self, maps: Tensor) -> Tensor:
        if self.stride[0] > 1:
            (top, bottom), (left, right) = (self._zeros(side) for side in maps.shape[2:])
            maps = F.pad(maps, (left, right, top, bottom))
        return super().forward(maps)

    def _zeros(self, side: int) -> tuple[int, int]:
        kernel, stride = self.kernel_size[0], self.stride[0]
        both = max((-(-side // stride) - 1) * stride + kernel - side, 0)
        return both // 2, both - both // 2


class Block(nn.Module):
    """An inverted residual: widens (N, C, H, W) by a factor, filters each channel, narrows; adds its input where that fits."""

    def __init__(self, before: int, after: int, kernel: int, stride: int, expansion: int):
        super().__init__()
        wide = before * expansion
        self.expand = Convolution(before, wide, 1) if expansion > 1 else None
        self.filter = Convolution(wide, wide, kernel, stride, groups=wide)
        self.project = Convolution(wide, after, 1)
        self.residual = stride == 1 and before == after

    def forward(self, maps: Tensor) -> Tensor:
        wide = F.relu6(self.expand(maps)) if self.expand else maps
        narrow = self.project(F.relu6(self.filter(wide)))
        return maps + narrow if self.residual else narrow


class EfficientNetLite0(nn.Module):
    """Maps pictures (N, 3, H, W) in [-1, 1] to the maps of its first `stages` stages, each (N, CHANNELS[i], H / 2^(i + 2),
    W / 2^(i + 2)), rounded up."""

    def __init__(self, stages: int = len(STAGES)):
        super().__init__()
        self.stem = Convolution(3, STEM, 3, 2)
        before, built = STEM, []
        for rows in STAGES[:stages]:
            blocks: list[nn.Module] = []
            for kernel, stride, expansion, after, number in rows:
                for place in range(number):
                    blocks.append(Block(before, after, kernel, 1 if place else stride, expansion))
                    before = after
            built.append(nn.Sequential(*blocks))
        self.stages = nn.ModuleList(built)

    def forward(self, images: Tensor) -> list[Tensor]:
        maps, found = F.relu6(self.stem(images)), []
        for stage in self.stages:
            maps = stage(maps)
            found.append(maps)
        return found
