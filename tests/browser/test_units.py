"""Tests the switches in Generate: units turned off and doubled in the browser as on the server, everywhere and where painted."""

import shutil

import pytest

pytestmark = pytest.mark.browser
# Differences in grey levels: the browser's pictures to the server's, with these switches, and to those without
DIFFERENCES = """async (list) => {
    const moment = { run: "mnist", images: studio.explore.scene().images };
    const latents = await studio.engine.latents({ run: "mnist", seed: 3, num: 4 });
    const facts = await studio.switches.units(moment);
    const question = { ...moment, latents };
    const on = list.map((one) => ({ ...one, area: one.area && Uint8Array.from(one.area) }));
    const here = await studio.local.drawSwitched({ ...question, scales: studio.switches.scales(on, facts) });
    const there = studio.engine.decoded(await studio.engine.ask({
        what: "switched", ...studio.engine.latentFields(question),
        switches: on.map((one) => ({ ...one, area: one.area ? btoa(String.fromCharCode(...one.area)) : null })),
    }));
    const plain = await studio.engine.served(question);
    const apart = (one, other) => Math.max(...one.map(({ data }, n) => data.reduce((most, value, i) => Math.max(most, Math.abs(value - other[n].data[i])), 0)));
    return [apart(here, there), apart(here, plain)];
}"""


@pytest.fixture(scope="module")
def address(start, all_shipped, runtime, tmp_path_factory):
    folder = tmp_path_factory.mktemp("units") / "checkpoints"
    shutil.copytree(all_shipped / "mnist", folder / "mnist")
    return start(folder, runtime)[1]


@pytest.fixture
def page(browser, address):
    context = browser.new_context(locale="en-US", reduced_motion="reduce", viewport={"width": 1280, "height": 1200})
    page = context.new_page()
    page.goto(f"{address}#run=mnist")
    page.wait_for_function("window.studio?.engine?.run()")
    page.locator("#units summary").click()
    page.locator("#units .units-list li").first.wait_for()
    yield page
    context.close()


def test_the_browser_draws_switches_as_the_server(page):
    page.wait_for_function("studio.local.has(studio.explore.scene())")
    half = [*[1] * 7, *[0] * 7] * 14
    one = {"stage": "stages.1", "unit": 25, "factor": 0, "area": None}
    for switches in ([one], [one | {"area": half}, one | {"stage": "stem", "unit": 37, "factor": 2}]):
        near, apart = page.evaluate(DIFFERENCES, switches)
        assert near <= 2 and apart > 50


def test_switched_by_hand_painted_and_kept_in_the_link(page, address):
    units = page.locator("#units .units-list li")
    first = units.first.locator(".unit-name").inner_text()
    units.first.get_by_role("button", name="off").click()
    assert page.locator("#units .units-chosen li").count() == 1
    brush = page.locator("#units .units-brush")
    brush.focus()
    for key in ("ArrowUp", "ArrowLeft", " "):
        brush.press(key)
    assert "the painted area changes" in page.locator("#units .units-says").inner_text()
    assert units.first.locator(".unit-name").inner_text() != first
    units.first.get_by_role("button", name="× 2").click()
    chosen = page.locator("#units .units-chosen li").all_inner_texts()
    assert [text.endswith("only there ×") for text in chosen] == [False, True]
    page.locator("#units .units-sample").click()
    page.wait_for_function("document.querySelector('#units .units-logits').textContent.includes('mean logit')")
    link = page.evaluate("studio.link.url()")
    other = page.context.new_page()
    other.goto(link)
    other.locator("#units .units-chosen li").nth(1).wait_for()
    assert other.locator("#units .units-chosen li").all_inner_texts() == chosen
    other.locator("#units .units-reset").click()
    assert other.locator("#units .units-chosen li").count() == 0
