"""Principal directions of a latent (GANSpace): those along which a generator's pictures vary most.

GANSpace (Härkönen et al. 2020, arXiv:2004.02546, section 2): a principal component analysis, not of z, which is
isotropic, but of the features of the generator's first layer; each component is then mapped back to z by least squares.
"""

import numpy as np
import torch

from ganlib import latents
from ganlib.latents import Distribution
from ganlib.networks import Generator

SAMPLES = 4096
BATCH = 512
ROUNDS = 8  # of subspace iteration, at most; an affine layer needs one
CAPTURED = 1 - 1e-6  # of the norm of the features: the basis is complete
DEAD = 1e-5  # of the first component's standard deviation: below it a component is rounding error


def principal_directions(
    generator: Generator, dim: int, distribution: Distribution = "normal", count: int = 10, seed: int = 0
) -> np.ndarray:
    """Returns the strongest principal directions of z, float32 (min(count, dim), dim), strongest first.

    A row added to z moves the first layer's features (`generator.features`) by one standard deviation of their component;
    its largest entry is positive. Rows are fewer where the layer has fewer components. The generator is in eval mode.

    Every z has the label 0: a label only shifts the features, so that all labels have the same directions, and no direction
    changes the label.
    """
    drawn = latents.sample(SAMPLES, dim, seed, distribution)
    features = _features(generator, drawn)
    z = torch.from_numpy(drawn - drawn.mean(0))
    components = _strongest(features, z).double()
    variances, axes = torch.linalg.eigh(components.T @ components / SAMPLES)
    deviations, axes = variances.clamp(min=0).sqrt().flip(0)[:count], axes.flip(1)[:, :count]
    alive = deviations > DEAD * deviations[0]
    # The least squares of GANSpace's equation 3, z from the components: they are uncorrelated, so each is solved separately.
    normed = components @ axes[:, alive] / deviations[alive]
    directions = (normed.T @ z.double() / SAMPLES).numpy()
    largest = np.take_along_axis(directions, np.abs(directions).argmax(1, keepdims=True), 1)
    return (directions * np.sign(largest)).astype(np.float32)


def _features(generator: Generator, z: np.ndarray) -> torch.Tensor:
    """Returns the centred features (N, F) of `z` on the CPU, in float32."""
    device = next(generator.parameters()).device
    labels = torch.zeros(BATCH, dtype=torch.long, device=device) if generator.num_classes else None
    with torch.no_grad():
        parts = [generator.features(part.to(device), labels).float().cpu() for part in torch.from_numpy(z).split(BATCH)]
    features = torch.cat(parts)
    features -= features.mean(0)
    return features


def _strongest(features: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
    """Projects centred `features` (N, F) on an orthonormal basis (N, dim) of the subspace of their largest variance.

    An affine layer's features span no more than z does, and features' @ z (F, dim) spans them all: a hundred times faster
    than the covariance of all features. For other layers it is the start of a subspace iteration (Halko et al. 2011,
    arXiv:0909.4061, algorithm 4.4).
    """
    total = torch.linalg.norm(features)
    components = z
    for _ in range(ROUNDS):
        components = features @ torch.linalg.qr(features.T @ components)[0]
        if torch.linalg.norm(components) >= CAPTURED * total:
            break
    return components
