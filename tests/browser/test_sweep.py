"""Tests the Sweep tab, and the report of a sweep: the same coordinates by mouse, touch and keyboard, the table, a sweep that runs."""

import re

import pytest
import sweep_folders
from driving import AXE, fits, run_of, until

from ganlib.sweep import html

PHONE = {"width": 390, "height": 844}
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def study(all_shipped, tmp_path_factory):
    """A sweep of which two trials have finished, one was pruned and one runs; the runs of the first three are here."""
    folder = tmp_path_factory.mktemp("sweeps") / "digits"
    study = sweep_folders.begin(folder, trials=30)
    for number in range(3):
        (folder / f"trial-{number:03}").symlink_to(all_shipped / "mnist-mlp")
    running = sweep_folders.end(study, 5.0, 3.0, "Collapsing: all alike", None)
    yield study
    for claim in running:
        claim.lock.release()


@pytest.fixture
def tab(study, open_page):
    """A function that opens the Sweep tab."""

    def tab(**settings):
        page = open_page(study.sweep.folder, **settings)
        run_of(page)
        page.locator("#tab-sweep-button").click()
        page.locator("#sweep .handle").first.wait_for()
        return page

    return tab


def rows(page):
    """Returns the numbers of the trials in the table."""
    return [int(row.split("\t")[0]) for row in page.locator("tbody tr:visible").all_inner_texts() if row[:1].isdigit()]


def lines(page):
    """Returns the points of each line by its trial, and the trials whose lines pass through the chosen ranges."""
    points = page.locator("svg.coordinates a").evaluate_all(
        "all => all.map((line) => [line.dataset.trial, line.classList.contains('out'), line.lastChild.getAttribute('points')])"
    )
    found = {int(trial): [tuple(map(float, point.split(","))) for point in text.split()] for trial, _, text in points}
    return found, {int(trial) for trial, out, _ in points if not out}


def handle(page, axis, end):
    return page.locator("svg.coordinates .handle").nth(2 * axis + end)


def drag(page, axis, start, stop):
    """Drags along an upright axis between two places, 0 below and 1 above."""
    low, high = (handle(page, axis, end).bounding_box() for end in (0, 1))
    x = low["x"] + low["width"] / 2
    bottom, top = (box["y"] + box["height"] / 2 for box in (low, high))
    page.mouse.move(x, bottom + (top - bottom) * start)
    page.mouse.down()
    page.mouse.move(x, bottom + (top - bottom) * (start + stop) / 2)
    page.mouse.move(x, bottom + (top - bottom) * stop)
    page.mouse.up()


def check_lines(page):
    """The better, the higher; a range leaves the lines that pass through it; a click takes it away."""
    page.locator("svg.coordinates").scroll_into_view_if_needed()
    found, kept = lines(page)
    assert {trial: len(points) for trial, points in found.items()} == {0: 4, 1: 4, 2: 4, 3: 3}  # trial 3 has no value yet
    heights = {trial: points[-1][1] for trial, points in found.items() if len(points) == 4}
    assert heights[1] < heights[0] < heights[2] and kept == {0, 1, 2, 3}
    drag(page, 3, 0.3, 0.85)
    assert lines(page)[1] == {0} and rows(page) == [0]
    drag(page, 3, 0.5, 0.5)
    assert lines(page)[1] == {0, 1, 2, 3} and len(rows(page)) == 4


def check_keys(page):
    last = handle(page, 3, 0)
    last.focus()
    for _ in range(14):
        last.press("ArrowUp")
    assert last.get_attribute("aria-valuenow") == "70" and lines(page)[1] == {1} == set(rows(page))
    last.press("End")
    last.press("ArrowUp")  # not beyond the other end
    assert last.get_attribute("aria-valuenow") == "100" and last.get_attribute("aria-valuetext") == "3"
    last.press("Escape")
    assert lines(page)[1] == {0, 1, 2, 3}


def test_the_report_has_the_same_lines(study, browser, tmp_path):
    file = tmp_path / "report.html"
    file.write_text(html.document(study), encoding="utf-8")
    page = browser.new_page(viewport={"width": 1000, "height": 800})
    problems = []
    page.on("pageerror", lambda error: problems.append(error))
    page.goto(file.as_uri())
    check_lines(page)
    check_keys(page)
    page.locator("svg.coordinates a[data-trial='0']").focus()
    page.keyboard.press("Enter")
    assert page.url.endswith("#trial-0")
    page.close()
    assert not problems


