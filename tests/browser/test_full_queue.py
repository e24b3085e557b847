"""Tests the page at a server with a full queue: a message in the visitor's language, and pictures once there is room."""

import json

import pytest
from driving import run_of

pytestmark = pytest.mark.browser
REFUSED = 3  # calls that are refused first
SAYS = {
    "en-US": "The server is busy: too many visitors ask at once.",
    "zh-CN": "服务器繁忙：同时访问的人太多。",
}


@pytest.mark.parametrize("language", SAYS)
def test_it_is_said_and_asked_again(browser, serve, shipped, language):
    context = browser.new_context(locale=language)
    page, refused = context.new_page(), []

    def answer(route):
        """Answers as a server with a full queue does (studio/gradio_edge/test_full_queue.py)."""
        if len(refused) == REFUSED:
            return route.continue_()
        refused.append(route.request.url)
        told = {"detail": "Queue is full. Max size is 256 and size is 256."}
        return route.fulfill(status=503, content_type="application/json", body=json.dumps(told))

    page.route("**/queue/join*", answer)
    page.goto(serve(shipped))
    page.locator(".shelf .told", has_text=SAYS[language]).wait_for()
    assert page.locator(".toast-body").count() == 0
    run_of(page)
    assert len(refused) == REFUSED
    page.locator(".shelf .told:empty").wait_for(state="attached")
    context.close()
