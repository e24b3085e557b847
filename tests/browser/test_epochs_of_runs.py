"""Tests the Epochs tab with a scored run, a damaged one, and one without weights."""

import shutil

import pytest
from driving import cursor, filmed, fits, run_of

from ganlib.runs.run import Run

pytestmark = pytest.mark.browser


def test_the_cursor_tells_what_a_snapshot_scores(shipped, tmp_path, open_page):
    shutil.copytree(shipped / "mnist", tmp_path / "mnist", ignore=shutil.ignore_patterns("scores.json"))
    run = Run.open(tmp_path / "mnist")
    moments = [snapshot.images for snapshot in run.snapshots()]
    scores = {images: {"swd": (400.0 / (1 + i), 2048), "diversity": (0.1 * i, 2048)} for i, images in enumerate(moments)}
    run.save_scores({"dataset": "mnist", "num": 60_000}, {None: {"swd": (8.5, 2048)}} | scores)
    page = open_page(tmp_path)
    run_of(page)
    page.locator("#tab-epochs-button").click()
    filmed(page)
    says = page.locator("#film .score-says")
    assert page.locator("#film .score-choice option").count() == 2
    value = float(f"{400 / len(moments):.3g}")
    assert says.inner_text() == (
        f"epoch 24: {value:g}; real pictures: 8.5 (dotted). "
        "2,048 images against as many of the 60,000 training images of mnist."
    )
    page.keyboard.press("Home")
    says.get_by_text("untrained: 400;").wait_for()
    page.locator("#film .score-choice").select_option("diversity")
    says.get_by_text("untrained: 0. 2,048 images").wait_for()
    page.locator("#film .score-plot circle").nth(5).click(force=True)
    says.get_by_text(f"{epoch_named(run, 5)}: 0.5. 2,048").wait_for()
    assert cursor(page).stop > 0


# How far an element extends to the left of the nearest ancestor that clips it, in pixels
CUT_OFF = """numbers => Math.max(...numbers.map((number) => {
  let around = number;
  do around = around.parentElement; while (around !== document.body && getComputedStyle(around).overflowX === "visible");
  return around.getBoundingClientRect().left - number.getBoundingClientRect().left;
}))"""


def test_a_phone_shows_the_numbers_of_scores_whole(shipped, tmp_path, open_page):
    shutil.copytree(shipped / "mnist", tmp_path / "mnist", ignore=shutil.ignore_patterns("scores.json"))
    run = Run.open(tmp_path / "mnist")
    scores = {each.images: {"swd": (1042.0 / (1 + i), 2048)} for i, each in enumerate(run.snapshots())}
    run.save_scores({"dataset": "mnist", "num": 60_000}, scores)
    page = open_page(tmp_path, viewport={"width": 390, "height": 844})
    run_of(page)
    page.locator("#tab-epochs-button").click()
    filmed(page)
    numbers = page.locator("#film .score-plot text")
    assert "1,040" in numbers.all_text_contents()
    assert numbers.evaluate_all(CUT_OFF) <= 0


def epoch_named(run, number):
    return f"epoch {run.snapshots()[number].epoch:.2g}"


def test_a_snapshot_that_cant_be_drawn_is_told_and_left_out(shipped, tmp_path, open_page):
    shutil.copytree(shipped / "mnist", tmp_path / "mnist")
    sick = sorted((tmp_path / "mnist" / "snapshots").iterdir())[3]
    content = bytearray(sick.read_bytes())
    content[-3] ^= 0xFF
    sick.write_bytes(content)
    page = open_page(tmp_path)
    moments = run_of(page)["moments"]
    page.locator("#tab-epochs-button").click()
    page.locator("#film .film-fault", has_text="Not all of this can be drawn.").wait_for()
    page.wait_for_function("last => document.querySelector('#film input.moment').max === last", arg=str(len(moments) - 2))
    filmed(page)
    assert str(tmp_path) not in page.content()


def test_a_run_without_weights_shows_what_its_training_left(shipped, tmp_path, open_page):
    shutil.copytree(shipped / "mnist", tmp_path / "bare", ignore=shutil.ignore_patterns("*.safetensors"))
    page = open_page(tmp_path)
    page.get_by_text("bare came without its weights.").first.wait_for()
    page.locator("#tab-epochs-button").click()
    image = page.locator("#album .album-picture")
    page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=image.element_handle())
    assert page.locator("#album .album-says").inner_text() == "bare, epoch 24"
    before = image.get_attribute("src")
    page.locator("#album .album-moment").press("Home")
    assert page.locator("#album .album-says").inner_text() == "bare, untrained" and image.get_attribute("src") != before
    assert page.locator("#album .album-losses .cursor").get_attribute("visibility") == "visible" and fits(page)
