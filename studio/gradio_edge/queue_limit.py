"""What waits in Gradio's own queue, of the page's listeners and of the endpoints: bounded, and of one address too."""

import itertools
from typing import Any

import gradio as gr

from studio.client_address import address_of, asking

MOST = 256  # calls that wait; a page that opens makes three, one after the other
MOST_OF_ADDRESS = MOST // 2


def bound(page: gr.Blocks) -> None:
    """Lets so many calls wait; any other is answered 503, upon which the page asks again and says so."""
    page.queue(max_size=MOST)
    queue, push = page._queue, page._queue.push

    async def pushed(body: Any, request: Any, username: str | None) -> tuple[bool, Any, str]:
        waiting = itertools.chain.from_iterable(each.queue for each in queue.event_queue_per_concurrency_id.values())
        if sum(address_of(event.request.scope) == asking() for event in waiting) >= MOST_OF_ADDRESS:
            return False, f"At most {MOST_OF_ADDRESS} calls of one address may wait; ask again later.", "queue_full"
        return await push(body, request, username)

    queue.push = pushed
