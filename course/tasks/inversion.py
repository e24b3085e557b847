"""The fourth lab: searches for the latent of a picture, principal directions, and an anomaly detector made of both."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from course.checking import VALUE, Case, Mistake, Outcome, Task, Text, value_case
from ganlib.inversion.gradient import cost_slope

Array = np.ndarray
RNG = np.random.default_rng(0)


def _case(name: Text, *given: Array | float) -> Case:
    def outcome(answer: Callable[..., object]) -> Outcome:
        return {VALUE: answer(*(each.copy() if isinstance(each, np.ndarray) else each for each in given))}

    return Case(name, outcome)


# ------------------------------------------------------------------------------------------------- the cost and its slope


def costs(z: Array, drawn: Array, pixels: Array, prior: float) -> Array:
    return ((drawn - pixels) ** 2).mean(1) + prior**2 * (z**2).mean(1)


def _squared(z: Array, drawn: Array, pixels: Array) -> tuple[Array, Array]:
    return ((drawn - pixels) ** 2).mean(1), (z**2).mean(1)


Z, DRAWN, PIXELS = RNG.normal(size=(3, 4)), RNG.uniform(0, 255, (3, 10)), RNG.uniform(0, 255, (3, 10))
COSTS = Task(
    "costs",
    1,
    costs,
    [
        _case(("three searches with a prior of 40", "三个搜索，先验为 40"), Z, DRAWN, PIXELS, 40.0),
        _case(("no prior", "没有先验"), Z, DRAWN, PIXELS, 0.0),
    ],
    [
        Mistake(
            lambda z, drawn, pixels, prior: ((drawn - pixels) ** 2).sum(1) + prior**2 * (z**2).sum(1),
            ("takes sums: both are means, over pixels and over z.", "用了求和：两项都应取平均，分别对像素和 z。"),
        ),
        Mistake(
            lambda z, drawn, pixels, prior: _squared(z, drawn, pixels)[0] + prior * _squared(z, drawn, pixels)[1],
            ("squares z, but not the prior.", "z 取了平方，先验没有取平方。"),
        ),
        Mistake(
            lambda z, drawn, pixels, prior: np.sqrt(_squared(z, drawn, pixels)[0]) + prior**2 * _squared(z, drawn, pixels)[1],
            ("takes the root of the error: a cost is squared grey levels.", "对误差开了方：代价以灰度级的平方计。"),
        ),
        Mistake(
            lambda z, drawn, pixels, prior: _squared(z, drawn, pixels)[0],
            ("leaves out the prior, which prefers likely latents.", "漏掉了先验项，它偏向更可能的潜变量。"),
        ),
    ],
)


class _Toy(nn.Module):
    """A generator of 2x2 pictures from three numbers, in float64."""

    def __init__(self) -> None:
        super().__init__()
        weight = torch.from_numpy(np.random.default_rng(1).normal(size=(3, 4)))
        self.register_buffer("weight", weight)

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        assert isinstance(self.weight, Tensor)
        shift = 0 if labels is None else 0.1 * labels[:, None]
        return torch.tanh(z @ self.weight + shift).unflatten(1, (1, 2, 2))


Slope = Callable[..., Tensor]


def _slopes(labelled: bool, prior: float) -> Callable[[Slope], Outcome]:
    def outcome(answer: Slope) -> Outcome:
        rng = np.random.default_rng(2)
        z, pixels = (torch.from_numpy(array) for array in (rng.normal(size=(3, 3)), rng.uniform(0, 255, (3, 4))))
        labels = torch.tensor([0, 1, 2]) if labelled else None
        return {VALUE: answer(_Toy(), z, labels, prior, torch.full((1, 1), 0.25, dtype=torch.float64), pixels)}

    return outcome


def _slope_of(cost: Callable[[Tensor, Tensor, Tensor, Tensor, float], Tensor]) -> Slope:
    """Returns the slope of another cost of image, z, shares, pixels and prior."""

    def slope(generator: nn.Module, z: Tensor, labels: Tensor | None, prior: float, shares: Tensor, pixels: Tensor) -> Tensor:
        asked = z.detach().requires_grad_()
        value = cost(generator(asked, labels).flatten(1), asked, shares, pixels, prior)
        return torch.autograd.grad(value, asked)[0]

    return slope


def _grey(image: Tensor) -> Tensor:
    return 127.5 * (image + 1)


SLOPE = Task(
    "cost_slope",
    2,
    cost_slope,
    [
        Case(("three searches without labels or prior", "三个搜索，没有标签和先验"), _slopes(False, 0.0)),
        Case(("with labels and a prior of 40", "有标签，先验为 40"), _slopes(True, 40.0)),
    ],
    [
        Mistake(
            _slope_of(lambda image, z, shares, pixels, prior: (shares * (image - pixels) ** 2).sum()),
            ("compares images from -1 to 1 with grey levels from 0 to 255.", "把 -1 到 1 的图像与 0 到 255 的灰度级直接比较。"),
        ),
        Mistake(
            _slope_of(
                lambda image, z, shares, pixels, prior: (
                    (shares * (_grey(image) - pixels) ** 2).sum(1) + prior**2 * (z**2).mean(1)
                ).mean()
            ),
            (
                "is divided by the number of searches: each has its own cost.",
                "除以了搜索的个数：每个搜索各有自己的代价。",
            ),
        ),
        Mistake(
            _slope_of(lambda image, z, shares, pixels, prior: (shares * (_grey(image) - pixels) ** 2).sum()),
            ("leaves out the prior.", "漏掉了先验项。"),
        ),
        Mistake(
            _slope_of(
                lambda image, z, shares, pixels, prior: (shares * (_grey(image) - pixels) ** 2).sum() + prior**2 * (z**2).sum()
            ),
            ("sums z² in the prior: take its mean.", "先验项对 z² 求了和：应取平均。"),
        ),
    ],
)

# ------------------------------------------------------------------------------------------------- a damped step


def damped_step(jacobian: Array, residual: Array, damping: float) -> Array:
    return -np.linalg.solve(jacobian @ jacobian.T + damping * np.eye(len(jacobian)), jacobian @ residual)


def _marquardt(jacobian: Array, residual: Array, damping: float) -> Array:
    matrix = jacobian @ jacobian.T
    return -np.linalg.solve(matrix + damping * np.diag(np.diag(matrix)), jacobian @ residual)


JACOBIAN, RESIDUAL = RNG.normal(size=(3, 8)), RNG.normal(size=8)
STEP = Task(
    "damped_step",
    2,
    damped_step,
    [
        _case(("three parameters, damping 0.5", "三个参数，阻尼 0.5"), JACOBIAN, RESIDUAL, 0.5),
        _case(("a parameter without effect", "一个不起作用的参数"), JACOBIAN * [[1], [0], [1]], RESIDUAL, 0.1),
    ],
    [
        Mistake(
            lambda jacobian, residual, damping: -damped_step(jacobian, residual, damping),
            ("goes uphill: the step lowers the error.", "方向是上坡：这一步应使误差变小。"),
        ),
        Mistake(
            lambda jacobian, residual, damping: damped_step(jacobian, residual, 0.0),
            ("is not damped.", "没有加阻尼。"),
        ),
        Mistake(
            lambda jacobian, residual, damping: -jacobian @ residual / damping,
            ("is a step along the gradient: the curvature J Jᵀ is missing.", "这是沿梯度的一步：缺少曲率 J Jᵀ。"),
        ),
        Mistake(
            _marquardt,
            ("scales the damping by the diagonal: here it is added as it is.", "按对角元缩放了阻尼：这里直接相加。"),
        ),
    ],
)

# ------------------------------------------------------------------------------------------------- directions


def principal_directions(features: Array, z: Array, count: int) -> Array:
    features, z = features - features.mean(0), z - z.mean(0)
    _, deviations, axes = np.linalg.svd(features, full_matrices=False)
    scores = features @ axes[:count].T / (deviations[:count] / np.sqrt(len(z)))
    return scores.T @ z / len(z)


def _turned(rows: Array) -> Array:
    """Turns each row so that its largest entry is positive: which way a direction points doesn't matter."""
    largest = np.take_along_axis(rows, np.abs(rows).argmax(1, keepdims=True), 1)
    return rows * np.sign(largest)


