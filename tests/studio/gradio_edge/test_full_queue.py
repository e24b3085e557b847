"""Tests more calls than Gradio's queue takes, from one address and several, at a page launched as by app.py."""

import sys
import threading

import httpx
import pytest

from studio.gradio_edge import queue_limit
from studio.library import Library
from studio.page import build
from studio.server import app_settings, launch_settings

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="has more than one address on the loopback only on Linux"),
]
AT_WORK = 2  # calls of endpoints that run at once
SAMPLE = {"data": ["tiny", None, 4, 0, 1.0, None]}


class Held(Library):
    """A library whose generators load when the test permits it."""

    def __init__(self, folder):
        super().__init__(folder)
        self.go, self.asked = threading.Event(), threading.Semaphore(0)

    def generator(self, *what):
        self.asked.release()
        assert self.go.wait(60)
        return super().generator(*what)


@pytest.fixture
def library(lasting_run):
    lasting_run("tiny")
    return Held(lasting_run.args[0])


@pytest.fixture
def client(library, monkeypatch):
    """A function that creates clients of the page by address; six calls may wait, three of one address."""
    monkeypatch.setattr(queue_limit, "MOST", 6)
    monkeypatch.setattr(queue_limit, "MOST_OF_ADDRESS", 3)
    page = build(library)
    _, url, _ = page.launch(prevent_thread_lock=True, quiet=True, app_kwargs=app_settings(library), **launch_settings())
    yield lambda last: httpx.Client(base_url=url, timeout=30, transport=httpx.HTTPTransport(local_address=f"127.0.0.{last}"))
    library.go.set()
    page.close()


def call(client):
    """Requests a sample; returns 200, or 503 and the message."""
    answer = client.post("/gradio_api/call/sample", json=SAMPLE)
    return answer.json() if answer.status_code == 200 else (answer.status_code, answer.json()["detail"])


def test_it_is_bounded_for_all_and_for_one_address(client, library):
    greedy, ann, bob = client(2), client(3), client(4)
    accepted = [call(greedy) for _ in range(AT_WORK)]
    for _ in range(AT_WORK):
        assert library.asked.acquire(timeout=30)  # they are running: none waits
    accepted += [call(greedy) for _ in range(3)]
    assert [call(greedy) for _ in range(2)] == [(503, "At most 3 calls of one address may wait; ask again later.")] * 2
    accepted += [call(ann) for _ in range(3)]
    assert call(bob) == (503, "Queue is full. Max size is 6 and size is 6.")

    library.go.set()
    for event in accepted:
        assert "event: complete" in greedy.get(f"/gradio_api/call/sample/{event['event_id']}").text
    assert "event_id" in call(bob)
