"""The generator on the visitor's graphics processor, here one that Chromium computes itself."""

import pytest
from test_local import COMPARE, HERE, touch, visits

from studio.runtime import FILES, GPU_FILES

pytestmark = pytest.mark.browser
WEBGPU = ("--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader")
BOTH = '["webgpu", "wasm"]'  # the ways between which the worker chooses


@pytest.fixture(scope="module")
def address(start, shipped, runtime):
    return start(shipped, runtime, ["--webgpu"])[1]


@pytest.fixture
def visit(launch):
    with visits(launch(*WEBGPU)) as visit:
        yield visit


def begun(page):
    """The page, which draws for itself."""
    page.open()
    touch(page)
    page.wait_for_function(HERE)
    page.locator("#explore .here").wait_for()
    return page


def only(page, ways):
    """Lets the worker choose between fewer ways."""
    page.open()
    text = page.evaluate("String(studio.worker)")
    assert text.count(BOTH) == 1
    page.evaluate("text => { studio.worker = text; }", text.replace(BOTH, ways))
    touch(page)
    page.wait_for_function(HERE)
    return page


def title(page):
    return page.locator("#explore .here").get_attribute("title")


def test_pictures_equal_the_servers(address, visit):
    page = only(visit(address), '["webgpu"]')
    assert "graphics processor" in title(page)
    for run in ("mnist", "anime-faces"):
        compared = page.evaluate(COMPARE, run)
        assert compared["num"] == 16 and compared["off"] <= 2 and compared["range"] > 100, run


def test_the_way_that_is_faster_is_taken(address, visit):
    page = begun(visit(address))
    assert any(GPU_FILES["binary"][0] in url for url in page.asked)
    assert "graphics processor" not in title(page)  # which is the processor itself, pretending


def test_who_has_none_loads_the_smaller_files(address, browser):
    with visits(browser) as visit:
        page = begun(visit(address))
    loaded = {url.rsplit("/", 1)[-1] for url in page.asked if "/runtime/" in url}
    assert loaded == {name for name, _ in FILES.values()}
