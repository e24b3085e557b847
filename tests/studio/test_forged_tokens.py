"""Tests a flood of forged tokens and addresses at a real server, with another visitor who asks from elsewhere."""

import asyncio
import itertools
import sys
from collections import Counter
from contextlib import suppress

import httpx
import pytest
from serving import ROOT, start_app
from synchronous import run_async

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="has more than one address on the loopback only on Linux"),
]
GREEDY, ANN = "127.0.0.3", "127.0.0.2"
AT_ONCE, SHEETS = 16, 6
ROOM = 400  # pictures of mnist in the queue
SAMPLE = "/gradio_api/studio/sample/mnist"


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    """The URL of an app over the shipped runs with a small queue."""
    room = str(round(ROOM * (28 / 64) ** 2))
    process, url = start_app(ROOT / "checkpoints", tmp_path_factory.mktemp("app"), STUDIO_QUEUED_PICTURES=room)
    yield url
    process.terminate()
    process.wait(20)


def client(url, address):
    transport = httpx.AsyncHTTPTransport(local_address=address, limits=httpx.Limits(max_connections=AT_ONCE))
    return httpx.AsyncClient(base_url=url, timeout=60, transport=transport)


async def flood(client, number, answers, stop):
    """Sends requests continuously, each with another token and another forged address."""
    while not stop.is_set():
        invented = {"visitor": f"{next(number):032x}", "num": 100}
        headers = {"X-Forwarded-For": f"8.8.{next(number) % 250}.8"}
        with suppress(httpx.ReadError):  # the server closed an idle connection
            answers[(await client.get(SAMPLE, params=invented, headers=headers)).status_code] += 1


def test_inventing_them_keeps_nobody_else_out(url):
    async def together():
        answers, stop, number = Counter(), asyncio.Event(), itertools.count()
        async with client(url, GREEDY) as greedy, client(url, ANN) as ann:
            flooding = [asyncio.ensure_future(flood(greedy, number, answers, stop)) for _ in range(AT_ONCE)]
            while answers[503] < AT_ONCE:
                await asyncio.sleep(0.05)
            sheets = [await ann.get(SAMPLE, params={"num": 64, "seed": seed}) for seed in range(SHEETS)]
            stop.set()
            await asyncio.gather(*flooding)
        return answers, [sheet.status_code for sheet in sheets]

    answers, codes = run_async(together())
    assert codes == [200] * SHEETS
    assert set(answers) == {200, 503}  # excess requests are refused, the others answered
