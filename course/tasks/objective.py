"""The second lab: minimax against non-saturating by hand, what the optimal discriminator measures, and the penalties."""

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import softplus

from course.checking import VALUE, Case, Mistake, Outcome, Problem, Task, Text, float64, value_case
from course.probes import LOSS_CASES, loss_case
from course.tasks.first_gans import SUMS, SWAPPED
from ganlib.objectives import losses

BY_WEIGHT: Text = ("the gradient by D's weights", "对 D 的权重的梯度")
GRADIENTS: Text = ("the gradients", "梯度")
NO_SECOND: Text = (
    "the gradients can't be differentiated again: a penalty on them trains D by their own gradient.",
    "梯度本身不能再求导：惩罚项要对这些梯度再求一次导，才能训练 D。",
)
NO_WEIGHTS: Text = ("no mixing weights were drawn from batch_rng.", "没有从 batch_rng 抽取混合权重。")
ONE_WEIGHT: Text = (
    "one mixing weight serves the whole batch: draw one for each image.",
    "整个批次共用一个混合权重：应当每张图像一个。",
)
PIXEL_WEIGHTS: Text = (
    "each pixel gets its own mixing weight: x_hat is then on no line from a real to a generated image.",
    "每个像素各有一个混合权重：这样 x_hat 就不在真实图像到生成图像的连线上。",
)

# ------------------------------------------------------------------------------------------------- slopes by hand

SATURATING = Task(
    "saturating_generator",
    1,
    losses.saturating_generator,
    LOSS_CASES,
    [
        Mistake(lambda real, fake: softplus(-fake).mean(), ("is the non-saturating form.", "这是非饱和形式。")),
        Mistake(
            lambda real, fake: softplus(fake).mean(),
            ("has the wrong sign: G minimises E[log(1 - D(G(z)))].", "符号反了：G 要最小化 E[log(1 - D(G(z)))]。"),
        ),
        Mistake(lambda real, fake: -softplus(fake).sum(), SUMS),
        Mistake(
            lambda real, fake: (1 - torch.sigmoid(fake)).log().mean(),
            (
                "1 - sigmoid rounds to 0 for a large logit, and log(0) is -inf.",
                "logit 较大时 1 - sigmoid 舍入成 0，log(0) 是 -inf。",
            ),
        ),
    ],
)
LOGITS = (-5.0, -1.0, 0.0, 0.5, 5.0)
AT_ORDINARY: Text = ("logits from -5 to 5", "-5 到 5 的 logit")
AT_EXTREME: Text = ("logits of -900 and 900", "-900 与 900 的 logit")
NOT_OF_LOGIT: Text = (
    "is the derivative by D's probability: one more factor of the chain rule leads to the logit.",
    "这是对 D 的概率求导：按链式法则还要乘一个因子，才是对 logit 的导数。",
)


def _slope_cases() -> list[Case]:
    def at(*logits: float) -> Callable[[Callable[[Tensor], Tensor]], Outcome]:
        return lambda slope: {VALUE: slope(float64(*logits))}

    return [Case(AT_ORDINARY, at(*LOGITS)), Case(AT_EXTREME, at(-900.0, 900.0))]


UP: Text = ("has the wrong sign: both forms fall as the logit rises.", "符号反了：logit 升高时，两种形式都下降。")
SLOPES = [
    Task(
        "slope_saturating",
        2,
        lambda logit: -torch.sigmoid(logit),
        _slope_cases(),
        [
            Mistake(lambda logit: torch.sigmoid(logit), UP),
            Mistake(lambda logit: -torch.sigmoid(-logit), ("is the slope of the other form.", "这是另一种形式的斜率。")),
            Mistake(lambda logit: -1 / (1 - torch.sigmoid(logit)), NOT_OF_LOGIT),
            Mistake(
                lambda logit: -torch.exp(logit) / (1 + torch.exp(logit)),
                ("exp(900) overflows: write it with the sigmoid.", "exp(900) 会溢出：请用 sigmoid 来写。"),
            ),
        ],
    ),
    Task(
        "slope_non_saturating",
        2,
        lambda logit: -torch.sigmoid(-logit),
        _slope_cases(),
        [
            Mistake(lambda logit: torch.sigmoid(-logit), UP),
            Mistake(lambda logit: -torch.sigmoid(logit), ("is the slope of the other form.", "这是另一种形式的斜率。")),
            Mistake(lambda logit: -1 / torch.sigmoid(logit), NOT_OF_LOGIT),
        ],
    ),
]

