"""What the page's scripts ask, for tests that have no event loop."""

import asyncio


def asking(engine):
    """`ask(question)` of an engine, which waits for the answer."""
    ask = engine.server_function()
    return lambda question: asyncio.run(ask(question))
