"""Tests the nearest training images of a picture, and which pictures are available."""

import numpy as np
import pytest
from PIL import Image

from ganlib import UserError, datasets, scoring
from ganlib.datasets import load_local
from ganlib.metrics.memorisation import neighbours, unseen_distances


@pytest.fixture
def training():
    return np.random.default_rng(0).integers(0, 256, (4_500, 1, 16, 16)).astype(np.uint8)


def test_a_training_image_is_its_own_neighbour_at_no_distance(training):
    near = neighbours(training[4_321], training, 3)
    assert (near[0].index, near[0].distance, near[0].mirrored) == (4_321, 0, False)
    assert 0 < near[1].distance <= near[2].distance


def test_distances_are_those_of_the_pictures(training):
    picture = training[7] // 2
    squares = np.square(training.astype(float) - picture).mean((1, 2, 3))
    near = neighbours(picture, training, 8)
    assert [one.index for one in near] == np.argsort(squares)[:8].tolist()
    assert [one.distance for one in near] == pytest.approx(np.sqrt(np.sort(squares)[:8]))


def test_a_mirror_image_counts_where_training_saw_it(training):
    mirrored = training[9, :, :, ::-1]
    (near,) = neighbours(mirrored, training, 1, flip=True)
    assert (near.index, near.distance, near.mirrored) == (9, 0, True)
    assert neighbours(mirrored, training, 1)[0].distance > 50


def test_a_small_set_has_few(training):
    assert len(neighbours(training[0], training[:2], 8)) == 2


def test_unseen_pictures_are_measured_against_the_training_set(training):
    held_out = training[:3] // 3
    expected = [neighbours(picture, training, 1)[0].distance for picture in held_out]
    assert unseen_distances(training, held_out, 99) == pytest.approx(expected, rel=1e-3)
    assert (unseen_distances(training, None, 20) > 50).all()  # distances to the others, not to itself


# ------------------------------------------------------------------------------------------------------- available data


@pytest.fixture
def nobody_downloads(monkeypatch):
    def download(*told):
        raise AssertionError("asked for a download")

    monkeypatch.setattr(datasets.builtin, "_download", download)


def save(folder, name, level):
    Image.fromarray(np.full((30, 30), level, np.uint8)).save(folder / name)


def test_nothing_is_downloaded(nobody_downloads):
    for source in ("cifar10", "fashion-mnist", "hub:someone/something", "/no/such/folder"):
        with pytest.raises(UserError):
            load_local(source, 32, 3)


@pytest.mark.slow
def test_what_ships_is_at_hand(nobody_downloads):
    digits = datasets.load("mnist", split="test")
    assert (load_local("mnist", 28, 1, digits.fingerprint, "test").images == digits.images).all()
    with pytest.raises(UserError, match="other pictures"):
        load_local("mnist", 28, 1, "another")


def test_a_folder_that_changed_is_refused(folder, cache_root):
    save(folder, "a.png", 10)
    known = datasets.load(str(folder), 28, 3).fingerprint
    assert load_local(str(folder), 28, 3, known).fingerprint == known
    save(folder, "b.png", 20)
    with pytest.raises(UserError, match="other pictures"):
        load_local(str(folder), 28, 3, known)


def test_the_data_of_a_run(folder, train):
    for part in ("train", "test"):
        for name, level in (("dark", 20), ("light", 200)):
            (folder / part / name).mkdir(parents=True)
            for number in range(8):
                save(folder / part / name, f"{number}.png", level + number)
    images = datasets.load(str(folder), 28, 1)
    run, _ = train(images=images, length=16)
    with pytest.raises(UserError):  # the run says its source is "shapes"
        scoring.Data.at_hand(run)
    object.__setattr__(run.config, "source", str(folder))
    data = scoring.Data.at_hand(run)
    assert (data.training.images == images.images).all() and len(data.held_out) == 16
    (folder / "test" / "odd").mkdir()
    save(folder / "test" / "odd", "0.png", 0)
    assert scoring.Data.at_hand(run).held_out is None  # other classes


@pytest.mark.parametrize("split", ["all", "test"])
def test_what_was_trained_on_is_not_held_out(folder, train, split):
    for part in ("train", "test"):
        (folder / part).mkdir()
        for number in range(8):
            save(folder / part, f"{number}.png", 20 * number)
    images = datasets.load(str(folder), 28, 1, options=datasets.ReadOptions(split=split))
    run, _ = train(images=images, length=16)
    object.__setattr__(run.config, "source", str(folder))
    assert len(scoring.Data.of(run).training) == len(images) and scoring.Data.of(run).held_out is None
