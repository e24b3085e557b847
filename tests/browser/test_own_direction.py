"""Tests the directions of one's own in Generate: marked in the grid, moved along without the server, in the link, kept with the run."""

import json
import shutil

import numpy as np
import pytest
from driving import until

from ganlib import latents
from ganlib.directions.__main__ import main
from ganlib.runs.run import Run

PHONE = {"width": 390, "height": 844}
MORE, LESS = (3, 5, 8), (1, 2)
NAME = "curly"
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def runs(all_shipped, tmp_path_factory):
    folder = tmp_path_factory.mktemp("own") / "checkpoints"
    shutil.copytree(all_shipped / "mnist", folder / "mnist")
    return folder


@pytest.fixture(scope="module")
def address(start, runs, runtime):
    return start(runs, runtime)[1]


@pytest.fixture
def page(browser, address):
    context = browser.new_context(locale="en-US", reduced_motion="reduce", viewport={"width": 1280, "height": 1400})
    page = context.new_page()
    page.goto(f"{address}#run=mnist&seed=7")
    page.locator("#explore .axis").first.wait_for()
    yield page
    context.close()


def cell(page, number):
    return page.locator("#sheet .cells button").nth(number - 1)


def mark(page, more=MORE, less=LESS, name=NAME):
    page.locator("#sheet .own summary").click()
    for number in more:
        cell(page, number).click()
    page.get_by_role("button", name="− less like those").click()
    for number in less:
        cell(page, number).click()
    page.locator("#sheet .own-name").fill(name)
    page.keyboard.press("Enter")


def expected(more=MORE, less=LESS):
    z = latents.sample(8, 64, 7)
    step = z[np.array(more) - 1].mean(0) - z[np.array(less) - 1].mean(0)
    return step / np.linalg.norm(step)


def z_of(page):
    return np.array(page.evaluate("Array.from(studio.explore.latent().z)"))


def test_marked_named_and_moved_along_with_the_server_gone(page):
    cell(page, 4).click()
    page.wait_for_function("studio.local.has(studio.explore.scene())")
    page.locator("#explore").get_by_role("button", name="By name", exact=True).click()
    page.get_by_role("slider", name="Thickness", exact=True).wait_for()
    page.context.set_offline(True)
    mark(page)
    signs = page.locator("#sheet .cells button").evaluate_all("all => all.slice(0, 8).map((one) => one.dataset.mark ?? '')")
    assert signs == ["less", "less", "more", "", "more", "", "", "more"]
    assert "3 more, 2 less; " in page.locator("#sheet .own-told").inner_text()
    page.get_by_role("button", name="Move along it").click()
    slider = page.get_by_role("slider", name=NAME, exact=True)
    assert slider.evaluate("slider => slider === document.activeElement")
    before, painted = z_of(page), page.evaluate("studio.explore.painted")
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    moved = z_of(page) - before
    assert moved / np.linalg.norm(moved) == pytest.approx(expected(), abs=1e-4)
    page.wait_for_function("painted => studio.explore.painted > painted", arg=painted)
    page.context.set_offline(False)


def test_marks_go_with_a_click_and_with_the_panel(page):
    mark(page)
    cell(page, 1).click()  # unmarks
    cell(page, 3).click()  # from more to less
    assert page.evaluate("studio.own.current().more.map(({ from }) => from.index)") == [4, 7]
    assert page.evaluate("studio.own.current().less.map(({ from }) => from.index)") == [1, 2]
    page.locator("#sheet .own summary").click()
    assert until(page, lambda: page.locator("#sheet .cells button[data-mark]").count() == 0)
    cell(page, 6).click()  # chooses again
    assert cell(page, 6).get_attribute("aria-pressed") == "true"


def test_a_link_holds_it(page):
    mark(page)
    page.get_by_role("button", name="Another").click()
    cell(page, 7).click()  # less, as before
    page.get_by_role("group", name="Your directions").get_by_role("button", name=NAME).click()
    page.get_by_role("button", name="Move along it").click()
    url = page.evaluate("studio.link.url()")
    other = page.context.new_page()
    other.goto(url)
    other.get_by_role("slider", name=NAME, exact=True).wait_for()
    assert other.evaluate("studio.own.attribute().gradient") == pytest.approx(expected(), abs=1e-6)
    assert other.evaluate("studio.own.list().map(({ name }) => name)") == [NAME, "Your direction 2"]


def test_a_link_with_marks_that_are_none_keeps_the_page(page, address):
    for given in ({"list": 7}, {"list": [{"more": "x"}]}, {"list": [{"more": "0:999999"}]}, {"list": [None]}):
        other = page.context.new_page()
        other.goto(f"{address}#run=mnist&parts={json.dumps({'own': given})}")
        other.locator("#explore .axis").first.wait_for()
        assert other.evaluate("studio.own.attributes()") == []
        other.close()


def test_the_saved_file_is_kept_with_the_run_and_offered_to_all(page, runs, tmp_path):
    mark(page)
    with page.expect_download() as waited:
        page.get_by_role("button", name="Save as a file").click()
    assert page.locator("#sheet .own-command").inner_text().endswith("checkpoints/mnist --add curly.json")
    path = tmp_path / waited.value.suggested_filename
    waited.value.save_as(path)
    main([str(runs / "mnist"), "--add", str(path)])
    run = Run.open(runs / "mnist")
    kept = run.directions()[run.snapshot().path.stem][NAME]
    main([str(runs / "mnist"), "--more", "3,5,8", "--less", "1,2", "--seed", "7", "--name", "computed"])
    computed = run.directions()[run.snapshot().path.stem]["computed"]
    assert kept["marked"] == computed["marked"] and kept["gradient"] == pytest.approx(computed["gradient"], abs=2e-5)
    other = page.context.new_page()
    other.goto(page.url.split("#")[0] + "#run=mnist")
    other.locator("#explore").get_by_role("button", name="By name", exact=True).click()
    other.get_by_role("slider", name=NAME, exact=True).wait_for()


def test_in_chinese_on_a_phone(browser, address):
    context = browser.new_context(locale="zh-CN", reduced_motion="reduce", viewport=PHONE, has_touch=True, color_scheme="dark")
    page = context.new_page()
    page.goto(f"{address}#run=mnist")
    page.locator("#explore .axis").first.wait_for()
    page.get_by_text("自定方向：更像这些").tap()
    cell(page, 3).tap()
    page.get_by_role("button", name="− 不要像这些").tap()
    cell(page, 6).tap()
    page.get_by_role("button", name="沿此方向移动").tap()
    page.get_by_role("slider", name="自定方向 1", exact=True).wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()
