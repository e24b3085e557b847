"""The first lab: the fully connected, the least-squares and the convolutional GAN of an assignment, and min-max of xy."""

from collections.abc import Callable
from functools import partial
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn

from course.checking import VALUE, Case, Mistake, Outcome, Problem, Task, Text, value_case
from course.probes import LOSS_CASES, network_case
from ganlib.networks import infogan, mlp
from ganlib.objectives import losses

LATENT = 96
LEAST: Text = ("the smallest value", "最小值")
LARGEST: Text = ("the largest value", "最大值")
SPREAD: Text = ("the variance", "方差")
SHAPE: Text = ("the shape", "形状")
IGNORED: Text = (
    "the numbers don't come from `rng`: hand it on as `generator=rng`.",
    "这些数不是由 `rng` 产生的：请传入 `generator=rng`。",
)
POINTS: Text = ("the points (x, y)", "各点 (x, y)")


# ------------------------------------------------------------------------------------------------- noise


def sample_noise(num: int, dim: int, rng: torch.Generator) -> Tensor:
    return torch.rand(num, dim, generator=rng) * 2 - 1


def _noise(answer: Callable[[int, int, torch.Generator], Tensor]) -> Outcome:
    z, again = (answer(400, LATENT, torch.Generator().manual_seed(7)) for _ in range(2))
    if not torch.equal(z, again):
        raise Problem(IGNORED)
    return {
        SHAPE: np.array(z.shape), LEAST: round(float(z.min()), 1), LARGEST: round(float(z.max()), 1),
        SPREAD: round(float(z.var()), 2),
    }  # fmt: skip


NOISE = Task(
    "sample_noise",
    1,
    sample_noise,
    [Case(("400 latents of length 96", "400 个长度为 96 的潜变量"), _noise)],
    [
        Mistake(
            lambda num, dim, rng: torch.rand(num, dim, generator=rng),
            ("these numbers lie between 0 and 1: spread them over -1 to 1.", "这些数在 0 与 1 之间：请展开到 -1 与 1 之间。"),
        ),
        Mistake(
            lambda num, dim, rng: torch.randn(num, dim, generator=rng),
            ("these numbers are normal: this GAN takes uniform ones.", "这些数服从正态分布：这个 GAN 用均匀分布。"),
        ),
    ],
)

# ------------------------------------------------------------------------------------------------- fully connected


def discriminator(slope: float = 0.01, activation: type[nn.Module] | None = None) -> nn.Sequential:
    between = activation or partial(nn.LeakyReLU, slope)
    widths = (784, 256, 256)
    hidden = [layer for before, after in pairwise(widths) for layer in (nn.Linear(before, after), between())]
    return nn.Sequential(nn.Flatten(), *hidden, nn.Linear(256, 1))


def generator(last: type[nn.Module] = nn.Tanh, activation: type[nn.Module] = nn.ReLU) -> nn.Module:
    return nn.Sequential(
        nn.Linear(LATENT, 1024), activation(), nn.Linear(1024, 1024), activation(), nn.Linear(1024, 784), last()
    )


SLOPE: Text = ("the slope of LeakyReLU on the negative side should be 0.01.", "LeakyReLU 负半轴的斜率应为 0.01。")
NO_SLOPE: Text = ("ReLU stops the gradient of half the units: take LeakyReLU.", "ReLU 会截断一半单元的梯度：请用 LeakyReLU。")
SIGMOID: Text = (
    "the discriminator returns logits: its losses apply the sigmoid themselves.",
    "判别器应返回 logit：sigmoid 由损失函数自己处理。",
)
NO_TANH: Text = ("pictures are pixels between -1 and 1: end with tanh.", "图像的像素在 -1 与 1 之间：末尾要用 tanh。")
NOT_TANH: Text = (
    "a sigmoid gives pixels between 0 and 1, but they reach from -1 to 1.",
    "sigmoid 给出 0 到 1 的像素，而像素应在 -1 与 1 之间。",
)

