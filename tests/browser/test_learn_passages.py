"""Tests Learn's chapters on lines of code: each shows its lines beside its words, and its button opens the panel to play with."""

import pytest

from studio.learning.passages import PASSAGES
from studio.words import word

pytestmark = pytest.mark.browser
PANELS = {  # visible in what the chapter's button opens
    "evolution": "#children .children-grid",
    "regression": '#explore [data-kind="named"][aria-pressed="true"]',
    "dissection": "#units .units-bench",
    "mixing": "#mix-layers .mixing-about",
    "blending": "#blend .blend h2",
}


@pytest.fixture
def page(shipped, open_page):
    page = open_page(shipped, language="zh-CN")
    page.wait_for_function("window.studio?.explore?.state()")
    page.evaluate("studio.go('learn')")
    return page


@pytest.mark.parametrize("chapter", PASSAGES)
def test_a_chapter_shows_its_lines_and_opens_its_panel(chapter, page):
    place = page.locator(f"#{chapter}")
    page.get_by_role("button", name=word("zh", f"chapter_{chapter}"), exact=True).click()
    place.locator("pre").nth(len(PASSAGES[chapter]) - 1).wait_for()
    assert place.locator(".way > p").all_inner_texts() == [word("zh", f"{chapter}_{way}") for way in PASSAGES[chapter]]
    assert all(lines.strip() for lines in place.locator("pre").all_inner_texts())
    place.get_by_role("button", name=word("zh", f"{chapter}_try")).click()
    panel = page.locator(PANELS[chapter])
    panel.wait_for()
    page.wait_for_function(
        "panel => { const { top } = panel.getBoundingClientRect(); return top > -1 && top < innerHeight; }",
        arg=panel.element_handle(),
    )
