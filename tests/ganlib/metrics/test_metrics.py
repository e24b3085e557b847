"""Tests metrics against closed forms, and on generators with known faults."""

from pathlib import Path

import numpy as np
import pytest
import torch

from ganlib import datasets
from ganlib.metrics import (
    class_balance,
    diversity,
    frechet_distance,
    judge_digits,
    least_apart,
    memorisation,
    nearest,
    sliced_wasserstein,
)
from ganlib.metrics.diversity import C1, C2, ssim


@pytest.fixture(scope="module")
def digits():
    return datasets.load("mnist", split="test")


def noise(num, size=28, channels=1, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (num, channels, size, size), np.uint8)


def flat(value, size=16):
    return torch.full((1, 1, size, size), value, dtype=torch.uint8)


@pytest.mark.slow
def test_frechet_distance_of_gaussians():
    """Between N(0, 1) and N(3, 4) in each of five dimensions: 5 (9 + (2 - 1)^2)."""
    rng = np.random.default_rng(0)
    a, b = rng.normal(0, 1, (200_000, 5)), rng.normal(3, 2, (200_000, 5))
    assert frechet_distance(a, b) == pytest.approx(50, rel=0.01)
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-6)


def test_least_apart_finds_the_twins():
    images = noise(20, 8)
    assert least_apart(images) > 50
    images[17] = images[3]
    images[17, 0, 0, 0] ^= 64  # one of 64 pixels differs by 64
    assert least_apart(images) == pytest.approx(8, abs=1e-6)


# ------------------------------------------------------------------------------------------------------- diversity


def test_ssim_of_flat_pictures():
    """Without structure only the means are left: (2 a b + C1) / (a^2 + b^2 + C1), Wang et al. 2004, eq. (6)."""
    assert ssim(flat(100), flat(150)).item() == pytest.approx((2 * 100 * 150 + C1) / (100**2 + 150**2 + C1), abs=1e-12)


def test_ssim_of_a_picture_with_itself_and_with_its_negative():
    picture = torch.from_numpy(noise(1, 32))
    assert ssim(picture, picture).item() == pytest.approx(1, abs=1e-12)
    assert ssim(picture, 255 - picture).item() < -0.8


def test_ssim_in_one_window():
    """Eleven pixels are a single window, whose weighted moments numpy finds as well."""
    a, b = noise(2, 11).astype(np.float64)
    line = np.exp(-((np.arange(11) - 5.0) ** 2) / (2 * 1.5**2))
    weights = np.outer(line, line) / line.sum() ** 2
    mean_a, mean_b = (weights * a).sum(), (weights * b).sum()
    var_a, var_b = (weights * (a - mean_a) ** 2).sum(), (weights * (b - mean_b) ** 2).sum()
    cov = (weights * (a - mean_a) * (b - mean_b)).sum()
    expected = (2 * mean_a * mean_b + C1) * (2 * cov + C2) / ((mean_a**2 + mean_b**2 + C1) * (var_a + var_b + C2))
    assert ssim(*(torch.from_numpy(x.astype(np.uint8))[None] for x in (a, b))).item() == pytest.approx(expected, abs=1e-9)


@pytest.mark.slow
def test_diversity_falls_when_a_generator_collapses(digits):
    images, labels = digits.images[:500], digits.labels[:500]
    healthy = diversity(images)
    assert diversity(np.repeat(images[:1], 500, 0)) == pytest.approx(0, abs=1e-12)
    assert diversity(np.repeat(images[:3], 200, 0)) < 0.8 * healthy
    of_each = images[[np.flatnonzero(labels == label)[0] for label in labels]]  # one picture of each class
    assert diversity(of_each, labels) < 0.1 < 0.5 < diversity(images, labels)


# ---------------------------------------------------------------------------------------- sliced Wasserstein distance


@pytest.mark.parametrize(("size", "levels"), [(28, [32, 16]), (32, [32, 16]), (64, [64, 32, 16]), (96, [96, 48, 24])])
def test_levels_of_the_pyramid(size, levels):
    assert list(sliced_wasserstein(noise(4, size, 3), noise(4, size, 3, seed=1))) == levels


