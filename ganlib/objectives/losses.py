"""Adversarial losses and gradient penalties: plain functions of logits and images, no optimiser, no logging.

Logits are D's raw output, shape (N,), before any sigmoid; `real` is D(x), `fake` is D(G(z)). Each loss is a pair of
functions that return a scalar to be minimised. log sigmoid(t) = -softplus(-t) keeps the logarithmic ones finite where
log(sigmoid(t)) would be -inf.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import softplus

from ganlib.objectives.batch_rng import BatchRng


@dataclass(frozen=True)
class AdversarialLoss:
    """What each player minimises: `discriminator(real, fake)` and `generator(real, fake)`.

    `pairs` says whether the generator's loss reads `real` too, which costs a pass of D over real images. `boundary` is the
    logit at which D is undecided; None where the loss sees nothing but differences of logits, which have no zero.
    """

    discriminator: Callable[[Tensor, Tensor], Tensor]
    generator: Callable[[Tensor, Tensor], Tensor]
    pairs: bool = False
    boundary: float | None = 0.0


def logistic_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """-E[log D(x)] - E[log(1 - D(G(z)))], D = sigmoid(logit): Goodfellow et al. 2014 (arXiv:1406.2661), eq. (1)."""
    return softplus(-real).mean() + softplus(fake).mean()


def saturating_generator(real: Tensor, fake: Tensor) -> Tensor:
    """E[log(1 - D(G(z)))]: G's side of eq. (1). Its gradient vanishes where D rejects confidently."""
    return -softplus(fake).mean()


def non_saturating_generator(real: Tensor, fake: Tensor) -> Tensor:
    """-E[log D(G(z))]: Goodfellow et al. 2014, section 3. The same fixed point, a strong gradient early on."""
    return softplus(-fake).mean()


def least_squares_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """1/2 E[(D(x) - 1)^2] + 1/2 E[D(G(z))^2]: Mao et al. 2017 (arXiv:1611.04076), eq. (9)."""
    return 0.5 * (real - 1).square().mean() + 0.5 * fake.square().mean()


def least_squares_generator(real: Tensor, fake: Tensor) -> Tensor:
    """1/2 E[(D(G(z)) - 1)^2]: Mao et al. 2017, eq. (9)."""
    return 0.5 * (fake - 1).square().mean()


def hinge_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """E[max(0, 1 - D(x))] + E[max(0, 1 + D(G(z)))]: Lim & Ye 2017 (arXiv:1705.02894); Miyato et al. 2018, eq. (16)."""
    return (1 - real).relu().mean() + (1 + fake).relu().mean()


def wasserstein_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """E[D(G(z))] - E[D(x)]: Arjovsky et al. 2017 (arXiv:1701.07875), eq. (2), negated; D must be kept 1-Lipschitz."""
    return fake.mean() - real.mean()


def linear_generator(real: Tensor, fake: Tensor) -> Tensor:
    """-E[D(G(z))]: G's side of the Wasserstein and of the hinge game (Miyato et al. 2018, eq. (17))."""
    return -fake.mean()


def relativistic_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """E[softplus(-(D(x) - D(G(z))))]: Jolicoeur-Martineau 2018 (arXiv:1807.00734), as in R3GAN (arXiv:2501.05441), eq. (2)."""
    return softplus(fake - real).mean()


def relativistic_generator(real: Tensor, fake: Tensor) -> Tensor:
    """E[softplus(-(D(G(z)) - D(x)))]: the pairs of eq. (2) with the roles exchanged."""
    return softplus(real - fake).mean()


LOSSES = {
    "saturating": AdversarialLoss(logistic_discriminator, saturating_generator),
    "non-saturating": AdversarialLoss(logistic_discriminator, non_saturating_generator),
    "least-squares": AdversarialLoss(least_squares_discriminator, least_squares_generator, boundary=0.5),
    "hinge": AdversarialLoss(hinge_discriminator, linear_generator),
    "wasserstein": AdversarialLoss(wasserstein_discriminator, linear_generator, boundary=None),
    "relativistic": AdversarialLoss(relativistic_discriminator, relativistic_generator, pairs=True, boundary=None),
}


def zero_centred_penalty(logits: Tensor, images: Tensor) -> Tensor:
    """1/2 E[||grad D||^2] at `images`, which must require a gradient and have led to `logits`.

    At real images it is R1, at generated ones R2 (Mescheder et al. 2018, arXiv:1801.04406, eq. (9)); multiply by gamma.
    """
    return 0.5 * _gradients(logits, images).square().sum(1).mean()


def gradient_penalty(discriminator: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor, batch_rng: BatchRng) -> Tensor:
    """E[(||grad D(x_hat)||_2 - 1)^2], x_hat uniform on the lines from real to fake; multiply by lambda.

    Gulrajani et al. 2017 (arXiv:1704.00028), eq. (3). `real` and `fake` (N, C, H, W); the N mixing weights are drawn.
    """
    weights = batch_rng.uniform(len(real), 1, 1, 1, dtype=real.dtype)
    mixed = torch.lerp(real.detach(), fake.detach(), weights).requires_grad_()
    norms = torch.linalg.vector_norm(_gradients(discriminator(mixed), mixed), dim=1)
    return (norms - 1).square().mean()


def _gradients(logits: Tensor, images: Tensor) -> Tensor:
    """The gradient of each logit with respect to its image, (N, C*H*W), in float32 or better."""
    (gradients,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
    return gradients.flatten(1).to(torch.promote_types(gradients.dtype, torch.float32))
