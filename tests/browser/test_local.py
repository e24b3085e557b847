"""Tests the generator in the browser: the same pictures as the server's, and the fallback to the server."""

import json
import re
from contextlib import contextmanager
from functools import partial

import pytest
from driving import run_of, until

from studio.browser.onnxruntime_web import FILES, VERSION, OnnxRuntimeWeb

pytestmark = pytest.mark.browser
SLIDER = "#explore .axis input[type=range]"
HERE = "studio.local.has(studio.explore.scene())"
HASH = """() => {
    const canvas = document.querySelector("#explore .live");
    return canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data
        .reduce((hash, value) => Math.imul(hash ^ value, 16777619), 2166136261);
}"""
# Some pictures of a run's last snapshot, drawn here and by the server: their largest difference, and their range
COMPARE = """async ({ run, num = 16 }) => {
    const { moments } = await studio.engine.about(run);
    const { images } = moments.at(-1);
    const latents = await studio.engine.latents({ run, seed: 5, num });
    const question = { run, images, latents, truncation: 0.9 };
    while (!studio.local.has(question)) {
        await studio.local.draw(question);
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const [here, there] = [await studio.local.draw(question), await studio.engine.served(question)];
    const off = (n) => here[n].data.reduce((most, value, i) => Math.max(most, Math.abs(value - there[n].data[i])), 0);
    return { num: here.length, off: Math.max(...here.map((_, n) => off(n))), range: Math.max(...here[0].data.slice(0, -4).filter((_, i) => i % 4 < 3)) };
}"""


@pytest.fixture(scope="module")
def address(start, shipped, runtime):
    """The URL of an app with drawing in the browser."""
    return start(shipped, runtime)[1]


@contextmanager
def visits(browser):
    """A function that opens a page at a URL and records its requests to /studio/ other than the page's script."""
    contexts = []

    def visit(address, **settings):
        context = browser.new_context(
            locale="en-US", reduced_motion="reduce", viewport={"width": 1280, "height": 860}, **settings
        )
        contexts.append(context)
        page = context.new_page()
        page.asked = []
        page.on(
            "request", lambda request: re.search("/studio/(?!page/|poster)", request.url) and page.asked.append(request.url)
        )
        page.open = partial(opened, page, address)
        return page

    yield visit
    for context in contexts:
        context.close()


@pytest.fixture
def visit(browser):
    with visits(browser) as visit:
        yield visit


def opened(page, address):
    page.goto(address)
    run_of(page)
    page.locator("#explore .keeps .save[href]").wait_for()


def touch(page):
    """Moves the selected picture, the first interaction."""
    page.locator("#explore .high").first.click()


def drag(page, slider=2):
    """Drags a slider from end to end; returns how many pictures were painted."""
    box = page.locator(SLIDER).nth(slider).bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 20, y)
    page.mouse.down()
    seen = set()
    for step in range(20):
        page.mouse.move(box["x"] + 20 + (box["width"] - 40) * step / 19, y)
        page.wait_for_timeout(30)
        seen.add(page.evaluate(HASH))
    page.mouse.up()
    return len(seen)


def test_the_hashes_are_those_of_the_npm_package(runtime):
    assert json.loads((runtime.parent / "package.json").read_text())["version"] == VERSION
    assert OnnxRuntimeWeb(runtime).path(FILES["binary"][0]).is_file()  # it refuses files with other hashes


def test_pictures_equal_the_servers(address, visit):
    page = visit(address)
    page.open()
    assert page.asked == [] and page.locator("#explore .here").is_hidden()  # nothing is loaded before an interaction
    touch(page)
    page.wait_for_function(HERE)
    assert page.locator("#explore .here").is_visible() and len(page.asked) == 4
    for run in ("mnist", "anime-faces"):
        compared = page.evaluate(COMPARE, {"run": run})
        assert compared["num"] == 16 and compared["off"] <= 2 and compared["range"] > 100, run


