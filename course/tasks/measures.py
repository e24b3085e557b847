"""The third lab: the Fréchet distance on known Gaussians and on features, memorisation, and why losses say little."""

from collections.abc import Callable

import numpy as np

from course.checking import VALUE, Case, Mistake, Outcome, Task, Text, value_case
from ganlib.metrics.distances import frechet_distance

Array = np.ndarray


def _case(name: Text, *given: Array) -> Case:
    def outcome(answer: Callable[..., object]) -> Outcome:
        return {VALUE: answer(*(array.copy() for array in given))}

    return Case(name, outcome)


# ------------------------------------------------------------------------------------------------- Gaussians


def _root(matrix: Array) -> Array:
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(values.clip(0))) @ vectors.T


def gaussian_frechet(mean_a: Array, cov_a: Array, mean_b: Array, cov_b: Array) -> float:
    root = _root(cov_a)
    cross = _root(root @ cov_b @ root)
    return float(((mean_a - mean_b) ** 2).sum() + np.trace(cov_a + cov_b - 2 * cross))


def _with_cross(cross: Callable[[Array, Array], Array], factor: float = 2.0) -> Callable[..., float]:
    """Returns the distance with another matrix in the place of the root of the product."""
    return lambda mean_a, cov_a, mean_b, cov_b: float(
        ((mean_a - mean_b) ** 2).sum() + np.trace(cov_a + cov_b - factor * cross(cov_a, cov_b))
    )


def _spread(size: int, seed: int, rank: int | None = None) -> Array:
    """Returns a covariance whose axes are no coordinates."""
    draws = np.random.default_rng(seed).normal(size=(size, rank or size + 2))
    return draws @ draws.T / draws.shape[1]


ZEROS, ONES = np.zeros(3), np.array([1.0, -2.0, 0.5])
GAUSSIANS = Task(
    "gaussian_frechet",
    3,
    gaussian_frechet,
    [
        _case(
            ("one dimension: N(0, 1) and N(3, 4)", "一维：N(0, 1) 与 N(3, 4)"),
            *map(np.array, ([0.0], [[1.0]], [3.0], [[4.0]])),
        ),
        _case(("the same Gaussian twice", "同一个高斯分布"), ONES, _spread(3, 0), ONES, _spread(3, 0)),
        _case(("diagonal covariances", "对角协方差"), ZEROS, np.diag([1.0, 4.0, 9.0]), ONES, np.diag([4.0, 1.0, 0.25])),
        _case(("covariances whose axes differ", "主轴不同的协方差"), ZEROS, _spread(3, 1), ONES, _spread(3, 2)),
        _case(("a covariance without full rank", "不满秩的协方差"), ZEROS, _spread(3, 3, 1), ONES, _spread(3, 4)),
    ],
    [
        Mistake(
            lambda mean_a, cov_a, mean_b, cov_b: float(((mean_a - mean_b) ** 2).sum()),
            ("compares the means only: the covariances count too.", "只比较了均值：协方差也要计入。"),
        ),
        Mistake(
            lambda mean_a, cov_a, mean_b, cov_b: float(
                np.linalg.norm(mean_a - mean_b) + np.trace(cov_a + cov_b - 2 * _root(_root(cov_a) @ cov_b @ _root(cov_a)))
            ),
            ("takes the distance of the means, not its square.", "用了均值之间的距离，而不是其平方。"),
        ),
        Mistake(
            _with_cross(lambda a, b: np.sqrt(np.maximum(a @ b, 0))),
            ("takes the root of each entry: the root of a matrix is another thing.", "对每个元素开方：矩阵的平方根不是这样。"),
        ),
        Mistake(
            _with_cross(lambda a, b: _root(a) @ _root(b)),
            (
                "takes the product of the roots, which is the root of the product only where the axes agree.",
                "用了平方根的乘积：只有主轴一致时，它才等于乘积的平方根。",
            ),
        ),
        Mistake(
            _with_cross(lambda a, b: np.sqrt(np.diag(np.diag(a) * np.diag(b)))),
            ("uses the diagonals only: the covariances beside them count too.", "只用了方差：对角线以外的协方差也要计入。"),
        ),
        Mistake(
            _with_cross(lambda a, b: _root(_root(a) @ b @ _root(a)), 1.0),
            ("subtracts the root once: it is subtracted twice.", "平方根只减了一次：应减两次。"),
        ),
        Mistake(
            lambda mean_a, cov_a, mean_b, cov_b: float(np.sqrt(max(0.0, gaussian_frechet(mean_a, cov_a, mean_b, cov_b)))),
            ("is the root of it: the usual figure is the squared distance.", "开了平方根：通常报告的是距离的平方。"),
        ),
    ],
    rtol=1e-5,
)