DISCRIMINATOR = Task(
    "discriminator",
    2,
    discriminator,
    [network_case(("with the project's weights", "代入本项目的权重"), partial(mlp.Discriminator, 28, 1), (5, 1, 28, 28))],
    [
        Mistake(partial(discriminator, 0.2), SLOPE),
        Mistake(partial(discriminator, activation=nn.ReLU), NO_SLOPE),
        Mistake(lambda: nn.Sequential(*discriminator(), nn.Sigmoid()), SIGMOID),
    ],
)
GENERATOR = Task(
    "generator",
    2,
    generator,
    [network_case(("with the project's weights", "代入本项目的权重"), partial(mlp.Generator, 28, 1, LATENT), (5, LATENT))],
    [
        Mistake(partial(generator, nn.Identity), NO_TANH),
        Mistake(partial(generator, nn.Sigmoid), NOT_TANH),
        Mistake(
            partial(generator, activation=nn.LeakyReLU),
            ("the generator's hidden layers end with ReLU, without a slope.", "生成器的隐藏层用不带斜率的 ReLU。"),
        ),
    ],
)

# ------------------------------------------------------------------------------------------------- losses

SUMS: Text = (
    "is the sum over the batch: take the mean, so that it doesn't depend on the batch's size.",
    "这是对批次求和：请取平均，使其不依赖批次大小。",
)
OVERFLOWS: Text = (
    "the sigmoid of a large logit rounds to 1, and log(0) is -inf: use softplus of the logit.",
    "logit 较大时 sigmoid 舍入成 1，log(0) 是 -inf：请对 logit 用 softplus。",
)
HALVED: Text = (
    "is half of what it should be: the two terms are added, not averaged.",
    "只有应有值的一半：两项应相加，而不是平均。",
)
WHOLE: Text = (
    "is twice what it should be: least squares has a half before each term.",
    "是应有值的两倍：最小二乘损失的每一项前有 1/2。",
)
SWAPPED: Text = ("real and generated are swapped: this rewards D for being wrong.", "真实与生成弄反了：这样判错反而得益。")
MINIMAX: Text = (
    "is the saturating form, E[log(1 - D(G(z)))], whose gradient vanishes where D rejects.",
    "这是饱和形式 E[log(1 - D(G(z)))]，D 坚决拒绝时梯度消失。",
)
sigmoid, softplus = torch.sigmoid, nn.functional.softplus

LOGISTIC = Task(
    "logistic_discriminator",
    2,
    losses.logistic_discriminator,
    LOSS_CASES,
    [
        Mistake(lambda real, fake: softplus(-real).sum() + softplus(fake).sum(), SUMS),
        Mistake(lambda real, fake: (softplus(-real).mean() + softplus(fake).mean()) / 2, HALVED),
        Mistake(lambda real, fake: softplus(real).mean() + softplus(-fake).mean(), SWAPPED),
        Mistake(lambda real, fake: -sigmoid(real).log().mean() - (1 - sigmoid(fake)).log().mean(), OVERFLOWS),
        Mistake(
            lambda real, fake: -softplus(-real).mean() - softplus(fake).mean(),
            (
                "is V(D, G) itself, which D maximises: a loss is minimised.",
                "这是 D 要最大化的 V(D, G) 本身：损失应当是要最小化的量。",
            ),
        ),
    ],
)
NON_SATURATING = Task(
    "non_saturating_generator",
    1,
    losses.non_saturating_generator,
    LOSS_CASES,
    [
        Mistake(lambda real, fake: softplus(-fake).sum(), SUMS),
        Mistake(lambda real, fake: -softplus(fake).mean(), MINIMAX),
        Mistake(lambda real, fake: -sigmoid(fake).log().mean(), OVERFLOWS),
        Mistake(lambda real, fake: softplus(fake).mean(), SWAPPED),
    ],
)
LEAST_SQUARES = [
    Task(
        "least_squares_discriminator",
        1,
        losses.least_squares_discriminator,
        LOSS_CASES,
        [
            Mistake(lambda real, fake: (real - 1).square().mean() + fake.square().mean(), WHOLE),
            Mistake(lambda real, fake: 0.5 * real.square().mean() + 0.5 * (fake - 1).square().mean(), SWAPPED),
            Mistake(lambda real, fake: 0.5 * (real - 1).square().sum() + 0.5 * fake.square().sum(), SUMS),
            Mistake(
                lambda real, fake: 0.5 * (sigmoid(real) - 1).square().mean() + 0.5 * sigmoid(fake).square().mean(),
                ("least squares takes the logits as they are, without a sigmoid.", "最小二乘直接用 logit，不经过 sigmoid。"),
            ),
        ],
    ),
    Task(
        "least_squares_generator",
        1,
        losses.least_squares_generator,
        LOSS_CASES,
        [
            Mistake(lambda real, fake: (fake - 1).square().mean(), WHOLE),
            Mistake(lambda real, fake: 0.5 * fake.square().mean(), SWAPPED),
            Mistake(lambda real, fake: 0.5 * (fake - 1).square().sum(), SUMS),
        ],
    ),
]