def _directions(size: int, shift: float, count: int) -> Callable[[Callable[..., Array]], Outcome]:
    rng = np.random.default_rng(size)
    z = rng.normal(size=(4000, 3))
    features = z @ np.diag([1.0, 3.0, 2.0]) @ rng.normal(size=(3, size)) + shift

    def outcome(answer: Callable[..., Array]) -> Outcome:
        found = answer(features.copy(), z.copy(), count)
        return {VALUE: _turned(found) if isinstance(found, np.ndarray) and found.ndim == 2 else found}

    return outcome


def _scaled(power: int) -> Callable[[Array, Array, int], Array]:
    """Returns directions with another length: times the component's deviation to a power."""

    def directions(features: Array, z: Array, count: int) -> Array:
        deviations = np.linalg.svd(features - features.mean(0), compute_uv=False)[:count, None] / np.sqrt(len(z))
        return principal_directions(features, z, count) * deviations**power

    return directions


def _uncentred(features: Array, z: Array, count: int) -> Array:
    _, deviations, axes = np.linalg.svd(features, full_matrices=False)
    scores = features @ axes[:count].T / (deviations[:count] / np.sqrt(len(z)))
    return scores.T @ z / len(z)


DIRECTIONS = Task(
    "principal_directions",
    3,
    principal_directions,
    [
        Case(("the strongest two of three, five features", "三个中最强的两个，五个特征"), _directions(5, 0.0, 2)),
        Case(("all three, features far from 0", "全部三个，特征远离 0"), _directions(6, 30.0, 3)),
    ],
    [
        Mistake(
            lambda features, z, count: principal_directions(features, z, z.shape[1])[::-1][:count],
            ("begins with the weakest: eigh sorts from small to large.", "从最弱的开始了：eigh 是从小到大排序的。"),
        ),
        Mistake(
            _scaled(1),
            ("is not for one deviation: divide the scores by theirs.", "不是一个标准差的步长：请把得分除以其标准差。"),
        ),
        Mistake(_scaled(2), ("uses the scores as they are: divide them by their deviation.", "直接用了得分：请除以其标准差。")),
        Mistake(_uncentred, ("doesn't subtract the mean of the features.", "没有减去特征的均值。")),
        Mistake(
            lambda features, z, count: np.linalg.svd(features - features.mean(0), full_matrices=False)[2][:count],
            (
                "returns directions of the features: they are to be mapped back to z.",
                "返回的是特征空间的方向：还要映射回 z。",
            ),
        ),
        Mistake(
            lambda features, z, count: np.linalg.svd(z - z.mean(0), full_matrices=False)[2][:count],
            (
                "analyses z, which varies equally in all directions: take the features.",
                "分析的是 z，它在各方向的变化相同：应分析特征。",
            ),
        ),
    ],
    rtol=2e-3,
)

