"""The heads of the second discriminator: small networks on the mixed feature maps. To add one, add a function and a row.

Sauer et al. 2021, "Projected GANs Converge Faster" (arXiv:2111.01007), section 3.2, mixes a frozen network's maps by fixed
random convolutions, so that a head can't pass by what is hard to see; Kumari et al. 2022, "Ensembling Off-the-shelf Models for
GAN Training" (arXiv:2112.09130), adds such heads to the discriminator on pixels, as here. Layers are spectrally normalised
(Miyato et al. 2018, arXiv:1802.05957).
"""

from collections.abc import Callable, Sequence
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

Mixing = Literal["none", "channels", "scales"]
SLOPE = 0.2  # of LeakyReLU


def patch(channels: int) -> nn.Module:
    """Judges each position of a map (N, C, H, W) by its 3x3 neighbourhood: (N, C, H, W)."""
    return nn.Sequential(spectral_norm(nn.Conv2d(channels, channels, 3, 1, 1)), nn.LeakyReLU(SLOPE))


def down(channels: int) -> nn.Module:
    """Judges a map (N, C, H, W) at half its size, as a head of Projected GAN does: (N, C, H / 2, W / 2), rounded up."""
    return nn.Sequential(spectral_norm(nn.Conv2d(channels, channels, 3, 2, 1)), nn.LeakyReLU(SLOPE))


def normed(channels: int) -> nn.Module:
    """As `down`, with the batch norm of Projected GAN's heads, by which a batch of pictures that are all alike differs from a
    batch of real ones: (N, C, H / 2, W / 2), rounded up."""
    return nn.Sequential(
        spectral_norm(nn.Conv2d(channels, channels, 3, 2, 1, bias=False)), nn.BatchNorm2d(channels), nn.LeakyReLU(SLOPE)
    )


def whole(channels: int) -> nn.Module:
    """Judges a map (N, C, H, W) by its mean: (N, C, 1, 1)."""
    return nn.Sequential(
        *(spectral_norm(nn.Conv2d(channels, channels, 3, 1, 1)), nn.LeakyReLU(SLOPE), nn.AdaptiveAvgPool2d(1)),
        *(spectral_norm(nn.Conv2d(channels, channels, 1)), nn.LeakyReLU(SLOPE)),
    )


HEADS: dict[str, Callable[[int], nn.Module]] = {head.__name__: head for head in (patch, down, normed, whole)}


class Head(nn.Module):
    """Maps a feature map (N, C, H, W) to logits (N, L), one for each position that `body` leaves. A label adds the product of
    its embedding and the features there (Miyato & Koyama 2018, arXiv:1802.05637)."""

    def __init__(self, channels: int, body: nn.Module, num_classes: int):
        super().__init__()
        self.body = body
        self.to_logit = spectral_norm(nn.Conv2d(channels, 1, 1))
        self.embedding = spectral_norm(nn.Embedding(num_classes, channels)) if num_classes else None

    def forward(self, maps: Tensor, labels: Tensor | None = None) -> Tensor:
        features = self.body(maps)
        logits = self.to_logit(features)
        if self.embedding is not None:
            assert labels is not None  # a network with classes always gets labels
            logits = logits + (self.embedding(labels)[:, :, None, None] * features).sum(1, keepdim=True)
        return logits.flatten(1)


class Fixed(nn.Module):
    """A random convolution that keeps the variance of its input (He et al. 2015, arXiv:1502.01852) and is never trained: its
    weight is a buffer, which a state holds and no optimiser knows."""

    weight: Tensor

    def __init__(self, before: int, after: int, kernel: int):
        super().__init__()
        self.register_buffer("weight", torch.empty(after, before, kernel, kernel))
        nn.init.normal_(self.weight, 0.0, (before * kernel**2) ** -0.5)

    def forward(self, maps: Tensor) -> Tensor:
        return F.conv2d(maps, self.weight, padding="same")


class FeatureDiscriminator(nn.Module):
    """Maps the feature maps of pictures, `mixed` once for all passes, and their labels to the logits of each head.

    Args:
        channels: of each map, from the largest to the smallest.
        num_classes: 0 for heads without labels.
        mixing: "channels" mixes each map's channels by a fixed random 1x1 convolution; "scales" then adds to each map the next
            smaller one, after a fixed random 3x3 convolution; "none" leaves the maps as they are.
        width: channels of a mixed map.
        head: a key of HEADS.
    """

    def __init__(
        self, channels: Sequence[int], num_classes: int = 0, mixing: Mixing = "scales", width: int = 64, head: str = "patch"
    ):
        super().__init__()
        self.across = nn.ModuleList(Fixed(before, width, 1) for before in channels if mixing != "none")
        self.between = nn.ModuleList(Fixed(width, width, 3) for _ in channels if mixing == "scales")
        widths = channels if mixing == "none" else [width] * len(channels)
        self.heads = nn.ModuleList(Head(each, HEADS[head](each), num_classes) for each in widths)

    def forward(self, maps: Sequence[Tensor], labels: Tensor | None = None) -> list[Tensor]:
        """mixed maps (N, C_i, H_i, W_i), labels (N,) of integers or None -> logits (N, L_i) of each head."""
        return [head(each, labels) for head, each in zip(self.heads, maps, strict=True)]

    def mixed(self, maps: Sequence[Tensor]) -> list[Tensor]:
        """Returns a frozen network's maps, mixed across channels and scales: of the same sizes, of `width` channels."""
        if self.across:
            maps = [mix(each) for mix, each in zip(self.across, maps, strict=True)]
        if not self.between:
            return list(maps)
        found: list[Tensor] = []
        for mix, each in zip(reversed(self.between), reversed(maps), strict=True):
            if found:
                each = each + F.interpolate(found[-1], each.shape[2:], mode="bilinear")
            found.append(mix(each))
        return found[::-1]
