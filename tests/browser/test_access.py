"""Tests every tab with axe-core: labels, contrast of 4.5:1 and the rest of WCAG A and AA, on desktop and phone."""

import pytest
from driving import AXE, fits, run_of

PHONE = {"width": 390, "height": 844}
pytestmark = pytest.mark.browser
LOOKS = {
    "desktop, light, English": {},
    "phone, dark, Chinese": {"viewport": PHONE, "look": "dark", "language": "zh-CN"},
}
PATH_DRAWN = (
    "document.querySelector('#interpolate .morph')?.ariaBusy === 'false' && document.querySelector('#interpolate .key')"
)
WAITS = {
    "generate": "document.querySelector('#explore .still')?.checkVisibility()",
    "interpolate": PATH_DRAWN,
    "epochs": "document.querySelector('#film .film-first canvas')?.width > 1",
    "train": "document.querySelector('#train-form .train-draws')?.textContent",
    "learn": "document.querySelector('#lesson table')?.checkVisibility()",
}


def compare(page):
    """Opens Interpolate's comparison of both paths, with its explanation and the plot of lengths."""
    page.locator("#interpolate [name=compare]").check()
    page.locator("#interpolate .lesson").wait_for()
    page.wait_for_function(PATH_DRAWN)


def enlarge(page):
    """Opens one latent of Epochs at every snapshot."""
    page.locator("#film .film-first .cell").first.click()
    page.wait_for_function("""() => {
        const large = [...document.querySelectorAll("#film .closeup-row canvas")];
        return large.length > 0 && large.every((canvas) => canvas.width > 1);
    }""")


def unfold(page):
    """Opens every chapter of Learn, with its experiment and its derivations."""
    for chapter in page.locator(".chapter").all():
        chapter.scroll_into_view_if_needed()
        page.wait_for_timeout(300)
    page.evaluate("document.querySelectorAll('.asking .quiet').forEach((skip) => skip.click())")
    page.evaluate("document.querySelectorAll('#derivations details').forEach((topic) => { topic.open = true; })")
    page.wait_for_function("document.querySelectorAll('#derivations details .formula').length > 30")
    page.locator("#verdict .wall button, #verdict .wall img, #verdict canvas").first.wait_for()


def reveal(page):
    """Opens the upload panel and all settings of a training."""
    page.locator("#train-form [value=upload]").check()
    page.locator(".train-more summary").click()
    page.locator("#train-uploads button").first.wait_for()


def offer_files(page):
    """Opens the form for many files, and "Your picture"."""
    page.locator("#sheet .many summary").click()
    page.locator("#projection summary").click()
    page.locator(".yours-square").wait_for()
    page.get_by_label("a folder per label").or_(page.get_by_label("每个标签一个文件夹")).wait_for()


MORE = {
    "generate": offer_files,
    "interpolate": compare,
    "epochs": enlarge,
    "train": reveal,
    "learn": unfold,
}  # opens what is closed at first


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_no_tab_has_a_serious_finding_or_is_too_wide(look, axe, shipped, open_page):
    page = open_page(shipped, **look)
    run_of(page)
    page.evaluate(axe)
    for tab, drawn in WAITS.items():
        page.evaluate("tab => studio.go(tab)", tab)
        page.wait_for_function("tab => studio.view.get().tab === tab", arg=tab)
        page.wait_for_function(drawn)
        MORE.get(tab, lambda page: None)(page)
        assert fits(page), tab
        told = page.evaluate(AXE)
        assert {"color-contrast", "button-name"} <= set(told["checked"]), tab
        assert told["findings"] == [], tab
