"""Tests a whole visit: upload pictures, train, compare, download, publish to the Hub, and open from there."""

import zipfile

import pytest
from driving import run_of, say, until
from test_hub_page import fetch, one_run, panel, publish  # noqa: F401 - one_run is a fixture
from test_train import drawn, tab_of, visit  # noqa: F401 - visit is a fixture
from test_train_uploads import files, put, uploads

from ganlib.runs.run import Run

pytestmark = pytest.mark.browser


def test_from_pictures_to_the_hub(one_run, visit, hub_server, tmp_path):  # noqa: F811
    page = visit(one_run, accept_downloads=True)
    place = uploads(page)
    put(place, files(24), 24)
    assert "24 pictures, all 80 × 60 pixels" in place.locator(".upload-report").inner_text()
    page.locator("[name=train-length]").fill("3")
    page.locator(".train-more summary").click()
    page.locator("[name=train-grid_every]").fill("5")
    page.locator(".train-go").click()
    watch = page.locator("#train-watch")
    watch.locator("h2", has_text="mnist-dcgan → 24").wait_for()
    assert until(page, lambda: drawn(watch)[0] != drawn(watch)[1])
    parent, now, _ = drawn(watch)

    page.reload()
    watch = tab_of(page)
    assert drawn(watch)[0] == parent and until(page, lambda: drawn(watch)[1] != now)
    watch.locator("[data-deed=stop]").click()
    watch.locator(".train-outcome").wait_for()
    with page.expect_download() as download:
        watch.locator(".train-zip").click()
    download.value.save_as(tmp_path / "run.zip")
    with zipfile.ZipFile(tmp_path / "run.zip") as file:
        file.extractall(tmp_path / "taken")
    (taken,) = (tmp_path / "taken").iterdir()
    run = Run.open(taken)
    assert run.config.parent == "mnist-dcgan" and run.config.dataset_size == 24
    assert run.snapshot().images > 0 and run.generator() is not None  # it saved a snapshot when it stopped

    told = panel(page).locator(".publish-told")
    publish(page, "someone/squares", "hf_someone")
    told.locator("a").wait_for()
    page.evaluate("studio.go('generate')")
    fetch(page, "someone/squares")
    say(page, "someone/squares, epoch")
    assert run_of(page)["run"] == "someone/squares"

    tab_of(page)
    watch.get_by_role("link", name="Epochs, beside mnist-dcgan").click()
    page.locator("#film .kinship", has_text="same lineage: both show the same latents").wait_for()
    page.locator("#film .film-second canvas").first.wait_for()
