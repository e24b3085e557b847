"""Tests the network whose features measure pictures, and what is kept of real ones."""

from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_sample_images

from ganlib.datasets.cache import cache_folder
from ganlib.metrics import frechet_distance
from ganlib.metrics.extractors import ASSETS, EXTRACTORS, MOBILENET
from ganlib.metrics.kept import kept

RNG = np.random.default_rng(0)


def photographs(num, seed):
    """Crops of two photographs, 64 px."""
    rng, pictures = np.random.default_rng(seed), load_sample_images().images
    corners = [(rng.integers(0, picture.shape[0] - 64), rng.integers(0, picture.shape[1] - 64)) for picture in pictures * num]
    crops = [picture[y : y + 64, x : x + 64] for picture, (y, x) in zip(pictures * num, corners, strict=True)]
    return np.stack(crops)[:num].transpose(0, 3, 1, 2)


def changed(images, change):
    return np.clip(np.rint(images.astype(float) + change), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("name", EXTRACTORS)
def test_what_ships_is_what_is_described(name):
    extractor = EXTRACTORS[name]
    readme = (ASSETS / "README.md").read_text(encoding="utf-8")
    assert f"`{extractor.file.name}`" in readme and extractor.identity[2] == sha256(extractor.file.read_bytes()).hexdigest()
    assert name != MOBILENET.name or extractor.identity[2] in readme


def test_features_of_grey_and_of_transparent_pictures():
    grey = RNG.integers(0, 256, (2, 1, 28, 28), np.uint8)
    features = MOBILENET.function(grey)
    assert features.shape == (2, 1280) and features.dtype == np.float32 and features.min() >= 0
    opaque = np.concatenate([grey.repeat(3, 1), np.full_like(grey, 255)], 1)
    np.testing.assert_array_equal(MOBILENET.function(opaque), features)
    wide = MOBILENET.function(RNG.integers(0, 256, (1, 3, 32, 64), np.uint8))
    assert wide.shape == (1, 1280)


@pytest.mark.slow
def test_worse_photographs_are_further_away():
    real, other = photographs(80, 1), photographs(80, 2)
    board, noise = (-1.0) ** np.indices((64, 64)).sum(0), RNG.normal(size=other.shape)
    reference = MOBILENET.function(real).astype(float)

    def distance(images):
        return frechet_distance(reference, MOBILENET.function(images).astype(float))

    floor = distance(other)
    blurred = changed(sum(np.roll(other.astype(float), (y, x), (2, 3)) for y in (-1, 0, 1) for x in (-1, 0, 1)) / 9, 0)
    red = changed(other * 0.4, np.array([153.0, 0, 0])[:, None, None])
    assert floor < distance(changed(other, 8 * noise)) < distance(changed(other, 24 * noise))
    assert floor < distance(changed(other, 12 * board))
    assert 1.3 * floor < min(map(distance, (blurred, red, other[RNG.integers(0, 3, 80)])))


def test_what_is_kept_is_computed_once():
    computed = []

    def compute():
        computed.append(1)
        return np.arange(3.0)

    for _ in range(2):
        assert kept(("a", 1), compute).tolist() == [0, 1, 2] and len(computed) == 1
    assert kept(("a", 2), compute).tolist() == [0, 1, 2] and len(computed) == 2
    for path in (cache_folder() / "measures").iterdir():
        path.write_bytes(path.read_bytes()[:-4])
    assert kept(("a", 1), compute).tolist() == [0, 1, 2] and len(computed) == 3


def test_without_a_cache_all_is_computed(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GANLIB_CACHE", str(tmp_path / "file"))
    assert kept(("a",), lambda: np.ones(2)).tolist() == [1, 1]
    assert [path.name for path in Path(tmp_path).iterdir()] == ["file"]


def test_a_pickle_in_the_cache_is_not_read(tmp_path):
    kept(("a",), lambda: np.ones(2))
    (path,) = (cache_folder() / "measures").iterdir()
    np.save(path, np.array([print], object), allow_pickle=True)
    assert kept(("a",), lambda: np.ones(2)).tolist() == [1, 1]
