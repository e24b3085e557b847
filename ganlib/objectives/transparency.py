"""What the discriminator sees of transparent pictures: colour multiplied by alpha ("premultiplied"), and alpha.

Generators draw straight colour and alpha, as PNG stores them. Where alpha is 0 such a colour is undefined: a file may hold any.
A discriminator that saw it would learn to tell files by it, and the generator would have to imitate it. Premultiplied, all that
is invisible is the same black, and what is half visible counts by half (Porter and Duff 1984, "Compositing Digital Images",
section 3); a mean of two pictures, as in WGAN-GP's penalty, is then a cross-fade. So the generator gets no gradient for colours
that are invisible, and can continue those of the edge.
"""

import torch
from torch import Tensor

from ganlib.pictures import RGBA


def premultiplied(images: Tensor) -> Tensor:
    """Returns straight RGBA (N, 4, H, W) in [-1, 1] with c' = c * a, where colour c and alpha a are taken as in [0, 1]; images
    of 1 or 3 channels unchanged. Differentiable."""
    if images.shape[1] != RGBA:
        return images
    colour, alpha = images[:, :3], images[:, 3:]
    return torch.cat([(colour + 1) * coverage(alpha) - 1, alpha], 1)


def coverage(alpha: Tensor) -> Tensor:
    """Maps alpha from [-1, 1] to [0, 1]."""
    return (alpha + 1) / 2
