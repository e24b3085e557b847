"""Limits the calls that wait in Gradio's queue, in total and per address, how often Gradio polls it, and what it records."""

import itertools
from typing import Any

import gradio as gr

from studio.client_address import address_of, current_address

MOST = 256  # waiting calls; opening the page makes three, one after another
MOST_OF_ADDRESS = MOST // 2
REST = 0.02  # seconds between polls of an empty queue; Gradio's default of 1 ms uses 5 % of a core


def bound(page: gr.Blocks) -> None:
    """Sets the limits of the page's queue. Further calls are answered 503; the page then shows a message and retries."""
    queue, push = page._queue, page._queue.push
    queue.max_size = MOST  # `page.queue` would set it too, and build all routes once more

    async def pushed(body: Any, request: Any, username: str | None) -> tuple[bool, Any, str]:
        waiting = itertools.chain.from_iterable(each.queue for each in queue.event_queue_per_concurrency_id.values())
        if sum(address_of(event.request.scope) == current_address() for event in waiting) >= MOST_OF_ADDRESS:
            return False, f"At most {MOST_OF_ADDRESS} calls of one address may wait; ask again later.", "queue_full"
        return await push(body, request, username)

    queue.push = pushed  # type: ignore[method-assign, assignment]  # no public interface
    queue.sleep_when_free = REST
    queue.ANALYTICS_MAX_EVENTS = 0  # recorded calls, which Gradio sums up with pandas after each, for a dashboard that is off
