"""Tests the page at a server with a full drawing queue: shows the place in the queue, and the pictures once there is room."""

import contextlib
import threading
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from driving import run_of

pytestmark = pytest.mark.browser
NUM = 256
SAYS = {
    "en-US": "The server is busy: you have place",
    "zh-CN": "服务器繁忙：你排在第",
}
DRAW = """async () => {
    const run = studio.engine.run().run;
    window.pictures = await studio.engine.served({ run, images: null, latents: await studio.engine.latents({ run, seed: 1, num: 9 }) });
}"""


@pytest.fixture(scope="module")
def address(start, shipped):
    """The URL of an app whose queue holds two of the large requests."""
    return start(shipped, STUDIO_QUEUED_PICTURES=str(round(2.5 * NUM * (28 / 64) ** 2)))[1]


@contextlib.contextmanager
def flooded(address):
    """Eight clients that request more than the queue holds and retry at once. Begins when some are refused."""
    stop, refused = threading.Event(), threading.Event()

    def ask(number):
        while not stop.is_set():
            try:
                urlopen(f"{address}/gradio_api/studio/sample/mnist?num={NUM}&visitor={number:032x}", timeout=60).read()
            except HTTPError as error:
                assert error.code == 503
                refused.set()
                stop.wait(0.05)

    others = [threading.Thread(target=ask, args=[number]) for number in range(8)]
    for other in others:
        other.start()
    try:
        assert refused.wait(30)
        yield
    finally:
        stop.set()
        for other in others:
            other.join()


@pytest.mark.parametrize("language", SAYS)
def test_its_place_is_shown_until_its_pictures_come(browser, address, language):
    context = browser.new_context(locale=language)
    page = context.new_page()
    page.goto(address)
    run_of(page)
    with flooded(address):
        page.evaluate(f"void ({DRAW})()")
        page.locator(".shelf .told", has_text=SAYS[language]).wait_for()
    page.wait_for_function("window.pictures?.length === 9")
    page.locator(".shelf .told:empty").wait_for(state="attached")
    context.close()