# ------------------------------------------------------------------------------------------------- anomalies


def auc(normal: Array, anomalous: Array) -> float:
    one, other = anomalous[:, None], normal[None]
    return float(((one > other) + 0.5 * (one == other)).mean())


NORMAL, ODD = np.array([9.0, 11.0, 8.0, 20.0]), np.array([28.0, 11.0, 25.0])
ANOMALIES = [
    Task(
        "auc",
        2,
        auc,
        [
            _case(("four normal and three odd scores", "四个正常分数与三个异常分数"), NORMAL, ODD),
            _case(("all odd scores above", "异常分数全部更高"), NORMAL, ODD + 30),
            _case(("all scores equal", "所有分数相等"), np.ones(3), np.ones(2)),
        ],
        [
            Mistake(
                lambda normal, anomalous: auc(anomalous, normal),
                ("is the wrong way round: anomalies have the higher scores.", "倒过来了：异常的分数更高。"),
            ),
            Mistake(
                lambda normal, anomalous: float((anomalous[:, None] > normal).mean()),
                ("ties count half.", "分数相等时计一半。"),
            ),
            Mistake(
                lambda normal, anomalous: float((anomalous[:, None] >= normal).mean()),
                ("ties count half.", "分数相等时计一半。"),
            ),
            Mistake(
                lambda normal, anomalous: float((anomalous > np.median(normal)).mean()),
                ("uses one threshold: the area is over all of them.", "只用了一个阈值：面积是对所有阈值而言的。"),
            ),
        ],
    ),
    Task(
        "blind_spot",
        1,
        "b",
        [value_case()],
        [
            Mistake("a", ("can the generator draw it?", "生成器画得出它吗？")),
            Mistake("c", ("noise is far from everything that the generator draws.", "噪声与生成器能画的一切都相差很远。")),
        ],
    ),
]

TASKS = (COSTS, SLOPE, STEP, DIRECTIONS, *ANOMALIES)
