"""Tests trainings on the Hub's machines in the page, with a local Hub that runs their jobs on this machine."""

import pytest
from driving import fits, run_of, whole
from test_hub_page import PHONE, findings, one_run  # noqa: F401 - a fixture

from ganlib.remote.code import ROOT, SCRIPT

pytestmark = pytest.mark.browser
WISH = {"run": None, "recipe": "mlp", "set": "digits", "classes": ["7"], "unit": "length", "length": 64, "batch_size": 16}


def panel(page):
    """Opens the panel of the Hub's machines with a request for a tiny training; returns it once it has its prices."""
    run_of(page)
    whole(page)
    page.evaluate("studio.go('train')")
    page.wait_for_function("studio.training.state().options !== null")
    page.evaluate("(wish) => studio.formState.take(wish)", WISH)
    page.locator("#rent summary").first.click()
    page.locator("#rent form").wait_for()
    return page.locator("#rent")


def start(room, name):
    room.locator("[name=name]").fill(name)
    room.locator("[type=submit]").click()


@pytest.mark.slow
def test_a_training_is_started_watched_and_shown_in_epochs(one_run, open_page, hub_server):  # noqa: F811
    page = open_page(one_run)
    room = panel(page)
    assert room.locator("[name=flavor]").input_value() == "t4-small" and room.locator("[name=private]").is_checked()
    assert room.locator(".rent-price").inner_text() == "$0.40 an hour, $0.40 at most within the time limit, paid by someone."
    room.locator("[name=minutes]").fill("30")
    assert "$0.20 at most" in room.locator(".rent-price").inner_text()
    room.locator("[name=flavor]").select_option("cpu-basic")
    assert room.locator("[name=name]").input_value() == "someone/mlp-digits-7"
    start(room, "someone/sevens")
    training = room.locator("article", has_text="someone/sevens")
    training.get_by_text("Done; the run is in the repository.").wait_for(timeout=240_000)
    assert "64 of 64 images" in training.inner_text() and training.locator("a").get_attribute("href").startswith(hub_server.url)
    assert hub_server.repositories["models", "someone/sevens"].private
    training.get_by_text("Show in Epochs").click()
    page.wait_for_function("window.studio?.engine.run()?.run === 'someone/sevens' && studio.view.get().tab === 'epochs'")
    assert run_of(page)["moments"][-1]["images"] == 64


@pytest.fixture
def waiting_code(hub_server, monkeypatch):
    """Makes what a job runs a script that waits: code of this name is taken as it is."""
    lines = 'import time\nprint(\'{"event": "advanced", "images": 48, "seconds": 1}\', flush=True)\nprint("A warning.", flush=True)\n'
    hub_server.jobs.code = {
        "train.py": (lines + "time.sleep(300)").encode(), SCRIPT: (ROOT / SCRIPT).read_bytes(), "requirements.txt": b"",
    }  # fmt: skip


def test_a_job_is_cancelled_and_found_again_after_a_reload(one_run, open_page, hub_server, waiting_code):  # noqa: F811
    page = open_page(one_run)
    room = panel(page)
    start(room, "someone/waits")
    training = room.locator("article", has_text="someone/waits")
    training.get_by_text("48 images").wait_for()
    training.get_by_text("Log").click()
    assert "A warning." in training.locator("pre").inner_text()
    page.reload()
    room = panel(page)
    training = room.locator("article", has_text="someone/waits")
    training.get_by_role("button", name="Cancel the job").click()
    training.get_by_role("button", name="Cancel it now?").click()
    training.get_by_text("Ended; what was uploaded").wait_for()
    assert hub_server.jobs.last.stage == "CANCELED" and len(hub_server.jobs.all) == 1


def test_no_credit_on_a_phone_in_chinese(one_run, open_page, hub_server, waiting_code, axe):  # noqa: F811
    hub_server.jobs.credit = False
    page = open_page(one_run, viewport=PHONE, look="dark", language="zh-CN")
    page.evaluate(axe)
    room = panel(page)
    assert "每小时 $0.40" in room.inner_text()
    start(room, "someone/poor")
    room.get_by_text("has no credit left for jobs").wait_for()
    assert fits(page) and findings(page, "#rent") == []
    targets = room.locator(":is(button, summary, form :is(input:not([type=checkbox]), select))")
    assert min(box["height"] for box in (target.bounding_box() for target in targets.all()) if box) >= 44
    start(room, "other/poor")
    room.locator(".rent-told", has_text="The run goes to your own account").wait_for()