# ------------------------------------------------------------------------------------------------- the optimal D

P, Q = np.array([0.1, 0.2, 0.3, 0.4]), np.array([0.25, 0.25, 0.4, 0.1])
APART = np.array([0.5, 0.5, 0.0, 0.0]), np.array([0.0, 0.0, 0.75, 0.25])


def _kl(p: np.ndarray, q: np.ndarray) -> float:
    there = p > 0
    return float((p[there] * np.log(p[there] / q[there])).sum())


def jensen_shannon(p: np.ndarray, q: np.ndarray) -> float:
    middle = (p + q) / 2
    return (_kl(p, middle) + _kl(q, middle)) / 2


def _of_two(name: Text, p: np.ndarray, q: np.ndarray) -> Case:
    return Case(name, lambda answer: {VALUE: answer(p.copy(), q.copy())})


OPTIMUM = [
    Task(
        "optimal_discriminator",
        1,
        lambda p, q: p / (p + q),
        [_of_two(("four outcomes", "四种结果"), P, Q)],
        [
            Mistake(
                lambda p, q: p / q,
                (
                    "is the ratio of the densities, which may exceed 1: D is a probability.",
                    "这是密度之比，可能大于 1：D 是概率。",
                ),
            ),
            Mistake(
                lambda p, q: q / (p + q), ("is the probability that the picture is generated.", "这是图像为生成图像的概率。")
            ),
            Mistake(
                lambda p, q: np.log(p / q),
                ("is the optimal logit: its sigmoid is asked for.", "这是最优的 logit：要的是它的 sigmoid。"),
            ),
        ],
    ),
    Task(
        "jensen_shannon",
        2,
        jensen_shannon,
        [
            _of_two(("four outcomes", "四种结果"), P, Q),
            _of_two(("equal distributions", "两个相同的分布"), P, P),
            _of_two(("distributions that never overlap", "互不重叠的分布"), *APART),
        ],
        [
            Mistake(_kl, ("is KL(p || q): compare each with the mean of both.", "这是 KL(p || q)：两者都应与其平均相比。")),
            Mistake(
                lambda p, q: (_kl(p, q) + _kl(q, p)) / 2,
                ("is the mean of both KL: compare each with the mean of both.", "这是两个 KL 的平均：两者都应与其平均相比。"),
            ),
            Mistake(
                lambda p, q: 2 * jensen_shannon(p, q),
                ("is twice the divergence: take half of each KL.", "是散度的两倍：每个 KL 取一半。"),
            ),
            Mistake(
                lambda p, q: jensen_shannon(p, q) / math.log(2),
                ("is in bits: take the natural logarithm.", "单位是比特：请用自然对数。"),
            ),
            Mistake(
                lambda p, q: float((p * np.log(2 * p / (p + q)) + q * np.log(2 * q / (p + q))).sum() / 2),
                ("0 log 0 counts as 0 here, but numpy gives nan.", "0 log 0 在这里按 0 计，而 numpy 给出 nan。"),
            ),
        ],
    ),
    Task(
        "value_at_equality",
        1,
        -math.log(4),
        [value_case()],
        [
            Mistake(math.log(4), ("this is D's loss there; V is its negative.", "这是此时 D 的损失；V 是它的相反数。")),
            Mistake(
                -math.log(2),
                ("V has two expectations, one for real and one for generated pictures.", "V 有两个期望，真实与生成各一个。"),
            ),
            Mistake(0.0, ("D* is 0.5 everywhere, and log 0.5 isn't 0.", "此时 D* 处处为 0.5，而 log 0.5 不是 0。")),
        ],
        rtol=1e-3,
    ),
]

# ------------------------------------------------------------------------------------------------- Wasserstein

