"""Tests the chapter verdict, and the nearest training images of Generate."""

import shutil

import pytest
from driving import fits, until

PHONE = {"width": 390, "height": 844}
LEVELS = """canvas => new Set(canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data).size"""
pytestmark = pytest.mark.browser


def verdict(page, guess=1):
    """Opens the chapter and guesses; returns it once its pictures are placed."""
    page.wait_for_function("window.studio?.engine?.run()")
    page.evaluate("studio.go('learn')")
    chapter = page.locator("#verdict")
    chapter.scroll_into_view_if_needed()
    assert chapter.locator(".tile").count() == 0  # pictures appear after the guess
    chapter.locator(".asking input").nth(guess).check()
    chapter.locator(".tile").first.wait_for()
    return chapter


def placed_pictures(chapter):
    """Returns the placed pictures as (left, logit, kind)."""
    script = """tiles => tiles.map((tile) => [Math.round(tile.getBoundingClientRect().left), Number(tile.dataset.logit), tile.dataset.kind])"""
    return chapter.locator(".tile").evaluate_all(script)


def mean(tiles, kind):
    logits = [logit for _, logit, which in tiles if which == kind]
    return sum(logits) / len(logits)


def test_the_pictures_hang_where_d_puts_them(shipped, open_page):
    page = open_page(shipped)
    chapter = verdict(page)
    assert "You guessed right." in chapter.locator(".asking .answer").inner_text()
    tiles = sorted(placed_pictures(chapter))
    assert [kind for *_, kind in tiles].count("real") == [kind for *_, kind in tiles].count("fake") == 24
    piles = {}
    for left, logit, _ in tiles:
        piles.setdefault(left, []).append(logit)
    assert len(piles) > 8
    for before, after in zip(list(piles.values())[:-1], list(piles.values())[1:], strict=True):
        assert max(before) <= min(after)
    line = chapter.locator(".wall-line").bounding_box()["x"]
    width = chapter.locator(".tile").first.bounding_box()["width"]
    shares = chapter.locator(".verdict-share").inner_text()
    assert "Of 128 pictures of each kind" in shares and "its logits have no fixed zero" in shares  # a relativistic loss
    below, above = ([logit for left, logit, _ in tiles if (left + width / 2 > line) == real] for real in (False, True))
    assert max(below) <= min(above)
    assert mean(tiles, "real") > mean(tiles, "fake")
    assert "128 real pictures with the mean +" in chapter.locator(".wall-plot svg").get_attribute("aria-label")

    last = mean(tiles, "fake")
    chapter.get_by_label("Snapshot of the generator").fill("0")
    assert until(page, lambda: mean(placed_pictures(chapter), "fake") < last - 5)  # D detects an untrained generator
    assert mean(placed_pictures(chapter), "real") == pytest.approx(mean(tiles, "real"))
    assert (
        "catches 100 %" in chapter.locator(".verdict-share").inner_text() and chapter.get_by_text("caught at once").is_visible()
    )


def test_a_picture_is_shown_large_with_its_gradient(shipped, open_page):
    page = open_page(shipped)
    chapter = verdict(page)
    chapter.locator('.tile[data-kind="real"]').last.click()
    chapter.get_by_text("It is real").wait_for()
    chapter.locator(".closer-scale").wait_for()
    assert chapter.locator(".closer-heat canvas").evaluate(LEVELS) > 20
    logit = chapter.locator('.tile[aria-pressed="true"]').get_attribute("data-logit")
    assert f"{abs(float(logit)):.2f}" in chapter.locator(".closer-logit").inner_text()
    chapter.get_by_text("The best forgery").click()
    best = max(logit for _, logit, kind in placed_pictures(chapter) if kind == "fake")
    assert f"{best:.2f}" in chapter.locator(".closer-logit").inner_text()

    chapter.locator('.tile[aria-pressed="true"]').focus()
    page.keyboard.press("End")
    highest = max(logit for _, logit, _ in placed_pictures(chapter))
    assert float(chapter.locator('.tile[aria-pressed="true"]').get_attribute("data-logit")) == highest
    frame = "tile => getComputedStyle(tile).borderColor"
    frames = [chapter.locator(f'.tile[data-kind="{kind}"]').first for kind in ("real", "fake")]
    assert frames[0].evaluate(frame) != frames[1].evaluate(frame)
    chapter.get_by_label("Show which are real").uncheck()
    assert frames[0].evaluate(frame) == frames[1].evaluate(frame)
    assert not any(word in frames[1].get_attribute("aria-label") for word in ("real", "generated"))
    assert chapter.locator(".closer").inner_text().count("It is") == 0


