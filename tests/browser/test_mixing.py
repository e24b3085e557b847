"""Tests mixing layers in Generate: in the browser as on the server, by sliders, presets, keys and the grid, and kept in the link."""

from dataclasses import replace

import pytest
from conftest import TINY, untrained

from ganlib import export
from studio.words import word

pytestmark = pytest.mark.browser
STYLE = replace(TINY, name="style", generator={"family": "style", "width": 4, "most": 8})
# The largest differences in grey levels: of the browser's mixtures to the server's, to the first's pictures and to the second's
DIFFERENCES = """async (amounts) => {
    const moment = { run: "style", images: studio.explore.scene().images, truncation: 0.8 };
    const [other, ...latents] = await studio.engine.latents({ run: "style", seed: 3, num: 4 });
    const question = { ...moment, latents };
    const here = await studio.local.drawMixed({ ...question, mix: { other, amounts } });
    const there = studio.engine.decoded(await studio.engine.ask({
        what: "mixed", ...studio.engine.latentFields(question), other: studio.engine.base64(other.z), other_labels: [other.label], amounts,
    }));
    const [first, second] = [await studio.engine.served(question), await studio.engine.served({ ...moment, latents: [other, other, other] })];
    const apart = (one, another) => Math.max(...one.map(({ data }, n) => data.reduce((most, value, i) => Math.max(most, Math.abs(value - another[n].data[i])), 0)));
    return [apart(here, there), apart(here, first), apart(here, second)];
}"""
MIXED = "() => document.querySelector('#mix-layers .mixing-mixed').toDataURL()"
SECOND = "() => document.querySelector('#mix-layers .mixing-second').toDataURL()"


@pytest.fixture(scope="module")
def address(start, runtime, tmp_path_factory):
    folder = tmp_path_factory.mktemp("mixing") / "checkpoints"
    for name, recipe in (("style", STYLE), ("plain", TINY)):
        untrained(folder / name, recipe=recipe)
    export.main([str(folder / "style"), "--outline"])
    return start(folder, runtime)[1]


@pytest.fixture
def page(browser, address):
    context = browser.new_context(locale="en-US", reduced_motion="reduce", viewport={"width": 1280, "height": 1200})
    page = context.new_page()
    page.goto(f"{address}#run=style")
    page.wait_for_function("window.studio?.engine?.run()")
    page.locator("#mix-layers summary").click()
    page.locator("#mix-layers .mixing-grid button").nth(28).wait_for()
    page.wait_for_function("studio.local.has(studio.explore.scene())")
    yield page
    context.close()


def test_the_browser_mixes_as_the_server(page):
    for amounts, first, second in (([0, 0, 0], True, False), ([1, 1, 1], False, True), ([1, 0.35, 0], False, False)):
        near, *apart = page.evaluate(DIFFERENCES, amounts)
        assert near <= 1
        assert [most <= 1 for most in apart] == [first, second], apart


def changes(page, act):
    """Whether the mixed picture changes by `act()`."""
    before = page.evaluate(MIXED)
    act()
    page.wait_for_function(f"(before) => ({MIXED})() !== before", arg=before)


def test_mixed_by_hand_with_the_server_gone_and_kept_in_the_link(page):
    panel = page.locator("#mix-layers")
    coarse, everything = (panel.get_by_role("button", name=name, exact=True) for name in ("coarse", "all"))
    assert coarse.get_attribute("aria-pressed") == "true"
    page.context.set_offline(True)
    changes(page, everything.click)
    page.wait_for_function(f"() => ({MIXED})() === ({SECOND})()")
    slider = panel.get_by_role("slider", name="Stage 2, 14 × 14")
    changes(page, lambda: slider.press("ArrowLeft"))
    assert slider.get_attribute("aria-valuetext") == "95 % from the second"
    assert everything.get_attribute("aria-pressed") == "false"
    changes(page, panel.get_by_role("button", name=word("en", "mixing_another")).click)
    cells = panel.locator(".mixing-grid button")
    cells.nth(5).focus()
    page.keyboard.press("ArrowRight")
    assert cells.nth(6).get_attribute("aria-label") == "Row 1 mixed with column 1"
    changes(page, lambda: page.keyboard.press("Enter"))
    page.wait_for_function("() => studio.explore.latent().from?.index === 0")
    page.context.set_offline(False)
    shown, link = page.evaluate(MIXED), page.evaluate("studio.link.url()")
    other = page.context.new_page()
    other.goto(link)
    other.wait_for_function(
        f"(shown) => document.querySelector('#mix-layers .mixing-mixed') && ({MIXED})() === shown", arg=shown
    )
    assert other.locator("#mix-layers input").nth(1).input_value() == "0.95"


def test_a_run_without_styles_says_which_can(page, address):
    other = page.context.new_page()
    other.goto(f"{address}#run=plain")
    other.locator("#mix-layers summary").click()
    other.get_by_text(word("en", "mixing_none")).wait_for()
    assert not other.locator("#mix-layers .mixing-bench").is_visible()
