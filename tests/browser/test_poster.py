"""Tests the page's poster: it stands in the place of the first pictures until they are drawn."""

from urllib.request import urlopen

import pytest
from driving import picture, say

from studio.web.poster import poster

pytestmark = pytest.mark.browser
POSTER = "#sheet figure[data-poster]"


@pytest.fixture
def held(browser, serve, shipped):
    """A page whose first questions wait, the function that sends them, and its address."""
    context, asked, sent = browser.new_context(reduced_motion="reduce"), [], []
    page = context.new_page()
    page.route("**/queue/join*", lambda route: route.continue_() if sent else asked.append(route))

    def send():
        sent.append(True)
        for route in asked:
            route.continue_()

    yield page, send, serve(shipped)
    context.close()


def test_it_lies_where_the_first_sheet_will(held):
    page, send, address = held
    page.goto(address)
    page.locator(POSTER).wait_for()
    place = page.locator(f"{POSTER} .picture").bounding_box()
    assert place["width"] > 200
    assert not page.locator("#sheet .deeds").is_visible() and not page.locator("#explore").is_visible()
    send()
    assert picture(page).bounding_box() == place
    assert page.locator(POSTER).count() == 0 and page.locator("#explore").is_visible()


def test_the_page_opens_with_the_run_that_is_asked_for(browser, start, shipped):
    _, address = start(shipped, options=("--first", "anime-faces/"))
    with urlopen(f"{address}/gradio_api/studio/poster") as answer:
        assert answer.read() == poster(shipped, "anime-faces") != poster(shipped, "mnist")
    page = browser.new_page()
    page.goto(address)
    say(page, "anime-faces, epoch")
    page.close()


def test_a_link_opens_without(held):
    page, send, address = held
    page.goto(f"{address}#run=mnist-mlp")
    page.locator("#sheet figure").wait_for(state="attached")
    page.wait_for_timeout(500)
    assert page.locator("#sheet figure").is_hidden()
    send()
    picture(page)


STYLED = """() => [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules])
    .filter((rule) => rule.selectorText?.includes(".lane-2")).map((rule) => rule.selectorText)"""


def test_the_style_of_the_other_tabs_comes_once_the_visitor_moves(held):
    page, _, address = held
    page.goto(address)
    page.locator(POSTER).wait_for()
    assert page.evaluate(STYLED) == []
    page.mouse.move(5, 5)
    page.wait_for_function(f"() => ({STYLED})().length")
    alone, in_page = page.evaluate(STYLED)
    assert alone == ".race-curves .lane-2" and in_page.endswith(f".contain {alone}")
    assert page.evaluate("selector => document.querySelector('.contain').closest(selector) !== null", in_page.split()[0])