def test_you_against_d(shipped, open_page):
    page = open_page(shipped)
    chapter = verdict(page)
    table = chapter.locator(".guess-table")
    table.get_by_text("Picture 1 of 20").wait_for()
    table.get_by_role("button", name="Real", exact=True).click()
    says = table.locator(".guess-says")
    right = "You and D" in says.inner_text() or "You knew" in says.inner_text()
    assert table.locator(".guess-you output").inner_text() == f"{int(right)} of 1, {100 * right} %"
    assert table.locator(".guess-d output").inner_text()[1:5] == " of "
    truth = says.inner_text().startswith("It is real")
    assert right == truth and table.locator(".guess-past li").get_attribute("data-kind") == ("real" if truth else "fake")
    page.keyboard.press("Enter")
    table.get_by_text("Picture 2 of 20").wait_for()
    page.keyboard.press("ArrowLeft")
    assert table.locator(".guess-you output").inner_text().split(",")[0].endswith("of 2")
    for _ in range(18):
        page.keyboard.press("Enter")
        page.keyboard.press("ArrowRight")
    assert "Of this deck you told" in says.inner_text()
    kinds = table.locator(".guess-past li").evaluate_all("items => items.map((item) => item.dataset.kind)")
    assert kinds.count("real") == kinds.count("fake") == 10
    again = page.context.new_page()
    again.goto(page.url.split("#")[0])
    table = verdict(again).locator(".guess-table")
    table.get_by_text("Picture 1 of 20").wait_for()
    assert table.locator(".guess-you output").inner_text().split(",")[0].endswith("of 20")
    table.get_by_text("Start the score anew").click()
    assert table.locator(".guess-you output").inner_text() == "–"


def test_without_its_pictures_or_its_d_a_run_says_so(shipped, tmp_path, open_page):
    if not (shipped / "anime-faces").is_dir():
        pytest.skip("checkpoints/anime-faces is not there")
    shutil.copytree(shipped / "anime-faces", tmp_path / "faces")
    shutil.copytree(shipped / "mnist", tmp_path / "unjudged")
    (tmp_path / "unjudged" / "discriminator.safetensors").unlink()
    page = open_page(tmp_path)
    chapter = verdict(page, guess=0)
    assert "Not so." in chapter.locator(".asking .answer").inner_text()
    assert {kind for *_, kind in placed_pictures(chapter)} == {"fake"}
    assert chapter.get_by_text("D judges the generated ones alone").is_visible()
    assert chapter.get_by_text("can't be played with this run").is_visible() and chapter.locator(".guess-table").is_hidden()
    assert chapter.locator(".closer-heat canvas").evaluate(LEVELS) > 20
    page.locator("#run input").click()
    page.get_by_role("option", name="unjudged").click()
    page.evaluate("document.getElementById('verdict').scrollIntoView()")  # it loads once it is on the screen
    chapter.get_by_text("holds no discriminator.safetensors").wait_for()
    assert chapter.locator(".wall").is_hidden() and chapter.locator(".closer").is_hidden()
    page.evaluate("studio.go('generate')")
    page.get_by_text("Nearest training images").click()
    assert until(page, lambda: page.locator(".nearest-row li").count() == 6)  # needs no D


def test_nearest_training_images_follow_the_picture_once_it_rests(shipped, open_page):
    page = open_page(shipped)
    page.wait_for_function("window.studio?.explore?.state()")
    asked = []
    page.on("request", lambda request: '"nearest"' in (request.post_data or "") and asked.append(request.url))
    page.get_by_text("Nearest training images").click()
    assert until(page, lambda: page.locator(".nearest-row li").count() == 6)
    assert page.locator(".nearest-row canvas").first.evaluate(LEVELS) > 20
    says = page.locator(".nearest-says").inner_text()
    assert "away" in says and "typically" in says and "“0”" in says
    before, count = page.locator(".nearest-row span").all_inner_texts(), len(asked)
    page.evaluate("""async () => {
        for (let i = 0; i < 10; i++) {
            studio.explore.hold("test", (z) => z.map((value) => value + 0.1 * i));
            await new Promise((resolve) => { setTimeout(resolve, 30); });
        }
        studio.explore.rest();
    }""")
    assert len(asked) == count
    assert until(page, lambda: page.locator(".nearest-row span").all_inner_texts() != before)
    assert len(asked) == count + 1


@pytest.mark.parametrize(("language", "look"), [("zh-CN", "dark")])
def test_it_fits_a_phone(shipped, open_page, language, look):
    page = open_page(shipped, viewport=PHONE, language=language, look=look)
    chapter = verdict(page)
    chapter.locator(".closer-scale").wait_for()
    chapter.locator(".guess-real").click()
    assert fits(page)
    for control in chapter.locator("button:visible, input[type=range]:visible").all():
        assert control.bounding_box()["height"] >= 44
    tiles = chapter.locator(".tile")
    assert all(0 <= left <= 390 - 44 for left, *_ in placed_pictures(chapter)) and tiles.first.bounding_box()["width"] >= 44
    page.evaluate("studio.go('generate')")
    page.locator(".nearest summary").click()
    assert until(page, lambda: page.locator(".nearest-row li").count() == 6) and fits(page)
