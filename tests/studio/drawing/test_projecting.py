"""Tests searches in the fair queue: they take turns with drawing, and find own pictures."""

import asyncio
import base64
import io

import numpy as np
import pytest
from PIL import Image
from synchronous import run_async

from ganlib import UserError
from ganlib.runs import inversion_errors
from ganlib.runs.inversion_errors import InversionErrors
from ganlib.sampling import draw
from studio.drawing import projecting
from studio.drawing.batcher import Batcher
from studio.drawing.scene import Scene
from studio.library import Library


@pytest.fixture
def entry(checkpoints, make_run):
    make_run()
    return Library(checkpoints).find("tiny")


def picture(entry):
    z = np.random.default_rng(0).normal(size=(1, 8)).astype(np.float32)
    return z, draw(entry.run.generator(), z, np.array([1]))


def test_searches_and_drawings_share_the_queue(entry, checkpoints):
    batcher, snapshot = Batcher(Library(checkpoints)), entry.snapshots[-1]
    z, image = picture(entry)
    wish = projecting.wish_of_picture(entry, snapshot, image, None, 0)
    scene = Scene(entry, [snapshot], z, np.array([1]), 1.0, [None])

    async def both():
        return await asyncio.gather(batcher.found(wish, "a"), batcher.images(scene, "b"))

    found, drawn = run_async(both())
    assert (drawn == image).all() and found.errors[0] < 1 and wish.facts(found)["odder_than"] is None
    batcher.close()


def test_a_picture_is_compared_with_held_out_ones(entry, checkpoints):
    _, image = picture(entry)
    inversion_errors.write(entry.run.path, InversionErrors(128, "tiny", 2.0, [0.0], [0.0, 0.0, 0.0, 100.0]))
    wish = projecting.wish_of_picture(entry, entry.snapshots[-1], 255 - image, np.array([1]), None)
    batcher = Batcher(Library(checkpoints))
    facts = wish.facts(batcher.found_now(wish))
    assert facts["odder_than"] in (75, 100) and facts["label"] == 1
    batcher.close()


def test_pixels_that_a_mask_leaves_out_may_be_anything(entry, checkpoints):
    _, image = picture(entry)
    spoiled, mask = image.copy(), np.ones(image.shape[2:], np.float32)
    spoiled[:, :, :10] = 255 - spoiled[:, :, :10]
    mask[:10] = 0
    batcher = Batcher(Library(checkpoints))
    found = batcher.found_now(projecting.wish_of_picture(entry, entry.snapshots[-1], spoiled, None, 0, mask))
    assert found.errors[0] < 1
    batcher.close()


def test_a_painted_picture_is_searched_from_its_latent(entry, checkpoints):
    z, image = picture(entry)
    batcher = Batcher(Library(checkpoints))
    wish = projecting.wish_of_picture(entry, entry.snapshots[-1], image, np.array([1]), 0, None, z + 0.2)
    found = batcher.found_now(wish)
    assert found.z.shape == (4, 8) and found.labels[:3].tolist() == [1, 1, 1] and found.labels[3] != 1
    assert found.errors[0] < 1 and wish.facts(found)["rmse"] < 1
    batcher.close()


def test_what_a_drags_mask_holds_stays(entry, checkpoints):
    z, label = 40 * picture(entry)[0], np.array([1])  # a picture of high contrast
    image = draw(entry.run.generator(), z, label).ravel().astype(int)
    batcher = Batcher(Library(checkpoints))

    def moved(mask):
        wish = projecting.wish_of_drag(entry, entry.snapshots[-1], z, label, [[14, 14, 18, 14]], 4, 0, mask)
        return np.abs(batcher.found_now(wish).drawn.ravel() - image).max()

    assert moved(np.eye(28, dtype=np.float32)) < 2 < moved(np.ones((28, 28), np.float32))
    batcher.close()


def file_of(image):
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def test_a_mask_is_as_large_as_its_picture_and_cropped_with_it(entry):
    wide, mask = file_of(np.zeros((28, 56), np.uint8)), np.zeros((28, 56), np.uint8)
    mask[:, 14:28] = 255  # the left half of the middle
    images, weights = projecting.picture_of(entry, wide, file_of(mask))
    assert images.shape == (1, 1, 28, 28) and (weights[:, :14] == 1).all() and (weights[:, 14:] == 0).all()
    with pytest.raises(UserError, match="mask must be as large as the picture, 56 x 28 pixels, not 28 x 28"):
        projecting.picture_of(entry, wide, file_of(mask[:, :28]))
    with pytest.raises(UserError, match="mask must be as large as the run's pictures, 28 x 28 pixels, not 56 x 28"):
        projecting.mask_of(entry, file_of(mask))
    with pytest.raises(UserError, match="mask must not be all black"):
        projecting.mask_of(entry, file_of(np.zeros((28, 28), np.uint8)))


def test_files_of_any_shape_become_pictures_of_the_run(entry):
    with pytest.raises(UserError, match="picture is no picture"):
        projecting.picture_of(entry, "AAAA")
    with pytest.raises(UserError, match="picture must be the file"):
        projecting.picture_of(entry, {"path": "/etc/passwd"})
