"""Tests batching: pictures drawn together equal those drawn alone, and large requests don't delay other visitors."""

import asyncio
import threading

import numpy as np
import pytest
from httpx import ASGITransport, AsyncClient
from starlette.applications import Starlette
from synchronous import run_async

from ganlib import latents, sampling
from ganlib.files import DamagedFile
from studio.drawing.batcher import WORKERS, Batcher
from studio.drawing.downloads import Scene
from studio.drawing.fair_queue import Busy
from studio.library import Library
from studio.validation import encode
from studio.web.questions import Questions
from studio.web.routes import routes

LEVEL = 1  # of 255: rounding depends on the batch size


@pytest.fixture
def library(make_run, checkpoints):
    make_run("tiny")
    make_run("plain", class_names=None)
    return Library(checkpoints)


@pytest.fixture
def scene(library):
    """Returns a scene of `num` latents of a seed at snapshots of a run."""

    def scene(seed, num=1, run="tiny", moments=(128,), truncation=1.0):
        entry = library.find(run)
        labels = sampling.labels_for(entry.run.config, num, None)
        z = latents.sample(num, 8, seed)
        return Scene(entry, [entry.snapshot(images) for images in moments], z, labels, truncation, [None] * num)

    return scene


class Watched:
    """Counts the pictures of each call of the last snapshot's generator. Calls wait for `go`."""

    def __init__(self, library, run="tiny"):
        entry = library.find(run)
        self.calls, self.go = [], threading.Event()
        library.generator(entry, entry.snapshot(128)).register_forward_pre_hook(self._called)

    def _called(self, _, inputs):
        self.calls.append(len(inputs[0]))
        assert self.go.wait(20)


async def all_at_once(batcher, scenes, begun):
    """Requests all scenes at once; returns their pictures in order."""
    asked = [asyncio.ensure_future(batcher.images(scene, visitor)) for visitor, scene in enumerate(scenes)]
    await asyncio.sleep(0)  # all are queued
    begun()
    return await asyncio.gather(*asked)


@pytest.mark.parametrize("run", ["tiny", "plain"])
def test_visitors_who_wait_together_share_a_call_and_get_their_own_pictures(library, scene, run):
    watched = Watched(library, run)
    scenes = [scene(seed, num=seed % 3 + 1, run=run, truncation=1 - seed / 100) for seed in range(30)]
    drawn = run_async(all_at_once(Batcher(library), scenes, watched.go.set))
    assert len(watched.calls) <= WORKERS + 2 and sum(watched.calls) == 60 and max(watched.calls) <= sampling.BATCH
    for wished, images in zip(scenes, drawn, strict=True):
        alone = wished.images(library)
        assert images.shape == alone.shape == (len(wished.z), 1, 28, 28)
        assert np.abs(images.astype(int) - alone).max() <= LEVEL
        assert not (images == images[:1]).all() or len(images) == 1


def test_a_large_scene_comes_back_in_order(library, scene):
    wished = scene(0, num=100, moments=(64, 0, 128))
    (images,) = run_async(all_at_once(Batcher(library), [wished], lambda: None))
    assert np.abs(images.astype(int) - wished.images(library)).max() <= LEVEL


@pytest.mark.slow
def test_one_who_asks_for_little_does_not_wait_for_one_who_asks_for_much(library, scene):
    watched, ended = Watched(library), []

    async def asks(batcher, visitor, wished):
        await batcher.images(wished, visitor)
        ended.append(visitor)

    async def together():
        batcher = Batcher(library)
        greedy = [asyncio.ensure_future(asks(batcher, "greedy", scene(seed, num=200))) for seed in range(20)]
        await asyncio.sleep(0)
        modest = asyncio.ensure_future(asks(batcher, "modest", scene(99)))
        await asyncio.sleep(0)
        watched.go.set()
        await asyncio.gather(*greedy, modest)

    run_async(together())
    assert len(ended) == 21 and ended.index("modest") <= 2
    assert watched.calls.count(1) <= 1  # the small request's own call, unless it shared another's


def test_without_room_it_is_busy_and_with_it_again_it_draws(library, scene):
    watched, batcher = Watched(library), Batcher(library, most=8)  # 41 pictures of 28 pixels

    async def together():
        waiting = [asyncio.ensure_future(batcher.images(scene(seed, num=40), seed)) for seed in range(WORKERS + 1)]
        while len(watched.calls) < WORKERS:
            await asyncio.sleep(0.01)
        with pytest.raises(Busy, match="you have place 1 in the line; ask again in 1 s") as busy:
            await batcher.images(scene(7, num=40), "late")
        assert busy.value.place == 1
        watched.go.set()
        await asyncio.gather(*waiting)
        return await batcher.images(scene(7, num=40), "late")

    assert len(run_async(together())) == 40


def test_one_who_left_is_not_drawn(library, scene):
    watched = Watched(library)

    async def together():
        batcher = Batcher(library)
        asked = [asyncio.ensure_future(batcher.images(scene(seed, num=64), seed)) for seed in range(6)]
        while len(watched.calls) < WORKERS:
            await asyncio.sleep(0.01)
        asked[-1].cancel()
        watched.go.set()
        return await asyncio.gather(*asked, return_exceptions=True)

    *drawn, left = run_async(together())
    assert isinstance(left, asyncio.CancelledError) and all(len(images) == 64 for images in drawn)
    assert watched.calls == [64] * 5


def test_damage_is_told_to_all_who_wait_for_it_and_to_nobody_else(library, scene, checkpoints, flip_a_byte):
    flip_a_byte(checkpoints / "tiny" / "snapshots" / "000000064.safetensors")
    scenes = [scene(0, moments=(64,)), scene(1, moments=(64,)), scene(2), scene(3, moments=(128, 64)), scene(4, run="plain")]

    async def together():
        batcher = Batcher(library)
        asked = [batcher.images(wished, visitor) for visitor, wished in enumerate(scenes)]
        return await asyncio.gather(*asked, return_exceptions=True)

    told = run_async(together())
    assert [type(answer) for answer in told] == [DamagedFile, DamagedFile, np.ndarray, DamagedFile, np.ndarray]


@pytest.mark.slow
def test_visitors_who_wait_hold_no_thread_that_others_need(library, scene):
    watched, batcher = Watched(library), Batcher(library)
    ask = Questions(library, batcher=batcher).answer
    question = {"what": "draw", "run": "tiny", "z": encode(scene(0).z), "labels": [0]}
    app = Starlette(routes=routes(library, None, batcher))

    async def together():
        async with AsyncClient(transport=ASGITransport(app), base_url="http://studio/gradio_api/studio/") as client:
            at_pages = [asyncio.ensure_future(ask(question | {"visitor": f"{number:032x}"})) for number in range(60)]
            at_scripts = [asyncio.ensure_future(client.get(f"sample/tiny?num=1&visitor={number:032x}")) for number in range(60)]
            while len(watched.calls) < WORKERS:
                await asyncio.sleep(0.01)
            others = await client.get("weights/tiny/64"), await ask({"what": "latents", "run": "tiny", "num": 1, "seed": 0})
            assert not any(waiting.done() for waiting in at_pages + at_scripts)
            watched.go.set()
            return others, await asyncio.gather(*at_pages), await asyncio.gather(*at_scripts)

    (weights, latents), at_pages, at_scripts = run_async(together())
    assert weights.status_code == 200 and "z" in latents
    assert all(answer["num"] == 1 for answer in at_pages) and all(answer.status_code == 200 for answer in at_scripts)