# ------------------------------------------------------------------------------------------------- convolutional


def dc_discriminator(slope: float = 0.01, last: tuple[nn.Module, ...] = ()) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 32, 5), nn.LeakyReLU(slope), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 5), nn.LeakyReLU(slope), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(1024, 1024), nn.LeakyReLU(slope), nn.Linear(1024, 1), *last,
    )  # fmt: skip


def dc_generator(last: type[nn.Module] = nn.Tanh, norm_first: bool = False) -> nn.Module:
    def after(norm: nn.Module) -> list[nn.Module]:
        return [norm, nn.ReLU()] if norm_first else [nn.ReLU(), norm]

    return nn.Sequential(
        nn.Linear(LATENT, 1024), *after(nn.BatchNorm1d(1024)),
        nn.Linear(1024, 128 * 7 * 7), *after(nn.BatchNorm1d(128 * 7 * 7)),
        nn.Unflatten(1, (128, 7, 7)), nn.ConvTranspose2d(128, 64, 4, 2, 1), *after(nn.BatchNorm2d(64)),
        nn.ConvTranspose2d(64, 1, 4, 2, 1), last(),
    )  # fmt: skip


CONVOLUTIONAL = [
    Task(
        "dc_discriminator",
        2,
        dc_discriminator,
        [
            network_case(
                ("with the project's weights", "代入本项目的权重"), partial(infogan.Discriminator, 28, 1), (5, 1, 28, 28)
            )
        ],
        [Mistake(partial(dc_discriminator, 0.2), SLOPE), Mistake(partial(dc_discriminator, last=(nn.Sigmoid(),)), SIGMOID)],
    ),
    Task(
        "dc_generator",
        2,
        dc_generator,
        [
            network_case(
                ("with the project's weights", "代入本项目的权重"), partial(infogan.Generator, 28, 1, LATENT), (5, LATENT)
            )
        ],
        [
            Mistake(partial(dc_generator, nn.Identity), NO_TANH),
            Mistake(partial(dc_generator, nn.Sigmoid), NOT_TANH),
            Mistake(
                partial(dc_generator, norm_first=True),
                ("in these networks batch norm comes after ReLU.", "在这两个网络里，批归一化在 ReLU 之后。"),
            ),
        ],
    ),
]

# ------------------------------------------------------------------------------------------------- min-max of xy

Path = list[tuple[float, float]]


def alternate(x: float, y: float, rate: float, steps: int) -> Path:
    points = [(x, y)]
    for _ in range(steps):
        y += rate * x
        x -= rate * y
        points.append((x, y))
    return points


