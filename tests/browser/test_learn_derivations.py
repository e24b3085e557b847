"""Tests the chapter derivations: topics open in place, with their formulas, in both languages."""

import pytest
from driving import fits

PHONE = {"width": 390, "height": 844}
pytestmark = pytest.mark.browser


def derivations(page):
    """Opens the chapter; returns it once its first topic is loaded."""
    page.wait_for_function("window.studio?.engine?.run()")
    page.evaluate("studio.go('learn')")
    chapter = page.locator("#derivations")
    chapter.scroll_into_view_if_needed()
    chapter.locator("details[open] .display svg").first.wait_for()
    return chapter


def test_topics_are_read_in_both_languages(shipped, open_page):
    page = open_page(shipped)
    chapter = derivations(page)
    topics = chapter.locator("summary").all_inner_texts()
    assert len(topics) == 11 and topics[0] == "The value function"
    assert chapter.locator("details").nth(3).locator("svg").count() == 0  # closed topics aren't loaded
    chapter.locator("summary").nth(3).press("Enter")
    chapter.locator("details").nth(3).locator("td", has_text="-0.9933").first.wait_for()
    latex = (
        r"V(D,G)=\mathbb{E}_{x\sim p_{\mathrm{data}}}\left[\log D(x)\right]+\mathbb{E}_{z\sim p_z}\left[\log(1-D(G(z)))\right]"
    )
    assert chapter.get_by_role("img", name=latex, exact=True).count() == 1
    assert inline_ones_stand_on_their_line(chapter)

    page.evaluate("studio.setLanguage('zh')")
    chapter.locator("summary", has_text="价值函数").wait_for()
    chapter.locator("details").nth(3).locator("td", has_text="-0.9933").first.wait_for()  # open topics stay open
    assert [one.get_attribute("open") is not None for one in chapter.locator("details").all()] == [True, False, False, True] + [
        False
    ] * 7
    assert chapter.get_by_role("img", name=latex, exact=True).count() == 1
    assert "$" not in chapter.inner_text()


def inline_ones_stand_on_their_line(chapter):
    """Inline formulas of single letters share the baseline of the text around them."""
    return chapter.evaluate("""chapter => [...chapter.querySelectorAll('p .formula[aria-label="D"]')].every((formula) => {
        const line = document.createElement("span");
        line.style.cssText = "display:inline-block;width:0;height:0";
        formula.after(line); // its lower edge is the baseline
        const apart = formula.getBoundingClientRect().bottom - line.getBoundingClientRect().bottom;
        line.remove();
        return Math.abs(apart) < 1.5;
    })""")


def test_wide_formulas_scroll_in_their_place_on_a_phone(shipped, open_page):
    page = open_page(shipped, language="zh-CN", look="dark", viewport=PHONE)
    chapter = derivations(page)
    wide = chapter.locator(".display").first
    assert wide.evaluate("place => place.scrollWidth > place.clientWidth && place.tabIndex === 0")
    assert fits(page)
    ink = chapter.locator(".formula use").first.evaluate("node => getComputedStyle(node).fill")
    assert ink == chapter.locator("p").first.evaluate("node => getComputedStyle(node).color")