@pytest.mark.slow
def test_sliced_wasserstein_tells_noise_and_blur_from_digits(digits):
    some, others = digits.images[:500], digits.images[500:1000]
    floor = sliced_wasserstein(some, others)
    blurred = sliced_wasserstein(some, (others // 2 + np.roll(others, 1, 3) // 2).astype(np.uint8))
    far = sliced_wasserstein(some, noise(500))
    assert blurred[32] > 1.3 * floor[32] and far[32] > 4 * floor[32] and far[16] > 4 * floor[16]
    assert sliced_wasserstein(some, others) == floor  # the same seed, the same value


# ------------------------------------------------------------------------------------------------------- memorisation


def test_nearest_is_the_nearest():
    images, training = noise(5, 6, 3), noise(70, 6, 3, seed=1)
    distances, where = nearest(images, training, num=3)
    squares = ((images[:, None].astype(float) - training[None].astype(float)) ** 2).mean((2, 3, 4))
    assert np.array_equal(where, squares.argsort(1)[:, :3])
    assert distances == pytest.approx(np.sort(np.sqrt(squares), 1)[:, :3], abs=1e-2)


def test_a_mirrored_match_counts_where_training_saw_it():
    training = noise(20, 6, 3)
    mirrored = training[7:8, :, :, ::-1]
    assert nearest(mirrored, training)[0][0, 0] > 50
    distances, where = nearest(mirrored, training, num=2, flip=True)
    assert where[0, 0] == 7 and where[0, 1] != 7 and distances[0, 0] == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize("split", [True, False])
def test_one_that_returns_training_images_is_caught(digits, split):
    training, held_out, samples = digits.images[:4000], digits.images[4000:4300], digits.images[4300:4600]
    held_out = held_out if split else None
    assert memorisation(samples, training, held_out).ratio == pytest.approx(1, abs=0.15)
    assert memorisation(training[:300], training, held_out).ratio < 0.01
    faint = np.clip(training[:300].astype(int) + np.random.default_rng(0).integers(-8, 9, (300, 1, 28, 28)), 0, 255)
    assert memorisation(faint.astype(np.uint8), training, held_out).ratio < 0.3


# ------------------------------------------------------------------------------------------------------- digits


@pytest.mark.slow
def test_the_classifier_reads_nearly_all_test_digits(digits):
    predicted, features = judge_digits(digits.images)
    assert (predicted == digits.labels).mean() >= 0.993
    assert features.shape == (10_000, 128)


def test_class_balance():
    assert class_balance(np.arange(100) % 10) == pytest.approx(1)
    assert class_balance(np.zeros(100, int)) == 0
    assert class_balance(np.arange(100) % 2) == pytest.approx(np.log(2) / np.log(10))


# ------------------------------------------------------------------------------------------------------- Inception


@pytest.fixture
def stand_in():
    """A small feature network in torch-fidelity, in place of Inception, whose weights aren't available."""
    fidelity = pytest.importorskip("torch_fidelity", reason="needs `pip install torch-fidelity`")

    class Means(fidelity.FeatureExtractorBase):
        """The means of 3x3 cells of each channel."""

        get_provided_features_list = staticmethod(lambda: ("means",))
        get_default_feature_layer_for_metric = staticmethod(lambda metric: "means")
        can_be_compiled = staticmethod(lambda: False)

        def __init__(self, name, features_list, **settings):
            super().__init__(name, features_list)

        def forward(self, images):
            return (torch.nn.functional.adaptive_avg_pool2d(images.float(), 3).flatten(1),)

    fidelity.registry.FEATURE_EXTRACTORS_REGISTRY["means"] = Means
    return {"feature_extractor": "means"}


@pytest.mark.slow
def test_fid_through_the_real_library(stand_in, tmp_path):
    from ganlib.metrics.inception import inception

    digits = datasets.load("digits").images[:400]
    same = inception(digits, digits, **stand_in)
    assert same["fid"] == pytest.approx(0, abs=1e-3) and same["precision"] == same["recall"] == 1
    far = inception(noise(400), digits, key="digits", cache=tmp_path, **stand_in)
    assert far["fid"] > 1000 and far["kid"] > same["kid"] and far["precision"] < 0.1
    assert list(tmp_path.iterdir())  # the real pictures' features are cached ...
    again = inception(noise(400), noise(400, seed=2), key="digits", cache=tmp_path, **stand_in)
    assert again == far  # ... and reused by their key


@pytest.mark.slow
def test_kept_features_that_are_a_pickle_are_refused(stand_in, tmp_path):
    from ganlib import UserError
    from ganlib.metrics.inception import inception

    digits = datasets.load("digits").images[:100]
    inception(noise(100), digits, key="digits", cache=tmp_path, **stand_in)
    for file in filter(Path.is_file, tmp_path.rglob("*")):
        torch.save(print, file)
    with pytest.raises(UserError, match="hold more than tensors"):
        inception(noise(100), digits, key="digits", cache=tmp_path, **stand_in)


def test_weights_that_are_none_are_refused(tmp_path):
    pytest.importorskip("torch_fidelity", reason="needs `pip install torch-fidelity`")
    from ganlib import UserError
    from ganlib.metrics.inception import inception

    file = tmp_path / "weights.pth"
    file.write_bytes(b"nothing")
    with pytest.raises(UserError, match=r"weights\.pth holds no weights of Inception"):
        inception(noise(4), noise(4), weights=file)