def _features(num: int, size: int, seed: int) -> Array:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(num, size)) @ rng.normal(size=(size, size)) + rng.normal(size=size)


def _moments(features: Array, ddof: int = 1) -> tuple[Array, Array]:
    return features.mean(0), np.cov(features, rowvar=False, ddof=ddof)


FEATURES = Task(
    "frechet_distance",
    2,
    frechet_distance,
    [
        _case(("40 and 50 features of length 4", "40 个与 50 个长度为 4 的特征"), _features(40, 4, 0), _features(50, 4, 1)),
        _case(("fewer features than their length", "特征的个数少于长度"), _features(5, 8, 2), _features(6, 8, 3)),
    ],
    [
        Mistake(
            lambda a, b: gaussian_frechet(*_moments(a, 0), *_moments(b, 0)),
            (
                "divides by N: these covariances are unbiased, divided by N - 1.",
                "除以了 N：这里的协方差是无偏的，应除以 N - 1。",
            ),
        ),
        Mistake(
            lambda a, b: gaussian_frechet(np.zeros(a.shape[1]), _moments(a)[1], np.zeros(b.shape[1]), _moments(b)[1]),
            ("leaves out the means.", "漏掉了均值。"),
        ),
        Mistake(
            lambda a, b: gaussian_frechet(a.mean(0), a.T @ a / (len(a) - 1), b.mean(0), b.T @ b / (len(b) - 1)),
            ("doesn't subtract the mean before taking the covariance.", "求协方差之前没有减去均值。"),
        ),
    ],
    rtol=1e-5,
)

FEWER = Task(
    "fewer_samples",
    1,
    "b",
    [value_case()],
    [
        Mistake("a", ("look at the table again: which way does it go?", "再看一遍表格：是往哪个方向变？")),
        Mistake(
            "c",
            (
                "they are drawn from one distribution, but their distance isn't 0: why?",
                "它们来自同一个分布，距离却不是 0：为什么？",
            ),
        ),
    ],
)

# ------------------------------------------------------------------------------------------------- memorisation


def _pictures(num: int, seed: int) -> Array:
    return np.random.default_rng(seed).integers(0, 256, (num, 1, 5, 5), dtype=np.uint8)


def _apart(images: Array, training: Array) -> Array:
    """Returns the differences of all pairs, (N, M, pixels)."""
    one, other = (array.reshape(len(array), -1).astype(np.float64) for array in (images, training))
    return one[:, None] - other[None]


def nearest_distances(images: Array, training: Array) -> Array:
    return np.sqrt((_apart(images, training) ** 2).mean(2)).min(1)