WASSERSTEIN = [
    Task(
        "wasserstein_discriminator",
        1,
        losses.wasserstein_discriminator,
        LOSS_CASES,
        [
            Mistake(lambda real, fake: real.mean() - fake.mean(), SWAPPED),
            Mistake(lambda real, fake: fake.sum() - real.sum(), SUMS),
            Mistake(
                lambda real, fake: (fake.mean() - real.mean()).abs(),
                ("the sign matters: no absolute value.", "符号有意义：不要取绝对值。"),
            ),
        ],
    ),
    Task(
        "linear_generator",
        1,
        losses.linear_generator,
        [loss_case(("four pictures", "四张图像"), (0.5, -1.0), (-0.25, 1.0, 0.75, -2.0))],
        [
            Mistake(lambda real, fake: fake.mean(), SWAPPED),
            Mistake(lambda real, fake: -fake.sum(), SUMS),
            Mistake(
                lambda real, fake: real.mean() - fake.mean(),
                ("G's loss doesn't need the real pictures.", "G 的损失不需要真实图像。"),
            ),
        ],
    ),
]

# ------------------------------------------------------------------------------------------------- penalties

N, C, SIDE = 3, 2, 2
D = Callable[[Tensor], Tensor]


def _images(seed: int) -> Tensor:
    return torch.randn(N, C, SIDE, SIDE, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def _linear(weight: Tensor) -> D:
    return lambda images: (images.flatten(1) * weight).sum(1)


def _quadratic(weight: Tensor) -> D:
    return lambda images: 0.5 * (images.square().flatten(1) * weight).sum(1)


def _weight() -> Tensor:
    return torch.linspace(0.5, 1.5, C * SIDE * SIDE, dtype=torch.float64).requires_grad_()


def _differentiated(value: object, weight: Tensor) -> Outcome:
    """Returns a penalty and its gradient by D's weights."""
    if not isinstance(value, Tensor) or value.ndim:
        return {VALUE: value}
    if not value.requires_grad:
        raise Problem(NO_SECOND)
    (by_weight,) = torch.autograd.grad(value, weight, allow_unused=True)
    if by_weight is None:
        raise Problem(NO_SECOND)
    return {VALUE: value, BY_WEIGHT: by_weight}


def _gradients_of(answer: Callable[[Tensor, Tensor], Tensor]) -> Outcome:
    weight, images = _weight(), _images(0).requires_grad_()
    found = answer(_quadratic(weight)(images), images)
    if not isinstance(found, Tensor) or found.shape != (N, C * SIDE * SIDE):
        return {GRADIENTS: found}
    if not found.requires_grad:
        raise Problem(NO_SECOND)
    return {GRADIENTS: found, BY_WEIGHT: torch.autograd.grad(found.square().sum(), weight)[0]}


def _centred(answer: Callable[[Tensor, Tensor], Tensor]) -> Outcome:
    weight, images = _weight(), _images(1).requires_grad_()
    return _differentiated(answer(_quadratic(weight)(images), images), weight)


class _Halves:
    """Draws 0.5, with which it doesn't matter from which end a line is measured; refuses other weights than one an image."""

    drawn = False

    def uniform(self, num: int, *shape: int, dtype: torch.dtype | None = None) -> Tensor:
        self.drawn = True
        if (size := num * math.prod(shape)) != N:
            raise Problem(ONE_WEIGHT if size == 1 else PIXEL_WEIGHTS)
        return torch.full((num, *shape), 0.5, dtype=dtype)


def _penalised(network: Callable[[Tensor], D]) -> Callable[[Callable[..., Tensor]], Outcome]:
    def outcome(answer: Callable[..., Tensor]) -> Outcome:
        weight, rng = _weight(), _Halves()
        value = answer(network(weight), _images(2), _images(3), rng)
        if not rng.drawn:
            raise Problem(NO_WEIGHTS)
        return _differentiated(value, weight)

    return outcome


def _penalty(of_gradients: Callable[[Tensor], Tensor], where: float | None = None) -> Callable[..., Tensor]:
    """Returns a gradient penalty that does something else with the gradients, or takes them somewhere else."""

    def penalty(discriminator: D, real: Tensor, fake: Tensor, batch_rng: _Halves) -> Tensor:
        weights = batch_rng.uniform(len(real), 1, 1, 1, dtype=real.dtype)
        mixed = torch.lerp(real, fake, weights if where is None else torch.full_like(weights, where)).requires_grad_()
        return of_gradients(losses.input_gradients(discriminator(mixed), mixed))

    return penalty


def _norms(gradients: Tensor) -> Tensor:
    return gradients.norm(dim=1)


WHOLE_BATCH: Text = (
    "takes one norm over the whole batch: each image has its own.",
    "对整个批次取了一个范数：每张图像各有一个。",
)
NO_ROOT: Text = ("compares the squared norm with 1: take the norm itself.", "用范数的平方与 1 比较：应取范数本身。")
NO_HALF: Text = ("is twice what it should be: there is a half before it.", "是应有值的两倍：前面有 1/2。")
PENALTIES = [
    Task(
        "input_gradients",
        2,
        losses.input_gradients,
        [Case(("a quadratic D on three images", "三张图像上的二次 D"), _gradients_of)],
        [
            Mistake(
                lambda logits, images: torch.autograd.grad(logits.mean(), images, create_graph=True)[0].flatten(1),
                (
                    "is divided by the batch's size: each image's gradient is that of its own logit.",
                    "除以了批次大小：每张图像的梯度应来自它自己的 logit。",
                ),
            ),
            Mistake(
                lambda logits, images: torch.autograd.grad(logits.sum(), images, create_graph=True)[0],
                ("has the shape of the images: lay each gradient out as one row.", "形状与图像相同：请把每个梯度展平成一行。"),
            ),
        ],
    ),
    Task(
        "zero_centred_penalty",
        1,
        losses.zero_centred_penalty,
        [Case(("a quadratic D on three images", "三张图像上的二次 D"), _centred)],
        [
            Mistake(lambda logits, images: 2 * losses.zero_centred_penalty(logits, images), NO_HALF),
            Mistake(
                lambda logits, images: 0.5 * losses.input_gradients(logits, images).square().mean(),
                (
                    "is a mean over pixels: sum their squares, then take the mean over images.",
                    "对像素取了平均：应先对各像素的平方求和，再对图像取平均。",
                ),
            ),
            Mistake(
                lambda logits, images: 0.5 * _norms(losses.input_gradients(logits, images)).mean(),
                ("takes the norm, not its square.", "用了范数，而不是它的平方。"),
            ),
        ],
    ),
    Task(
        "gradient_penalty",
        3,
        losses.gradient_penalty,
        [
            Case(("a linear D, whose slope is the same everywhere", "线性的 D，斜率处处相同"), _penalised(_linear)),
            Case(
                ("a linear D, whose slope is below 1", "线性的 D，斜率小于 1"), _penalised(lambda weight: _linear(0.1 * weight))
            ),
            Case(("a quadratic D, halfway from real to generated", "二次的 D，取真实与生成图像的中点"), _penalised(_quadratic)),
        ],
        [
            Mistake(_penalty(lambda found: (found.norm() - 1).square()), WHOLE_BATCH),
            Mistake(_penalty(lambda found: (found.square().sum(1) - 1).square().mean()), NO_ROOT),
            Mistake(
                _penalty(lambda found: (_norms(found) - 1).relu().square().mean() + 0 * found.sum()),
                ("leaves slopes below 1 alone: they count too.", "放过了小于 1 的斜率：它们也要计入。"),
            ),
            Mistake(_penalty(lambda found: (_norms(found) - 1).square().sum()), SUMS),
            Mistake(
                _penalty(lambda found: (_norms(found) - 1).abs().mean()),
                ("takes the distance from 1, not its square.", "取了与 1 的距离，而不是其平方。"),
            ),
            Mistake(
                _penalty(lambda found: _norms(found).square().mean()),
                ("draws the slope to 0: this one draws it to 1.", "把斜率拉向 0：这个惩罚应拉向 1。"),
            ),
            Mistake(
                _penalty(lambda found: (_norms(found) - 1).square().mean(), 0.0),
                ("takes the slope at real images, not between.", "取的是真实图像处的斜率，而不是两者之间。"),
            ),
            Mistake(
                _penalty(lambda found: (_norms(found) - 1).square().mean(), 1.0),
                ("takes the slope at generated images, not between.", "取的是生成图像处的斜率，而不是两者之间。"),
            ),
        ],
    ),
    Task(
        "unbounded",
        1,
        "a",
        [value_case()],
        [
            Mistake("b", ("put 2D into the loss, and compare.", "把 2D 代入损失，比较一下。")),
            Mistake(
                "c", ("the loss is linear in D: what does a factor of 2 do to it?", "损失对 D 是线性的：乘 2 之后会怎样？")
            ),
        ],
    ),
]

TASKS = (SATURATING, *SLOPES, *OPTIMUM, *WASSERSTEIN, *PENALTIES)
