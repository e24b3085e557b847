"""Tests searches in the fair queue: they take turns with drawing, and find own pictures."""

import asyncio

import numpy as np
import pytest
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
    wish = projecting.wish_of_picture(entry, entry.snapshots[-1], 255 - image, 1, None)
    batcher = Batcher(Library(checkpoints))
    facts = wish.facts(batcher.found_now(wish))
    assert facts["odder_than"] in (75, 100) and facts["label"] == 1
    batcher.close()


def test_files_of_any_shape_become_pictures_of_the_run(entry):
    with pytest.raises(UserError, match="picture is no picture"):
        projecting.picture_of(entry, "AAAA")
    with pytest.raises(UserError, match="picture must be the file"):
        projecting.picture_of(entry, {"path": "/etc/passwd"})
