"""Asks the page's questions synchronously, for tests without an event loop."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any


def run_async(coroutine: Coroutine) -> Any:
    """`asyncio.run` in a separate thread: if this process also drives a browser, the main thread already has an event loop."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(copy_context().run, asyncio.run, coroutine).result()


def blocking_ask(engine):
    """Returns a blocking `ask(question)` of an engine."""
    ask = engine.answer
    return lambda question: run_async(ask(question))
