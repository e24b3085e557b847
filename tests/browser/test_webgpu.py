"""Tests the generator on WebGPU, emulated by Chromium."""

import pytest
from test_local import COMPARE, HERE, touch, visits

from studio.browser.onnxruntime_web import FILES, GPU_FILES

pytestmark = pytest.mark.browser
WEBGPU = ("--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader")
OPENED = "const session = await begin(way);"
GREY = "{ data: new Float32Array(1024), dims: [1, 1, 32, 32], dispose() {} }"


@pytest.fixture(scope="module")
def address(start, shipped, runtime):
    return start(shipped, runtime, ["--webgpu"])[1]


@pytest.fixture(scope="module")
def with_gpu(launch):
    """A browser with WebGPU."""
    return launch(*WEBGPU)


@pytest.fixture
def visit(with_gpu):
    with visits(with_gpu) as visit:
        yield visit


def begun(page):
    """Opens the page; returns it once it draws in the browser."""
    page.open()
    touch(page)
    page.wait_for_function(HERE)
    page.locator("#explore .here").wait_for()
    return page


def altered(page, old, new):
    """The same with a worker in which `new` replaces `old`."""

    found = []

    def answer(route):
        text = route.fetch().text()
        found.append(text.count(old))
        route.fulfill(body=text.replace(old, new), content_type="text/javascript")

    page.route("**/gradio_api/studio/page/*.js", answer)
    page.open()
    touch(page)
    page.wait_for_function(HERE)
    assert sum(found) == 1
    return page


def title(page):
    return page.locator("#explore .here").get_attribute("title")


def test_pictures_equal_the_servers(address, visit):
    page = altered(visit(address), '["webgpu", "wasm"]', '["webgpu"]')
    assert "graphics processor" in title(page)
    for run, num in (("mnist", 16), ("anime-faces", 2)):  # the software adapter takes seconds for a face
        compared = page.evaluate(COMPARE, {"run": run, "num": num})
        assert compared["num"] == num and compared["off"] <= 2 and compared["range"] > 100, run


def test_the_way_that_is_faster_is_taken(address, visit):
    page = begun(visit(address))
    assert any(GPU_FILES["binary"][0] in url for url in page.asked)
    assert "graphics processor" not in title(page)  # the software adapter runs on the CPU


def test_a_way_that_draws_otherwise_is_not_taken_however_fast(address, visit):
    page = altered(visit(address), OPENED, f"{OPENED} if (way === 'webgpu') session.run = async () => ({{ images: {GREY} }});")
    assert "graphics processor" not in title(page)


def test_who_has_none_loads_the_smaller_files(address, browser):
    with visits(browser) as visit:
        page = begun(visit(address))
    loaded = {url.rsplit("/", 1)[-1] for url in page.asked if "/runtime/" in url}
    assert loaded == {name for name, _ in FILES.values()}
