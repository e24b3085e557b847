"""Tests publishing and opening a run in the page, with a local Hub."""

import pytest
from driving import fits, run_of, say
from test_access import AXE

PHONE = {"width": 390, "height": 844}
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def one_run(all_shipped, tmp_path_factory):
    """A folder with one small run and an app of its own, since runs opened from the Hub stay listed."""
    folder = tmp_path_factory.mktemp("hub") / "checkpoints"
    folder.mkdir()
    (folder / "mnist-dcgan").symlink_to(all_shipped / "mnist-dcgan")
    return folder


def panel(page):
    """Opens the publish panel; returns it once it has loaded."""
    page.evaluate("studio.go('train')")
    page.locator("#publish summary").click()
    page.locator("#publish form").wait_for()
    return page.locator("#publish")


def publish(page, name, token):
    page.locator("#publish [name=name]").fill(name)
    page.locator("#publish [name=token]").fill(token)
    page.locator("#publish [type=submit]").click()


def fetch(page, name):
    page.locator(".fetch-open").click()
    page.locator("dialog.fetch input").fill(name)
    page.keyboard.press("Enter")


def findings(page, place):
    """Returns axe-core's findings in one element; test_access.py checks the whole page."""
    return page.evaluate(AXE.replace("axe.run(", f"axe.run({place!r}, "))["findings"]


def test_a_run_is_published_and_opened_from_there(one_run, open_page, hub_server):
    page = open_page(one_run)
    assert run_of(page)["run"] == "mnist-dcgan"
    told = panel(page).locator(".publish-told")
    publish(page, "someone/digits", "hf_nobody")
    told.get_by_text("doesn't know this token").wait_for()
    publish(page, "someone/digits", "hf_someone")
    link = told.locator("a")
    link.wait_for()
    assert link.get_attribute("href") == f"{hub_server.url}/someone/digits"
    assert page.locator("#publish [name=token]").input_value() == ""

    page.evaluate("studio.go('generate')")
    fetch(page, "someone/nothing")
    page.locator("dialog.fetch .told", has_text="The Hub has no someone/nothing").wait_for()
    page.keyboard.press("Escape")
    fetch(page, "someone/digits")
    say(page, "someone/digits, epoch")
    assert not page.locator("dialog.fetch").is_visible()
    assert run_of(page)["run"] == "someone/digits" and page.locator("#run input").input_value() == "someone/digits"
    link = page.evaluate("studio.link.url()")
    again = page.context.new_page()
    again.goto(link)
    say(again, "someone/digits, epoch")


def test_field_and_panel_suit_a_phone_the_ear_and_chinese(one_run, open_page, axe):
    page = open_page(one_run, viewport=PHONE, look="dark", language="zh-CN")
    run_of(page)
    page.evaluate(axe)
    panel(page).scroll_into_view_if_needed()
    assert "写权限令牌" in page.locator("#publish").inner_text()
    assert fits(page) and findings(page, "#publish") == []
    fetch(page, "no-name")
    page.locator("dialog.fetch .told", has_text="OWNER/NAME").wait_for()
    assert fits(page) and findings(page, "#fetch") == []
    targets = page.locator(
        ".fetch-open, dialog.fetch :is(button, input), #publish :is(button, summary, form input:not([type=checkbox]))"
    )
    assert min(box["height"] for box in (target.bounding_box() for target in targets.all()) if box) >= 44


def test_epochs_follows_a_run_that_grows_on_the_hub(one_run, open_page, hub_server):
    folder = one_run / "mnist-dcgan"
    whole = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    last = max(path for path in whole if path.startswith("snapshots/"))
    hub_server.add("someone/growing", {path: content for path, content in whole.items() if path != last})
    page = open_page(one_run)
    fetch(page, "someone/growing")
    say(page, "someone/growing, epoch")
    before = len(run_of(page)["moments"])
    hub_server.add("someone/growing", whole)
    page.evaluate("studio.go('epochs')")
    page.wait_for_function(f"studio.engine.run().moments.length === {before + 1}")
    assert run_of(page)["run"] == "someone/growing" and run_of(page)["moments"][-1]["images"] == int(last[10:19])
