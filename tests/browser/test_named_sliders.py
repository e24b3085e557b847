"""Tests Generate's sliders with names: what they move, what they keep, and that a link holds them."""

import json
import os
from pathlib import Path

import pytest
from driving import choose

DESKTOP, PHONE = {"width": 1280, "height": 860}, {"width": 390, "height": 844}
SLIDER = "#explore .axis input[type=range]"
MNIST = Path(__file__).parents[2] / "checkpoints" / "mnist"
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    folder = tmp_path_factory.mktemp("digits")
    os.symlink(MNIST, folder / "mnist")
    return folder


def by_name(page):
    page.locator("#explore .axis").first.wait_for()
    page.locator("#explore").get_by_role("button", name="By name", exact=True).click()
    page.get_by_role("slider", name="Thickness", exact=True).wait_for()


def along(page, name):
    """Returns the latent's standing on an attribute: its gradient's product with z."""
    table = json.loads((MNIST / "directions.json").read_text())["snapshots"]["001440000"]
    z = page.evaluate("Array.from(studio.explore.latent().z)")
    return sum(value * by for value, by in zip(z, table[name]["gradient"], strict=True))


def press(page, name, times):
    slider = page.get_by_role("slider", name=name, exact=True)
    slider.focus()
    for _ in range(times):
        page.keyboard.press("ArrowRight")


def test_a_slider_moves_what_it_names_and_keeps_what_is_chosen(digits, open_page):
    page = open_page(digits)
    by_name(page)
    names = page.locator(SLIDER).evaluate_all("all => all.map((one) => one.ariaLabel)")
    assert {"Thickness", "Slant", "Width", "Brightness"} <= set(names) and "Loops" not in names
    assert page.get_by_text("R² 0.70; also moves Contrast ↑").is_visible()
    thick, width = along(page, "thickness"), along(page, "width")
    press(page, "Thickness", 10)
    assert along(page, "thickness") > thick + 0.5 and along(page, "width") > width + 0.2

    keep = page.get_by_role("group", name="Keep", exact=True)
    keep.get_by_role("button", name="Thickness", exact=True).click()
    keep.get_by_role("button", name="the digit", exact=True).click()
    assert keep.locator("[aria-pressed=true]").all_inner_texts() == ["the digit", "Thickness"]
    before = {name: along(page, name) for name in ("thickness", "width", "digit 1", "digit 7")}
    press(page, "Width", 10)
    after = {name: along(page, name) for name in before}
    assert after["width"] > before["width"] + 0.2
    assert all(abs(after[name] - before[name]) < 1e-3 for name in before if name != "width")


@pytest.mark.parametrize(("viewport", "lines"), [(DESKTOP, 2), (PHONE, 3)])
def test_all_that_a_slider_also_moves_can_be_read(shipped, open_page, viewport, lines):
    page = open_page(shipped, viewport=viewport)
    choose(page, "#run", 0)
    page.get_by_role("button", name="By name", exact=True).click()
    told = page.locator("#explore .also", has_text="also moves Red − blue, edges ↑, Red − blue, top ↑, Red − blue, centre ↑")
    told.wait_for()
    boxes = "all => all.map((one) => [one.scrollWidth <= one.clientWidth, one.clientHeight])"
    assert all(whole and height <= 18 * lines for whole, height in page.locator("#explore .also").evaluate_all(boxes))


def test_a_link_opens_the_same_sliders(digits, open_page):
    page = open_page(digits)
    by_name(page)
    page.get_by_role("group", name="Keep", exact=True).get_by_role("button", name="Slant", exact=True).click()
    press(page, "Thickness", 3)
    url = page.evaluate("studio.link.url()")
    again = open_page(digits)
    again.goto("about:blank")
    again.goto(url)
    again.get_by_role("slider", name="Thickness", exact=True).wait_for()
    assert again.locator("#explore .keep-list [aria-pressed=true]").all_inner_texts() == ["Slant"]
    assert again.evaluate("Array.from(studio.explore.latent().z)") == page.evaluate("Array.from(studio.explore.latent().z)")


def test_a_snapshot_without_names_says_how_to_measure_it(digits, open_page):
    page = open_page(digits)
    by_name(page)
    choose(page, "#snapshot", 3)
    page.get_by_text("Nothing was measured of this snapshot: python -m ganlib.directions RUN").wait_for()
    page.locator("#explore .still").wait_for()
    assert page.locator(SLIDER).count() == 0
    choose(page, "#snapshot", page.locator("#snapshot li").count() - 1)
    page.get_by_role("slider", name="Thickness", exact=True).wait_for()


def test_in_chinese_on_a_phone(digits, open_page):
    page = open_page(digits, viewport=PHONE, language="zh-CN")
    page.locator("#explore .axis").first.wait_for()
    page.get_by_role("button", name="按名称", exact=True).click()
    page.get_by_role("slider", name="笔画粗细", exact=True).wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
