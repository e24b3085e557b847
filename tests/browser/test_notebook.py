"""Tests the page that a notebook's process serves: a loss of a cell is trained, and shown in Learn with its curve."""

import pytest
from driving import run_of

import ganlib
import train
from studio import notebook

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.usefixtures("registered")]


def sixth_discriminator(real, fake):
    return (real - 1).pow(6).mean() + (fake + 1).pow(6).mean()


def sixth_generator(real, fake):
    return (fake - 1).pow(6).mean()


@pytest.fixture
def shown(tmp_path):
    """The folder of runs, and the address of the page."""
    runs = tmp_path / "runs"
    try:
        yield runs, notebook.show(runs)
    finally:
        notebook.stop()


def test_a_loss_of_a_cell_is_trained_and_shown(shown, launch):
    runs, address = shown
    ganlib.register_loss("sixth", sixth_discriminator, sixth_generator)
    arguments = "--dataset digits --recipe sixth --image-size 28 --batch-size 16 --images 64 --device cpu"
    assert train.main([*arguments.split(), "--out", str(runs / "mine")]) == 0
    browser = launch()
    page = browser.new_page()
    page.goto(address)
    assert run_of(page)["run"] == "mine"
    page.evaluate("studio.go('learn')")
    lesson = page.locator("#lesson")
    marked = lesson.locator(".passages mark", has_text="(fake - 1).pow(6).mean()")
    marked.wait_for()
    assert lesson.locator(".term").count() == 3 and lesson.locator(".term-plot .curve").count() == 3
    lesson.locator("select").select_option("sixth")
    lesson.get_by_text("mlp with a loss of one's own").wait_for()
    marked.wait_for()
    browser.close()
