"""Tests which requests wait until answers can be given."""

import asyncio
import threading

import pytest
from synchronous import run_async

from studio.gradio_edge import held_requests
from studio.gradio_edge.held_requests import Gate, HeldRequests

PLACE = "/gradio_api/studio"
SERVED = [
    ("GET", "/"), ("GET", "/config"), ("GET", "/theme.css"), ("GET", "/assets/index.js"), ("GET", "/gradio_api/heartbeat/a"),
    ("HEAD", "/"), ("GET", f"{PLACE}/page/1.js"), ("GET", f"{PLACE}/runtime/a.wasm"), ("GET", f"{PLACE}/poster"),
]  # fmt: skip
HELD = [
    ("POST", "/gradio_api/queue/join"), ("POST", "/gradio_api/component_server"), ("POST", "/gradio_api/call/sample"),
    ("GET", f"{PLACE}/sample/mnist"), ("GET", f"{PLACE}/weights/mnist/0"), ("GET", f"{PLACE}/pages"),
]  # fmt: skip


async def passes(gate, method, path, seconds=0.05):
    """Whether a request reaches the app within some time."""
    reached = asyncio.Event()

    async def app(scope, receive, send):
        reached.set()

    asked = asyncio.create_task(HeldRequests(app, gate)({"type": "http", "method": method, "path": path}, None, None))
    await asyncio.wait([asked], timeout=seconds)
    asked.cancel()
    return reached.is_set()


@pytest.mark.parametrize("method, path", SERVED)
def test_the_page_does_not_wait(method, path):
    assert run_async(passes(Gate(), method, path))


@pytest.mark.parametrize("method, path", HELD)
def test_a_request_for_an_answer_waits_for_the_gate(method, path):
    gate = Gate()
    assert not run_async(passes(gate, method, path))
    gate.open()
    assert run_async(passes(gate, method, path))


def test_what_opens_the_gate_begins_at_once_without_a_visitor():
    Gate().wait()


def test_it_begins_when_a_request_waits_for_it(monkeypatch):
    monkeypatch.setattr(held_requests, "CALM", 600)
    gate = Gate()
    waiting = threading.Thread(target=gate.wait)
    waiting.start()
    assert run_async(passes(gate, *SERVED[0])) and waiting.is_alive()
    assert not run_async(passes(gate, *HELD[0]))
    waiting.join(60)
    assert not waiting.is_alive()


def test_it_begins_some_time_though_the_page_is_asked_for_again_and_again(monkeypatch):
    monkeypatch.setattr(held_requests, "MOST", 0.2)
    gate, over = Gate(), threading.Event()

    def ask():
        while not over.wait(0.01):
            run_async(passes(gate, *SERVED[0]))

    asking = threading.Thread(target=ask)
    asking.start()
    gate.wait()
    over.set()
    asking.join()
