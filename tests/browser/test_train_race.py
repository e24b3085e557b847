"""Tests a race in the Train tab: chosen, watched by two visitors, stopped, and its runs compared in Epochs."""

import re

import pytest
from driving import fits, until
from test_access import AXE
from test_train import HASH, PHONE, tab_of, visit  # noqa: F401, a fixture

pytestmark = pytest.mark.browser


def test_two_losses_side_by_side(shipped, visit, axe):  # noqa: F811
    page = visit(shipped)
    watch = tab_of(page)
    page.locator("[name=train-run]").select_option("")  # from scratch
    page.locator("[name=train-recipe]").select_option("mlp")
    page.locator("[name=train-set]").select_option("digits")
    rows, go = page.locator(".race-lanes li"), page.locator(".train-go")
    assert rows.count() == 0 and go.inner_text() == "Start training"
    page.locator("[name=train-race]").check()
    assert rows.count() == 4 and not page.locator(".train-measure").is_visible() and go.inner_text() == "Start the race"
    page.locator(
        ".train-estimate", has_text="4 trainings of 1 min each, one after the other in short turns: 4 min in all"
    ).wait_for()
    for number in (4, 3):
        page.get_by_role("button", name=f"Leave out training {number}").click()
    assert rows.count() == 2 and page.get_by_role("button", name="Leave out").count() == 0
    page.get_by_role("combobox", name="Training 2").select_option("r1")
    value = page.get_by_role("spinbutton", name="Value for training 2")
    value.fill("5000")
    go.click()
    page.locator(".train-refused", has_text="r1 must be a number from 0 to 1000.").wait_for()
    value.fill("0.5")
    page.locator("[name=train-length]").fill("5")
    page.locator(".train-more summary").click()
    page.locator("[name=train-grid_every]").fill("5")
    page.evaluate(axe)
    assert page.evaluate(AXE)["findings"] == []
    go.click()

    watch.locator("h2", has_text="mlp → digits × 2").wait_for()
    panels = watch.locator(".race-panels .train-panel")
    assert [panels.nth(lane).locator("h3").inner_text() for lane in range(2)] == ["non-saturating", "R1 penalty 0.5"]
    pictures = [panels.nth(lane).locator("canvas") for lane in range(2)]
    for picture in pictures:
        picture.wait_for(timeout=120_000)
    assert until(page, lambda: pictures[0].evaluate(HASH) != pictures[1].evaluate(HASH))
    panels.nth(1).get_by_text(re.compile(r"^after [1-9][\d,]* images in \d+ s$")).wait_for()
    assert watch.locator(".race-curves svg").count() == 3 and not watch.locator(".train-course").is_visible()
    page.evaluate(axe)
    assert page.evaluate(AXE)["findings"] == []
    link = page.evaluate("studio.link.url()")

    other = visit(shipped, viewport=PHONE, look="dark", language="zh-CN")
    tab_of(other)
    other.goto(link)
    other.locator(".race-panels canvas").nth(1).wait_for()
    assert other.locator("#train-watch [data-deed]:visible").count() == 0 and fits(other)
    other.evaluate(axe)
    assert other.evaluate(AXE)["findings"] == []

    watch.locator("[data-deed=stop]").click()
    watch.locator(".train-outcome").wait_for()
    assert watch.locator(".train-state").inner_text().startswith("Stopped after")
    with page.expect_download() as download:
        panels.nth(1).get_by_role("button", name="Download .zip: R1 penalty 0.5").click()
    assert download.value.suggested_filename == "mlp-digits-r1-0.5.zip"
    panels.nth(1).get_by_role("link", name="Epochs: R1 penalty 0.5").click()
    page.locator("#film .kinship", has_text="same lineage: both show the same latents").wait_for()
    page.locator("#film .film-second canvas").first.wait_for()
