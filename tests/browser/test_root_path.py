"""Tests the page behind a proxy that strips the prefix /gan/: every tab, drawing in the browser, a training."""

import json
from urllib.request import urlopen

import pytest
from driving import filmed, picture, until
from prefix_proxy import proxied
from test_interpolate import drawn as interpolated
from test_learn_verdict import verdict
from test_local import COMPARE, HERE, touch, visits
from test_train import begin, drawn, tab_of

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def app(start, shipped, runtime):
    """The app's own URL."""
    return start(shipped, runtime, ("--root-path", "/gan"))[1]


@pytest.fixture(scope="module")
def proxy(app):
    """The page's URL at the proxy, and the paths requested outside of /gan/."""
    with proxied(app, "/gan") as proxy:
        yield proxy


@pytest.fixture
def page(browser, proxy):
    """The page; fails on an error in its console or a request outside of the prefix."""
    address, strays = proxy
    problems = []
    with visits(browser) as visit:
        page = visit(address)
        page.on("console", lambda message: message.type == "error" and problems.append(message.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda request: request.url.startswith((address, "blob:", "data:")) or problems.append(request.url))
        page.open()
        yield page
    assert problems == [] and [stray for stray in strays if stray != "/favicon.ico"] == []


def test_all_five_tabs_show_their_pictures(page):
    picture(page)
    page.evaluate("studio.go('interpolate')")
    interpolated(page)
    page.evaluate("studio.go('epochs')")
    filmed(page)
    verdict(page).locator(".tile").nth(47).wait_for()
    tab_of(page)
    page.locator("#train-example canvas, #train-form").first.wait_for()


def test_the_browser_draws_for_itself(page, proxy):
    touch(page)
    page.wait_for_function(HERE)
    assert len(page.asked) >= 4 and all(asked.startswith(f"{proxy[0]}gradio_api/studio/") for asked in page.asked)
    compared = page.evaluate(COMPARE, {"run": "mnist"})
    assert compared["num"] == 16 and compared["off"] <= 2 and compared["range"] > 100


def test_a_training_is_watched(page):
    watch = tab_of(page)
    begin(page, "7")
    watch.locator(".train-panel canvas").first.wait_for(timeout=120_000)
    assert until(page, lambda: drawn(watch)[0] != drawn(watch)[1])
    watch.locator("[data-deed=stop]").click()
    watch.locator(".train-outcome").wait_for()
    page.evaluate("""async () => {
        for (const { id } of (await studio.training.ask("jobs")).jobs) await studio.training.ask("do", { id, action: "delete" });
    }""")


def test_links_lead_through_the_proxy(page, proxy):
    page.locator("#switches .present-switch").click()
    page.locator(".qr-corner svg").wait_for()
    link = page.evaluate("studio.link.url()")
    assert link.startswith(f"{proxy[0]}#") and page.locator(".qr-address").text_content() == link
    page.evaluate("studio.view.set({ tab: 'epochs' })")
    again = page.context.new_page()
    again.goto(page.evaluate("studio.link.url()"))
    filmed(again)


def test_a_proxy_may_leave_the_prefix_on(app, browser):
    with visits(browser) as visit:
        page = visit(f"{app}/gan/")
        page.open()
        touch(page)
        page.wait_for_function(HERE)
        assert all(asked.startswith(f"{app}/gan/gradio_api/studio/") for asked in page.asked)


def test_the_endpoints_and_plain_http(proxy):
    from gradio_client import Client

    with urlopen(f"{proxy[0]}gradio_api/studio/sample/mnist?num=4&seed=7", timeout=60) as answer:
        sheet = answer.read()
    assert sheet.startswith(b"\x89PNG")
    served = Client(proxy[0], verbose=False).predict("mnist", num=4, seed=7, api_name="/sample")
    with open(served, "rb") as file:
        assert file.read() == sheet
    assert json.loads(urlopen(f"{proxy[0]}config", timeout=60).read())["root"] == proxy[0].rstrip("/")
