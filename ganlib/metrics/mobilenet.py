"""A MobileNetV2 that has learned to tell drawings from photographs, up to its features: the extractor that judges pictures.

Sandler et al. 2018 (arXiv:1801.04381), table 2, trained on five classes: drawings, photographs, indecent ones of both (NSFWJS).
Batch norm is part of the convolutions: with fixed statistics it is a scale and a shift. `benchmarks/mobilenet.py` has made the
weights, `ganlib/assets/README.md` says from what.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ganlib.networks.features.efficientnet import Block, Convolution

BLOCKS = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
STEM, FEATURES = 32, 1280  # channels of the first and of the last convolution
SIDE = 96  # pixels to which pictures are brought; a multiple of 32


class MobileNetV2(nn.Module):
    """Maps pictures (N, 3, H, W) in [0, 255], which it stretches to 96 px (bilinear, antialiased), to features (N, 1280)."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = Convolution(3, STEM, 3, 2)
        before, blocks = STEM, []
        for expansion, after, number, stride in BLOCKS:
            for place in range(number):
                blocks.append(Block(before, after, 3, 1 if place else stride, expansion))
                before = after
        self.blocks = nn.Sequential(*blocks)
        self.last = Convolution(before, FEATURES, 1)

    def forward(self, images: Tensor) -> Tensor:
        images = F.interpolate(images, (SIDE, SIDE), mode="bilinear", antialias=True) / 255
        images = images.contiguous(memory_format=torch.channels_last)
        return F.relu6(self.last(self.blocks(F.relu6(self.stem(images))))).mean((2, 3))
