"""Limits how many calls wait in Gradio's queue, in all and of one address, and how often it looks for the next one."""

import itertools
from typing import Any

import gradio as gr

from studio.client_address import address_of, current_address

MOST = 256  # calls that wait; a page that opens makes three, one after the other
MOST_OF_ADDRESS = MOST // 2
REST = 0.02  # seconds between two looks of the queue when it is empty; Gradio's own, of a millisecond, cost 5 % of a core


def bound(page: gr.Blocks) -> None:
    """Lets so many calls wait; any other is answered 503, upon which the page asks again and says so."""
    page.queue(max_size=MOST)
    queue, push = page._queue, page._queue.push

    async def pushed(body: Any, request: Any, username: str | None) -> tuple[bool, Any, str]:
        waiting = itertools.chain.from_iterable(each.queue for each in queue.event_queue_per_concurrency_id.values())
        if sum(address_of(event.request.scope) == current_address() for event in waiting) >= MOST_OF_ADDRESS:
            return False, f"At most {MOST_OF_ADDRESS} calls of one address may wait; ask again later.", "queue_full"
        return await push(body, request, username)

    queue.push = pushed  # type: ignore[method-assign, assignment]  # there is no public way
    queue.sleep_when_free = REST
