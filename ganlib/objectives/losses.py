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
class Formula:
    """A term of a loss in LaTeX: `latex` as the code computes it, `textbook` as papers write it where that differs.

    D(x) is the logit, before any sigmoid; sigma is the sigmoid. `key` identifies the term's aim;
    `studio/words/learn/lesson.py` has a text for known keys, and the page shows a general one for others.
    """

    key: str
    latex: str
    textbook: str | None = None


@dataclass(frozen=True)
class AdversarialLoss:
    """The losses of both networks, `discriminator(real, fake)` and `generator(real, fake)`, and their formulas. The last
    statement of each function returns a sum, with one formula for each addend from left to right.

    `pairs`: the generator's loss uses `real` too, which costs a pass of D over real images. `boundary` is the
    logit at which D is undecided; None where the loss depends on differences of logits only.
    `probabilistic`: sigmoid(logit) is D's probability that an image is real.
    """

    discriminator: Callable[[Tensor, Tensor], Tensor]
    generator: Callable[[Tensor, Tensor], Tensor]
    d_formulas: tuple[Formula, ...]
    g_formulas: tuple[Formula, ...]
    pairs: bool = False
    boundary: float | None = 0.0
    probabilistic: bool = False

    @property
    def guessing(self) -> float | None:
        """D's loss when it can't distinguish images: discriminator(b, b) at its boundary b, or at any b where it has none. None
        where that is not positive, and so no reference for other losses."""
        undecided = torch.tensor([self.boundary or 0.0], dtype=torch.float64)
        level = self.discriminator(undecided, undecided).item()
        return level if level > 0 else None


def logistic_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """-E[log D(x)] - E[log(1 - D(G(z)))], D = sigmoid(logit): Goodfellow et al. 2014 (arXiv:1406.2661), eq. (1)."""
    return softplus(-real).mean() + softplus(fake).mean()


def saturating_generator(real: Tensor, fake: Tensor) -> Tensor:
    """E[log(1 - D(G(z)))]: G's side of eq. (1). Its gradient vanishes where D rejects confidently."""
    return -softplus(fake).mean()


def non_saturating_generator(real: Tensor, fake: Tensor) -> Tensor:
    """-E[log D(G(z))]: Goodfellow et al. 2014, section 3. The same fixed point, but strong gradients early in training."""
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
    """E[softplus(-(D(G(z)) - D(x)))]: eq. (2) with the roles of real and fake exchanged."""
    return softplus(real - fake).mean()


LOGISTIC_FORMULAS = (
    Formula(
        "real_high",
        r"\mathbb{E}_x\left[\operatorname{softplus}(-D(x))\right]",
        r"-\mathbb{E}_x\left[\log\sigma(D(x))\right]",
    ),
    Formula(
        "fake_low",
        r"\mathbb{E}_z\left[\operatorname{softplus}(D(G(z)))\right]",
        r"-\mathbb{E}_z\left[\log(1-\sigma(D(G(z))))\right]",
    ),
)
LINEAR_FORMULAS = (Formula("fake_up", r"-\mathbb{E}_z\left[D(G(z))\right]"),)

LOSSES = {
    "saturating": AdversarialLoss(
        logistic_discriminator,
        saturating_generator,
        LOGISTIC_FORMULAS,
        (
            Formula(
                "fake_not_low",
                r"-\mathbb{E}_z\left[\operatorname{softplus}(D(G(z)))\right]",
                r"\mathbb{E}_z\left[\log(1-\sigma(D(G(z))))\right]",
            ),
        ),
        probabilistic=True,
    ),
    "non-saturating": AdversarialLoss(
        logistic_discriminator,
        non_saturating_generator,
        LOGISTIC_FORMULAS,
        (
            Formula(
                "fake_high",
                r"\mathbb{E}_z\left[\operatorname{softplus}(-D(G(z)))\right]",
                r"-\mathbb{E}_z\left[\log\sigma(D(G(z)))\right]",
            ),
        ),
        probabilistic=True,
    ),
    "least-squares": AdversarialLoss(
        least_squares_discriminator,
        least_squares_generator,
        (
            Formula("real_one", r"\frac{1}{2}\mathbb{E}_x\left[(D(x)-1)^2\right]"),
            Formula("fake_zero", r"\frac{1}{2}\mathbb{E}_z\left[D(G(z))^2\right]"),
        ),
        (Formula("fake_one", r"\frac{1}{2}\mathbb{E}_z\left[(D(G(z))-1)^2\right]"),),
        boundary=0.5,
    ),
    "hinge": AdversarialLoss(
        hinge_discriminator,
        linear_generator,
        (
            Formula("real_above_one", r"\mathbb{E}_x\left[\max(0,1-D(x))\right]"),
            Formula("fake_below_minus_one", r"\mathbb{E}_z\left[\max(0,1+D(G(z)))\right]"),
        ),
        LINEAR_FORMULAS,
    ),
    "wasserstein": AdversarialLoss(
        wasserstein_discriminator,
        linear_generator,
        (
            Formula("fake_down", r"\mathbb{E}_z\left[D(G(z))\right]"),
            Formula("real_up", r"-\mathbb{E}_x\left[D(x)\right]"),
        ),
        LINEAR_FORMULAS,
        boundary=None,
    ),
    "relativistic": AdversarialLoss(
        relativistic_discriminator,
        relativistic_generator,
        (
            Formula(
                "real_above_fake",
                r"\mathbb{E}_{x,z}\left[\operatorname{softplus}(D(G(z))-D(x))\right]",
                r"-\mathbb{E}_{x,z}\left[\log\sigma(D(x)-D(G(z)))\right]",
            ),
        ),
        (
            Formula(
                "fake_above_real",
                r"\mathbb{E}_{x,z}\left[\operatorname{softplus}(D(x)-D(G(z)))\right]",
                r"-\mathbb{E}_{x,z}\left[\log\sigma(D(G(z))-D(x))\right]",
            ),
        ),
        pairs=True,
        boundary=None,
    ),
}


def zero_centred_penalty(logits: Tensor, images: Tensor) -> Tensor:
    """1/2 E[||grad D||^2] at `images`, which must require a gradient and be the input of `logits`.

    At real images it is R1, at generated ones R2 (Mescheder et al. 2018, arXiv:1801.04406, eq. (9)); multiply by gamma.
    """
    return 0.5 * input_gradients(logits, images).square().sum(1).mean()


def gradient_penalty(discriminator: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor, batch_rng: BatchRng) -> Tensor:
    """E[(||grad D(x_hat)||_2 - 1)^2], x_hat uniform on the lines from real to fake; multiply by lambda.

    Gulrajani et al. 2017 (arXiv:1704.00028), eq. (3). `real` and `fake` (N, C, H, W); the N mixing weights are drawn.
    """
    weights = batch_rng.uniform(len(real), 1, 1, 1, dtype=real.dtype)
    mixed = torch.lerp(real.detach(), fake.detach(), weights).requires_grad_()
    norms = torch.linalg.vector_norm(input_gradients(discriminator(mixed), mixed), dim=1)
    return (norms - 1).square().mean()


def input_gradients(logits: Tensor, images: Tensor) -> Tensor:
    """Returns the gradient of each logit (N,) with respect to its image, (N, C*H*W), in float32 or better; itself
    differentiable. `images` (N, C, H, W) must require a gradient and be the input of `logits`."""
    (gradients,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
    return gradients.flatten(1).to(torch.promote_types(gradients.dtype, torch.float32))