def test_lines_table_and_grids(tab):
    page = tab()
    check_lines(page)
    check_keys(page)
    assert rows(page) == [1, 0, 2, 3]
    column = page.locator("#sweep thead button", has_text="g_lr")
    column.click()
    rates = [float(row.split("\t")[5]) for row in page.locator("#sweep .sweep-trials tbody tr").all_inner_texts()]
    ascending = rows(page)
    assert rates == sorted(rates) and page.locator("#sweep th[aria-sort=ascending]").inner_text().startswith("g_lr")
    page.keyboard.press("Enter")
    assert rows(page) == ascending[::-1] and page.locator("#sweep th[aria-sort=descending]").count() == 1
    page.keyboard.press("Enter")
    assert rows(page) == [1, 0, 2, 3]
    grids = page.locator("#sweep figure:visible")
    assert [text.split("\n")[0] for text in grids.all_inner_texts()] == ["trial 1: swd 3", "trial 0: swd 5"]
    page.wait_for_function("[...document.querySelectorAll('#sweep img')].every((image) => image.naturalWidth > 100)")
    assert page.locator("#sweep .sweep-says").inner_text().startswith("4 of 30 trials: 2 finished, 1 pruned, 1 running. ")
    assert page.locator("#sweep .sweep-command").inner_text().startswith("python train.py --dataset digits --set r1=")


def test_a_line_opens_its_run_in_epochs(tab):
    page = tab()
    assert run_of(page)["run"] == "trial-000"
    line = page.locator("#sweep a[data-trial='2']")
    line.focus()
    page.keyboard.press("Enter")
    page.locator("#film .film-first canvas").first.wait_for()
    assert run_of(page)["run"] == "trial-002"
    assert until(page, lambda: page.locator("#film .credit-first .caption").inner_text().startswith("trial-002, "))
    page.locator("#tab-sweep-button").click()
    assert page.locator("#sweep a[data-trial='3']").get_attribute("href") is None  # its run is not here


def test_by_touch_in_chinese_on_a_phone(study, serve, axe, browser):
    settings = {"locale": "zh-CN", "viewport": PHONE, "has_touch": True, "color_scheme": "dark", "reduced_motion": "reduce"}
    context = browser.new_context(**settings)
    page = context.new_page()
    page.goto(serve(study.sweep.folder))
    run_of(page)
    page.locator("#tab-sweep-button").click()
    first = handle(page, 0, 0)
    first.wait_for()
    assert first.get_attribute("aria-orientation") == "horizontal" and fits(page)
    page.locator("svg.coordinates").scroll_into_view_if_needed()
    low, high = (handle(page, 3, end).bounding_box() for end in (0, 1))
    y, left, right = low["y"] + low["height"] / 2, low["x"] + low["width"] / 2, high["x"] + high["width"] / 2
    finger = context.new_cdp_session(page)
    for kind, share in (("touchStart", 0.3), ("touchMove", 0.6), ("touchMove", 0.85), ("touchEnd", None)):
        points = [] if share is None else [{"x": left + (right - left) * share, "y": y}]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert lines(page)[1] == {0}
    shown = page.locator("#sweep").inner_text()
    english = set(re.findall(r"[A-Za-z]{4,}", shown))
    assert english <= {
        "ANOVA",
        "Wasserstein",
        "python",
        "train",
        "dataset",
        "digits",
        "images",
        "batch",
        "size",
    }  # names and a command
    page.evaluate(axe)
    assert not page.evaluate(AXE)["findings"]
    context.close()


def test_a_sweep_that_runs_is_followed(study, tab):
    page = tab()
    drag(page, 3, 0.2, 1)
    begun = len(study.trials())
    sweep_folders.end(study, 2.5)
    page.wait_for_function("count => document.querySelectorAll('#sweep svg.coordinates a').length === count", arg=begun + 1)
    assert rows(page)[0] == begun and "trial " + str(begun) in page.locator("#sweep .sweep-says").inner_text()
    assert not page.locator("#sweep .coordinates-said button").is_hidden()  # the chosen range is kept