COPY: Text = ("pictures that are in the training set", "训练集里有的图像")
MEMORISATION = [
    Task(
        "nearest_distances",
        2,
        nearest_distances,
        [
            _case(("four random pictures among six", "四张随机图像与六张训练图像"), _pictures(4, 0), _pictures(6, 1)),
            _case(COPY, _pictures(6, 1)[2:4], _pictures(6, 1)),
            _case(("black among white", "黑图与白图"), np.zeros((1, 1, 5, 5), np.uint8), np.full((2, 1, 5, 5), 255, np.uint8)),
        ],
        [
            Mistake(
                lambda images, training: np.array(
                    [min(np.sqrt(((image - other) ** 2).mean()) for other in training) for image in images]
                ),
                (
                    "uint8 wraps around: 3 - 5 is 254, and 16² is 0. Convert to float first.",
                    "uint8 会回绕：3 - 5 得 254，16² 得 0。请先转成浮点数。",
                ),
            ),
            Mistake(
                lambda images, training: np.abs(_apart(images, training)).mean(2).min(1),
                ("takes the mean absolute difference: asked is the root mean square.", "用了平均绝对差：要的是均方根。"),
            ),
            Mistake(
                lambda images, training: (_apart(images, training) ** 2).mean(2).min(1),
                ("is the square: take the root.", "这是平方：请开方。"),
            ),
            Mistake(
                lambda images, training: np.sqrt((_apart(images, training) ** 2).sum(2)).min(1),
                ("grows with the number of pixels: take the mean over them.", "随像素个数变大：应对像素取平均。"),
            ),
            Mistake(
                lambda images, training: np.sqrt((_apart(images, training) ** 2).mean(2)).mean(1),
                (
                    "is the mean distance to all training pictures: take the nearest.",
                    "这是到所有训练图像的平均距离：应取最近的。",
                ),
            ),
        ],
    ),
    Task(
        "memorisation_ratio",
        1,
        lambda near, unseen: float(np.median(near) / np.median(unseen)),
        [
            _case(
                ("seven distances and five", "七个与五个距离"), np.array([3.0, 1, 2, 9, 4, 30, 5]), np.array([4.0, 8, 6, 7, 50])
            )
        ],
        [
            Mistake(
                lambda near, unseen: float(np.median(unseen) / np.median(near)),
                ("is the wrong way round: copies should give a ratio near 0.", "倒过来了：照抄的图像应使比值接近 0。"),
            ),
            Mistake(
                lambda near, unseen: float(np.mean(near) / np.mean(unseen)),
                (
                    "takes means: one outlier moves them, so medians are asked for.",
                    "用了平均值：一个离群值就能改变它，所以要用中位数。",
                ),
            ),
        ],
    ),
]

# ------------------------------------------------------------------------------------------------- losses


def _ranks(values: Array) -> Array:
    return values.argsort().argsort()


def rank_correlation(a: Array, b: Array) -> float:
    return float(np.corrcoef(_ranks(a), _ranks(b))[0, 1])


LOSSES, DISTANCES = np.array([1.3, 0.9, 1.58, 1.2, 1.13]), np.array([1800.0, 2500.0, 640.0, 122.0, 51.0])
LITTLE = [
    Task(
        "rank_correlation",
        2,
        rank_correlation,
        [
            _case(("five losses and distances", "五组损失与距离"), LOSSES, DISTANCES),
            _case(
                ("values that rise together, but not in a line", "同升但不成直线的值"),
                np.array([3.0, 1, 2, 4]),
                np.exp([3.0, 1, 2, 4]),
            ),
        ],
        [
            Mistake(
                lambda a, b: float(np.corrcoef(a, b)[0, 1]),
                ("correlates the values: take their ranks.", "求的是数值的相关：应取名次。"),
            ),
            Mistake(
                lambda a, b: float(np.corrcoef(a.argsort(), b.argsort())[0, 1]),
                (
                    "argsort says which value comes at each place, not each value's place.",
                    "argsort 给出每个名次上是哪个值，而不是每个值的名次。",
                ),
            ),
            Mistake(lambda a, b: -rank_correlation(a, b), ("has the wrong sign.", "符号反了。")),
        ],
    ),
    Task(
        "same_loss",
        1,
        "c",
        [value_case()],
        [
            Mistake("a", ("look at the pictures of both snapshots.", "看看两个快照的图像。")),
            Mistake(
                "b",
                (
                    "D was trained all the time; against what is its loss measured?",
                    "D 一直在训练；它的损失是相对于什么而言的？",
                ),
            ),
        ],
    ),
]

TASKS = (GAUSSIANS, FEATURES, FEWER, *MEMORISATION, *LITTLE)