def test_a_drag_goes_on_without_the_server(start, shipped, runtime, visit):
    process, address = start(shipped, runtime)
    page = visit(address)
    page.open()
    touch(page)
    page.wait_for_function(HERE)
    page.locator("#explore .keeps .save[href]").wait_for()
    process.kill()
    process.wait(20)
    assert drag(page) > 5
    page.get_by_text("This picture can't be saved now. The server does not answer.").wait_for()
    assert drag(page, 1) > 5


def test_files_that_are_not_the_meant_ones_leave_it_to_the_server(address, visit):
    page = visit(address)
    page.route(f"**/{FILES['binary'][0]}", lambda route: route.fulfill(body=b"something else"))
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.open()
    touch(page)
    assert until(page, lambda: any(FILES["binary"][0] in url for url in page.asked))
    assert drag(page) > 2
    page.wait_for_timeout(500)
    before = len(page.asked)
    assert drag(page, 1) > 2 and len(page.asked) == before  # no retry
    assert not page.evaluate(HERE) and page.locator("#explore .here").is_hidden() and problems == []


def test_an_outline_that_draws_otherwise_is_not_believed(address, visit):
    page = visit(address)
    page.route(
        "**/gradio_api/studio/weights/mnist/*",
        lambda route: route.continue_(url=f"{address}/gradio_api/studio/weights/mnist/60032"),
    )
    page.open()
    touch(page)
    assert until(page, lambda: len(page.asked) == 4)
    page.wait_for_timeout(1500)
    assert not page.evaluate(HERE) and drag(page) > 2


def test_an_outline_that_is_being_made_is_asked_for_again(address, visit):
    page, answers = visit(address), [202]
    body = json.dumps({"error": "The outline of this run is being made; ask again."})
    page.route(
        "**/gradio_api/studio/outline/*",
        lambda route: route.fulfill(status=answers.pop(), body=body) if answers else route.continue_(),
    )
    page.open()
    touch(page)
    assert until(page, lambda: touch(page) or page.evaluate(HERE))


def test_four_snapshots_are_kept(address, visit):
    page = visit(address)
    page.open()
    touch(page)
    page.wait_for_function(HERE)
    ready = page.evaluate("""async () => {
        const { run, moments } = studio.engine.run();
        const latents = await studio.engine.latents({ run, seed: 0, num: 1 });
        const before = moments.slice(-6, -1);
        for (const { images } of before) {
            while (!studio.local.has({ run, images })) {
                await studio.local.draw({ run, images, latents });
                await new Promise((resolve) => setTimeout(resolve, 30));
            }
        }
        return moments.slice(-6).map(({ images }) => studio.local.has({ run, images }));
    }""")
    assert ready == [False, True, True, True, True, False]
    assert drag(page) > 2  # with the selected one, which is loaded again


@pytest.mark.parametrize("way", ["off", "save data"])
def test_nothing_is_loaded_where_it_is_unwelcome(shipped, serve, address, visit, way):
    page = visit(serve(shipped) if way == "off" else address)
    if way == "save data":
        page.add_init_script("Object.defineProperty(navigator, 'connection', { value: { saveData: true } })")
    page.open()
    touch(page)
    assert drag(page) > 2
    page.wait_for_timeout(500)
    assert page.asked == [] and page.locator("#explore .here").is_hidden()


def test_interpolate_draws_here_too(address, visit):
    page = visit(address)
    page.open()
    touch(page)
    page.wait_for_function(HERE)
    served = []
    page.on("request", lambda request: "component_server" in request.url and served.append(request.post_data or ""))
    page.get_by_role("tab", name="Interpolate").click()
    page.wait_for_function(
        "document.querySelector('#interpolate .morph')?.ariaBusy === 'false' && document.querySelector('#interpolate .key')"
    )
    assert page.locator("#interpolate .here").is_visible()
    assert not any('"draw"' in body for body in served)
