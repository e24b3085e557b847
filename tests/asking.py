"""Asks the page's questions synchronously, for tests without an event loop."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any


def answer(coroutine: Coroutine) -> Any:
    """`asyncio.run`, in a thread of its own: where the same process drives a browser, its first thread has a loop already."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(copy_context().run, asyncio.run, coroutine).result()


def asking(engine):
    """`ask(question)` of an engine, which waits for the answer."""
    ask = engine.server_function()
    return lambda question: answer(ask(question))