def _simultaneous(x: float, y: float, rate: float, steps: int) -> Path:
    points = [(x, y)]
    for _ in range(steps):
        x, y = x - rate * y, y + rate * x
        points.append((x, y))
    return points


def _x_first(x: float, y: float, rate: float, steps: int) -> Path:
    points = [(x, y)]
    for _ in range(steps):
        x -= rate * y
        y += rate * x
        points.append((x, y))
    return points


def _both_down(x: float, y: float, rate: float, steps: int) -> Path:
    points = [(x, y)]
    for _ in range(steps):
        y -= rate * x
        x -= rate * y
        points.append((x, y))
    return points


def _path(name: Text, *start: float, steps: int = 6) -> Case:
    return Case(name, lambda answer: {POINTS: np.asarray(answer(*start, steps), np.float64)})


MIN_MAX = [
    Task(
        "alternate",
        2,
        alternate,
        [
            _path(("six steps of rate 1 from (1, 1)", "从 (1, 1) 出发、步长 1 的六步"), 1.0, 1.0, 1.0),
            _path(("ten steps of rate 0.1 from (0.5, -2)", "从 (0.5, -2) 出发、步长 0.1 的十步"), 0.5, -2.0, 0.1, steps=10),
            _path(("no step", "零步"), 3.0, 4.0, 0.1, steps=0),
        ],
        [
            Mistake(_simultaneous, ("both moved at once: x must use the new y.", "两者同时移动了：x 应使用更新后的 y。")),
            Mistake(_x_first, ("x moved first: y is to move first in each step.", "x 先动了：每一步应由 y 先动。")),
            Mistake(_both_down, ("y went downhill too: it maximises xy.", "y 也在往下走：它要最大化 xy。")),
            Mistake(
                lambda *given: alternate(*given)[1:],
                ("the start is missing: return steps + 1 points.", "缺少起点：应返回 steps + 1 个点。"),
            ),
        ],
    ),
    Task(
        "growth",
        1,
        lambda rate: 1 + rate**2,
        [
            Case(("rate 1", "步长 1"), lambda answer: {VALUE: answer(1.0)}),
            Case(("rate 0.1", "步长 0.1"), lambda answer: {VALUE: answer(0.1)}),
        ],
        [
            Mistake(
                lambda rate: 1 + rate,
                ("try it with rate 0.1: write out (x - hy)² + (y + hx)².", "用步长 0.1 试试：展开 (x - hy)² + (y + hx)²。"),
            ),
            Mistake(
                lambda rate: (1 + rate**2) ** 0.5,
                ("this is the factor of the distance, not of its square.", "这是距离的倍数，不是其平方的倍数。"),
            ),
            Mistake(
                lambda rate: 1,
                ("it does change: the terms ±2hxy cancel, others don't.", "它会变：±2hxy 抵消，其余的项不抵消。"),
            ),
        ],
    ),
    Task(
        "reaches",
        1,
        "c",
        [value_case()],
        [
            Mistake("a", ("look at your six steps: does the distance shrink?", "看看你的六步：距离变小了吗？")),
            Mistake(
                "b", ("so it is for simultaneous steps; look at your alternating ones.", "同时移动才会这样；请看你的交替移动。")
            ),
        ],
    ),
    Task(
        "good_sign",
        1,
        "b",
        [value_case()],
        [
            Mistake("a", ("whom does it fool, if D hasn't learned anything?", "如果 D 什么也没学到，它骗过的是谁？")),
            Mistake(
                "c",
                ("two losses of a non-saturating game need not add up to a constant.", "非饱和博弈的两个损失之和不必是常数。"),
            ),
        ],
    ),
]

TASKS = (NOISE, DISCRIMINATOR, GENERATOR, LOGISTIC, NON_SATURATING, *LEAST_SQUARES, *CONVOLUTIONAL, *MIN_MAX)
