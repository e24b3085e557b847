"""Tests many simultaneous visitors at a real server with a small queue."""

import asyncio
import io
import time
from collections import Counter
from http.client import HTTPConnection
from urllib.parse import urlsplit

import httpx
import numpy as np
import pytest
from PIL import Image
from serving import ROOT, start_app
from synchronous import run_async

pytestmark = pytest.mark.slow
VISITORS, SHEETS, NUM = 16, 2, 64
LEVEL = 1  # of 255: rounding depends on the batch size
PLACE = "/gradio_api/studio"


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    """The URL of an app over the shipped runs whose queue holds a little more than two such sheets."""
    room = str(round(2.5 * NUM * (28 / 64) ** 2))
    process, url = start_app(ROOT / "checkpoints", tmp_path_factory.mktemp("app"), STUDIO_QUEUED_PICTURES=room)
    yield url
    process.terminate()
    process.wait(20)


class Visitor:
    """Requests sheets as the benchmark's visitors do, retries when asked to, and records the answers."""

    def __init__(self, number, url):
        self.query = {"num": NUM, "visitor": f"{number:032x}"}
        self.client = httpx.AsyncClient(base_url=url, timeout=60)
        self.answers, self.places, self.sheets = Counter(), [], []

    async def ask(self, seed):
        answer = await self.client.get(f"{PLACE}/sample/mnist", params=self.query | {"seed": seed})
        self.answers[answer.status_code] += 1
        if answer.status_code == 503:
            told = answer.json()
            assert told["error"].startswith(f"The server is busy: you have place {told['place']} in the line;")
            self.places.append(told["place"])
            await asyncio.sleep(int(answer.headers["Retry-After"]))
            return await self.ask(seed)
        self.sheets.append(answer.content)

    async def go_on(self):
        for seed in range(SHEETS):
            await self.ask(seed)


async def greedily(visitor, stop):
    """Sends twenty requests at a time until the others have finished."""
    while not stop.is_set():
        await asyncio.gather(*(visitor.ask(seed) for seed in range(20)))


def pixels(png):
    with Image.open(io.BytesIO(png)) as picture:
        return np.asarray(picture).astype(int)


def test_everybody_is_served_though_few_fit_and_one_wants_all(url):
    async def together():
        visitors, greedy = [Visitor(number, url) for number in range(VISITORS)], Visitor(999, url)
        stop = asyncio.Event()
        flood = asyncio.ensure_future(greedily(greedy, stop))
        await asyncio.gather(*(visitor.go_on() for visitor in visitors))
        stop.set()
        await flood
        return visitors, greedy

    visitors, greedy = run_async(together())
    assert all(set(visitor.answers) <= {200, 503} for visitor in [*visitors, greedy])
    assert [visitor.answers[200] for visitor in visitors] == [SHEETS] * VISITORS
    places = [place for visitor in visitors for place in visitor.places]
    assert places and min(places) == 1 and max(places) <= VISITORS + 1
    for seed in range(SHEETS):  # the same seed, the same sheet, whatever it was batched with
        sheets = [pixels(visitor.sheets[seed]) for visitor in visitors]
        assert max(np.abs(sheet - sheets[0]).max() for sheet in sheets) <= LEVEL


def test_a_connection_stays_open_longer_than_five_seconds(url):
    """A proxy that reuses one must not meet its end."""
    connection, sockets = HTTPConnection(urlsplit(url).netloc, timeout=10), []
    for pause in (0, 6):
        time.sleep(pause)
        connection.request("GET", f"{PLACE}/poster")
        sockets.append(connection.sock)
        answer = connection.getresponse()
        assert answer.read() and answer.status == 200
    assert sockets[0] is sockets[1] is connection.sock
    connection.close()
